"""Networks of a long experiment in folders of their own: loaded where finished, gone on with where interrupted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import wellfit
from wellfit.errors import InputError, quoted
from wellfit.lab.base import Lab
from wellfit.tables.arrays import View

PLAN = "plan.json"  # there as soon as a run's folder can be resumed


def trained(
    lab: Lab, key: str, recipes: wellfit.Recipe | Sequence[wellfit.Recipe], X: Any, y: Any, view: View,
    seeds: int | Sequence[int] = 0, probes: int | None = None,
) -> wellfit.Population:  # fmt: skip
    """As `wellfit.train` on one view, with checkpoints in lab.folder, where there is one.

    Where the folder holds these networks, finished ones are loaded and the others go on from their last checkpoint, to
    the same bits as without the interruption.

    lab: where, at which size, with how many threads.
    key: names these networks within the experiment, such as "dropout"; each key of an experiment has its own folder,
        which keeps a copy of the table.
    recipes, X, y, seeds, probes: as in `wellfit.train`. view: which rows.

    Raises:
        InputError: the folder holds other networks under that key.
        KeyboardInterrupt: training was interrupted; half-trained networks would be measured otherwise.
    """
    if lab.folder is None:
        return _whole(wellfit.train(recipes, X, y, views=view, seeds=seeds, probes=probes, **lab.options))
    place = lab.folder / f"{key}-{lab.size}"
    if not (place / PLAN).is_file():
        options = {**lab.options, "folder": place}
        return _whole(wellfit.train(recipes, X, y, views=view, seeds=seeds, probes=probes, **options))
    found = wellfit.load(place)
    if not isinstance(found, wellfit.Population):  # a folder gives no model
        raise TypeError(f"{place} holds a model.")
    given = [recipes] if isinstance(recipes, wellfit.Recipe) else list(recipes)
    starts = [seeds] if isinstance(seeds, int) else list(seeds)
    asked = [(recipe, seed) for recipe in given for seed in starts]
    if [(member.recipe, member.seed) for member in found] != asked or not _same_rows(found, view):
        raise InputError(f"The folder {quoted(str(place))} holds other networks than these: choose another.")
    if all(member.status in ("finished", "stopped", "diverged") for member in found):
        return found
    return _whole(wellfit.resume(place, **lab.options))


def _whole(population: wellfit.Population) -> wellfit.Population:
    """The population, unless Ctrl-C has ended it."""
    if any(member.status == "interrupted" for member in population):
        raise KeyboardInterrupt
    return population


def _same_rows(found: wellfit.Population, view: View) -> bool:
    """Whether all members have the view's rows."""
    parts = ("training", "validation", "test")
    return all(np.array_equal(member.view.rows_of(part), view.rows_of(part)) for member in found for part in parts)
