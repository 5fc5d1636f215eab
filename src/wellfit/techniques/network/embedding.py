"""Embeddings of numbers: several features of each numeric input, which the first layer need not make itself."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from wellfit.techniques.base import Mechanism, Seam, Symptom, Technique, technique
from wellfit.techniques.network.embedding_operations import put_embedding
from wellfit.techniques.operations import Builder
from wellfit.techniques.update.schedule import Strength, strength

MOST = 1024


class NumberEmbedding(Technique):
    """What the network gets of each scaled number.

    learns: it has parameters before `size` asks for a linear map. bends: the linear map is followed by ReLU. raw:
    the number itself stands beside. feature_cost: of one feature in a prediction, as
    `wellfit.engines.contract.cost` counts.
    """

    title: ClassVar[str] = "Embeddings of numbers"
    seam: ClassVar[Seam] = "forward"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("describes the problem",)
    symptoms: ClassVar[tuple[Symptom, ...]] = ("underfits",)

    name: str
    learns: ClassVar[bool] = False
    bends: ClassVar[bool] = False
    raw: ClassVar[bool] = False
    feature_cost: ClassVar[int] = 39  # of a cosine

    def features(self, bins: int) -> int:
        """Features of one number that has so many bins, before the linear map."""
        return 0

    def width(self, bins: int) -> int:
        """Columns that one number with so many bins becomes, without itself."""
        features = self.features(bins)
        return getattr(self, "size", 0) or features if features else 0

    def forward(self, program: Builder, node: Any) -> None:
        put_embedding(program, node)


@technique("number_embedding")
class NoNumberEmbedding(NumberEmbedding):
    """None: numbers go to the network as they are scaled."""

    helps: ClassVar[bool] = False

    name: Literal["none"] = "none"
    raw: ClassVar[bool] = True


@technique("number_embedding")
class Piecewise(NumberEmbedding):
    """Piecewise linear: how far a number has come through each of its bins, which hold equally many training rows.

    For bin t between the edges b_t and b_(t+1): (x - b_t) / (b_(t+1) - b_t), held to [0, 1]; below 0 in the first bin
    and above 1 in the last it goes on. The edges are the quantiles 0, 1/bins, ..., 1 of the member's training rows with
    their weights. Where some of them coincide, each value that holds more than a bin's share of the rows is an edge,
    and the quantiles of the other values share the bins that are left, their ends left out next to a heavy least or
    greatest value: a column that is mostly 0 keeps bins for the rest, one of few values has an edge each. Columns
    (rows, numbers) become (rows, all bins). Missing numbers count as the column's centre, and keep their mark.

    bins: of each number at most, 2 to 1024, default 16. size: 0 (default) hands the bins to the network; otherwise a
        linear map and ReLU for each number makes so many columns of them, at most 1024. rate: factor of the learning
        rate of that map, at least 0, default 1; may carry a schedule.
    Departures: edges are values of the column, not points between two of them as in its authors' code, which counts
    coinciding quantiles once and leaves their bins out.
    Cost: a first layer wider by bins; about 1 ns a bin and row. Not for a handful of rows, whose quantiles say little.

    >>> from wellfit import Recipe
    >>> Recipe(number_embedding={"name": "piecewise", "bins": 8}).number_embedding.width(8)
    8

    Source: Gorishniy, Rubachev & Babenko, "On embeddings for numerical features in tabular deep learning", 2022.
    """

    equations: ClassVar[tuple[str, ...]] = (r"e_t(x) = \frac{x - b_t}{b_{t+1} - b_t} \quad \text{held to } [0, 1]",)
    heading: ClassVar[str] = "Piecewise linear embedding"

    name: Literal["piecewise"] = "piecewise"
    bins: int = Field(default=16, ge=2, le=MOST)
    size: int = Field(default=0, ge=0, le=MOST)
    rate: Strength = strength(default=1.0)
    bends: ClassVar[bool] = True
    feature_cost: ClassVar[int] = 27

    def features(self, bins: int) -> int:
        return bins


@technique("number_embedding")
class Periodic(NumberEmbedding):
    """Periodic: cosine and sine of each number at several learned frequencies.

    [cos(2 pi c x), sin(2 pi c x)] with c (numbers, frequencies) parameters that start as N(0, sd^2); columns
    (rows, numbers) become (rows, numbers x 2 frequencies), or (rows, numbers x size).

    frequencies: of each number, 1 to 1024, default 16. sd: of the frequencies at the start, above 0, default 0.1, the
        one that matters: larger is wigglier. size: 0 (default) hands cosines and sines to the network; otherwise a
        linear map and ReLU for each number makes so many columns of them, at most 1024. rate: factor of the learning
        rate of frequencies and map, at least 0, default 1; may carry a schedule.
    Cost: about 3 ns a frequency and row. Not for few rows, where it overfits first.

    >>> from wellfit import Recipe
    >>> Recipe(number_embedding="periodic").number_embedding.width(0)
    32

    Source: Gorishniy, Rubachev & Babenko, "On embeddings for numerical features in tabular deep learning", 2022.
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"\left[\cos(2 \pi c x), \; \sin(2 \pi c x)\right], \quad c \sim N(0, \text{sd}^2) \text{ at the start}",
    )
    heading: ClassVar[str] = "Periodic embedding"

    name: Literal["periodic"] = "periodic"
    frequencies: int = Field(default=16, ge=1, le=MOST)
    sd: float = Field(default=0.1, gt=0.0)
    size: int = Field(default=0, ge=0, le=MOST)
    rate: Strength = strength(default=1.0)
    learns: ClassVar[bool] = True
    bends: ClassVar[bool] = True

    def features(self, bins: int) -> int:
        return 2 * self.frequencies


@technique("number_embedding")
class PeriodicBias(NumberEmbedding):
    """Periodic with phases, linear, and the number beside: a few smooth functions of each number, learned slowly.

    V cos(2 pi w x + b) + c beside x itself, with w (numbers, frequencies) that start as N(0, sd^2), b (numbers,
    frequencies) as U(-pi, pi), V (numbers, size, frequencies) and c (numbers, size) as U(-1, 1) / sqrt(frequencies);
    columns (rows, numbers) become (rows, numbers x (size + 1)).

    frequencies: of each number, 1 to 1024, default 16. sd: of the frequencies at the start, above 0, default 0.1.
    size: columns of the linear map, 1 to 1024, default 3. rate: factor of the learning rate of all its parameters, at
        least 0, default 0.1; may carry a schedule.
    Cost: about 2 ns a frequency and row, and a first layer wider by `size` times the numbers. Not for tables without
        numbers.

    >>> from wellfit import Recipe
    >>> Recipe(number_embedding="periodic_bias").number_embedding.width(0)
    3

    Source: Holzmueller, Grinsztajn & Steinwart, "Better by default", 2024 ("PBLD").
    """

    equations: ClassVar[tuple[str, ...]] = (r"\left[V \cos(2 \pi w x + b) + c, \; x\right]",)
    heading: ClassVar[str] = "Periodic embedding with bias (PBLD)"
    try_first: ClassVar[dict[Symptom, tuple[int, str]]] = {
        "underfits": (1, "in tables, what the first layer cannot see in a bare number is the usual limit"),
    }

    name: Literal["periodic_bias"] = "periodic_bias"
    frequencies: int = Field(default=16, ge=1, le=MOST)
    sd: float = Field(default=0.1, gt=0.0)
    size: int = Field(default=3, ge=1, le=MOST)
    rate: Strength = strength(default=0.1)
    learns: ClassVar[bool] = True
    raw: ClassVar[bool] = True

    def features(self, bins: int) -> int:
        return self.frequencies
