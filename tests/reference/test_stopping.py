"""The stopping references on short sequences worked out by hand, and against each other."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.reference import stopping
from tests.reference.stopping import Outcome

NAN = math.nan


@pytest.mark.parametrize(
    ("errors", "patience", "expected"),
    [
        ([5, 4, 3, 3, 3, 9], 2, (2, 5, 3)),  # ties wait
        ([5, 4, 3, 3, 2, 9, 9, 9], 2, (4, 7, 2)),
        ([5, 6, 4, 6, 3, 6, 6, 1], 2, (4, 7, 3)),
        ([5, 4, 3, 2, 1], 3, (4, 5, 1)),  # errors run out
        ([NAN, NAN, 1], 2, (-1, 2, math.inf)),  # never improved
        ([5, NAN, 4, NAN, NAN, NAN, 1], 3, (2, 6, 4)),
    ],
)
def test_algorithm_7_1(errors: list[float], patience: int, expected: tuple[int, int, float]) -> None:
    assert stopping.strict(errors, patience) == Outcome(*expected)


@pytest.mark.parametrize("seed", range(5))
def test_algorithm_7_1_over_training_is_that_over_errors(seed: int) -> None:
    """Weights are here the number of updates they have had; every n of them the next error is measured."""
    n, p = 7, 4
    errors = np.random.default_rng(seed).integers(0, 40, 400).tolist() + [99] * p
    theta, i, v = stopping.algorithm_7_1(0, lambda w, steps: w + steps, lambda w: errors[w // n - 1], n, p)
    outcome = stopping.strict(errors, p)
    assert (theta, i, v) == ((outcome.kept + 1) * n, (outcome.kept + 1) * n, outcome.error)


def test_algorithm_7_1_returns_the_start_where_nothing_improved() -> None:
    theta, i, v = stopping.algorithm_7_1("start", lambda w, steps: "worse", lambda w: NAN, 3, 2)
    assert (theta, i, v) == ("start", 0, math.inf)


@pytest.mark.parametrize(
    ("errors", "patience", "expected"),
    [
        ([5, 4, 3, 3, 3, 9], 2, (4, 5, 3)),  # the same end as algorithm 7.1, the last of the ties kept
        ([5, 4, 3, 9, 3, 9], 3, (4, 6, 3)),
        ([5, 4, 3, 9, 3, 9], None, (4, 6, 3)),
        ([5, 4, 6, 3, NAN, 7], None, (3, 6, 3)),
        ([1, 2, 2, 1, 2, 2, 1], 3, (3, 4, 1)),
    ],
)
def test_last_of_the_best(errors: list[float], patience: int | None, expected: tuple[int, int, float]) -> None:
    assert stopping.last_of_the_best(errors, patience) == Outcome(*expected)


def test_minimum_improvement() -> None:
    """Gains of 0.3 add up to more than 0.5 at every second; the least error is kept whatever the minimum."""
    falling = [10 - 0.3 * k for k in range(10)]
    assert stopping.last_of_the_best(falling, 2, 0.5).made == 10
    assert stopping.last_of_the_best(falling, 2, 0.7) == Outcome(2, 3, falling[2])


@pytest.mark.parametrize("seed", range(20))
def test_the_two_rules_end_together(seed: int) -> None:
    """At minimum improvement 0 they differ in which of the ties is kept, and in nothing else."""
    errors = np.random.default_rng(seed).integers(0, 12, 60).tolist()
    first, last = stopping.strict(errors, 8), stopping.last_of_the_best(errors, 8)
    assert (first.made, first.error) == (last.made, last.error)
    seen = errors[: first.made]
    assert first.kept == seen.index(min(seen))
    assert last.kept == len(seen) - 1 - seen[::-1].index(min(seen))
