"""The operations on gradient and parameters: penalties, clipping, the update, constraints, averages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.program.emit_sharing import emit_closeness
from wellfit.engines.compiled.program.program import Program
from wellfit.engines.contract.segments import ALIGNMENT, TRAINED_ROLES, Segment
from wellfit.techniques import layout as at
from wellfit.techniques.penalties import constraint, max_norm
from wellfit.techniques.penalties.penalty import L1, PENALTIES, Penalty, l1_value
from wellfit.techniques.penalties.proximal import shrink_kernel
from wellfit.techniques.run.averaging import follow
from wellfit.techniques.update.lookahead import pull_back, slow_follows
from wellfit.techniques.update.schedule import is_on

ALL = TRAINED_ROLES
WEIGHTS = ("weight",)


def emit_updates(program: Program) -> None:
    """Everything after the gradient of the data loss, seam by seam."""
    if program.recipe.clipping.before_penalties:
        _emit_clipping(program, at.PENALTY_SEAM)
    _emit_penalties(program)
    if not program.recipe.clipping.before_penalties:
        _emit_clipping(program, at.CLIP_SEAM)
    _emit_update(program)
    _emit_shrinkage(program)
    _emit_lookahead(program)
    _emit_constraints(program)
    _emit_averages(program)


def runs_of(
    program: Program, roles: tuple[str, ...], treatment: Callable[[Segment], Any] = lambda segment: None
) -> list[tuple[int, int, Any]]:
    """Longest runs of neighbouring trained segments with the given roles and one treatment: begin, end, treatment.

    Frozen segments are left out. Gaps between segments, which hold zeros, lie inside a run.
    """
    runs: list[tuple[int, int, Any]] = []
    for segment in program.segments:
        if segment.role not in roles or segment.frozen:
            continue
        treated = treatment(segment)
        begin, end, before = runs[-1] if runs else (0, -ALIGNED_GAP, None)
        if segment.begin - end < ALIGNED_GAP and runs and str(before) == str(treated):
            runs[-1] = (begin, segment.end, treated)
        else:
            runs.append((segment.begin, segment.end, treated))
    return runs


ALIGNED_GAP = 16  # floats: neighbours are never further apart


def of_layer(program: Program, strength: Any, segment: Segment) -> Any:
    """The strength of a segment's layer: itself, or of a list the layer's; what comes before the first hidden layer
    counts to it.
    """
    if not isinstance(strength, tuple):
        return strength
    if segment.layer == "input":
        return strength[0]
    return strength[int(segment.layer[6:])] if segment.layer.startswith("hidden") else strength[-1]


def _emit_penalties(program: Program) -> None:
    for name in PENALTIES:
        _emit_penalty(program, getattr(program.recipe, name))
    prior = program.recipe.prior
    for begin, end, _ in runs_of(program, ALL if prior.biases else WEIGHTS) if prior.name != "none" else ():
        program.priors.append(program.setting(prior.precision()))
        program.emit(
            at.PENALTY_SEAM, prior.kernel, parameters=begin, parameters_2=end, settings=program.priors[-1]
        )  # fmt: skip
    emit_closeness(program)


def _emit_penalty(program: Program, penalty: Penalty) -> None:
    def treatment(segment: Segment) -> Any:
        return of_layer(program, penalty.strength, segment)

    kernel = l1_value if isinstance(penalty, L1) and penalty.proximal else penalty.kernel
    for begin, end, strength in runs_of(program, ALL if penalty.biases else WEIGHTS, treatment):
        if is_on(strength):
            where = program.setting(strength, *penalty.constants())
            program.emit(at.PENALTY_SEAM, kernel, parameters=begin, parameters_2=end, settings=where)


def _emit_clipping(program: Program, seam: int) -> None:
    clipping = program.recipe.clipping
    if clipping.kernel is not None:
        columns = {"settings": program.setting(*clipping.limits())}
        if size := clipping.state_size(program.trained):
            columns |= {"slot": program.slot(size=size), "extra": clipping.window}
        program.emit(seam, clipping.kernel, **columns)


def _emit_update(program: Program) -> None:
    """One pass over the parameters for each run of one rate and decay."""
    decay, kernel = program.recipe.weight_decay, program.recipe.optimizer.kernel()

    def treatment(segment: Segment) -> tuple[Any, Any, int]:
        decayed = decay.biases or segment.role in WEIGHTS
        return segment.rate, of_layer(program, decay.strength, segment) if decayed else 0.0, segment.waits

    for begin, end, (rate, strength, first) in runs_of(program, ALL, treatment):
        where = program.setting(rate, 0.0)
        if is_on(strength):
            program.shrinkage.append((where + 1, strength, rate if decay.with_rate else None))
        program.emit(
            at.UPDATE_SEAM, kernel, parameters=begin, parameters_2=end,
            settings=program.coefficients_from(first), settings_2=where,
        )  # fmt: skip


def _emit_lookahead(program: Program) -> None:
    """The way back comes before the constraints, the slow weights follow after them and before the averages."""
    lookahead = program.recipe.lookahead
    if lookahead.period:
        where = {"slot": program.slot(copies_parameters=True), "extra": lookahead.period}
        program.emit(at.CONSTRAIN_SEAM, pull_back, settings=program.setting(lookahead.share), **where)
        program.emit(at.AVERAGE_SEAM, slow_follows, **where)


def _emit_constraints(program: Program) -> None:
    """What holds of the parameters after each update: the length of each unit's weights, the size of all."""
    recipe = program.recipe
    for segment in program.segments:
        if segment.role in WEIGHTS and not segment.frozen:
            _emit_column_norm(program, segment, of_layer(program, recipe.max_norm.limit, segment), exact=False)
            _emit_column_norm(program, segment, of_layer(program, recipe.unit_norm.norm, segment), exact=True)
    for radius, runs in constrained(program).values():
        if is_on(radius):
            where = program.setting(radius, len(runs), *(edge // constraint.UNIT for run in runs for edge in run))
            program.emit(at.CONSTRAIN_SEAM, constraint.KERNELS[recipe.constraint.norm], settings=where)


def _emit_shrinkage(program: Program) -> None:
    """Proximal L1, right after the update whose divisors it shares."""
    l1 = program.recipe.l1
    if not l1.proximal:
        return

    def treatment(segment: Segment) -> tuple[Any, Any, int]:
        return segment.rate, of_layer(program, l1.strength, segment), segment.waits

    kernel = shrink_kernel(*program.recipe.optimizer.slots)
    for begin, end, (rate, strength, first) in runs_of(program, ALL if l1.biases else WEIGHTS, treatment):
        if is_on(strength):
            program.emit(
                at.CONSTRAIN_SEAM, kernel, parameters=begin, parameters_2=end,
                settings=program.coefficients_from(first), settings_2=program.setting(rate, strength),
            )  # fmt: skip


def _emit_column_norm(program: Program, segment: Segment, limit: Any, exact: bool) -> None:
    if is_on(limit):
        fan_in, units = segment.shape
        program.emit(
            at.CONSTRAIN_SEAM, max_norm.limit_columns, parameters=segment.begin, width_in=fan_in, width=units,
            width_2=int(exact), extra=program.buffer(units, rows=1), settings=program.setting(limit),
        )  # fmt: skip


def constrained(program: Program) -> dict[str, tuple[Any, list[tuple[int, int]]]]:
    """The parts that the constraint holds ("network", or layers by name): radius, and runs of whole alignments."""
    chosen = program.recipe.constraint
    roles = ALL if chosen.biases else WEIGHTS
    parts: dict[str, tuple[Any, list[tuple[int, int]]]] = {}

    def treatment(segment: Segment) -> tuple[str, Any]:
        name = "network" if chosen.scope == "network" else segment.layer
        return name, of_layer(program, chosen.radius, segment)

    for begin, end, (name, radius) in runs_of(program, roles, treatment):
        parts.setdefault(name, (radius, []))[1].append((begin, -(-end // ALIGNMENT) * ALIGNMENT))
    return parts


def _emit_averages(program: Program) -> None:
    """What follows the parameters from update to update."""
    recipe = program.recipe
    averaging = recipe.averaging
    if not averaging.averages():
        return

    def rates(t: NDArray[np.float64], horizon: Any) -> NDArray[np.float64]:
        ends = recipe.schedule.cycle_ends(horizon.schedule)
        return averaging.rates(t, horizon.schedule, horizon.epoch, ends)  # type: ignore[no-any-return]

    where, program.average_slot = program.setting(0.0), program.slot()
    program.paced.append((where, rates))
    program.emit(at.AVERAGE_SEAM, follow, settings=where, slot=program.average_slot)
