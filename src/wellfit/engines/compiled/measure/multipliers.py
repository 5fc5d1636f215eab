"""The penalty that a constraint amounts to: its Lagrange multiplier at the weights that were reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.measure.full_gradient import full_gradient
from wellfit.engines.contract.network import Network
from wellfit.tables.arrays import Arrays, Target
from wellfit.techniques.operations import of_layer
from wellfit.techniques.penalties.constraint import constrained
from wellfit.techniques.penalties.penalty import PENALTIES
from wellfit.techniques.update.schedule import Schedule, Scheduled, is_on

if TYPE_CHECKING:
    from wellfit.engines.compiled.run.member import Member

ON_THE_EDGE = 1e-3  # of the radius: rounding, and averages of weights, lie a little inside

Float64 = NDArray[np.float64]


@dataclass(frozen=True)
class Multiplier:
    """One constrained part at the end of training.

    part: "network", or the layer. norm: "l2" or "l1". radius: c. size: the weights' norm. active: whether it is c.
    strength: lambda, so that the penalty (lambda / 2) sum w^2 (circle) or lambda sum abs(w) (diamond) has its minimum
        where the constraint has it; 0 where the constraint is not active.
    residual: what is left of the gradient beside that penalty's, as a share of the gradient: 0 at a minimum, near 1
        where training has not converged, or had an optimiser that scales weights one by one.
    """

    part: str
    norm: str
    radius: float
    size: float
    active: bool
    strength: float
    residual: float


def multipliers(member: Member, arrays: Arrays, target: Target) -> list[Multiplier]:
    """Of every part that the member's `constraint` holds; empty without one.

    The gradient g is that of the data loss over all training rows, in evaluation mode, and of the weight penalties (l2,
    l1, elastic net, power, prior) at the last update's strengths, at the kept weights. A minimum has g + lambda w = 0
    on the circle; on the diamond g_i = -lambda sign(w_i) where w_i is not 0, and abs(g_i) <= lambda where it is. Both
    give lambda by the product with w: -(g . w) / (w . w), and -(g . w) / sum abs(w).

    Raises:
        InputError: the network has several tasks.
    """
    chosen = member.recipe.constraint
    if not is_on(chosen.radius):
        return []
    kept = np.array(member.parameters if member.best is None else member.best)
    g = _data_gradient(member, kept, arrays, target) + _penalty_gradient(member, kept)
    found = []
    for part, (radius, runs) in constrained(member.program).items():
        limit = _last(member, radius)
        if limit > 0:
            places = np.concatenate([np.arange(begin, min(end, member.program.trained)) for begin, end in runs])
            found.append(multiplier(part, chosen.norm, limit, kept[places].astype(np.float64), g[places]))
    return found


def multiplier(part: str, norm: str, radius: float, w: Float64, g: Float64) -> Multiplier:
    """Of one part's weights and full gradient."""
    size = float(np.sqrt(w @ w) if norm == "l2" else np.abs(w).sum())
    active = size >= radius * (1 - ON_THE_EDGE)
    strength = float(-(g @ w) / (w @ w if norm == "l2" else size)) if active and size > 0 else 0.0
    if norm == "l2":
        left = g + strength * w
    else:
        left = np.where(w != 0, g + strength * np.sign(w), np.maximum(np.abs(g) - max(strength, 0.0), 0.0))
    length = float(np.linalg.norm(g))
    return Multiplier(
        part, norm, radius, size, active, strength, float(np.linalg.norm(left)) / length if length else 0.0
    )


def _data_gradient(member: Member, kept: NDArray[Any], arrays: Arrays, target: Target) -> Float64:
    program, rows = member.program, member.prepared.training
    network = Network(member.recipe, program.encoding, program.kind, program.outputs, kept)
    weight = np.zeros(arrays.rows, np.float32)
    weight[rows.numbers] = rows.weights
    return full_gradient(network, arrays, target, rows.numbers, weight, program.precision).gradient


def _penalty_gradient(member: Member, kept: NDArray[Any]) -> Float64:
    g, program, recipe = np.zeros(len(kept)), member.program, member.recipe
    penalties = [getattr(recipe, name) for name in PENALTIES]
    prior = recipe.prior.as_penalty(member.prepared.prior_factor)
    for penalty in [*penalties, *([] if prior is None else [prior])]:
        for s in program.segments:
            if s.end <= program.trained and (penalty.biases or s.role == "weight"):
                strength = _last(member, of_layer(penalty.strength, s.layer))
                g[s.begin : s.end] += strength * penalty.slope(kept[s.begin : s.end])
    return g


def _last(member: Member, strength: Any) -> float:
    """A strength at the last update that was made."""
    if not isinstance(strength, Scheduled):
        return float(strength)
    t, horizon = np.array([max(member.update - 1, 0)], np.float64), member.horizon
    schedule: Schedule = strength.schedule
    return float(strength.value * schedule.values(t, horizon.schedule, horizon.epoch)[0])
