"""Each unit's incoming weights held at a size: at most, or exactly."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from wellfit.numerics.elementary import constant
from wellfit.numerics.kernel import fields, kernel
from wellfit.techniques.base import Mechanism, Seam, Symptom, Technique, technique
from wellfit.techniques.layout import CONSTRAIN_SEAM
from wellfit.techniques.network.linear import matrix
from wellfit.techniques.operations import Builder, of_layer
from wellfit.techniques.update.schedule import LayerStrength, is_on, strength


@technique("max_norm")
class MaxNorm(Technique):
    """Max-norm: after each update, each unit whose incoming weights are longer than c is scaled back to length c.

        w_j <- w_j min(1, c / norm(w_j))

    w_j (fan_in,) is column j of a weight matrix (fan_in, units).

    limit: c, at least 0; 0, the default, is off; may carry a schedule, or be a list: one for each hidden layer and the
        output (the paper limits hidden units: [3.0, 3.0, 0.0] leaves the output alone, 3.0 limits it too).
    Biases and gains are not limited; a residual connection's own matrix counts as a layer of its own.
    With it high learning rates are safe, which dropout likes.
    Cost: one pass over the weights, two where a unit is too long. When not: before batch or layer normalisation, which
    undo any scale.

    >>> from wellfit import Recipe
    >>> Recipe(max_norm=3.0, dropout=0.5).max_norm.limit
    3.0

    Source: Srebro & Shraibman, "Rank, trace-norm and max-norm", 2005; Srivastava, Hinton, Krizhevsky, Sutskever &
    Salakhutdinov, "Dropout", 2014.
    """

    equations: ClassVar[tuple[str, ...]] = (r"w_j \leftarrow w_j \, \min\left(1, \frac{c}{\lVert w_j \rVert}\right)",)
    main: ClassVar[str] = "limit"
    title: ClassVar[str] = "Max-norm"
    seam: ClassVar[Seam] = "constrain"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("smoother function",)
    symptoms: ClassVar[tuple[Symptom, ...]] = ("overfits", "explodes")
    example: ClassVar[dict[str, Any]] = {"max_norm": 3.0}

    limit: LayerStrength = strength(default=0.0, layers=True)

    def operations(self, program: Builder) -> None:
        hold_columns(program, self.limit, exact=False)


@technique("unit_norm")
class UnitNorm(Technique):
    """Unit norm: after each update, each unit's incoming weights are scaled to one length.

        w_j <- w_j c / norm(w_j)

    w_j (fan_in,) is column j of a weight matrix (fan_in, units); 0 stays 0.

    norm: c, at least 0; 0, the default, is off, and 1 is the usual choice; may carry a schedule, or be a list: one for
        each hidden layer and the output (an output of fixed size seldom fits: [1.0, 1.0, 0.0]).
    It holds of the weights that are trained: an average of them (averaging) is a little shorter, and is what is then
    evaluated, kept and saved.
    Cost: two passes over the weights. When not: beside penalties on the same weights, whose size is no longer free.

    >>> from wellfit import Recipe
    >>> Recipe(hidden=(8,), unit_norm=[1.0, 0.0]).unit_norm.norm
    (1.0, 0.0)

    Source: Salimans & Kingma, "Weight normalization", 2016 (there by a parametrisation, here by projection).
    """

    equations: ClassVar[tuple[str, ...]] = (r"w_j \leftarrow w_j \, \frac{c}{\lVert w_j \rVert}",)
    main: ClassVar[str] = "norm"
    title: ClassVar[str] = "Unit norm"
    seam: ClassVar[Seam] = "constrain"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("smoother function",)
    symptoms: ClassVar[tuple[Symptom, ...]] = ("overfits", "explodes")
    example: ClassVar[dict[str, Any]] = {"unit_norm": [1.0, 1.0, 1.0, 0.0]}

    norm: LayerStrength = strength(default=0.0, layers=True)

    def operations(self, program: Builder) -> None:
        hold_columns(program, self.norm, exact=True)

    def refused(self, recipe: Any) -> str | None:
        layers = len(recipe.hidden) + 1
        limits, norms = (
            given if isinstance(given, tuple) else (given,) * layers for given in (recipe.max_norm.limit, self.norm)
        )
        if any(limit != 0 and norm != 0 for limit, norm in zip(limits, norms, strict=True)):
            return "unit_norm fixes the length that max_norm limits: use one of them on a layer, and 0 for the other"
        return None


def hold_columns(program: Builder, limits: LayerStrength, exact: bool) -> None:
    """The length of each unit's weights is held after each update, wherever the layer's limit is on."""
    for segment in program.segments:
        limit = of_layer(limits, segment.layer)
        if segment.role == "weight" and not segment.frozen and is_on(limit):
            fan_in, units = segment.shape
            program.emit(
                CONSTRAIN_SEAM, limit_columns, layer=segment.name, weight=segment.begin, fan_in=fan_in, units=units,
                exact=int(exact), factors=program.buffer(units, rows=1), settings=program.setting(limit),
            )  # fmt: skip


COLUMNS = fields("weight fan_in units exact factors settings")


@kernel(COLUMNS)
def limit_columns(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """Scale columns longer than the limit to it; where `exact`, all columns. factors: what they are times, (units,)."""
    limit, fan_in, units = settings[row[COLUMNS.settings]], row[COLUMNS.fan_in], row[COLUMNS.units]
    zero, one = constant(0, limit), constant(1, limit)
    if limit == zero:
        return
    w, factor = (
        matrix(parameters, row[COLUMNS.weight], fan_in, units),
        work[row[COLUMNS.factors] : row[COLUMNS.factors] + units],
    )
    factor[:] = zero
    for i in range(fan_in):
        for j in range(units):
            factor[j] += w[i, j] * w[i, j]
    changed = False
    for j in range(units):
        norm = np.float64(factor[j])
        if not np.isfinite(norm):  # squares beyond float32's range: a huge column still has a direction
            norm = np.float64(0)
            for i in range(fan_in):
                norm += np.float64(w[i, j]) * np.float64(w[i, j])
        norm = np.sqrt(norm)
        scaled = norm > limit or (row[COLUMNS.exact] == 1 and norm > 0)
        factor[j] = constant(limit / norm, limit) if scaled else one  # of a NaN: 1, so that it stays
        changed = changed or scaled
    if changed:
        for i in range(fan_in):
            for j in range(units):
                w[i, j] *= factor[j]
