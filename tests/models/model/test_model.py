"""The model: what it predicts, that a row stands for itself, and that NumPy says the same as the compiled code."""

from __future__ import annotations

import functools
import pickle
import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wellfit
from tests.engines.compiled.recipes import recipes
from tests.training.trained import ASKED, population, table, targets
from wellfit.engines.compiled.network import row_pass
from wellfit.engines.compiled.network.predict import predict
from wellfit.engines.contract.layers import layer_plan
from wellfit.engines.contract.network import Network
from wellfit.engines.contract.segments import make_segments
from wellfit.engines.numpy.forward import numpy_outputs
from wellfit.errors import InputError
from wellfit.models.model import Model
from wellfit.models.model.averaging import (
    AVERAGES,
    average_logits,
    average_numbers,
    average_probabilities,
    probabilities,
    weighted_median,
)
from wellfit.recipe import Recipe
from wellfit.tables import Schema, make_target, read_table
from wellfit.tables.arrays import Arrays, Target
from wellfit.tables.encoding import fit_encoding

KINDS = ["binary", "classes", "labels", "numbers", "several", "counts"]


def bagged(kind: str, average: str = "mean", weights: list[float] | None = None) -> Model:
    trained = population(kind, folds=3)
    networks = tuple(trained.engine.network(i) for i in range(3))
    target = trained.engine.target
    return Model(trained.schema, target.kind, target.labels, networks, weights, {}, average)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
def test_predictions_have_the_documented_shape_and_type(kind: str) -> None:
    model = bagged(kind)
    said = model.predict(table())
    wanted = {"labels": (120, 3), "several": (120, 2)}.get(kind, (120,))
    assert said.shape == wanted
    if kind in ("numbers", "several", "counts"):
        with pytest.raises(InputError, match="Probabilities are for classes"):
            model.predict_proba(table())
        return
    p = model.predict_proba(table())
    assert p.shape == {"binary": (120, 2), "classes": (120, 3), "labels": (120, 3)}[kind]
    assert ((p > 0) & (p < 1)).all()
    if kind == "labels":
        assert np.array_equal(said, (p > 0.5).astype(int))
    else:
        np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-15)
        assert np.array_equal(said, np.array(model.labels)[p.argmax(axis=1)])
        assert said.dtype.kind == ("U" if kind == "binary" else "i")


@pytest.mark.parametrize("kind", KINDS)
def test_a_rows_prediction_never_depends_on_its_neighbours(kind: str) -> None:
    model, frame = bagged(kind), table()
    everything = model.outputs(frame)
    for rows in ([0], [119], [5, 3], list(range(7)), list(range(70)), list(range(119, -1, -1))):
        assert np.array_equal(model.outputs(frame[rows]), everything[rows])
        if kind in ("binary", "classes", "labels"):
            assert np.array_equal(model.predict_proba(frame[rows]), model.predict_proba(frame)[rows])
    assert np.array_equal(model.outputs(frame, n_jobs=3), everything)


@pytest.mark.parametrize("kind", KINDS)
def test_parts_of_rows_are_averaged_as_the_whole(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Members added in their order, in float64, for every way of averaging; the parts are not seen."""
    monkeypatch.setattr(row_pass, "PART_BLOCKS", 1)
    for average in AVERAGES[bagged(kind).kind]:
        model = bagged(kind, average, [0.2, 0.5, 0.3])
        weights, arrays = np.asarray(model.weights), model.arrays(table())
        single = np.stack([predict(network, arrays) for network in model.networks])
        assert np.array_equal(model.member_outputs(arrays), single)
        if kind in ("numbers", "several", "counts"):
            whole = average_numbers(single, average, weights)
        else:
            whole = average_logits(single, model.kind, average, weights)
            likely = average_probabilities(single, model.kind, average, weights)
            assert np.array_equal(model.predict_proba(table(), n_jobs=2), likely)
            assert np.array_equal(model.predict(table()), model.decide(likely))
        assert np.array_equal(model.outputs(table()), whole)
        assert np.array_equal(model.outputs(table(), n_jobs=2), whole)


@pytest.mark.parametrize("kind", KINDS)
def test_the_outputs_are_the_logits_of_the_probabilities(kind: str) -> None:
    for average in ("mean", "logits") if kind in ("binary", "classes", "labels") else ():
        model = bagged(kind, average)
        implied = probabilities(model.outputs(table()), model.kind)
        np.testing.assert_allclose(implied, model.predict_proba(table()), rtol=1e-12)


def test_a_weight_of_zero_leaves_a_member_out() -> None:
    model = bagged("classes", weights=[0.0, 2.0, 0.0])
    alone = population("classes", folds=3)[1].model
    np.testing.assert_array_equal(model.predict_proba(table()), alone.predict_proba(table()))


def test_probabilities_stay_exact_where_one_is_nearly_certain() -> None:
    p = probabilities(np.array([[40.0], [-800.0], [0.0]]), "binary")
    assert p[0, 0] == pytest.approx(np.exp(-40.0), rel=1e-12)
    assert p[1].tolist() == [1.0, 0.0]
    assert p[2].tolist() == [0.5, 0.5]
    assert np.isfinite(average_logits(np.array([[[800.0]], [[900.0]]]), "binary", "mean", np.array([0.5, 0.5]))).all()


def test_averages_by_hand() -> None:
    logits = np.array([[[2.0]], [[-1.0]], [[-1.5]]])
    equal = np.ones(3) / 3
    p = 1 / (1 + np.exp(-logits[:, 0, 0]))
    mean = average_logits(logits, "binary", "mean", equal)[0, 0]
    assert 1 / (1 + np.exp(-mean)) == pytest.approx(p.mean())
    assert average_logits(logits, "binary", "logits", equal)[0, 0] == pytest.approx(-0.5 / 3)
    assert average_logits(logits, "binary", "majority", equal)[0, 0] == pytest.approx(np.log(1 / 2))
    assert average_numbers(logits, "median", equal)[0, 0] == -1.0


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=9))
def test_the_median_of_equal_weights_is_the_median(values: list[float]) -> None:
    column = np.array(values)[:, None]
    assert weighted_median(column, np.ones(len(values)) / len(values))[0] == np.median(column)


def test_the_weighted_median_is_that_of_repeated_values() -> None:
    values, counts = np.array([3.0, -1.0, 7.0, 2.0]), np.array([2, 1, 4, 1])
    weighted = weighted_median(values[:, None], counts / counts.sum())[0]
    assert weighted == np.median(np.repeat(values, counts))


def test_an_average_that_does_not_suit_the_target_is_refused() -> None:
    with pytest.raises(InputError, match="'numbers' are averaged by mean, median; got 'majority'"):
        bagged("numbers", "majority")
    with pytest.raises(InputError, match="one finite weight of 0 or more"):
        bagged("numbers", weights=[1.0, -1.0, 1.0])


def test_arrays_of_another_table_are_refused() -> None:
    model = bagged("binary")
    arrays = model.arrays(table())
    with pytest.raises(InputError, match="make them by the model's own schema"):
        model.outputs_of_arrays(type(arrays)(arrays.numbers[:, 1:], arrays.codes, arrays.levels, arrays.sparse))
    with pytest.raises(InputError, match="'size'"):
        model.predict(table().drop("size"))


def test_a_model_pickles() -> None:
    model = bagged("classes")
    again = pickle.loads(pickle.dumps(model))
    assert np.array_equal(again.predict_proba(table()), model.predict_proba(table()))


@functools.cache
def raw(kind: str) -> tuple[Schema, Arrays, Target]:
    schema = Schema.infer(read_table(table()), text_width=16)
    return schema, schema.arrays(read_table(table())), make_target(targets(kind), kind=ASKED.get(kind, "class"))  # type: ignore[arg-type]


def random_network(recipe: Recipe, kind: str, seed: int) -> tuple[Network, Arrays]:
    """A network whose every parameter is drawn, also those that training would start at 0 or 1."""
    _, arrays, target = raw(kind)
    rows = np.arange(0, arrays.rows, 2)
    encoding = fit_encoding(arrays, target, rows, np.ones(len(rows)), recipe)
    segments, _, size = make_segments(recipe, layer_plan(recipe, encoding.sizes, target.outputs))
    rng = np.random.default_rng(seed)
    parameters = rng.normal(scale=0.4, size=size)
    for segment in segments:
        if segment.role == "statistic":
            parameters[segment.begin : segment.end] = rng.uniform(0.5, 2, segment.end - segment.begin)
    return Network(recipe, encoding, target.kind, target.outputs, parameters.astype(np.float32)), arrays


@given(recipes(), st.sampled_from(KINDS), st.integers(0, 99))
@settings(max_examples=25)
def test_numpy_says_what_the_compiled_code_says(recipe: Recipe, kind: str, seed: int) -> None:
    network, arrays = random_network(recipe, kind, seed)
    compiled = predict(network, arrays)
    plain = numpy_outputs(network, arrays)
    assert plain.dtype == compiled.dtype == np.float32
    finite = np.isfinite(compiled)  # counts: exp of a large number is infinite in both
    assert np.array_equal(finite, np.isfinite(plain))
    scale = np.abs(compiled[finite]).max(initial=1.0)
    np.testing.assert_allclose(plain[finite], compiled[finite], rtol=2e-4, atol=2e-5 * min(scale, 100.0))


def test_numpy_and_compiled_code_differ_when_a_weight_does() -> None:
    """The comparison above is alive: a change of one in ten thousand in the output weights fails it."""
    network, arrays = random_network(Recipe(hidden=(8,)), "numbers", 0)
    other = replace(network, parameters=network.parameters * np.float32(1.01))
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(numpy_outputs(other, arrays), predict(network, arrays), rtol=2e-4, atol=1e-3)


def test_numpy_sees_missing_values_unseen_categories_and_empty_text_as_the_compiled_code_does() -> None:
    frame = table()[:6].with_columns(
        pl.Series("size", [None, 1e6, -1e6, 0.0, None, 1.0]),
        pl.Series("colour", ["violet", None, "red", "", "RED", "blue"]),
        pl.Series("pair", [None, "middle", "left", "right", "left", None]),
        pl.Series("words", ["", None, "zebra", "dog dog dog", "cat", "sea"]),
    )
    for scaling in ("robust", "quantile", "standard"):
        model = population("numbers", scaling=scaling)[0].model
        with pytest.warns(wellfit.UnlikeTrainingWarning, match="'RED' for 'red'") as warned:
            said = model.predict(frame, compiled=False)
        assert warned[0].filename == __file__  # the line of the user, not one of the library
        with warnings.catch_warnings(action="ignore", category=wellfit.UnlikeTrainingWarning):
            np.testing.assert_allclose(said, model.predict(frame), rtol=1e-4)
        assert any("'violet'" in sentence for sentence in model.unlike_training(frame))


@pytest.mark.parametrize("huge", [1e10, 1e20, 3e38])
def test_an_enormous_number_is_a_bounded_outlier(huge: float) -> None:
    model = population("numbers", scaling="robust")[0].model
    frame = table()[:4].with_columns(pl.Series("size", [huge, -huge, 1e9, -1e9]))
    for compiled in (True, False):
        said = model.predict(frame.with_columns(pl.lit("left").alias("pair")), compiled=compiled)
        assert np.isfinite(said).all()
    same = frame[[0, 0]].with_columns(pl.Series("size", [huge, 1e9]))
    np.testing.assert_allclose(*model.predict(same), rtol=1e-6)


def test_a_few_rows_are_predicted_without_numba(tmp_path: Path) -> None:
    population("classes")[0].save(tmp_path / "model.wellfit")
    table()[:3].write_parquet(tmp_path / "rows.parquet")
    code = (
        "import sys; from wellfit.models.model import Model; "
        f"m = Model.load({str(tmp_path / 'model.wellfit')!r}); "
        f"p = m.predict_proba({str(tmp_path / 'rows.parquet')!r}, compiled=False); "
        "assert p.shape == (3, 3); assert 'numba' not in sys.modules"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


@pytest.mark.parametrize(
    "kept",
    [None, "good", [1], [{}], [{"scores": 3}], [{"scores": {"error": {"mean": "1"}}}], [{"scores": {"error": []}}]],
    ids=str,
)
def test_what_is_no_score_is_not_shown(kept: Any) -> None:
    assert replace(population("binary")[0].model, info={"cross_validation": kept}).score_sentence == ""


def test_a_score_in_words() -> None:
    loss, error = {"mean": 0.51234, "interval_95": [0.4, 0.6]}, {"mean": 0.25, "interval_95": None}
    kept = {"scores": {"error": error, "log_loss": loss}}
    model = replace(population("binary")[0].model, info={"cross_validation": [kept]})
    said = "error rate 25.00%, log-loss 0.5123 (95 % interval 0.4000 to 0.6000), by cross-validation"
    assert model.score_sentence == said
    assert replace(model, info={"cross_validation": [kept], "out_of_bag": kept}).score_sentence.endswith(", out of bag")
