"""Members are measured on the rows of their views, as their models predict."""

from __future__ import annotations

import numpy as np
import pytest

import wellfit


@pytest.mark.parametrize("part", ["training", "validation", "test"])
def test_errors_are_those_of_the_predictions(part: str) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 3))
    y = (X[:, 0] + rng.normal(size=120) > 0).astype(int)
    view = wellfit.View(np.arange(60), np.arange(60, 90), np.arange(90, 120), name="thirds")
    population = wellfit.train(wellfit.Recipe(hidden=(6,), epochs=3), X, y, views=view, seeds=[0, 1])
    found = population.evaluate(part)
    rows = view.rows_of(part)
    expected = [np.mean(member.model.predict(X[rows]) != y[rows]) for member in population]
    assert found["error"].to_numpy() == pytest.approx(expected)
    shares = [member.model.predict_proba(X[rows])[np.arange(len(rows)), y[rows]] for member in population]
    assert found["loss"].to_numpy() == pytest.approx([-np.log(one).mean() for one in shares], rel=1e-5)


def test_a_part_that_there_is_not() -> None:
    population = wellfit.train(wellfit.Recipe(hidden=(2,), epochs=1), np.eye(20)[:, :4], np.arange(20) % 2)
    assert np.isnan(population.evaluate("test")["error"][0])
    with pytest.raises(wellfit.InputError, match="training, validation, test; got 'tests'"):
        population.evaluate("tests")  # type: ignore[arg-type]
