"""The baselines: what they learn, with weights, from parts of large tables, and in a little time."""

from __future__ import annotations

import numpy as np
import pytest

from wellfit.statistics.baselines import Inputs, baselines
from wellfit.tables.arrays import Target


def inputs(x: np.ndarray) -> Inputs:
    return Inputs(len(x), x.shape[1], lambda rows: x[rows])


def test_baselines_learn_what_they_can() -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=(400, 3)).astype(np.float32)
    y = (3 * x[:, 0] - x[:, 1]).astype(np.float32)
    target = Target("numbers", y.reshape(-1, 1), ("y",))
    constant, linear, nearest = baselines(inputs(x), target, np.ones(400, np.float32), inputs(x))
    assert np.allclose(constant.values, y.mean())
    assert np.mean((linear.values[:, 0] - y) ** 2) < 1e-3
    assert np.allclose(nearest.values[:, 0], y)  # its own nearest neighbour


def test_baselines_of_classes_with_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=(300, 2)).astype(np.float32)
    labels = (x[:, 0] > 0).astype(np.float32)[:, None]
    target = Target("classes", labels, ("a", "b", "never seen"))
    w = np.where(labels[:, 0] > 0, 3, 1).astype(np.float32)
    w[:50] = 0
    constant, linear, nearest = baselines(inputs(x), target, w, inputs(x))
    assert constant.values[0, 1] == pytest.approx(w[labels[:, 0] > 0].sum() / w.sum())
    assert np.mean(linear.values.argmax(1) != labels[:, 0]) < 0.05
    assert linear.values.shape == nearest.values.shape == (300, 3) and not linear.values[:, 2].any()
    monkeypatch.setattr("wellfit.statistics.baselines.LEAST_ROWS", 40)
    monkeypatch.setattr("wellfit.statistics.baselines.MOST_CELLS", 200)
    _, linear, nearest = baselines(inputs(x), target, w, inputs(x))
    assert linear.remark == "fitted on 100 of the rows"
    assert np.mean(linear.values.argmax(1) != labels[:, 0]) < 0.1


def test_baselines_without_inputs_or_with_one_class_are_the_constant() -> None:
    same = np.ones((30, 0), np.float32)
    target = Target("binary", np.ones((30, 1), np.float32), ("no", "yes"))
    for x in (same, np.random.default_rng(0).normal(size=(30, 2)).astype(np.float32)):
        found = baselines(inputs(x), target, np.ones(30, np.float32), inputs(x))
        assert [one.name for one in found][:1] == ["constant"]
        for one in found:
            assert np.array_equal(one.values, np.tile([0.0, 1.0], (30, 1)))


def test_little_time_means_few_rows() -> None:
    x = np.random.default_rng(0).normal(size=(3000, 2)).astype(np.float32)
    target = Target("numbers", x[:, :1], ("y",))
    _, linear, nearest = baselines(inputs(x), target, np.ones(3000, np.float32), inputs(x), seconds=1e-9)
    assert linear.remark == nearest.remark == "fitted on 1,000 of the rows"
