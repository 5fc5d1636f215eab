"""The operations on gradient and parameters: penalties, clipping, the update, constraints, averages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engine.program import TRAINED_ROLES, Program, Segment, is_on
from wellfit.techniques import layout as at
from wellfit.techniques.averaging import follow
from wellfit.techniques.lookahead import pull_back, slow_follows
from wellfit.techniques.penalty import KERNELS as PENALTY_KERNELS

ALL = TRAINED_ROLES
WEIGHTS = ("weight",)


def emit_updates(program: Program) -> None:
    """Everything after the gradient of the data loss, seam by seam."""
    _emit_penalties(program)
    _emit_clipping(program)
    _emit_update(program)
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


def _emit_penalties(program: Program) -> None:
    for name in ("l2", "l1"):
        penalty = getattr(program.recipe, name)
        if is_on(penalty.strength):
            where = program.setting(penalty.strength)
            for begin, end, _ in runs_of(program, ALL if penalty.biases else WEIGHTS):
                kernel = PENALTY_KERNELS[name]
                program.emit(at.PENALTY_SEAM, kernel, parameters=begin, parameters_2=end, settings=where)


def _emit_clipping(program: Program) -> None:
    clipping = program.recipe.clipping
    if clipping.kernel is not None:
        program.emit(at.CLIP_SEAM, clipping.kernel, settings=program.setting(*clipping.limits()))


def _emit_update(program: Program) -> None:
    """One pass over the parameters for each run of one rate and decay."""
    decay, kernel = program.recipe.weight_decay, program.recipe.optimizer.kernel()

    def treatment(segment: Segment) -> tuple[Any, bool]:
        return segment.rate, is_on(decay.strength) and (decay.biases or segment.role in WEIGHTS)

    for begin, end, (rate, decayed) in runs_of(program, ALL, treatment):
        where = program.setting(rate, 0.0)
        if decayed:
            program.shrinkage.append((where + 1, decay.strength, rate if decay.with_rate else None))
        program.emit(
            at.UPDATE_SEAM, kernel, parameters=begin, parameters_2=end, settings=program.optimizer_settings,
            settings_2=where,
        )  # fmt: skip


def _emit_lookahead(program: Program) -> None:
    """The way back comes before the constraints, the slow weights follow after them and before the averages."""
    lookahead = program.recipe.lookahead
    if lookahead.period:
        where = {"slot": program.slot(copies_parameters=True), "extra": lookahead.period}
        program.emit(at.CONSTRAIN_SEAM, pull_back, settings=program.setting(lookahead.share), **where)
        program.emit(at.AVERAGE_SEAM, slow_follows, **where)


def _emit_constraints(program: Program) -> None:
    """What holds of the parameters after each update."""


def _emit_averages(program: Program) -> None:
    """What follows the parameters from update to update."""
    recipe = program.recipe
    averaging = recipe.averaging
    if not averaging.averages():
        return

    def rates(t: NDArray[np.float64], horizon: Any) -> NDArray[np.float64]:
        ends = recipe.schedule.cycle_ends(horizon.schedule)
        return averaging.rates(t, horizon.updates, horizon.per_epoch, ends)  # type: ignore[no-any-return]

    where, program.average_slot = program.setting(0.0), program.slot()
    program.paced.append((where, rates))
    program.emit(at.AVERAGE_SEAM, follow, settings=where, slot=program.average_slot)
