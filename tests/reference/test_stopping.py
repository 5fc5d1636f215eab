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


def test_algorithm_7_3() -> None:
    """Weights are numbers: training halves them. The former training rows' loss at 8 is 3."""
    training, validation = (lambda w: 3.0), (lambda w: w)
    halve = lambda w, steps: w / 2**steps  # noqa: E731
    assert stopping.algorithm_7_3(8.0, halve, training, validation, 1, 100) == (2.0, 2)
    assert stopping.algorithm_7_3(8.0, halve, training, validation, 3, 100) == (1.0, 3)
    assert stopping.algorithm_7_3(8.0, halve, training, validation, 1, 1) == (4.0, 1)
    assert stopping.algorithm_7_3(2.0, halve, training, validation, 1, 100) == (2.0, 0)


CURVE = [10.0, 8.0, 8.2, 8.8, 8.0, 9.0, 10.0, 12.0]


def test_generalisation_loss_by_hand() -> None:
    assert [round(stopping.generalisation_loss(CURVE, t), 9) for t in (1, 2, 3, 4, 6)] == [0, 0, 2.5, 10, 12.5]
    assert [stopping.stops_gl(CURVE, alpha) for alpha in (2, 2.6, 10.1, 12.6, 30, 60)] == [3, 4, 6, 7, 8, None]


def test_training_progress_by_hand() -> None:
    assert stopping.training_progress([4.0, 3.0, 2.0], 3, 3) == 500  # mean 3, least 2
    assert stopping.training_progress([9.0, 2.0, 2.0], 3, 2) == 0


def test_quotient_by_hand() -> None:
    """Strips of 2: GL is 0 at 2, 10 at 4, 12.5 at 6, 50 at 8; progress 50, 250, 25 and 25 in parts of a thousand."""
    training = [1.1, 1.0, 1.5, 1.0, 1.05, 1.0, 1.05, 1.0]
    assert [stopping.stops_pq(CURVE, training, alpha, 2) for alpha in (0.03, 0.3, 1, 3)] == [4, 6, 8, None]
    assert stopping.stops_pq(CURVE, [1.0] * 8, 100, 2) == 4  # no progress at all
    assert stopping.stops_stalled(training, 30, 2) == 6


def test_rising_strips_by_hand() -> None:
    """Ends of strips of 2: 8, 8.8, 9, 12, each above the one before; of 1: 10, 8, 8.2, 8.8, 8, 9, 10, 12."""
    assert [stopping.stops_up(CURVE, s, 2) for s in (1, 2, 3, 4)] == [4, 6, 8, None]
    assert [stopping.stops_up(CURVE, s, 1) for s in (1, 2, 3, 4)] == [3, 4, 8, None]


def test_growing_patience_by_hand() -> None:
    """The best is the second of four kinds of evaluation: 1.5 x 2 + 1 = 4 are allowed, the fifth is too many."""
    assert stopping.stops_growing([3, 1, 2, 2, 2, 2], 1.5, 1) == 5
    assert stopping.stops_growing([3, 1, 2, 0, 2, 2, 2, 2, 2], 1.5, 1) == 8
    assert stopping.stops_growing([3, 1, 2, 1, 2], 1.5, 1) == 5  # a tie does not count
