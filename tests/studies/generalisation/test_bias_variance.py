"""Bias and variance of networks: the terms are those of networks trained on the same samples by `wellfit.train`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_wine

import wellfit
from wellfit.errors import InputError
from wellfit.studies.base import settings_of, study_table
from wellfit.studies.generalisation.samples import pool_of, sample_view
from wellfit.studies.generalisation.sweep import swept

QUICK = wellfit.Recipe.plain(hidden=(4,)).vary(epochs=3, batch_size=32)


def test_bias_and_variance_on_a_real_table() -> None:
    X, y = load_wine(return_X_y=True)
    options: Any = {"seeds": 2, "n_jobs": 1}
    study = wellfit.studies.bias_variance(QUICK, X, y, values=[2, 6], samples=3, rows=60, **options)
    assert study.table["width"].to_list() == [2, 6] * 3
    np.testing.assert_allclose(study.table["bias"] + study.table["variance"], study.table["error"], rtol=1e-9)
    table = study_table(X, y, options)
    pool = pool_of(table, settings_of(options), "subset", 60)
    views = [sample_view(pool, number, table, validates=False) for number in range(3)]
    assert all(len(view.training) == 60 and view.test is pool.test for view in views)
    assert len({tuple(view.training) for view in views}) == 3
    small = QUICK.vary(hidden=(2,))
    trained = [
        member
        for number, view in enumerate(views)
        for member in wellfit.train(small, X, y, views=view, seeds=[2 * number, 2 * number + 1])
    ]
    p = np.stack([member.model.predict_proba(X[pool.test]) for member in trained])
    brier = ((p - np.eye(3)[y[pool.test]]) ** 2).sum(axis=2).mean()
    assert study.table["error"][0] == pytest.approx(brier, rel=1e-5)
    assert "From width = 2 to width = 6 " in study.verdict and "95 % interval" in study.verdict
    assert [one.name for one in study.figures][:2] == ["bias-variance", "variance-sources"]
    share = 60 / len(pool.rows)
    assert f"share about {share:.0%}" in study.remarks[0]


def test_noise_is_told_apart_on_made_data() -> None:
    rng = np.random.default_rng(0)
    x = rng.uniform(-2, 2, size=(400, 1))
    f = 2 * x[:, 0]
    y = f + rng.normal(size=400)
    recipe = wellfit.Recipe.plain(hidden=()).vary(
        {"epochs": 20, "batch_size": 16, "optimizer": {"name": "adam", "learning_rate": 0.05}}
    )
    study = wellfit.studies.bias_variance(
        recipe, x, y, slot="l2", values=["0", "1.0"], samples=4, seeds=1, truth=f, n_jobs=1
    )
    right, shrunk = study.table.to_dicts()
    assert right["noise"] == pytest.approx(1.0, abs=0.3) and right["bias_of_function"] < 0.15
    assert shrunk["noise"] == right["noise"] and shrunk["bias_of_function"] > 0.3
    for row in (right, shrunk):
        assert row["noise"] + row["bias_of_function"] + row["noise_by_bias"] == pytest.approx(row["bias"], rel=1e-6)
    assert "sampling" not in study.table.columns, "one seed cannot tell samples and seeds apart"
    assert "bias^2 rises by" in study.verdict and study.display("networks").frame["x"].len() > 100


def test_a_limit_that_leaves_too_few_samples_cannot_tell() -> None:
    X, y = load_wine(return_X_y=True)
    study = wellfit.studies.bias_variance(QUICK, X, y, values=[2], seeds=1, budget=1, n_jobs=1)
    assert study.verdict == "Cannot tell: 1 training sample of 3 that variance needs."


def test_samples_of_networks_that_diverged_are_left_out() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(100, 2))
    recipe = QUICK.vary({"optimizer.learning_rate": 0.01})
    study = wellfit.studies.bias_variance(
        recipe, x, 100 * x[:, 0], slot="optimizer.learning_rate", values=[0.01, 1e20], samples=3, seeds=1, n_jobs=1
    )
    assert np.isfinite(study.table["error"][0]) and np.isnan(study.table["error"][1])
    assert any("a network diverged on 3 training samples" in remark for remark in study.remarks)


def test_groups_are_drawn_whole_and_a_bootstrap_repeats_rows() -> None:
    X, y = load_wine(return_X_y=True)
    groups = np.arange(len(y)) // 4
    table = study_table(X, y, {"groups": groups})
    pool = pool_of(table, settings_of({}), "subset", 60)
    assert not np.isin(groups[pool.test], groups[pool.rows]).any()
    drawn = sample_view(pool, 0, table, validates=False).training
    assert abs(len(drawn) - 60) <= 8
    assert sorted(drawn) == sorted(np.flatnonzero(np.isin(groups, groups[drawn])))
    again = sample_view(pool_of(table, settings_of({}), "bootstrap", None), 0, table, validates=True)
    assert len(set(again.training.tolist())) < len(again.training)
    assert not np.isin(again.validation, again.training).any() and len(again.validation)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"samples": 2}, "3 training samples or more; got samples = 2"),
        ({"sampling": "jackknife"}, 'drawn as "subset" or "bootstrap"; got \'jackknife\''),
        ({"rows": 178}, "A training sample has from 5 to"),
        ({"partitions": 2}, "leave partitions out"),
        ({"metric": "error"}, "leave metric and margin out"),
        ({"slot": "l2"}, "needs the values to try"),
        ({"values": [4, 4]}, "got 'width = 4' twice"),
        ({"slot": "optimizer.learning_rate", "values": [1e30], "samples": 3}, "Every network diverged"),
        ({"values": [0]}, "A width is a whole number of 1 or more; got 0"),
        ({"truth": np.zeros(3)}, "truth has a finite number for each row and output"),
    ],
)
def test_what_makes_no_sense_is_refused(given: dict[str, Any], said: str) -> None:
    X, y = load_wine(return_X_y=True)
    with pytest.raises(InputError, match=said):
        wellfit.studies.bias_variance(QUICK, X, y, **given)


def test_values_given_as_text_are_read_as_what_they_say() -> None:
    sweep = swept(QUICK, "activation", ["tanh", "relu"])
    assert [one.activation.name for one in sweep.recipes.values()] == ["tanh", "relu"]  # type: ignore[union-attr]
    assert not sweep.numeric and swept(QUICK, "l2", ["0.1", 1]).values == (0.1, 1)
    assert swept(QUICK, "l2", [0.0, 1e-4, 1.0]).numeric is False, "zero has no place on a logarithmic axis"
