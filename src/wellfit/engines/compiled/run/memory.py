"""Whether members fit in memory, found out before anything is reserved."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wellfit.engines.compiled.program.compiling import compile_program
from wellfit.engines.compiled.run.member_setup import batch_of
from wellfit.engines.contract.plan import Plan
from wellfit.engines.numpy.prepared_view import PreparedView
from wellfit.errors import InputError
from wellfit.recipe import Recipe
from wellfit.tables.arrays import Target
from wellfit.techniques import layout as at


def check_memory(plans: Sequence[Plan], prepared: Sequence[PreparedView], target: Target) -> None:
    """Refuse members that cannot fit, before one is made. prepared: view of each plan.

    Raises:
        InputError: the members' parameters and optimiser slots, or one batch's buffers, exceed the free memory.
    """
    free = free_memory()
    if free is None:
        return
    needs: dict[tuple[Any, ...], tuple[int, int]] = {}
    held = largest = 0
    for plan, view in zip(plans, prepared, strict=True):
        key = id(plan.recipe), batch_of(plan.recipe, len(view.training.numbers)), view.encoding.sizes
        if key not in needs:
            needs[key] = bytes_needed(plan.recipe, view, target)
        own, work = needs[key]
        held, largest = held + own, max(largest, work)
    if held + largest > free:
        raise InputError(
            f"{len(plans)} members need about {(held + largest) / 2**30:.1f} GiB, but {free / 2**30:.1f} GiB are free: "
            "train fewer at once, or make the layers, the batch or the number of input columns smaller."
        )


def bytes_needed(recipe: Recipe, prepared: PreparedView, target: Target) -> tuple[int, int]:
    """Bytes that one member holds, and those of the workspace on which it trains: as its program says, with every layer
    that is frozen at first already training.
    """
    capacity = batch_of(recipe, len(prepared.training.numbers))[1]
    program = compile_program(recipe, prepared.encoding, target.kind, target.outputs, capacity)
    held = program.parameter_count * (2 + _snapshots(recipe)) + program.slots * program.trained + len(program.settings)
    vectors = 1 + (program.average_slot >= 0) + any(one.seam == at.PERTURB_SEAM for one in program.operations)
    return 4 * held, 4 * (program.work_size + vectors * program.parameter_count)


def _snapshots(recipe: Recipe) -> int:
    """How many copies of its weights a whole run takes."""
    updates = 2**20  # how many there are depends on the recipe, not on the run's length
    return len(recipe.snapshots.after_updates(updates, recipe.schedule.cycle_ends(updates)))


def free_memory() -> int | None:
    """Bytes that the system says are free to use; None where it does not say."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))
    except (OSError, StopIteration, ValueError):
        return None
