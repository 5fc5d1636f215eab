"""Each rule about training: a case where it finds something, one that is fine, and remedies that recipes can take."""

from __future__ import annotations

import graphlib
import math
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.diagnosis.rules.networks import CONSTANT, ROWS, case, with_seeds
from wellfit.diagnosis.base import Case, Judgement
from wellfit.diagnosis.examination import every_rule
from wellfit.recipe import Recipe
from wellfit.studies.base import study_table

BAD = {"training": 0.65, "validation": 0.66, "better": 0.3}  # hardly better than a constant prediction
FALLS = np.linspace(CONSTANT, 0.3, 20)
JUMPS = [0.6, 0.5] * 10
LATE = [*np.linspace(0.7, 0.3, 6), *np.linspace(0.32, 0.6, 14)]  # validation rows: best early on
NARROW, TANH = Recipe(hidden=(2, 16)), Recipe(hidden=(16, 16), activation="tanh")
NORMALISED, CLIPPED = Recipe(normalization="batch"), Recipe(hidden=(16, 16), clipping="norm")


def each_layer(quantity: str, values: list[float]) -> dict[tuple[str, str], list[float]]:
    return {(f"hidden{place}", quantity): values for place in range(2)}


def classes(values: np.ndarray, errors: np.ndarray, **settings: float) -> Case:  # type: ignore[type-arg]
    """A case with a table of two classes, of which half the rows are of each."""
    y = np.arange(3 * ROWS) % 2
    made = case(values=values, errors=errors, **settings)
    return replace(made, table=study_table(np.arange(3.0 * ROWS)[:, None], y, {"kind": "class"}))


def numbers(values: np.ndarray, **settings: float) -> Case:  # type: ignore[type-arg]
    made = case(values=values, **settings)
    return replace(made, table=study_table(np.arange(3.0 * ROWS)[:, None], np.linspace(0, 1.5, 3 * ROWS), {}))


SURE = np.column_stack([np.full(ROWS, 0.99), np.full(ROWS, 0.01)])
HALF_RIGHT = (np.arange(ROWS) % 2).astype(float)
NOTHING = np.full((ROWS, 2), 0.5) + 1e-4 * np.linspace(-1, 1, ROWS)[:, None]

FOUND: dict[str, Callable[[], Case]] = {
    "underfitting": lambda: case(**BAD),
    "overfitting": lambda: case(training=0.05, validation=0.6, better=0.3),
    "too-few-epochs": lambda: case(**BAD, updates=20, probes={("network", "update_ratio"): [0.005, 0.005]}),
    "still-improving": lambda: case(training=0.5, validation=0.5, better=0.3, curve=np.linspace(0.7, 0.5, 20)),
    "stopped-too-late": lambda: case(training=0.1, validation=0.6, better=0.3, held_out=LATE),
    "plateau": lambda: case(**BAD, curve=[0.7, *[0.65] * 19]),
    "unstable-folds": lambda: _one_fails(),
    "within-seed-noise": lambda: with_seeds(_alike()),
    "too-few-units": lambda: case(NARROW, **BAD),
    "too-many-parameters": lambda: case(training=0.05, validation=0.6, better=0.3, parameters=ROWS * 500),
    "dead-units": lambda: case(**BAD, probes=each_layer("dead_units", [0.5, 0.9])),
    "saturated-units": lambda: case(TANH, **BAD, probes=each_layer("saturated_share", [0.95, 0.97])),
    "symmetric-units": lambda: case(Recipe(hidden=(16, 16), initialization="zero"), **BAD,
    probes=each_layer("twin_share", [1.0, 1.0, 1.0])),
    "vanishing-gradients": lambda: case(**BAD, probes={("hidden0", "signal_norm"): [1e-6, 1e-3, 0.1]}),
    "exploding-gradients": lambda: case(**BAD, probes={("hidden0", "signal_norm"): [30.0, 1.0, 1.0]}),
    "bad-initial-scale": lambda: case(**BAD, probes={("network", "batch_loss"): [50.0, 10.0, 0.7]}),
    "clipping-always": lambda: case(CLIPPED, **BAD, clipped=1.0),
    "clipping-never": lambda: case(CLIPPED, better=0.3, clipped=0.0),
    "learning-rate-too-high": lambda: case(**BAD, probes={("network", "batch_loss_largest"): [0.7, 90.0, 3.0]}),
    "learning-rate-too-low": lambda: case(**BAD, probes={("network", "update_ratio"): [1e-5, 1e-5]}),
    "diverged": lambda: case(status="diverged", better=0.3),
    "oscillating-loss": lambda: case(training=0.55, validation=0.55, better=0.3, curve=JUMPS),
    "loss-spikes": lambda: case(better=0.3, probes={("network", "batch_loss_rise"): [2.0, 40.0],
                                                    ("network", "batch_loss_largest"): [0.7, 0.7, 30.0]}),
    "batch-too-small": lambda: case(Recipe(batch_size=1), training=0.5, validation=0.55, better=0.3, curve=JUMPS),
    "batch-too-large": lambda: case(Recipe(batch_size="all"), **BAD, updates=40),
    "batch-norm-statistics": lambda: case(NORMALISED, **BAD, probes={
        ("hidden0", "moving_mean_distance"): [0.1, 0.1], ("hidden0", "moving_spread_distance"): [2.0, 1.5]}),
    "regularisation-too-strong": lambda: case(Recipe(dropout=0.9), **BAD),
    "over-confidence": lambda: classes(SURE, HALF_RIGHT, training=0.3, validation=2.3, better=0.3),
    "constant-predictions": lambda: case(**BAD, values=NOTHING),
    "predictions-out-of-range": lambda: numbers(np.full((ROWS, 1), 9.0), better=0.3),
}  # fmt: skip
FINE: dict[str, Callable[[], Case]] = {
    **{code: lambda: case(better=0.3) for code in FOUND},
    # What looks alike and costs nothing, or has another cause.
    "underfitting": lambda: case(training=0.35, better=0.3),
    "overfitting": lambda: case(training=0.05, validation=0.35, better=0.3),
    "too-few-epochs": lambda: case(**BAD, updates=4000),
    "still-improving": lambda: case(training=0.3, better=0.3, curve=FALLS),
    "stopped-too-late": lambda: case(training=0.1, validation=0.33, better=0.3, held_out=LATE, kept=120),
    "unstable-folds": lambda: case(better=0.3),
    "within-seed-noise": lambda: with_seeds(case(**BAD)),
    "too-few-units": lambda: case(Recipe(hidden=(2, 16)), training=0.31, better=0.3),
    "dead-units": lambda: case(better=0.3, probes=each_layer("dead_units", [0.1, 0.2])),
    "saturated-units": lambda: case(TANH, better=0.3),
    "symmetric-units": lambda: case(better=0.3, probes={("hidden0", "twin_share"): [1.0, 1.0, 1.0]}),
    "clipping-always": lambda: case(CLIPPED, better=0.3, clipped=0.1),
    "clipping-never": lambda: case(CLIPPED, better=0.3, clipped=0.1),
    "learning-rate-too-low": lambda: case(better=0.3, probes={("network", "update_ratio"): [1e-5, 1e-5]}),
    "batch-too-small": lambda: case(Recipe(batch_size=1), better=0.3),
    "batch-too-large": lambda: case(Recipe(batch_size="all"), better=0.3, updates=40),
    "batch-norm-statistics": lambda: case(NORMALISED, better=0.3, probes={
        ("hidden0", "moving_mean_distance"): [0.5, 0.02], ("hidden0", "moving_spread_distance"): [2.0, 0.02]}),
    "regularisation-too-strong": lambda: case(Recipe(dropout=0.9), training=0.31, better=0.3),
    "over-confidence": lambda: classes(SURE, np.zeros(ROWS), better=0.3),
    "predictions-out-of-range": lambda: numbers(np.full((ROWS, 1), 0.5), better=0.3),
}  # fmt: skip
WARNED = ("too-many-parameters", "unstable-folds", "loss-spikes", "predictions-out-of-range")
HINTS = ("within-seed-noise", "clipping-never")


def _one_fails() -> Case:
    made = case(better=0.3)
    failed = case(**BAD).networks[0]
    return replace(made, networks=(failed, *made.networks[1:]))


def _alike() -> Case:
    made = case(better=0.3)
    moved = [replace(one, validation=replace(one.validation, losses=one.validation.losses + (-1.0) ** place * 0.05))
             for place, one in enumerate(made.networks)]  # type: ignore[arg-type, type-var]  # fmt: skip
    return replace(made, networks=tuple(moved))


NOISE = ("network", "noise_scale")
MOVES = {"training": 0.5, "validation": 0.55, "better": 0.3, "curve": JUMPS}


def of_batches(rows: int, noise: list[float], **settings: Any) -> Judgement:
    """Mini-batches of so many rows, whose gradient has a noise scale over the training."""
    return judged("batch-too-small", case(Recipe(batch_size=rows), probes={NOISE: noise}, **(settings or MOVES)))


def test_a_mini_batch_is_too_small_by_the_noise_of_its_gradient() -> None:
    noisy = of_batches(16, [1.0] * 6 + [160.0] * 6)
    assert noisy.status == "found" and noisy.severity == "warning", "a rate too high looks alike"
    assert "10.0 times as noisy" in noisy.sentence and noisy.evidence["threshold"] == 32
    assert [one.changes["batch_size"] for one in noisy.remedies[:2]] == [32, 64]
    assert of_batches(2, [1.0] * 6 + [20.0] * 6).severity == "problem"
    assert of_batches(2, [1.0] * 12).status == "fine", "few rows whose gradient is clear are enough"
    assert of_batches(4, [math.nan] * 12).status == "found", "where it was not measured the rows count"
    assert of_batches(5, [math.nan] * 12).status == "fine"
    assert of_batches(16, [9e9] * 12, better=0.3).status == "fine", "near its minimum any gradient is noise alone"


def judged(code: str, one: Case) -> Judgement:
    return every_rule()[code].judge(one)


@pytest.mark.parametrize("code", FOUND)
def test_it_is_found(code: str) -> None:
    said = judged(code, FOUND[code]())
    expected = "hint" if code in HINTS else "warning" if code in WARNED else "problem"
    assert (said.status, said.severity) == ("found", expected), said
    assert 0 < said.strength <= 1 and said.sentence.endswith(".")


@pytest.mark.parametrize("code", FINE)
def test_it_is_fine(code: str) -> None:
    assert judged(code, FINE[code]()).status != "found"


@pytest.mark.parametrize("code", FOUND)
def test_every_remedy_makes_a_recipe(code: str) -> None:
    one = FOUND[code]()
    remedies = judged(code, one).remedies
    assert remedies or code in HINTS
    for remedy in remedies:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert one.recipe.vary(remedy.changes) != one.recipe  # type: ignore[union-attr]


@pytest.mark.parametrize("code", [code for code in FOUND if code not in ("diverged", "overfitting", *HINTS, *WARNED)])
def test_without_a_reference_it_is_no_problem(code: str) -> None:
    alone = replace(FOUND[code](), references={}, baselines={})
    assert judged(code, alone).severity != "problem"


@pytest.mark.parametrize("code", FOUND)
def test_a_network_alone_without_probes_or_held_out_rows_is_no_error(code: str) -> None:
    one = case(views=1).networks[0]
    bare = replace(one, probes={}, validation=None, history={})
    assert judged(code, Case(one.recipe, None, (bare,))).status in ("fine", "not applicable")


@pytest.mark.parametrize("code", FOUND)
def test_each_rule_has_a_page_that_names_its_thresholds(code: str) -> None:
    rule = every_rule()[code]
    for head in ("Detected", "Why it matters:", "What to do:", "How sure:", *(rule.thresholds)):
        assert head in rule.card, (code, head)


def test_nothing_explains_its_own_cause() -> None:
    graphlib.TopologicalSorter({code: rule.explains for code, rule in every_rule().items()}).prepare()
    assert {code for rule in every_rule().values() for code in rule.explains} <= set(every_rule())
