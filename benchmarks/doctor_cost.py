"""What diagnosis adds: to three networks, what rules read and the rules; to `wellfit fit`, probes, rules and report."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
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
FITS, BUDGET, FIT_REPETITIONS = (("telco_churn", 4000), ("california_housing", 4000)), 10_000, 3
WAYS = {"bare": ("--no-probes", "--report", "none"), "probes": ("--report", "none"), "whole": ()}
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


def measure_fit_cost(folder: Path) -> None:
    """Print a row a table: the command without report and probes, without report, and whole, each in turn."""
    rows = [[name, f"{known:,}", *_fit_cells(draw(folder, name, known, untouched=0))] for name, known in FITS]
    header = ["table", "rows", "bare s", "with probes", "spread", "and report", "spread", "whole s over bare", "spread"]
    title = f"Processor time of wellfit fit --budget {BUDGET} --jobs 1, median of {FIT_REPETITIONS} rounds"
    print_table(title, header, rows, 2)


def _fit_cells(patient: Patient) -> list[str]:
    seconds: dict[str, list[float]] = {way: [] for way in WAYS}
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "table.csv"
        patient.X.assign(target=patient.y).to_csv(table, index=False)
        _fit(table, WAYS["whole"], BUDGET // 20)  # compiles, and puts together what draws
        for _ in range(FIT_REPETITIONS):
            for way, options in WAYS.items():
                seconds[way].append(_fit(table, options, BUDGET))
    probes, whole = (
        [one / bare for one, bare in zip(seconds[way], seconds["bare"], strict=True)] for way in ("probes", "whole")
    )
    more = [one - bare for one, bare in zip(seconds["whole"], seconds["bare"], strict=True)]
    return [f"{statistics.median(seconds['bare']):.1f}", *_ratio(probes), *_ratio(whole),
            f"{statistics.median(more):.1f}", f"{min(more):.1f} to {max(more):.1f}"]  # fmt: skip


def _ratio(values: list[float]) -> tuple[str, str]:
    return f"x{statistics.median(values):.3f}", f"{min(values):.3f} to {max(values):.3f}"


def _fit(table: Path, options: tuple[str, ...], budget: int) -> float:
    """Processor seconds of the command in a process of its own."""
    command = [sys.executable, "-m", "wellfit", "fit", str(table), "--target", "target", "--budget", str(budget),
               "--jobs", "1", "--out", str(table.parent / "fit"), "--overwrite", *options]  # fmt: skip
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
