"""Planted illnesses: a sound recipe and table, made ill by an operator or by two; does a rule name what was done?"""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from doctor_added_operators import ADDED
from doctor_kept import kept
from doctor_operators import ILLNESSES, PAIRS, Illness, illness
from doctor_patients import FINAL, NUMBERS, TUNING, Patient, draw, generator, healthy_recipes
from doctor_training import DEFAULT, case_of, folds_of, improvement, measured, said, train

import wellfit
from wellfit.diagnosis.base import Case
from wellfit.diagnosis.examination import examine
from wellfit.errors import InputError

ROWS, SEEDS = 600, 2
TABLES_EACH = 2  # of the tables for tuning, and of those for the final figures
WORSE = 0.1  # by so much an illness must harm for it to have "taken"


@dataclass(frozen=True)
class Planted:
    """One case.

    half: "tuning" or "final". table, base: names. illnesses: one, or two at once.
    """

    half: str
    table: str
    base: str
    illnesses: tuple[Illness, ...]

    @property
    def name(self) -> str:
        """By which it is known in the file of results."""
        return f"{' + '.join(one.name for one in self.illnesses)} | {self.table} | {self.base}"

    @property
    def measure(self) -> str:
        """That of the first illness whose own is not the loss."""
        return next((one.measure for one in self.illnesses if one.measure != "loss"), "loss")


def cases() -> list[Planted]:
    """All cases: every illness on tables of both halves, bases in turn; then pairs."""
    return _planned([*((single,) for single in ILLNESSES), *(tuple(map(illness, pair)) for pair in PAIRS)])


def added_cases() -> list[Planted]:
    """The cases of the operators that came later, on tables of both halves."""
    return _planned([(single,) for single in ADDED])


def _planned(each: Sequence[tuple[Illness, ...]]) -> list[Planted]:
    """Some illnesses on two tables of each half, tables and bases in turn; the half for tuning first."""
    found: list[Planted] = []
    bases = list(healthy_recipes())
    for number, one in enumerate(each):
        for half, tables in (("tuning", TUNING), ("final", FINAL)):
            suited = [name for name in tables if all(_kind(name) in each.kinds for each in one)]
            for k in range(TABLES_EACH):
                table = suited[(number * TABLES_EACH + k) % len(suited)]
                allowed = [base for base in bases if all(not each.bases or base in each.bases for each in one)]
                base = allowed[(number + k + (half == "final") * 2) % len(allowed)]
                found.append(Planted(half, table, base, one))
    return sorted(found, key=lambda case: case.half != "tuning")


def _kind(table: str) -> str:
    return "number" if table in NUMBERS else "class"


def patients(folder: Path, case: Planted) -> tuple[Patient, Patient]:
    """The ill one, and the sound one that it is compared with."""
    rows = min(one.rows or ROWS for one in case.illnesses)
    if any((one.rows or 0) > ROWS for one in case.illnesses):
        rows = max(one.rows or 0 for one in case.illnesses)
    sound = draw(folder, case.table, rows)
    sound = Patient(**{**vars(sound), "recipe": healthy_recipes()[case.base]})
    ill, well = sound, sound
    for place, one in enumerate(case.illnesses):
        ill = one.plant(ill, generator(case.name, place))
        if one.heal is not None:  # the table stays as it is
            well = one.heal(Patient(**{**vars(ill), "recipe": sound.recipe}), generator(case.name))
    return ill, well


def run_case(folder: Path, case: Planted, keep: Path | None = None, part: str = "planted") -> dict[str, Any]:
    """Train the ill and the sound one, examine the ill one; a line of results. keep: a folder for what was trained."""
    start = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            seen, harm = kept(keep, f"planted {case.name}", lambda: trained(folder, case))
        except InputError as error:
            return {**described(case, part), "refused": str(error)}
        return {
            **described(case, part), **harm, "findings": said(examine(seen).findings),
            "statuses": [one.status for one in seen.networks], "seconds": round(time.process_time() - start, 2),
        }  # fmt: skip


def trained(folder: Path, case: Planted) -> tuple[Case, dict[str, Any]]:
    """The ill one's networks as rules see them, and how much worse it is than the sound one."""
    ill, well = patients(folder, case)
    table = ill.table()
    run, members = train(table, {"ill": ill.recipe, DEFAULT: wellfit.Recipe()}, folds_of(ill, table), seeds=SEEDS)
    harm = harm_of(ill, well, measured(ill, table, run, members["ill"]), case.measure)
    return case_of(ill, table, run, members, "ill"), harm


def described(case: Planted, part: str = "planted") -> dict[str, Any]:
    """What a line says of the case itself."""
    return {
        "part": part, "case": case.name, "half": case.half, "table": case.table, "base": case.base,
        "illnesses": [one.name for one in case.illnesses], "measure": case.measure,
        "right": [list(one.right) for one in case.illnesses], "cause": [list(one.cause) for one in case.illnesses],
    }  # fmt: skip


def harm_of(ill: Patient, well: Patient, after: Any, measure: str) -> dict[str, Any]:
    """By how much the ill one is worse on untouched rows than the sound one, as a share of the sound one's."""
    table = well.table()
    views = folds_of(well, table)
    run, members = train(table, {"well": well.recipe}, views, seeds=SEEDS, probes=False)
    before = measured(well, table, run, members["well"])
    used = "loss" if measure == "none" else measure
    sound, sick = before.value(used), after.value(used)
    low = improvement(after, before, used)[1] if before.losses.shape == after.losses.shape else float("nan")
    return {"sound": sound, "ill": sick, "took": bool(sick >= (1 + WORSE) * sound), "surely_worse": bool(low > 0)}
