"""The ambiguity decomposition is exact, and disagreement counts pairs."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from wellfit.statistics.diversity import ambiguity, disagreement
from wellfit.tables.arrays import Target


@pytest.mark.parametrize("kind", ["classes", "numbers"])
def test_the_error_of_the_average_is_that_of_the_members_less_their_ambiguity(kind: str) -> None:
    rng = np.random.default_rng(0)
    predicted = rng.dirichlet(np.ones(3), size=(6, 50))
    values = rng.integers(0, 3, (50, 1)) if kind == "classes" else rng.normal(size=(50, 3))
    target = Target(kind, values.astype(np.float32), ("a", "b", "c"))  # type: ignore[arg-type]
    weight = rng.uniform(0, 2, 50)
    found = ambiguity(predicted, target, weight)
    truth = np.eye(3)[values[:, 0]] if kind == "classes" else values.astype(np.float32)
    each = [np.average(((one - truth) ** 2).sum(1), weights=weight) for one in predicted]
    assert found.members == pytest.approx(np.mean(each), rel=1e-12)
    assert found.ensemble == pytest.approx(found.members - found.ambiguity, rel=1e-12)
    pairs = [np.average(((predicted[i] + predicted[j]) / 2 - truth).__pow__(2).sum(1), weights=weight)
             for i, j in itertools.combinations(range(6), 2)]  # fmt: skip
    # The error of averages of two, over all pairs, is half of the way from one to infinitely many.
    assert np.mean(pairs) == pytest.approx((found.members + found.limit) / 2, rel=1e-12)


def test_disagreement_is_the_share_of_rows_that_a_pair_decides_differently() -> None:
    predicted = np.array([[[0.9, 0.1], [0.2, 0.8]], [[0.8, 0.2], [0.6, 0.4]], [[0.7, 0.3], [0.6, 0.4]]])
    target = Target("binary", np.zeros((2, 1), np.float32), (0, 1))
    assert disagreement(predicted, target, np.ones(2)) == pytest.approx(1 / 3)  # of pairs two, in one of two rows
    assert disagreement(predicted, target, np.array([1.0, 0.0])) == 0
    assert np.isnan(disagreement(predicted, Target("numbers", np.zeros((2, 2), np.float32)), np.ones(2)))
