"""Healthy trainings: good recipes on real tables of 200 to 20,000 rows. A finding of severity "problem" is an alarm."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from doctor_kept import kept
from doctor_patients import FINAL, NUMBERS, TUNING, draw, healthy_recipes
from doctor_training import DEFAULT, case_of, folds_of, said, train

import wellfit
from wellfit.diagnosis.base import Case
from wellfit.diagnosis.examination import every_rule, examine, in_order
from wellfit.search.race.portfolio import portfolio

SIZES = (200, 500, 1000, 2000)
LARGE = {"satimage": 5000, "california_housing": 13_000, "bike_sharing": 10_000, "covertype": 8000, "adult": 20_000}
SMALL_PARTS = {"sk_diabetes", "sk_breast_cancer", "german_credit", "concrete", "heart_disease"}
# Rules that read the table alone: they say the same of all recipes on it, and are asked once.
TABLE_CODES = tuple(one.code for one in every_rule().values() if not {"recipe", "training"} & set(one.needs))
FOLDS = 3
TWICE = 600  # rows up to which every fold has two seeds
OF_LARGE = ("practice", "portfolio 0", "portfolio 1")


def settings(halves: tuple[str, ...]) -> list[tuple[str, str, int, int]]:
    """Half, table, rows and seed of every group of trainings; a table is drawn anew for each seed."""
    found = []
    for half, names in (("tuning", TUNING), ("final", FINAL)):
        if half not in halves:
            continue
        for place, name in enumerate(names):
            sizes = [SIZES[place % 4], SIZES[(place + 2) % 4]]
            sizes = [min(size, 600) if name in SMALL_PARTS else size for size in sizes]
            found += [(half, name, size, seed) for seed, size in enumerate(sizes)]
            if name in LARGE:
                found.append((half, name, LARGE[name], 2))
        if half == "final":
            found.append((half, "adult", LARGE["adult"], 2))
    return found


def recipes(table: str, rows: int) -> dict[str, wellfit.Recipe]:
    """Good recipes for a table: those of the portfolio and plain ones; of large tables a few."""
    kind = "numbers" if table in NUMBERS else "classes"
    of_portfolio = {f"portfolio {place}": one for place, one in enumerate(portfolio(kind))}  # type: ignore[arg-type]
    wide = {"practice": wellfit.Recipe(**_practice(), hidden=(64, 64, 64))}
    every = {**of_portfolio, **healthy_recipes(), **wide}
    return {name: every[name] for name in OF_LARGE} if rows > max(SIZES) else every


def _practice() -> dict[str, Any]:
    from wellfit.recipe.named_recipes import practice

    return practice((64, 64, 64))


def jobs(
    folder: Path, halves: tuple[str, ...], keep: Path | None
) -> Iterator[tuple[str, str, Callable[[], list[dict[str, Any]]]]]:
    """One a table, size and seed; each gives a line a recipe. Small ones first."""
    for half, table, rows, seed in sorted(settings(halves), key=lambda one: one[2]):
        name = f"{table} | {rows} rows | seed {seed}"
        described = {"part": "healthy", "job": name, "half": half, "table": table}
        yield "healthy", name, partial(run_group, folder, table, rows, seed, keep, described)


def run_group(
    folder: Path, name: str, rows: int, seed: int, keep: Path | None, described: dict[str, Any]
) -> list[dict[str, Any]]:
    """All recipes on one table: a line a recipe."""
    job = described["job"]
    lines = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cases = kept(keep, f"healthy {job}", lambda: trained(folder, name, rows, seed))
        of_table = examine(next(iter(cases.values())), only=TABLE_CODES).findings
        for one, case in cases.items():
            start = time.process_time()
            findings = in_order((*of_table, *examine(case, mute=TABLE_CODES).findings))
            lines.append({
                **described, "case": f"{job} | {one}", "rows": case.table.rows.arrays.rows, "recipe": one,
                "findings": said(findings), "statuses": [network.status for network in case.networks],
                "problems": [[one.code, one.judgement.sentence] for one in findings if one.severity == "problem"],
                "seconds": round(time.process_time() - start, 2),
            })  # fmt: skip
    return lines


def trained(folder: Path, name: str, rows: int, seed: int) -> dict[str, Case]:
    """All recipes on one table, as cases; the default recipe is trained once and is the reference of all."""
    base = replace(draw(folder, name, rows, seed + 100), shows_later=True)
    table = base.table()
    views = folds_of(base, table, seed, FOLDS)
    tried = recipes(name, rows)
    run, members = train(table, {**tried, DEFAULT: wellfit.Recipe()}, views, seed, 2 if rows <= TWICE else 1)
    return {one: case_of(replace(base, recipe=recipe), table, run, members, one) for one, recipe in tried.items()}
