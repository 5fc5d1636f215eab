"""Input scaling and encoding: how raw columns become a network's inputs while a batch is gathered.

The tables (centre, scale, knots, which categories are known) are fitted on the member's training rows by
`wellfit.tables.encoding`; `wellfit.techniques.rows.scaling_kernels` applies them.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from wellfit.techniques.base import Mechanism, Seam, Symptom, Technique, technique
from wellfit.techniques.layout import ENCODE_SEAM, RAW_CODES, RAW_NUMBERS, RAW_SPARSE
from wellfit.techniques.operations import Builder
from wellfit.techniques.rows import scaling_kernels as kernels


class Scaling(Technique):
    """How numeric columns are scaled. Missing numbers become the column's centre, with a column of their own that says
    so.
    """

    title: ClassVar[str] = "Input scaling"
    seam: ClassVar[Seam] = "encode and augment"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("trains faster or more safely",)
    symptoms: ClassVar[tuple[Symptom, ...]] = ("does not move", "slow", "explodes")

    name: str
    smooth_clip: ClassVar[bool] = False


@technique("scaling")
class Robust(Scaling):
    """Minus the median, divided by the interquartile range, then x / sqrt(1 + (x / 3)^2), which bounds outliers at 3.

    Where the interquartile range is 0, half the range takes its place. Where the median or a quartile lies between two
    values, it is their mean; of images' pixels, which are many and often equal, the lower one.
    Cost: a few operations a number and row. When not: where far values matter as such.
    Source: Holzmueller et al., "Better by default", 2024.

    >>> from wellfit import Recipe
    >>> Recipe(scaling="robust").scaling.smooth_clip
    True
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"u = \frac{x - \text{median}(x)}{\text{interquartile range}(x)}, \quad x' = \frac{u}{\sqrt{1 + (u / 3)^2}}",
    )
    heading: ClassVar[str] = "Robust scaling"

    name: Literal["robust"] = "robust"
    smooth_clip: ClassVar[bool] = True


@technique("scaling")
class Standard(Scaling):
    """Minus the mean, divided by the standard deviation of the training rows (with their weights).

    Cost: two operations a number and row. When not: with gross outliers, which blow the deviation up and press the rest
    together.
    Source: LeCun, Bottou, Orr & Mueller, "Efficient BackProp", 1998, 4.3.

    >>> from wellfit import Recipe
    >>> Recipe(scaling="standard").scaling.name
    'standard'
    """

    equations: ClassVar[tuple[str, ...]] = (r"x' = \frac{x - \text{mean}(x)}{\operatorname{sd}(x)}",)
    heading: ClassVar[str] = "Standardising"

    name: Literal["standard"] = "standard"


@technique("scaling")
class MinMax(Scaling):
    """The training rows' range becomes [0, 1].

    Cost: two operations a number and row. When not: with outliers, which set the range; where new rows go beyond it.
    Source: the common rule, as in scikit-learn.

    >>> from wellfit import Recipe
    >>> Recipe(scaling="min_max").scaling.name
    'min_max'
    """

    equations: ClassVar[tuple[str, ...]] = (r"x' = \frac{x - \min x}{\max x - \min x}",)
    heading: ClassVar[str] = "To the range 0 to 1"

    name: Literal["min_max"] = "min_max"


@technique("scaling")
class QuantileScaling(Scaling):
    """Each column's distribution becomes normal: the weighted share of smaller training values, through the normal
    quantile function.

    knots: points of the table between which values are interpolated, 2 to 1000, default 101.
    Cost: a binary search a number and row. When not: where distances between values matter; it keeps their order alone.
    Source: van der Waerden, "Order tests for the two-sample problem and their power", 1952.

    >>> from wellfit import Recipe
    >>> Recipe(scaling={"name": "quantile", "knots": 51}).scaling.knots
    51
    """

    equations: ClassVar[tuple[str, ...]] = (r"x' = \Phi^{-1}\left(\text{share of training values below } x\right)",)
    heading: ClassVar[str] = "Quantile scaling"

    name: Literal["quantile"] = "quantile"
    knots: int = Field(default=101, ge=2, le=1000)


@technique("scaling")
class NoScaling(Scaling):
    """Numbers as they are.

    Cost: none. When not: where columns differ in size, as most do.

    >>> from wellfit import Recipe
    >>> Recipe(scaling="none").scaling.name
    'none'
    """

    helps: ClassVar[bool] = False

    name: Literal["none"] = "none"


@technique("categories")
class Categories(Technique):
    """Categories become one column each (two categories: one column of -1 and +1, missing 0); unseen ones are 0
    everywhere, missing values a category of their own where training rows have them.

    one_hot_up_to: columns a categorical column may get; of the rarer categories beyond, all share the last one.
        From 2, default 64.
    embedding: 0 (default) or the columns, up to 1024, of a learned table that a categorical column with more categories
        than one_hot_up_to gets in place of one-hot columns: a row of the table for each category, missing values where
        training rows have them included, and a row of zeros that stays for what training did not show. Its rows start
        as N(0, 1 / embedding), and learn at the learning rate; they are neither penalised nor decayed unless biases
        are. The paper of "Better by default" (Holzmueller et al. 2024) has one_hot_up_to 8 and embedding 8.
    Cost: as many inputs as categories. When not: with hundreds of categories; most columns are then zero nearly always.
    Source: the usual "dummy" coding, as in scikit-learn.

    >>> from wellfit import Recipe
    >>> Recipe(categories=16).categories.one_hot_up_to
    16
    """

    main: ClassVar[str] = "one_hot_up_to"
    title: ClassVar[str] = "Categories"
    seam: ClassVar[Seam] = "encode and augment"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("describes the problem",)
    symptoms: ClassVar[tuple[Symptom, ...]] = ("underfits",)
    try_first: ClassVar[dict[Symptom, tuple[int, str]]] = {
        "underfits": (
            3,
            "beyond `one_hot_up_to` categories the rare ones share a column: raise it, or embed",
        ),
    }
    example: ClassVar[dict[str, Any]] = {"categories": {"one_hot_up_to": 16}}

    one_hot_up_to: int = Field(default=64, ge=2)
    embedding: int = Field(default=0, ge=0, le=1024)


def encode(program: Builder) -> int:
    """What makes inputs and targets of raw columns. Returns where the inputs (rows, encoding.width) start in `work`."""
    encoding = program.encoding
    numbers, sparse = len(encoding.centre), sum(len(factor) for factor in encoding.factors)
    raw = program.buffer(numbers)
    codes, dense = program.buffer(len(encoding.units)), program.buffer(sparse)
    program.clock[[RAW_NUMBERS, RAW_CODES, RAW_SPARSE]] = raw, codes, dense
    x = program.buffer(max(encoding.width, 1))
    common = {"raw": raw, "numbers": numbers, "width": encoding.width}
    if numbers:
        _put_numbers(program, {**common, "output": x})
    column = numbers
    if len(encoding.marked):
        where = program.setting(*encoding.marked)
        program.emit(
            ENCODE_SEAM, kernels.mark_missing, output=x + column, marked=where, count=len(encoding.marked), **common
        )  # fmt: skip
        column += len(encoding.marked)
    if sum(encoding.units):
        _put_categories(program, codes, x, column)
        column += sum(encoding.units)
    _put_sparse(program, dense, sparse, x, column)
    _put_targets(program)
    return x


def _put_numbers(program: Builder, places: dict[str, Any]) -> None:
    encoding = program.encoding
    if encoding.knots.shape[1]:
        where = program.setting(*encoding.scores, *encoding.knots.ravel())
        program.emit(ENCODE_SEAM, kernels.quantile_numbers, settings=where, knots=encoding.knots.shape[1], **places)
    else:
        where = program.setting(*encoding.centre, *encoding.scale)
        program.emit(
            ENCODE_SEAM, kernels.encode_numbers, settings=where, smooth_clip=int(encoding.smooth_clip), **places
        )  # fmt: skip


def _put_categories(program: Builder, codes: int, x: int, column: int) -> None:
    encoding = program.encoding
    heads, maps = [], []
    begin = 4 * len(encoding.units)
    for places, units, table_rows in zip(encoding.places, encoding.units, encoding.tables, strict=True):
        heads += [column, -1 if table_rows else units, len(places), begin]
        maps.append(places)
        column, begin = column + units, begin + len(places)
    program.emit(
        ENCODE_SEAM, kernels.encode_categories, codes=codes, output=x, columns=len(encoding.units),
        width=encoding.width, places=program.setting(*heads, *np.concatenate(maps)),
    )  # fmt: skip


def _put_sparse(program: Builder, raw: int, raw_width: int, x: int, column: int) -> None:
    encoding, begin = program.encoding, 0
    for factor, kind in zip(encoding.factors, encoding.sparse_kinds, strict=True):
        program.emit(
            ENCODE_SEAM, kernels.encode_sparse, raw=raw + begin, output=x + column, columns=len(factor),
            width=encoding.width, raw_width=raw_width, text=int(kind == "text"), factors=program.setting(*factor),
        )  # fmt: skip
        begin, column = begin + len(factor), column + len(factor)


def _put_targets(program: Builder) -> None:
    """Targets of numbers and counts in their own units; of several tasks a missing label stays NaN."""
    encoding = program.encoding
    if program.kind in ("numbers", "counts"):
        centre, scale = [*encoding.target_centre], [*(1 / encoding.target_scale)]
    elif program.kind == "tasks":
        centre, scale = [], []
        for task in encoding.tasks:
            columns = task.columns[1] - task.columns[0]
            plain = task.kind not in ("numbers", "counts")
            centre += [0.0] * columns if plain else encoding.target_centre[slice(*task.outputs)].tolist()
            scale += [1.0] * columns if plain else (1 / encoding.target_scale[slice(*task.outputs)]).tolist()
    else:
        return
    where, _ = program.targets()
    program.emit(
        ENCODE_SEAM, kernels.scale_targets, targets=where, columns=len(centre),
        settings=program.setting(*centre, *scale),
    )  # fmt: skip
