"""Averages of more and more networks, on a real table and against the losses of all subsets."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.metrics import log_loss

import wellfit
from wellfit.errors import InputError
from wellfit.statistics.metrics import metric_of
from wellfit.statistics.paired import paired_difference
from wellfit.studies.base import study_table
from wellfit.studies.generalisation.ensemble_size import averaged_losses
from wellfit.studies.generalisation.ensemble_size_answer import Averages, _gain
from wellfit.tables.arrays import View

X, Y = load_breast_cancer(return_X_y=True)


def test_on_a_real_table_averages_are_better_than_one() -> None:
    study = wellfit.studies.ensemble_size(
        wellfit.Recipe(hidden=(16,), epochs=8), X[:300], Y[:300], members=4, folds=3, n_jobs=1
    )
    assert study.table["members"].to_list() == [1, 2, 3, 4] and study.table["loss"].is_sorted(descending=True)
    assert study.details["diversity"].height == 3
    each = study.details["networks"]["test_loss"].mean()
    assert study.table["loss"][0] == pytest.approx(each), "the average of one is the mean network"
    for row in study.details["diversity"].to_dicts():
        assert row["ensemble"] == pytest.approx(row["members"] - row["ambiguity"], rel=1e-9)
    assert [figure.name for figure in study.figures] == ["ensemble-size", "ambiguity"]


def test_the_loss_of_a_size_is_the_mean_over_averages_of_that_size() -> None:
    table = study_table(X[:60], Y[:60], {})
    view = View(np.arange(40), test=np.arange(40, 60))
    p = np.random.default_rng(1).dirichlet(np.ones(2), size=(4, 20))
    found = averaged_losses(p, table, view, metric_of(None, "binary"), np.random.default_rng(0))
    for size in (1, 3, 4):  # every subset of these sizes is as often taken
        subsets = [log_loss(Y[40:60], p[list(some)].mean(0)) for some in itertools.combinations(range(4), size)]
        assert found[size - 1] == pytest.approx(np.mean(subsets), rel=1e-9)


def test_infinitely_many_are_where_the_inverse_of_the_size_leads() -> None:
    sizes = np.arange(1, 9)
    assert np.allclose(Averages((0.2 + 0.1 / sizes)[None], []).many, 0.2)
    assert np.allclose(Averages((0.2 + 0.1 / sizes[:7])[None], []).many, 0.2)


def test_what_has_no_average_is_refused() -> None:
    with pytest.raises(InputError, match="members is a whole number of 2 or more"):
        wellfit.studies.ensemble_size(None, X, Y, members=1)
    with pytest.raises(InputError, match="averages predictions of one target"):
        wellfit.studies.ensemble_size(None, X[:40], {"a": Y[:40], "b": X[:40, 0]}, members=2)


@pytest.mark.parametrize(("shift", "said"), [(0.02, "the loss is higher by"), (-0.02, "the loss is lower by")])
def test_what_is_not_distinguishable_is_said_in_its_own_direction(shift: float, said: str) -> None:
    noise = np.linspace(-1, 1, 5).reshape(1, 5, 1)
    gained = paired_difference(1 + shift + noise, np.ones((1, 5, 1)), 20, 80, margin=0.01)
    assert gained.verdict == "not distinguishable" and said in _gain(gained, 8, "loss")
