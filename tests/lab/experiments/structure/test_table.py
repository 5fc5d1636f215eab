"""The table of an embedding has a category's own row beside its name."""

from __future__ import annotations

import numpy as np
import polars as pl

import wellfit
from wellfit.lab.base.data import apart
from wellfit.lab.experiments.structure._table import embedding_table


def test_a_linear_network_predicts_what_its_table_says() -> None:
    rng = np.random.default_rng(0)
    names = [f"city {k}" for k in range(7)]
    city = np.concatenate([rng.choice(7, 60, p=[0.3, 0.05, 0.2, 0.1, 0.2, 0.1, 0.05]), range(7)])
    X, y = pl.DataFrame({"city": [names[k] for k in city]}), city + rng.normal(size=len(city))
    recipe = wellfit.Recipe.plain((), categories={"one_hot_up_to": 2, "embedding": 3}, epochs=20)
    member = wellfit.train(recipe, X, y, column_kinds={"city": "category"}, views=wellfit.View(np.arange(67)))[0]
    network = member.model.networks[0]
    weights, encoding = network.weights(), network.encoding
    z = embedding_table(member, names) @ weights["output.weight"] + weights["output.bias"]
    expected = (z[:, 0] * encoding.target_scale[0] + encoding.target_centre[0]).clip(y.min(), y.max())
    np.testing.assert_allclose(member.predict(pl.DataFrame({"city": names})), expected, rtol=1e-4)
    assert len(set(expected.round(3))) > 3 and np.isnan(embedding_table(member, ["elsewhere"])).all()


def test_views_of_made_tables_share_no_row() -> None:
    views = apart(3, 4, 2, validation=1)
    rows = [np.concatenate([view.training, view.validation, view.test]) for view in views]
    assert [len(view.training) for view in views] == [4, 4, 4] and sorted(np.concatenate(rows)) == list(range(21))
