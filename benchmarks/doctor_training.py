"""Networks of the doctor's proof: trained, examined by the rules, and measured on rows that no choice sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from doctor_patients import Patient

import wellfit
from wellfit.diagnosis.base import Case, Finding
from wellfit.diagnosis.doctor.patient import LEAST_APART, PROBES
from wellfit.diagnosis.evidence import baseline_losses, later_rows, networks_of
from wellfit.diagnosis.evidence.networks import predicted_rows
from wellfit.engines.compiled.run.training_run import TrainingRun, make_training_run, train_run
from wellfit.engines.contract.budget import Budget
from wellfit.engines.contract.plan import Plan
from wellfit.statistics.row_losses import row_losses
from wellfit.studies.base import StudyTable, settings_of
from wellfit.studies.base.grid import seed_of
from wellfit.studies.base.rounds import updates_of
from wellfit.studies.base.table import measured_views
from wellfit.tables import holdout
from wellfit.tables.arrays import View

FOLDS = 3
DRAWS = 1000  # of the bootstrap
DEFAULT = "default recipe"


@dataclass(frozen=True)
class Measured:
    """Some networks of one recipe on untouched rows.

    losses, errors: (networks, rows); of a diverged network those of the constant prediction. weight: (rows,), so that
    all classes count alike. validation: mean loss of each network's validation rows, (networks,).
    """

    losses: np.ndarray
    errors: np.ndarray
    weight: np.ndarray
    validation: np.ndarray

    def values(self, measure: str, networks: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """The measure, smaller is better, for draws of networks and of rows, each (draws, how often)."""
        if measure == "balanced error":
            weight = rows * self.weight
            return ((networks @ self.errors) * weight).sum(axis=1) / (weight.sum(axis=1) * networks.sum(axis=1))
        mean = ((networks @ self.losses) * rows).sum(axis=1) / (rows.sum(axis=1) * networks.sum(axis=1))
        if measure == "gap":
            return np.abs(mean - networks @ self.validation / networks.sum(axis=1))
        return mean

    def value(self, measure: str) -> float:
        """The measure over all of them."""
        return float(self.values(measure, np.ones((1, len(self.losses))), np.ones((1, self.losses.shape[1])))[0])


def improvement(before: Measured, after: Measured, measure: str, seed: int = 0) -> tuple[float, float, float]:
    """How much smaller the measure is after, as a share of that before, with a 95 % interval.

    The interval is of a bootstrap in which networks and untouched rows are drawn, the same ones before and after.
    """
    random = np.random.default_rng(seed)
    networks, rows = before.losses.shape
    picked = random.multinomial(networks, np.full(networks, 1 / networks), DRAWS).astype(np.float64)
    drawn = random.multinomial(rows, np.full(rows, 1 / rows), DRAWS).astype(np.float64)
    first, second = (one.values(measure, picked, drawn) for one in (before, after))
    low, high = np.quantile(1 - second / np.maximum(first, 1e-12), (0.025, 0.975))
    return 1 - after.value(measure) / max(before.value(measure), 1e-12), float(low), float(high)


def known_part(patient: Patient, table: StudyTable) -> StudyTable:
    """What the doctor may see."""
    return replace(table, rows=table.rows.take(np.arange(patient.known)))


def later_part(patient: Patient, table: StudyTable) -> StudyTable | None:
    """The untouched rows, of which rules may read the columns."""
    if not patient.shows_later:
        return None
    return later_rows(table.rows.arrays.take(np.arange(patient.known, len(patient.y))), table)


def folds_of(patient: Patient, table: StudyTable, seed: int = 0, folds: int = FOLDS) -> tuple[View, ...]:
    """Views of the known rows, as studies make them."""
    settings = settings_of({"folds": folds, "seeds": 1, "seed": seed})
    return measured_views(known_part(patient, table), settings, patient.validates).views


def splits_of(table: StudyTable, known: int, times: int, validates: bool, seed: int, rows: Any = None,
              groups: Any = None) -> tuple[View, ...]:  # fmt: skip
    """Known rows that train, and a fifth of them that validates, dealt anew each time."""
    rows = np.arange(known) if rows is None else rows
    if not validates:
        return tuple(View(rows) for _ in range(times))
    known_rows = table.rows.take(np.arange(known))
    dealt = [
        holdout(known_rows.target, 0.2, seed + k, groups, rows=rows, copies=known_rows.copies if groups is None else
                None) for k in range(times)
    ]  # fmt: skip
    return tuple(View(view.training, view.validation) for view in dealt)


def train(
    table: StudyTable, recipes: Mapping[str, wellfit.Recipe], views: Sequence[View], seed: int = 0, seeds: int = 1,
    probes: bool = True,
) -> tuple[TrainingRun, dict[str, list[int]]]:  # fmt: skip
    """Every recipe on every view, each view from seeds of its own; the run, and the members of each recipe."""
    plans = [
        Plan(recipe, view, seed_of(seed + number, place))
        for recipe in recipes.values() for number in range(seeds) for place, view in enumerate(views)
    ]  # fmt: skip
    rows = table.rows
    distance = max(LEAST_APART, min(map(updates_of, plans)) // PROBES) if probes else None
    run = make_training_run(plans, rows.arrays, rows.target, rows.weight, distance)
    train_run(run, Budget(), 1)
    count = len(views) * seeds
    return run, {name: list(range(k * count, (k + 1) * count)) for k, name in enumerate(recipes)}


def case_of(
    patient: Patient, table: StudyTable, run: TrainingRun, members: Mapping[str, Sequence[int]], name: str
) -> Case:
    """One recipe's networks as rules see them, with the default recipe on the same views as reference."""
    networks = networks_of(run, members[name])
    references = {DEFAULT: networks_of(run, members[DEFAULT])} if DEFAULT in members else {}
    views = list({one.place: one.view for one in networks}.values())
    return Case(
        recipe=patient.recipe, table=known_part(patient, table), networks=networks, references=references,
        baselines=baseline_losses(table.rows, views, patient.recipe, seconds=2.0), later=later_part(patient, table),
    )  # fmt: skip


def measured(patient: Patient, table: StudyTable, run: TrainingRun, members: Sequence[int]) -> Measured:
    """Networks on the untouched rows."""
    rows = np.arange(patient.known, len(patient.y))
    target = table.rows.target.take(rows)
    losses, errors, validation = [], [], []
    for index in members:
        network = None if run.members[index].status == "diverged" else run.network(index)
        made = None if network is None else predicted_rows(network, run, rows)
        values = _constant(run, index, target) if made is None else (made.losses, made.errors)
        losses.append(values[0])
        errors.append(values[1])
        held = run.members[index].plan.view.validation
        inner = predicted_rows(network, run, held) if network is not None and len(held) else None
        validation.append(float(values[0].mean()) if inner is None else inner.loss)
    weight = np.ones(len(rows))
    if patient.balanced:
        _, place, counts = np.unique(target.values[:, 0], return_inverse=True, return_counts=True)
        weight = 1 / counts[place]
    return Measured(np.array(losses), np.array(errors), weight, np.array(validation))


def _constant(run: TrainingRun, index: int, target: Any) -> tuple[np.ndarray, np.ndarray]:
    """The loss of what needs no network: the shares of the classes, or the mean, of the training rows."""
    training = run.target.values[run.members[index].plan.view.training].astype(np.float64)
    count = len(target.values)
    if target.kind in ("binary", "classes"):
        shares = np.bincount(training[:, 0].astype(int), minlength=max(len(target.labels), 2)) / len(training)
        return row_losses(target, np.tile(shares, (count, 1)))
    return row_losses(target, np.tile(training.mean(axis=0), (count, 1)))


def said(findings: Sequence[Finding]) -> list[list[Any]]:
    """Findings in order: code, severity, strength, codes that explain it."""
    return [[one.code, one.severity, round(one.judgement.strength, 3), list(one.explained_by)] for one in findings]
