"""Whether members fit in memory, found out before anything is reserved."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from wellfit.arrays import Arrays, Target
from wellfit.encoding import InputSizes
from wellfit.engine.embedding import network_inputs
from wellfit.engine.member import Plan
from wellfit.engine.program import make_segments
from wellfit.errors import InputError
from wellfit.recipe import Recipe
from wellfit.techniques.base import Technique


def check_memory(plans: Sequence[Plan], arrays: Arrays, target: Target) -> None:
    """Refuse members that cannot fit, before anything is reserved. Input widths are estimated from above.

    Raises:
        InputError: the members' parameters and optimiser slots, or one batch's buffers, exceed the free memory.
    """
    free = free_memory()
    if free is None:
        return
    held = largest = 0
    for plan in plans:
        recipe = plan.recipe
        sizes = largest_sizes(recipe, arrays)
        inputs = sizes.encoded + network_inputs(recipe, sizes)
        size = make_segments(recipe, sizes, target.outputs, target.tasks)[2]
        rows = len(plan.view.training)
        batch = rows if recipe.batch_size == "all" else min(recipe.batch_size, rows)
        held += 4 * (size * (2 + recipe.optimizer.slot_count() + _copies(recipe)) + _kept(recipe, size))
        work = size * (2 if recipe.averaging.averages() else 1)
        largest = max(largest, 4 * (work + max(batch, 64) * (inputs + 5 * sum(recipe.hidden) + 3 * target.outputs)))
    if held + largest > free:
        raise InputError(
            f"{len(plans)} members need about {(held + largest) / 2**30:.1f} GiB, but {free / 2**30:.1f} GiB are free: "
            "train fewer at once, or make the layers, the batch or the number of input columns smaller."
        )


def _kept(recipe: Recipe, size: int) -> int:
    """Floats that techniques other than the optimiser keep from update to update."""
    return sum(value.state_size(size) for _, value in recipe if isinstance(value, Technique))


def _copies(recipe: Recipe) -> int:
    """Snapshots of a whole run."""
    updates = 2**20  # how many there are hangs on the recipe, not on the run's length
    return len(recipe.snapshots.moments(updates, recipe.schedule.cycle_ends(updates)))


def largest_sizes(recipe: Recipe, arrays: Arrays) -> InputSizes:
    """The sizes of the encoded input, estimated from above: every category is seen, every number has gaps."""
    numbers, most = arrays.numbers.shape[1], recipe.categories.one_hot_up_to
    embedded = [recipe.categories.embedding > 0 and levels + 1 > most for levels in arrays.levels]
    tables = tuple(levels + 2 for levels, tabled in zip(arrays.levels, embedded, strict=True) if tabled)
    hot = sum(min(levels + 1, most) for levels, tabled in zip(arrays.levels, embedded, strict=True) if not tabled)
    encoded = numbers + (0 if arrays.image else numbers) + hot + len(tables)
    encoded += arrays.sparse.columns if arrays.sparse else 0
    bins = (getattr(recipe.number_embedding, "bins", 0),) * numbers
    return InputSizes(max(encoded, 1), numbers, bins, tables)


def free_memory() -> int | None:
    """Bytes that the system says are free to use; None where it does not say."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))
    except (OSError, StopIteration, ValueError):
        return None
