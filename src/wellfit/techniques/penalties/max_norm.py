"""Each unit's incoming weights held at a size: at most, or exactly."""

from __future__ import annotations

import numpy as np

from wellfit.numerics.elementary import constant
from wellfit.numerics.kernel import kernel
from wellfit.techniques.base import Technique, technique
from wellfit.techniques.layout import EXTRA, PARAMETERS, SETTINGS, WIDTH, WIDTH_2, WIDTH_IN
from wellfit.techniques.network.linear import matrix
from wellfit.techniques.update.schedule import LayerStrength, strength


@technique("max_norm")
class MaxNorm(Technique):
    """Max-norm: after each update, each unit whose incoming weights are longer than c is scaled back to length c.

        w_j <- w_j min(1, c / norm(w_j)),    w_j (fan_in,) column j of a weight matrix (fan_in, units)

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

    limit: LayerStrength = strength(default=0.0, layers=True)


@technique("unit_norm")
class UnitNorm(Technique):
    """Unit norm: after each update, each unit's incoming weights are scaled to one length.

        w_j <- w_j c / norm(w_j),    w_j (fan_in,) column j of a weight matrix (fan_in, units); 0 stays 0

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

    norm: LayerStrength = strength(default=0.0, layers=True)


@kernel
def limit_columns(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """Scale columns longer than the limit to it; with WIDTH_2 = 1, all columns. EXTRA holds their factors."""
    limit, fan_in, units = settings[row[SETTINGS]], row[WIDTH_IN], row[WIDTH]
    zero, one = constant(0, limit), constant(1, limit)
    if limit == zero:
        return
    w, factor = matrix(parameters, row[PARAMETERS], fan_in, units), work[row[EXTRA] : row[EXTRA] + units]
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
        scaled = norm > limit or (row[WIDTH_2] == 1 and norm > 0)
        factor[j] = constant(limit / norm, limit) if scaled else one  # of a NaN: 1, so that it stays
        changed = changed or scaled
    if changed:
        for i in range(fan_in):
            for j in range(units):
                w[i, j] *= factor[j]
