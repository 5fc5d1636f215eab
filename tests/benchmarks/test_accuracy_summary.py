"""The summary of benchmarks/accuracy.py: ranks, relative errors and paired tests, against counts by hand."""

from __future__ import annotations

from itertools import product
from math import comb
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from accuracy_summary import (
    SHIFT,
    Results,
    collect,
    compare,
    compare_rows,
    filled,
    mean_ranks,
    relative,
    signed_ranks,
)
from accuracy_tables import summarise
from scipy.stats import ttest_rel

HERE = Path("rows")


def line(task: str, system: str, error: float | None, seed: int = 0, **more: Any) -> tuple[dict[str, Any], Path]:
    """A line of results as accuracy.py writes it; no error: the fit failed."""
    found = (
        {"failed": "no"} if error is None else {"kind": "class", "error": error, "seconds": 1.0, "core_seconds": 2.0}
    )
    return {"task": task, "system": system, "seed": seed, **found, **more}, HERE


def test_ranks_average_ties_and_put_failures_last() -> None:
    errors = np.array([[0.1, 0.2, 0.2, np.inf], [0.3, 0.1, 0.2, 0.4], [np.inf, np.inf, 0.2, 0.1]])
    assert mean_ranks(errors) == pytest.approx([(1 + 3 + 3.5) / 3, (2.5 + 1 + 3.5) / 3, (2.5 + 2 + 2) / 3, 3.0])


def test_the_error_to_the_best_is_a_geometric_mean_of_shifted_ratios() -> None:
    errors = np.array([[0.09, 0.19], [0.39, 0.09]])
    assert relative(errors) == pytest.approx([np.sqrt(1 * 4), np.sqrt(2 * 1)])


def test_a_failure_gets_the_worst_error_of_its_task_and_that_of_knowing_nothing_at_least() -> None:
    errors = np.array([[0.1, np.inf, np.nan], [3.5, np.inf, 0.2]])
    assert filled(errors) == pytest.approx(np.array([[0.1, 1.0, np.nan], [3.5, 3.5, 0.2]]), nan_ok=True)


def test_lines_become_means_over_seeds_with_failures_and_gaps_told_apart() -> None:
    lines = [
        line("a", "wellfit", 0.2, time_limit=10.0),
        line("a", "wellfit", 0.4, seed=1, time_limit=10.0),
        line("a", "wellfit", 0.1, time_limit=60.0),
        line("a", "mlp", None),
        line("b", "mlp", None),
        line("b", "mlp", 0.5),
    ]
    results = collect(lines)
    assert results.systems == ["wellfit 10s", "wellfit 60s", "mlp"]
    expected = np.array([[0.3, 0.1, np.inf], [np.nan, np.nan, 0.5]])
    assert results.errors == pytest.approx(expected, nan_ok=True)
    assert results.row_files["a", "wellfit 10s"] == [
        HERE / "a--wellfit--0--10s.npz",
        HERE / "a--wellfit--1--10s.npz",
    ]
    assert collect(lines, systems=["mlp"], tasks=["b"]).errors.tolist() == [[0.5]]
    assert collect(lines, systems=["wellfit"]).systems == ["wellfit 10s", "wellfit 60s"]


def test_numbers_have_no_log_loss() -> None:
    lines = [line("a", "mlp", 0.2, log_loss=0.6), line("b", "mlp", 0.2, kind="number")]
    results = collect(lines, metric="log_loss")
    assert results.tasks == ["a"]
    assert results.errors.tolist() == [[0.6]]


def test_signed_ranks_equal_the_count_over_all_signs() -> None:
    values = np.array([0.3, -0.1, 0.5, 0.7, -0.2, 0.9, 1.1])
    ranks = np.abs(values).argsort().argsort() + 1
    sums = [sum(rank for rank, sign in zip(ranks, signs, strict=True) if sign) for signs in product((0, 1), repeat=7)]
    low = sum(rank for rank, value in zip(ranks, values, strict=True) if value < 0)
    p = 2 * sum(total <= low for total in sums) / len(sums)
    assert signed_ranks(values) == pytest.approx(p)
    assert signed_ranks(np.zeros(4)) == 1.0


def test_right_and_wrong_rows_are_compared_by_the_rows_on_which_two_systems_differ() -> None:
    a = np.array([1] * 9 + [0] * 2 + [1] * 20 + [0] * 69)
    b = np.array([0] * 9 + [1] * 2 + [1] * 20 + [0] * 69)
    mean, low, high, p = compare_rows(a, b)
    assert p == pytest.approx(2 * sum(comb(11, k) for k in range(3)) / 2**11)
    assert mean == pytest.approx(0.07)
    assert (low + high) / 2 == pytest.approx(mean)
    assert compare_rows(a, a) == (0.0, 0.0, 0.0, 1.0)


def test_losses_of_rows_are_compared_by_a_paired_t_test() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.gamma(2.0, size=80), rng.gamma(2.2, size=80)
    oracle = ttest_rel(a, b)
    mean, low, high, p = compare_rows(a, b)
    assert p == pytest.approx(oracle.pvalue)
    assert (low, high) == pytest.approx(tuple(oracle.confidence_interval(0.95)))
    assert mean == pytest.approx((a - b).mean())


def made(folder: Path) -> Results:
    """Two systems on four tasks: clearly better, clearly worse, lower by one row, clearly better."""
    lines = []
    for task, ours, theirs in (("a", 10, 40), ("b", 40, 10), ("c", 10, 11), ("d", 10, 40)):
        for system, wrong in (("wellfit", ours), ("mlp", theirs)):
            np.savez(folder / f"{task}--{system}--0.npz", wrong=np.arange(100) < wrong)
            lines.append((line(task, system, wrong / 100)[0], folder))
    return collect(lines)


def test_wins_are_counted_and_the_clear_ones_apart(tmp_path: Path) -> None:
    found = compare(made(tmp_path), "wellfit", "mlp")
    assert (found.tasks, found.wins, found.losses, found.clear_wins, found.clear_losses) == (4, 3, 1, 2, 1)
    assert found.ratio == pytest.approx(((0.1 + SHIFT) ** 2 / (0.11 + SHIFT) / (0.4 + SHIFT)) ** (1 / 4))
    assert found.p == pytest.approx(signed_ranks(np.array([-2.0, 2.0, -0.1, -2.0])))


def test_a_rival_that_ran_some_tasks_is_compared_on_those_and_takes_the_others_out_of_the_ranks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = made(tmp_path)
    results.errors[2, 1] = np.nan
    assert compare(results, "wellfit", "mlp").tasks == 3
    summarise(results, "error", None, markdown=False)
    printed = capsys.readouterr().out
    assert "over the 3 of 4 tasks" in printed
    assert "wellfit against each rival" in printed


def test_what_the_seconds_of_a_search_went_on_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [
        line(task, "wellfit", 0.2, seconds_on={"training": s, "choosing": 1.0}, threads=4)
        for task, s in zip("abc", (7, 8, 50), strict=True)
    ]
    summarise(collect([*lines, line("a", "mlp", 0.1)]), "error", None, markdown=True)
    printed = capsys.readouterr().out.splitlines()
    assert "| system | training | choosing | waiting, core-s |" in printed
    assert "| wellfit | 8.00 | 1.00 | 2.00 |" in printed  # four threads for a second, two core-seconds used
    assert not any(text.startswith("| mlp |") and text.count("|") == 4 for text in printed)


def test_markdown_has_a_row_a_task_and_the_best_in_bold(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    summarise(made(tmp_path), "error", "mlp", markdown=True)
    printed = capsys.readouterr().out.splitlines()
    assert "| a | class | **0.1000** | 0.4000 |" in printed
    assert "| task | kind | wellfit | mlp |" in printed
    assert "| --- | --- | --: | --: |" in printed
