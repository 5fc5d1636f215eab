"""Bad rows made of good ones, told apart by what columns have in common, and the layers that this leaves behind."""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.sparse import csr_array

import wellfit
from tests.training.trained import table
from wellfit import Recipe, Transfer
from wellfit.errors import InputError
from wellfit.tables import Schema, read_table
from wellfit.tables.arrays import Arrays
from wellfit.training.pretraining import bad_rows

RECIPE = Recipe(hidden=(32, 16), epochs=40, batch_size=64, dropout=0.0, weight_decay=0.0)
SIDES = np.arange(0, 90), np.arange(90, 120)


@functools.cache
def correlated(rows: int = 600, columns: int = 4) -> Any:
    rng = np.random.default_rng(0)
    return rng.normal(size=(rows, 1)) + 0.3 * rng.normal(size=(rows, columns))


def independent(rows: int = 600, columns: int = 4) -> Any:
    """The same columns, each dealt anew."""
    rng = np.random.default_rng(1)
    return np.stack([rng.permutation(column) for column in correlated(rows, columns).T], axis=1)


def mixed() -> Arrays:
    read = read_table(table())
    return Schema.infer(read).arrays(read)


def test_cells_come_from_the_same_column_and_side_with_the_probability_asked_for() -> None:
    good = mixed()
    arrays, mask = bad_rows(good, SIDES, 0.3, 4, seed=0)
    assert arrays.rows == 5 * 120 and np.array_equal(arrays.numbers[:120], good.numbers, equal_nan=True)
    for side in SIDES:
        for j in range(good.numbers.shape[1]):
            pool = good.numbers[side, j]
            for copy in range(1, 5):
                assert (
                    np.isin(arrays.numbers[copy * 120 + side, j], pool[~np.isnan(pool)]).sum()
                    == (~np.isnan(arrays.numbers[copy * 120 + side, j])).sum()
                )
    size = mask[:, 0].mean()  # a column of distinct numbers: what is replaced differs
    assert abs(size - 0.3) < 4 * np.sqrt(0.3 * 0.7 / 480)
    assert np.array_equal(mask[:, 0], arrays.numbers[120:, 0] != np.tile(good.numbers[:, 0], 4))


def test_words_are_replaced_by_words_of_the_vocabulary_and_lengths_kept() -> None:
    good = mixed()
    arrays, mask = bad_rows(good, SIDES, 0.3, 1, seed=0)
    assert good.sparse is not None and arrays.sparse is not None
    counts = np.add.reduceat(arrays.sparse.values, arrays.sparse.starts[:-1])
    np.testing.assert_array_equal(counts[:120], counts[120:])  # as many words as before
    assert set(arrays.sparse.indices) <= set(good.sparse.indices)
    changed = mask[:, -1]
    for row in range(120):
        before, after = (
            dict(zip(s.indices[slice(*s.starts[r : r + 2])], s.values[slice(*s.starts[r : r + 2])], strict=True))
            for s, r in ((good.sparse, row), (arrays.sparse, 120 + row))
        )
        if not changed[row]:
            assert before == after
    assert 0.5 < changed.mean() < 1


def test_what_columns_have_in_common_is_learned_and_nothing_where_they_have_nothing() -> None:
    together, apart = (wellfit.pretrain(RECIPE, x, share=0.3).info["pretrained"] for x in (correlated(), independent()))
    assert together["error"] < 0.3
    held = 2 * 180
    assert abs(apart["error"] - 0.5) < 4 * np.sqrt(0.25 / held)


def test_each_cells_answer() -> None:
    model = wellfit.pretrain(RECIPE, correlated(), task="cells", share=0.3, copies=2)
    assert model.kind == "labels" and len(model.labels) == 4
    shares = wellfit.pretrain(RECIPE, independent(), task="cells", share=0.3, copies=2).info["pretrained"]
    assert model.info["pretrained"]["error"] < shares["error"] - 0.03


def test_texts_of_two_topics_are_told_from_mixed_ones() -> None:
    rng = np.random.default_rng(0)
    topics = np.array([[f"{topic}{k}" for k in range(20)] for topic in ("sea", "sky")])
    texts = [" ".join(rng.choice(topics[k % 2], 12)) for k in range(500)]
    frame = pl.DataFrame({"text": texts})
    model = wellfit.pretrain(RECIPE, frame, probability=0.4, share=0.3, column_kinds={"text": "text"})
    assert model.info["pretrained"]["error"] < 0.2


def test_the_layers_start_a_supervised_network_of_any_kind() -> None:
    recipe = RECIPE.vary(epochs=2, loss="huber", layer_rates=[0, 0.1, 1])  # left out of the pretext task
    donor = wellfit.pretrain(recipe, table(), seed=3)
    new = wellfit.train(recipe, table(), table()["size"].to_numpy(), start_from=Transfer(donor, layers=2))[0]
    ours, theirs = (m.networks[0].weights()["hidden0.weight"] for m in (new.model, donor))
    assert np.array_equal(ours, theirs)
    again = wellfit.pretrain(recipe, table(), seed=3)
    assert np.array_equal(again.networks[0].parameters, donor.networks[0].parameters)


def test_a_donor_survives_its_file(tmp_path: Path) -> None:
    donor = wellfit.pretrain(RECIPE.vary(epochs=1), table())
    donor.save(tmp_path / "donor.wellfit")
    assert wellfit.Model.load(tmp_path / "donor.wellfit").info == donor.info


def test_a_pretext_network_that_diverged_is_refused() -> None:
    wild = RECIPE.vary(optimizer={"name": "sgd", "learning_rate": 1e30}, clipping="none", activation="relu")
    with pytest.raises(InputError, match="The pretext network diverged"):
        wellfit.pretrain(wild, correlated())


def test_the_supervised_prior_is_left_out() -> None:
    recipe = RECIPE.vary(epochs=1, prior={"name": "gaussian", "sd": 0.5, "noise": 0.3})
    with_prior, without = (wellfit.pretrain(r, correlated()) for r in (recipe, RECIPE.vary(epochs=1)))
    assert np.array_equal(with_prior.networks[0].parameters, without.networks[0].parameters)


def test_each_cells_answer_has_the_columns_name() -> None:
    frame = table()
    schema = Schema.infer(read_table(frame))
    assert wellfit.pretrain(RECIPE.vary(epochs=1), frame, task="cells").labels == schema.input_names
    sparse = csr_array(np.abs(correlated(columns=3)))
    assert wellfit.pretrain(RECIPE.vary(epochs=1), sparse, task="cells").labels == ("all sparse columns",)


def test_settings_out_of_range_are_refused() -> None:
    for match, settings in (
        ("between 0 and 1; got 1.5", {"probability": 1.5}),
        ('is "row" or "cells"; got \'rows\'', {"task": "rows"}),
        ("1 or more; got 0", {"copies": 0}),
        ("to hold out lies between 0 and 1", {"share": 0.0}),
    ):
        with pytest.raises(InputError, match=match):
            wellfit.pretrain(RECIPE, correlated(), **settings)
    with pytest.raises(InputError, match="got 5: give more"):
        wellfit.pretrain(RECIPE, correlated()[:5])


@pytest.mark.skipif("WELLFIT_DATA" not in os.environ, reason="WELLFIT_DATA names no folder of real data sets")
def test_real_texts_are_told_from_texts_with_strange_words() -> None:
    folder = Path(os.environ["WELLFIT_DATA"])
    path = next(iter(sorted(folder.rglob("sms_spam*"))), None)
    if path is None or path.is_dir():
        pytest.skip("no sms_spam in WELLFIT_DATA")
    read = read_table(str(path))
    column = max(read.names, key=lambda name: len(str(read.column(name)[0])))
    frame = pl.DataFrame({"text": read.column(column)[:2500].tolist()})
    recipe = RECIPE.vary(epochs=6, dropout=0.2)
    model = wellfit.pretrain(recipe, frame, column_kinds={"text": "text"}, share=0.2, probability=0.5, copies=3)
    assert model.info["pretrained"]["error"] < 0.45


@pytest.mark.parametrize(("asked", "match"), [({"seed": -1}, "seed of pretraining"), ({"share": 0.999}, "leaves none")])
def test_a_seed_or_share_out_of_range_is_refused(asked: dict[str, Any], match: str) -> None:
    with pytest.raises(InputError, match=match):
        wellfit.pretrain(wellfit.Recipe(hidden=(4,), epochs=1), np.arange(80.0).reshape(40, 2), **asked)
