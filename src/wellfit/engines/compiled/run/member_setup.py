"""A member before its first update: its program, its parameters as drawn, and how long its run is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.program.compiling import compile_program
from wellfit.engines.compiled.program.program import Program
from wellfit.engines.compiled.run.member import Member, settings_of
from wellfit.engines.compiled.run.scheduled_settings import Horizon, epoch_updates, first_updates, scheduled_indices
from wellfit.engines.compiled.step.buffers import aligned_zeros
from wellfit.engines.compiled.step.step import BLOCK
from wellfit.engines.contract.initial import initial_parameters
from wellfit.engines.contract.layers import layer_plan
from wellfit.engines.contract.plan import Plan
from wellfit.engines.numpy.data_initialization import start_from_data
from wellfit.engines.numpy.prepared_view import PreparedView
from wellfit.errors import InputError
from wellfit.numerics.random import seed_key
from wellfit.recipe import Recipe
from wellfit.tables.arrays import Arrays, TargetKind
from wellfit.techniques import layout as at

GUESSED_FLOPS = 3e10  # a second, of one core: only the first compiled call's length depends on it


def make_member(
    plan: Plan,
    prepared: PreparedView,
    kind: TargetKind,
    outputs: int,
    precision: str = "float32",
    arrays: Arrays | None = None,
    drawn: bool = True,
) -> Member:
    """A member before its first update. arrays: the raw columns, which weights that start from data need. drawn: False
    leaves its parameters and state at 0, for one that will be put to a saved state (default True).
    """
    recipe, rows = plan.recipe, len(prepared.training.numbers)
    batch, capacity = batch_of(recipe, rows)
    per_epoch = epoch_updates(rows, batch, recipe.normalization.name == "batch", recipe.sampling.drop_last)
    horizon = _horizon(recipe, per_epoch)
    frozen_until = first_updates(recipe, horizon)
    program = compile_program(recipe, prepared.encoding, kind, outputs, capacity, precision, frozen_until)
    program.clock[at.SEED_KEY] = seed_key(plan.seed)
    parameters = aligned_zeros(program.parameter_count, precision)
    if drawn:
        parameters[:] = _first_parameters(plan, prepared, program, arrays)
    state = aligned_zeros(program.slots * program.trained, precision)
    for slot in program.copies:
        state[slot * program.trained : (slot + 1) * program.trained] = parameters[: program.trained]
    guessed = 1e-5 + 6 * batch * program.trained / GUESSED_FLOPS
    return Member(
        plan=plan,
        prepared=prepared,
        program=program,
        horizon=horizon,
        snapshot_updates=recipe.snapshots.after_updates(horizon.updates, recipe.schedule.cycle_ends(horizon.schedule)),
        batch=batch,
        evaluate_every=recipe.stopping.every or per_epoch,
        parameters=parameters,
        state=state,
        settings=settings_of(program, prepared),
        scheduled=scheduled_indices(program),
        frozen_until=frozen_until,
        memory=recipe.stopping.start(),
        seconds_per_update=guessed,
        guessed_seconds=guessed,
    )


def batch_of(recipe: Recipe, rows: int) -> tuple[int, int]:
    """Rows of a batch, and for how many the buffers are made: batch normalisation joins a last row to its batch."""
    batch = rows if recipe.batch_size == "all" else min(recipe.batch_size, rows)
    return batch, max(BLOCK, batch + (1 if recipe.normalization.name == "batch" else 0))


def _first_parameters(
    plan: Plan, prepared: PreparedView, program: Program, arrays: Arrays | None
) -> NDArray[np.float64]:
    """The parameters as they are drawn, with what is transferred, and the others rescaled where the recipe says so."""
    recipe, encoding, key = plan.recipe, prepared.encoding, seed_key(plan.seed)
    drawn = initial_parameters(recipe, encoding.sizes, program.segments, program.parameter_count, key)
    if plan.start is not None:
        plan.start.apply(program.segments, drawn)
    if recipe.data_initialization.name == "none":
        return drawn
    if arrays is None:
        raise ValueError("Weights that start from data need the raw columns: give make_member the arrays.")
    rows = prepared.training.numbers, prepared.training.weights
    kept = () if plan.start is None else tuple(plan.start.weights)
    layers = layer_plan(recipe, encoding.sizes, program.outputs, encoding.tasks)
    weights = {s.name: drawn[s.begin : s.end].reshape(s.shape) for s in program.segments}
    start_from_data(recipe, layers, encoding, arrays, rows, weights, key, kept)
    return drawn


def _horizon(recipe: Recipe, per_epoch: int) -> Horizon:
    """How long the run is, and its schedules, by epochs or as the stopping rule says."""
    of_epochs = recipe.epochs * per_epoch
    rule = recipe.stopping
    epoch = rule.epoch_length(per_epoch)
    horizon = Horizon(rule.run_length(of_epochs), per_epoch, rule.schedule_length(of_epochs), epoch)
    average = recipe.averaging
    if average.averages() and average.start >= 1 and average.first(horizon.schedule, epoch) >= horizon.updates:
        raise InputError(
            f"averaging starts after epoch {average.start:g}, and the run has {horizon.updates / epoch:g} epochs of "
            f"{epoch} updates: start earlier, or give a share of the run below 1."
        )
    return horizon
