"""benchmarks/honesty.py: estimated minus found, and its interval."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from honesty import compare, overall, summarise
from scipy.stats import ttest_1samp


def lines(task: str, estimated: Any, found: Any, kind: str = "class") -> list[dict[str, Any]]:
    """Lines of one task, each with an interval of 0.1 about the estimate."""
    name = "log_loss" if kind == "class" else "rmse"
    return [
        {"task": task, "kind": kind, name: float(f), "estimate": {"mean": float(p), "interval_95": [p - 0.1, p + 0.1]}}
        for p, f in zip(estimated, found, strict=True)
    ]


def test_a_task_is_summed_up_by_its_mean_difference_and_what_its_intervals_hold() -> None:
    task = compare(lines("a", [0.5, 0.5, 0.6, 0.4], [0.45, 0.65, 0.55, 0.35]))
    assert task.splits == 4
    assert (task.estimated, task.found, task.difference, task.covered) == pytest.approx((0.5, 0.5, 0.0, 0.75))
    assert task.error == pytest.approx(np.std([0.05, -0.15, 0.05, 0.05], ddof=1) / 2)
    numbers = compare(lines("a", [5, 5], [4, 5], "number"))
    assert numbers.difference == 0.5


def test_the_interval_of_one_task_is_that_of_the_t_test() -> None:
    rng = np.random.default_rng(0)
    estimated, found = rng.normal(0.5, 0.05, 30), rng.normal(0.52, 0.05, 30)
    oracle = ttest_1samp((estimated - found) / found.mean(), 0).confidence_interval(0.95)
    mean, low, high = overall([compare(lines("a", estimated, found))])
    assert (low, high) == pytest.approx((oracle.low, oracle.high))
    assert mean == pytest.approx((estimated - found).mean() / found.mean())


def test_the_interval_over_tasks_holds_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    held = []
    for _ in range(400):
        tasks = []
        for scale, spread in ((1.0, 0.1), (200.0, 60.0), (0.01, 0.0005)):
            noise = rng.normal(0, spread, 30)
            tasks.append(compare(lines("a", np.full(30, scale), scale + noise, "number")))
        _, low, high = overall(tasks)
        held.append(low <= 0 <= high)
    assert 0.92 <= np.mean(held) <= 0.98


def test_the_summary_leaves_out_fits_without_an_estimate(capsys: pytest.CaptureFixture[str]) -> None:
    good = lines("a", [0.5, 0.7], [0.5, 0.6]) + lines("b", [2, 1], [1, 1.5], "number")
    summarise([*good, {"task": "a", "failed": "no"}], markdown=True)
    printed = capsys.readouterr().out
    assert "| a | 2 | 0.6 | 0.55 | +9.1% |" in printed
    assert "1 of 5 fits failed or have no estimate" in printed
    with pytest.raises(SystemExit, match="no two fits"):
        summarise([good[0]], markdown=False)
