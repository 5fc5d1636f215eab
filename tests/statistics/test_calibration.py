"""Temperature and prediction intervals: closed forms, coverage where it is known, and the model that carries them."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.models.model.changed_files import forge, setting, tensor
from tests.models.model.test_model import bagged
from tests.training.trained import table
from wellfit.errors import InputError
from wellfit.models.model import Model
from wellfit.models.model.averaging import probabilities
from wellfit.statistics import calibration
from wellfit.statistics.calibration import SHARES, Intervals, fit_intervals, fit_temperature, tempered
from wellfit.statistics.metrics import metric_of
from wellfit.tables.arrays import Target


def softmax(z: NDArray[Any]) -> NDArray[Any]:
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return np.asarray(e / e.sum(axis=-1, keepdims=True))


def overconfident(kind: str, rows: int, times: float, seed: int = 0) -> tuple[Target, NDArray[Any]]:
    """Answers drawn from probabilities, and what is predicted: their logits times a number."""
    rng = np.random.default_rng(seed)
    if kind == "labels":
        z = rng.normal(size=(rows, 3))
        y = rng.random((rows, 3)) < 1 / (1 + np.exp(-z))
        return Target("labels", y.astype(np.float32), ("a", "b", "c")), 1 / (1 + np.exp(-times * z))
    z = rng.normal(size=(rows, 2 if kind == "binary" else 4))
    y = (softmax(z).cumsum(axis=1) < rng.random((rows, 1))).sum(axis=1)
    target = Target(kind, y[:, None].astype(np.float32), tuple(range(z.shape[1])))  # type: ignore[arg-type]
    return target, softmax(times * z)


@pytest.mark.parametrize("kind", ["binary", "classes", "labels"])
@pytest.mark.parametrize("times", [0.5, 2.5])
def test_the_temperature_undoes_confidence(kind: str, times: float) -> None:
    target, predicted = overconfident(kind, 4000, times)
    metric = metric_of(None, target.kind)
    found = fit_temperature(predicted, target)
    assert found == pytest.approx(times, rel=0.12)
    grid = np.exp(np.linspace(math.log(0.2), math.log(5), 400))
    losses = [metric.loss(target, tempered(predicted, target.kind, t)) for t in grid]
    assert metric.loss(target, tempered(predicted, target.kind, found)) <= min(losses) + 1e-9
    assert found == pytest.approx(grid[int(np.argmin(losses))], rel=0.01)


def test_of_many_classes_fewer_rows_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    looked, losses = [], calibration._losses
    monkeypatch.setattr(
        calibration, "_losses", lambda predicted, target: looked.append(len(predicted)) or losses(predicted, target)
    )
    for classes in (2, 100, 300):
        y = np.arange(4_500) % classes
        predicted = np.full((4_500, classes), 1 / classes)
        fit_temperature(predicted, Target("classes", y[:, None].astype(np.float32), tuple(range(classes))))
    assert looked == [4_500, 4_000, 2_000]


def test_tempered_is_the_softmax_of_the_divided_logits() -> None:
    z = np.random.default_rng(0).normal(size=(50, 4)) * 3
    np.testing.assert_allclose(tempered(softmax(z), "classes", 1.7), softmax(z / 1.7), rtol=1e-12)
    one = 1 / (1 + np.exp(-z))
    np.testing.assert_allclose(tempered(one, "labels", 0.6), 1 / (1 + np.exp(-z / 0.6)), rtol=1e-9)
    assert tempered(np.array([[1.0, 0.0]]), "binary", 2.0) == pytest.approx(np.array([[1.0, 0.0]]))
    assert tempered(np.array([[1.0, 0.0]]), "labels", 2.0) == pytest.approx(np.array([[1.0, 0.0]]))


def test_what_does_not_help_on_other_rows_is_1() -> None:
    """Of calibrated probabilities with few rows, most fits are noise and are not taken."""
    found = [fit_temperature(*overconfident("binary", 40, 1.0, seed)[::-1]) for seed in range(40)]
    assert sum(t == 1.0 for t in found) >= 20
    target, predicted = overconfident("binary", 1, 1.0)
    assert fit_temperature(predicted, target) == 1.0


@pytest.mark.parametrize(("rows", "wanted"), [(0, 1.0), (1, 1.0), (2, 5.0)])
def test_two_rows_are_the_fewest_that_have_a_temperature(rows: int, wanted: float) -> None:
    """All are sure of the other class, so that the highest temperature is the best, if one can be told."""
    predicted = np.full((3, 2), np.nan)
    predicted[:rows] = [0.999, 0.001]
    target = Target("binary", np.ones((3, 1), np.float32), ("no", "yes"))
    assert fit_temperature(predicted, target) == pytest.approx(wanted, rel=1e-3)


def test_a_weight_is_a_row_repeated_and_a_nan_no_row() -> None:
    target, predicted = overconfident("classes", 600, 2.0)
    weight = np.random.default_rng(1).integers(0, 3, 600)
    again = np.repeat(np.arange(600), weight)
    wanted = fit_temperature(predicted[again], target.take(again))
    predicted[weight == 0] = np.nan
    assert fit_temperature(predicted, target, weight) == pytest.approx(wanted, rel=1e-4)


def test_a_temperature_is_for_probabilities() -> None:
    target = Target("numbers", np.zeros((3, 1), np.float32), ("y",))
    with pytest.raises(InputError, match="predicts numbers"):
        fit_temperature(np.zeros((3, 1)), target)
    sound = bagged("classes")
    for bad in (0.0, -1.0, math.nan, math.inf, "2", True):
        with pytest.raises(InputError, match="from 0.001 to 1000"):
            replace(sound, temperature=bad)
    with pytest.raises(InputError, match="predicts numbers: leave it out"):
        replace(bagged("numbers"), temperature=2.0)


@pytest.mark.parametrize("kind", ["binary", "classes", "labels"])
def test_a_model_says_tempered_probabilities(kind: str, tmp_path: Path) -> None:
    sound = bagged(kind)
    model = replace(sound, temperature=1.6)
    plain, p = sound.predict_proba(table()), model.predict_proba(table())
    np.testing.assert_allclose(p, tempered(plain, sound.kind, 1.6), rtol=1e-12)
    np.testing.assert_allclose(probabilities(model.outputs(table()), model.kind), p, rtol=1e-12)
    assert np.array_equal(model.predict(table()), sound.predict(table()))
    assert not np.array_equal(p, plain)
    assert np.array_equal(replace(model, temperature=None).predict_proba(table()), plain)
    for rows in ([0], [5, 3], list(range(70))):
        assert np.array_equal(model.predict_proba(table()[rows]), p[rows])
    model.save(tmp_path / "model.wellfit")
    again = Model.load(tmp_path / "model.wellfit")
    assert again.temperature == 1.6 and np.array_equal(again.predict_proba(table()), p)


def numbers(rows: int, seed: int = 0) -> tuple[Target, NDArray[Any]]:
    rng = np.random.default_rng(seed)
    y = rng.normal(size=(rows, 2)).astype(np.float32)
    return Target("numbers", y, ("a", "b")), y + rng.normal(size=(rows, 2)) * [1.0, 3.0]


@pytest.mark.parametrize("rows", [9, 30, 150])
@pytest.mark.parametrize("level", [0.5, 0.8, 0.9])
def test_the_reach_is_the_conformal_quantile(rows: int, level: float) -> None:
    target, predicted = numbers(rows)
    residuals = np.sort(np.abs(predicted - target.values), axis=0)
    rank = math.ceil((rows + 1) * level - 1e-9)
    reach = fit_intervals(predicted, target).reach(level)
    assert (reach >= residuals[rank - 1]).all()
    assert (reach <= residuals[min(rank, rows - 1)]).all()  # stored in steps: one residual further at most


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.99])
def test_new_rows_lie_within_as_often_as_said(level: float) -> None:
    held = []
    for seed in range(60):
        target, predicted = numbers(200, seed)
        found = fit_intervals(predicted, target)
        new, guess = numbers(400, seed + 1000)
        ends = found.around(guess, level)
        held.append(((ends[..., 0] <= new.values) & (new.values <= ends[..., 1])).mean())
    spread = np.std(held, ddof=1) / math.sqrt(60)
    assert -3 * spread < np.mean(held) - level < 3 * spread + 1 / 201 + 0.0075


def test_too_few_rows_for_a_level_have_infinite_ends() -> None:
    target, predicted = numbers(18)
    found = fit_intervals(predicted, target)
    assert np.isfinite(found.reach(18 / 19)).all()
    assert np.isinf(found.reach(0.95)).all()


def test_weights_of_rows_and_rows_that_nobody_predicted() -> None:
    target, predicted = numbers(100)
    weight = np.ones(100)
    weight[:40] = 0
    predicted[40:50] = np.nan
    kept = np.arange(50, 100)
    one, two = fit_intervals(predicted, target, weight), fit_intervals(predicted[kept], target.take(kept))
    assert np.array_equal(one.residuals, two.residuals) and one.rows == pytest.approx(two.rows) == 50
    doubled = fit_intervals(predicted[kept], target.take(kept), np.r_[np.ones(25), np.full(25, 3.0)])
    assert doubled.rows == pytest.approx(100**2 / 250)
    with pytest.raises(InputError, match="no row that counts"):
        fit_intervals(np.full((100, 2), np.nan), target)
    with pytest.raises(InputError, match="kind 'counts'"):
        fit_intervals(predicted, replace(target, kind="counts"))


@pytest.mark.parametrize("kind", ["numbers", "several"])
def test_a_model_predicts_intervals_and_keeps_them(kind: str, tmp_path: Path) -> None:
    sound = bagged(kind)
    outputs = sound.outputs(table())
    reached = np.arange(1, 202) * np.arange(1, outputs.shape[1] + 1)[:, None] / 10
    model = replace(sound, intervals=Intervals(SHARES, reached, 500.0))
    ends = model.predict_interval(table(), 0.9)
    assert ends.shape == ((120, 2) if kind == "numbers" else (120, 2, 2))
    reach = model.intervals.reach(0.9)  # type: ignore[union-attr]
    wide = ends[:, None] if kind == "numbers" else ends
    np.testing.assert_allclose(wide[..., 0], outputs - reach)
    np.testing.assert_allclose(wide[..., 1], outputs + reach)
    assert np.isinf(model.predict_interval(table(), 0.999)).all()
    model.save(tmp_path / "model.wellfit")
    again = Model.load(tmp_path / "model.wellfit")
    assert np.array_equal(again.predict_interval(table(), 0.9), ends)
    assert again.intervals is not None and again.intervals.rows == 500.0


def test_what_has_no_intervals_says_so() -> None:
    with pytest.raises(InputError, match="predicts classes: use its probabilities"):
        bagged("classes").predict_interval(table())
    with pytest.raises(InputError, match="keeps no residuals"):
        bagged("numbers").predict_interval(table())
    model = replace(bagged("numbers"), intervals=Intervals(SHARES, np.ones((1, 201)), 50.0))
    for level in (0, 1, -0.1, 90, math.nan, "0.9", True):
        with pytest.raises(InputError, match="between 0 and 1"):
            model.predict_interval(table(), level)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="predicts classes: leave them out"):
        replace(bagged("classes"), intervals=model.intervals)
    with pytest.raises(InputError, match="one row of residuals"):
        replace(model, intervals=Intervals(SHARES, np.ones((2, 201)), 50.0))


@pytest.fixture(scope="module")
def calibrated(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("calibrated") / "model.wellfit"
    replace(bagged("numbers"), intervals=Intervals(SHARES, np.arange(201.0)[None], 50.0)).save(path)
    return path.read_bytes()


def test_an_honest_forgery_loads(calibrated: bytes, tmp_path: Path) -> None:
    assert forge(calibrated, tmp_path, lambda content, tensors: None).intervals is not None


@pytest.mark.parametrize(
    "change",
    [
        setting("temperature", 2.0),
        setting("intervals", None),
        setting("intervals.points", 200),
        setting("intervals.points", 10**15),
        setting("intervals.points", True),
        setting("intervals.rows", 50),
        setting("intervals.rows", 0.5),
        setting("intervals.rows", 1e300),
        setting("intervals.more", 1),
        tensor("intervals.residuals", lambda values: -values),
        tensor("intervals.residuals", lambda values: values[:, ::-1]),
        tensor("intervals.residuals", lambda values: values + np.inf),
        tensor("intervals.residuals", lambda values: values[0]),
        tensor("intervals.residuals", lambda values: values.astype(np.float32)),
        tensor("intervals.shares", lambda values: values * 2),
        tensor("intervals.shares", lambda values: values * np.nan),
        tensor("intervals.shares", lambda values: values - 0.1),
    ],
)
def test_hostile_intervals_are_refused(change: Any, calibrated: bytes, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not a complete wellfit model"):
        forge(calibrated, tmp_path, change)


@pytest.mark.parametrize("value", [0.0, -1.0, 1e9, None, "2", True, 1, [1.0]])
def test_a_hostile_temperature_is_refused(value: Any, tmp_path: Path) -> None:
    replace(bagged("classes"), temperature=2.0).save(tmp_path / "model.wellfit")
    whole = (tmp_path / "model.wellfit").read_bytes()
    assert forge(whole, tmp_path, setting("temperature", 3.0)).temperature == 3.0
    with pytest.raises(InputError, match="is not a complete wellfit model"):
        forge(whole, tmp_path, setting("temperature", value))
