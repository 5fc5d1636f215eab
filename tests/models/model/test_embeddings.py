"""Embeddings of categories, against what the network does with them."""

from __future__ import annotations

import numpy as np
import pytest

import wellfit

RNG = np.random.default_rng(0)
CITY = RNG.choice(["Bonn", "Lima", "Oslo", "Rome", "Cork"], size=400, p=(0.3, 0.3, 0.2, 0.19, 0.01))
SHOP = RNG.choice(["a", "b", "c", "d", "e", "f"], size=400)
FEW = RNG.choice(["yes", "no"], size=400)
TABLE = {"few": FEW, "city": CITY, "shop": SHOP, "x": RNG.normal(size=400)}
RECIPE = wellfit.Recipe(hidden=(6,), epochs=3, categories={"one_hot_up_to": 2, "embedding": 4})


def test_a_linear_model_adds_up_the_vectors() -> None:
    """Of rows that differ in one category alone log-odds differ by the vectors' difference times the weights."""
    model = wellfit.train(RECIPE.vary(hidden=()), TABLE, TABLE["x"] > 0)[0].model
    weights = model.networks[0].weights()["output.weight"][-8:, 0]  # of city, then of shop
    for column, cells, part in (
        ("city", ["Bonn", "Lima"], slice(0, 4)),
        ("city", ["Rome", None], slice(0, 4)),
        ("shop", ["c", "f"], slice(4, 8)),
    ):
        vectors = model.embedding(column)
        table = {"few": ["yes"] * 2, "city": ["Oslo"] * 2, "shop": ["a"] * 2, "x": [0.0] * 2, column: cells}
        p = model.predict_proba(table)[:, 1]
        found = np.log(p[1] / (1 - p[1])) - np.log(p[0] / (1 - p[0]))
        assert found == pytest.approx((vectors[cells[1]] - vectors[cells[0]]) @ weights[part], abs=1e-5)
        assert abs(found) > 1e-3


def test_what_training_did_not_show_has_no_vector() -> None:
    rows = np.flatnonzero(CITY != "Cork")
    view = wellfit.View(rows[:200], rows[200:])
    vectors = wellfit.train(RECIPE, TABLE, TABLE["x"] > 0, views=view)[0].model.embedding("city")
    assert set(vectors) == {"Bonn", "Lima", "Oslo", "Rome", None}


def test_no_such_embedding_is_refused() -> None:
    model = wellfit.train(RECIPE, TABLE, TABLE["x"] > 0)[0].model
    for column in ("few", "x", "street"):
        with pytest.raises(wellfit.InputError, match=f"no embedding of '{column}'; it has: 'city', 'shop'"):
            model.embedding(column)
    plain = wellfit.train(wellfit.Recipe(hidden=(6,), epochs=1), TABLE, TABLE["x"] > 0)[0].model
    with pytest.raises(wellfit.InputError, match="it has: none, since few categories become a column each"):
        plain.embedding("city")


def test_no_such_member_is_refused_and_weights_stay_as_they_are() -> None:
    model = wellfit.train(RECIPE, TABLE, TABLE["x"] > 0)[0].model
    for member in (1, -1, "0"):
        with pytest.raises(wellfit.InputError, match="A member is a number from 0 to 0 in this model; got"):
            model.embedding("city", member)  # type: ignore[arg-type]
    before = model.predict_proba(TABLE)
    for vector in model.embedding("city").values():
        vector[:] = 1e3
    assert np.array_equal(model.predict_proba(TABLE), before)
