"""What diagnosis adds to a fit: processor time of training with what rules read, and of the rules themselves."""

from __future__ import annotations

import statistics
import time
import warnings
from collections.abc import Callable
from pathlib import Path

from doctor_patients import Patient, draw, healthy_recipes
from doctor_training import DEFAULT, case_of, folds_of, train
from printing import print_table

import wellfit
from wellfit.diagnosis.examination import examine

TABLES = (("telco_churn", 1000), ("california_housing", 2000), ("covertype", 4000))
REPETITIONS = 5
WIDE = wellfit.Recipe()


def measure_cost(folder: Path) -> None:
    """Print a row a table and recipe; both ways are timed in turn, so that load from elsewhere hits both."""
    rows = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, known in TABLES:
            for recipe_name, recipe in (("32-32, 40 epochs", healthy_recipes()["residual"]), (DEFAULT, WIDE)):
                rows.append([name, f"{known:,}", recipe_name, *_cells(draw(folder, name, known), recipe)])
    header = ["table", "rows", "recipe", "training s", "with probes", "spread", "rules s", "share of training"]
    print_table(f"Processor time of 3 networks, median of {REPETITIONS} pairs", header, rows, 3)


def _cells(patient: Patient, recipe: wellfit.Recipe) -> list[str]:
    table, views = patient.table(), folds_of(patient, patient.table())
    recipes = {"it": recipe}
    for probes in (False, True):
        train(table, recipes, views, probes=probes)  # compiles
    plain, probed, rules = [], [], []
    for _ in range(REPETITIONS):
        plain.append(_seconds(lambda: train(table, recipes, views, probes=False)))
        probed.append(_seconds(lambda: train(table, recipes, views, probes=True)))
    run, members = train(table, {**recipes, DEFAULT: WIDE}, views)
    for _ in range(REPETITIONS):
        rules.append(_seconds(lambda: examine(case_of(patient, table, run, members, "it"))))
    ratios = [one / other for one, other in zip(probed, plain, strict=True)]
    base, judged = statistics.median(plain), statistics.median(rules)
    return [f"{base:.2f}", f"x{statistics.median(ratios):.3f}", f"{min(ratios):.3f} to {max(ratios):.3f}",
            f"{judged:.2f}", f"{judged / base:.1%}"]  # fmt: skip


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start
