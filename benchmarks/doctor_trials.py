"""The doctor at work on planted cases: what it names, and whether what it hands out heals on rows that no choice saw.

The doctor gets the known rows alone. The remedy that it chose by validation rows, with the change of the table that it
advises, is then trained anew on other splits of the known rows, beside the recipe as it was, and measured on the
untouched rows. Beside it: the best of as many random patches at the same cost, and the best of as many proposals of the
search, both chosen by validation rows of the same folds and measured likewise. What the doctor itself calls healed, by
its own test rows, is counted apart.
"""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from doctor_patients import Patient
from doctor_planted import Planted, cases, described, harm_of, patients
from doctor_training import Measured, improvement, known_part, measured, said, splits_of, train

import wellfit
from wellfit.diagnosis.base import TableChange
from wellfit.diagnosis.trial.random_patches import cost_of
from wellfit.errors import InputError
from wellfit.search.race.proposals import Evolution, Trial
from wellfit.studies.base import StudyTable, settings_of, train_grid

FOLDS, SEEDS, SPLITS = 5, 1, 6
PROPOSALS = 12  # where the doctor tried nothing
COST_FACTOR = 1.5  # a proposal may cost so much more than the dearer of the patient and the default recipe


def jobs(
    folder: Path, halves: tuple[str, ...], keep: Path | None
) -> Iterator[tuple[str, str, Callable[[], list[dict[str, Any]]]]]:
    """The planted cases, every illness once before any twice."""
    mine = [case for case in cases() if case.half in halves]
    for case in sorted(mine, key=lambda case: sum(one.illnesses == case.illnesses for one in mine[: mine.index(case)])):
        yield "trials", case.name, lambda case=case: [run_trial(folder, case)]


def run_trial(folder: Path, case: Planted) -> dict[str, Any]:
    """Diagnose the ill one, and measure what is handed out; a line of results."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ill, well = patients(folder, case)
        line = {**described(case), "part": "trials"}
        try:
            return {**line, **_diagnosed(ill, well, case)}
        except InputError as error:
            return {**line, "refused": str(error)}


def _diagnosed(ill: Patient, well: Patient, case: Planted) -> dict[str, Any]:
    start = time.process_time()
    known = slice(0, ill.known)
    found = wellfit.diagnose(
        ill.recipe, ill.X.iloc[known], ill.y[known], folds=FOLDS, seeds=SEEDS, n_jobs=1, kind=ill.kind,
        column_kinds=dict(ill.column_kinds) or None, later=ill.X.iloc[ill.known :] if ill.shows_later else None,
    )  # fmt: skip
    seconds = time.process_time() - start
    measure = "loss" if case.measure == "none" else case.measure
    before = of_recipe(ill, ill.recipe, None)
    tried = int((found.trial["kind"] != "random").sum()) if found.trial.height else 0
    changes = found.facts.get("best random changes")
    rivals = {
        "random": None if changes is None else ill.recipe.vary(changes),
        "proposals": best_proposal(ill, tried or PROPOSALS, case.name),
    }
    after = of_recipe(ill, chosen_recipe(ill.recipe, found.facts), found.table_change)
    return {
        "findings": said(found.examination.findings), "verdict": found.verdict, "healed": found.healed is not None,
        "table_change": found.table_change is not None, "tried": tried, "chosen": found.facts.get("chosen"),
        "improved": improvement(before, after, measure),
        **{f"{name}_improved": None if one is None else improvement(before, of_recipe(ill, one, None), measure)
           for name, one in rivals.items()},
        **harm_of(ill, well, before, measure), "seconds": round(seconds, 2),
    }  # fmt: skip


def chosen_recipe(patient: wellfit.Recipe, facts: Mapping[str, Any]) -> wellfit.Recipe:
    """The patient with the change that validation rows chose; as it is where nothing was tried."""
    if facts.get("chosen kind") == "default recipe":
        return wellfit.Recipe()
    return patient.vary(facts.get("chosen changes") or {})


def of_recipe(ill: Patient, recipe: wellfit.Recipe, change: TableChange | None) -> Measured:
    """A recipe and a change of the table, trained on new splits of the known rows, measured on the untouched ones."""
    change = change or TableChange()
    patient = replace(ill, recipe=recipe, X=ill.X.drop(columns=list(change.drop_columns)))
    table = patient.table()
    validates = patient.validates or recipe.stopping.name != "none"
    views = splits_of(table, ill.known, SPLITS, validates, 1000, groups=groups_of(ill.known, change))
    if change.drop_rows:
        dropped = np.asarray(change.drop_rows)
        views = tuple(replace(one, training=one.training[~np.isin(one.training, dropped)]) for one in views)
    run, members = train(table, {"it": recipe}, views, 1000, probes=False)
    return measured(patient, table, run, members["it"])


def groups_of(known: int, change: TableChange) -> np.ndarray | None:
    """The group of each known row; None where no rows are kept together."""
    if not change.keep_together:
        return None
    groups = np.arange(known)
    for rows in change.keep_together:
        groups[list(rows)] = min(rows)
    return groups


def best_proposal(ill: Patient, number: int, name: str) -> wellfit.Recipe | None:
    """The best by validation rows of so many recipes that the search would propose after the patient; None where none
    is better than the patient.
    """
    table: StudyTable = known_part(ill, ill.table())
    arrays = table.rows.arrays
    source = Evolution(table.rows.target.kind, bool(arrays.numbers.shape[1]), bool(arrays.codes.shape[1]))
    random = np.random.default_rng(len(name))
    limit = COST_FACTOR * max(cost_of(one, ill.known) for one in (ill.recipe, wellfit.Recipe()))
    tried = [Trial(ill.recipe, 1.0, True)]
    recipes = {"patient": ill.recipe}
    for _ in range(20 * number):
        made, _ = source.propose(tried, random)
        if len(recipes) <= number and cost_of(made, ill.known) <= limit:
            recipes[f"proposal {len(recipes)}"] = made
    grid = train_grid(recipes, table, settings_of({"folds": FOLDS, "seeds": 1, "n_jobs": 1}), validates=True)
    means = {one: float(grid.losses(one, "validation").mean()) for one in recipes}
    best = min(means, key=lambda one: means[one] if math.isfinite(means[one]) else math.inf)
    return None if best == "patient" else recipes[best]
