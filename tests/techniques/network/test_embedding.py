"""Embeddings of numbers and categories: against PyTorch in float64, identities, what is learned and what is not."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import wellfit
from tests.engines.compiled.bench import Bench, make_bench, make_target, plain, random_weights
from tests.engines.compiled.oracle import assert_agrees, describe, embedding_of
from tests.models.model.changed_files import forge, setting, tensor
from tests.reference import bins, network
from tests.training.trained import table, train
from wellfit.engines.compiled.network.predict import predict
from wellfit.engines.compiled.run.training_run import train_plans
from wellfit.engines.contract.inputs import network_inputs
from wellfit.engines.contract.network import Network
from wellfit.engines.contract.plan import Plan
from wellfit.engines.numpy.embed import bin_tables, embed, scaled_edges
from wellfit.engines.numpy.encode import encode
from wellfit.engines.numpy.forward import numpy_outputs
from wellfit.engines.numpy.prepared_view import prepare_view
from wellfit.errors import InputError
from wellfit.models.model import Model
from wellfit.recipe import Recipe
from wellfit.tables.arrays import Arrays, View
from wellfit.tables.encoding import bin_edges, fit_encoding
from wellfit.techniques import layout as at

SGD: dict[str, Any] = {"optimizer": {"name": "sgd", "learning_rate": 0.05}}
FORMS: dict[str, Any] = {
    "piecewise": {"name": "piecewise", "bins": 5},
    "piecewise, map": {"name": "piecewise", "bins": 5, "size": 3},
    "periodic": {"name": "periodic", "frequencies": 4, "sd": 0.5, "rate": 0.5},
    "periodic, map": {"name": "periodic", "frequencies": 4, "sd": 0.5, "size": 3},
    "periodic, phases": {"name": "periodic_bias", "frequencies": 5, "sd": 0.5},
}
TABLED = {"categories": {"one_hot_up_to": 3, "embedding": 4}}


def mixed(rows: int = 40) -> Arrays:
    """Numbers with ties, gaps and a constant; categories of two, few and many levels, some missing or unseen."""
    rng = np.random.default_rng(3)
    numbers = rng.normal(2, 3, (rows, 4)).astype(np.float32)
    numbers[:, 1] = rng.integers(0, 3, rows)
    numbers[::6, 2] = np.nan
    numbers[:, 3] = 5
    codes = [rng.integers(0, 2, rows), rng.integers(-1, 9, rows), rng.integers(0, 3, rows), rng.integers(0, 6, rows)]
    return Arrays(numbers, np.ascontiguousarray(np.stack(codes, axis=1), np.int32), (2, 9, 3, 6))


def member(precision: str = "float64", view: View | None = None, **slots: Any) -> Bench:
    arrays = mixed()
    recipe = plain(**{"hidden": (5, 4), "scaling": "robust", "batch_size": 7, **slots})
    target = make_target("numbers", arrays.rows, 2)
    return make_bench(recipe, arrays, target, weight=random_weights(arrays.rows), precision=precision, view=view)


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("form", FORMS)
def test_embeddings_of_numbers(form: str, precision: str) -> None:
    bench = member(precision, number_embedding=FORMS[form], **SGD).nudge()
    assert_agrees(bench, 6, 1e-9 if precision == "float64" else 1e-4)


@pytest.mark.parametrize("scaling", ["none", "standard", "min_max", "quantile"])
def test_bins_follow_the_scaling(scaling: str) -> None:
    assert_agrees(member(number_embedding=FORMS["piecewise, map"], scaling=scaling, **SGD), 4, 1e-8)


@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_embeddings_of_categories(precision: str) -> None:
    bench = member(precision, **TABLED, **SGD)
    assert bench.member.prepared.encoding.tables == (0, 10, 0, 7)
    assert_agrees(bench, 6, 1e-9 if precision == "float64" else 1e-4)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("skip", ["none", "residual", "concatenate"])
def test_together_with_scale_skips_and_dropout(form: str, skip: str) -> None:
    slots = {"input_scale": 6, "skip": skip, "dropout": {"rate": 0.2, "input_rate": 0.1}, "bias_rate": 0.1}
    assert_agrees(member(number_embedding=FORMS[form], **TABLED, **slots), 6, 1e-8)


@pytest.mark.parametrize("form", [None, *FORMS])
def test_the_gradient_by_the_encoded_input(form: str | None) -> None:
    """What an attack sees, at the columns that it made: PyTorch's gradient through the embeddings."""
    slots = {"number_embedding": FORMS[form]} if form else {}
    bench = member(adversarial={"epsilon": 0.01}, input_scale=6, skip="concatenate", **TABLED, **slots, **SGD).nudge()
    before, program, machine = bench.parameters, bench.member.program, bench.machine
    bench.train(1)
    rows, width = int(machine.clock[at.ROWS]), program.encoding.width

    def part(begin: int, columns: int) -> torch.Tensor:
        return torch.tensor(machine.work[begin : begin + rows * columns].reshape(rows, columns).copy())

    x = part(program.inputs, width).requires_grad_()
    y, w = part(machine.clock[at.TARGETS], 2), part(machine.clock[at.WEIGHTS], 1)[:, 0]
    embedding = embedding_of(bench)
    assert embedding is not None
    description = describe(bench.recipe, embedding.width, 2, embedding)
    outputs = network.Forward(description, network.tensors(before), {}, {}, w, True)(x)
    loss = 0.5 * (w * ((outputs - y) ** 2).mean(dim=1)).sum() / w.sum()
    (expected,) = torch.autograd.grad(loss, x)
    ours = part(program.input_gradient, width).numpy()
    assert np.abs(expected.numpy()).max() > 1e-3
    np.testing.assert_allclose(ours, expected.numpy(), rtol=1e-8, atol=1e-12)


def test_bins_hold_equally_many_rows() -> None:
    """Of 1000 distinct values each bin holds a tenth; the encoding rises by one from edge to edge."""
    values = np.random.default_rng(0).normal(size=(1000, 1)).astype(np.float32)
    arrays = Arrays(values, np.zeros((1000, 0), np.int32))
    recipe = Recipe(number_embedding={"name": "piecewise", "bins": 10}, scaling="none")
    encoding = fit_encoding(arrays, make_target("numbers", 1000, 1), np.arange(1000), np.ones(1000), recipe)
    counts, _ = np.histogram(values, encoding.edges[0])
    assert counts.min() >= 99 and counts.max() <= 101
    x = np.sort(values, axis=0)
    total = embed(recipe.number_embedding, encoding, {}, x).sum(axis=1)
    assert (np.diff(total) >= -1e-5).all()
    np.testing.assert_allclose(np.interp(x[:, 0], encoding.edges[0], np.arange(11)), total, atol=1e-4)


@given(
    st.lists(st.tuples(st.integers(-3, 3) | st.integers(-40, 40), st.integers(1, 4)), min_size=2, max_size=60),
    st.integers(2, 9),
)
def test_edges_are_those_of_the_slow_reference(rows: list[tuple[int, int]], count: int) -> None:
    values, weight = np.array(rows, dtype=np.float64).T
    found = bin_edges(values, weight, count)
    assert found.tolist() == bins.edges(values.tolist(), weight.tolist(), count)
    assert len(found) <= count + 1


def test_a_column_that_is_mostly_zero_keeps_bins_for_the_rest() -> None:
    """Of 1000 rows 920 are 0 and the others spread: plain quantiles would make two bins."""
    values = np.concatenate([np.zeros(920), np.random.default_rng(3).permutation(np.arange(1.0, 81.0))])
    found = bin_edges(values, np.ones(1000), 16)
    assert found[0] == 0.0
    counts, _ = np.histogram(values[920:], found)
    assert len(found) == 17 and found[1] > 4  # the first bin goes on below: it is no sliver from 0 to 1
    assert counts.min() >= 4 and counts.max() <= 6


def test_a_column_of_few_values_has_an_edge_each() -> None:
    values = np.repeat([1.0, 2.0, 5.0, 7.0], [100, 80, 60, 40])
    assert bin_edges(values, np.ones(280), 16).tolist() == [1.0, 2.0, 5.0, 7.0]


def test_a_weight_of_three_is_three_rows_in_the_bins() -> None:
    values = np.random.default_rng(1).normal(size=(50, 2)).astype(np.float32)
    weight = np.random.default_rng(2).integers(1, 4, 50)
    recipe = Recipe(number_embedding={"name": "piecewise", "bins": 7})
    arrays = Arrays(values, np.zeros((50, 0), np.int32))
    repeated = Arrays(np.repeat(values, weight, axis=0), np.zeros((weight.sum(), 0), np.int32))
    ours = fit_encoding(arrays, make_target("numbers", 50, 1), np.arange(50), weight.astype(float), recipe)
    all_rows = np.arange(weight.sum())
    theirs = fit_encoding(repeated, make_target("numbers", len(all_rows), 1), all_rows, np.ones(len(all_rows)), recipe)
    for a, b in zip(ours.edges, theirs.edges, strict=True):
        np.testing.assert_array_equal(a, b)


def test_edges_are_fitted_on_training_rows_alone() -> None:
    ours = member(number_embedding="piecewise", view=View(np.arange(20), np.arange(20, 40)))
    arrays = mixed()
    arrays.numbers[20:] *= 100
    recipe, target = ours.recipe, make_target("numbers", 40, 2)
    theirs = fit_encoding(arrays, target, np.arange(20), random_weights(40)[:20].astype(float), recipe)
    for a, b in zip(ours.member.prepared.encoding.edges, theirs.edges, strict=True):
        np.testing.assert_array_equal(a, b)


def test_far_numbers_that_a_soft_clip_makes_equal_stay_finite() -> None:
    values = np.array([[0], [1], [2], [1e30], [2e30], [3e38]], np.float32)
    arrays = Arrays(values, np.zeros((6, 0), np.int32))
    recipe = plain(number_embedding={"name": "piecewise", "bins": 5}, scaling="robust", batch_size=3)
    bench = make_bench(recipe, arrays, make_target("numbers", 6, 1), precision="float32")
    assert all(np.isfinite(over).all() for _, over in bin_tables(bench.member.prepared.encoding))
    assert all((np.diff(edges) >= 0).all() for edges in scaled_edges(bench.member.prepared.encoding))
    bench.train(4)
    assert np.isfinite(bench.member.parameters).all()


def test_the_row_of_what_is_not_known_stays_zero_and_serves_unseen_categories() -> None:
    view = View(np.arange(25), np.arange(25, 40))
    bench = member("float32", view=view, categories={"one_hot_up_to": 2, "embedding": 4})
    bench.train(20)
    encoding = bench.member.prepared.encoding
    unknown = np.cumsum(encoding.sizes.tables) - encoding.sizes.tables
    table = bench.parameters["input.categories"]
    assert not table[unknown].any() and np.abs(np.delete(table, unknown, axis=0)).min() > 0
    unseen = Arrays(mixed().numbers[:2], np.full((2, 4), 77, np.int32), (2, 9, 3, 6))
    tables = {"categories": table}
    x = embed(bench.recipe.number_embedding, encoding, tables, encode(encoding, unseen))
    assert x.shape[1] == network_inputs(bench.recipe, encoding.sizes) and not x[:, -4:].any()


@pytest.mark.parametrize("form", [None, *FORMS])
def test_numpy_says_what_the_compiled_code_says(form: str | None) -> None:
    slots = {"number_embedding": FORMS[form]} if form else {}
    bench = member("float32", input_scale=6, activation_mix=0.1, **TABLED, **slots)
    bench.train(10)
    trained = Network(bench.recipe, bench.member.prepared.encoding, "numbers", 2, bench.member.parameters)
    arrays = mixed()
    arrays.codes[3] = [-1, 99, -1, 99]
    arrays.numbers[4] = [np.nan, 50, -50, 5]
    np.testing.assert_allclose(numpy_outputs(trained, arrays), predict(trained, arrays), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("form", ["periodic", "periodic, phases"])
def test_far_numbers_turn_alike_in_numpy_and_compiled(form: str) -> None:
    """Up to 1e30 turns away, single precision decides the angle: both must take it from the same digits."""
    X = (np.random.default_rng(0).normal(size=(80, 2)) * np.logspace(0, 30, 80)[:, None]).astype(np.float32)
    recipe = Recipe(hidden=(4,), epochs=1, scaling="none", number_embedding=FORMS[form])
    network = wellfit.train(recipe, X, X[:, 0] > 0)[0].model.networks[0]
    turns = np.abs(X[:, :, None] * network.weights()["input.frequencies"])
    X = X[
        ((turns < 2**22) | (turns > 2**25)).all(axis=(1, 2))
    ]  # between, single precision's cosine rounds to odd turns
    arrays = Arrays(X, np.zeros((len(X), 0), np.int32), ())
    assert len(X) > 50
    np.testing.assert_allclose(numpy_outputs(network, arrays), predict(network, arrays), rtol=1e-4, atol=1e-4)


def test_piecewise_numbers_that_never_vary_are_refused() -> None:
    recipe = Recipe(hidden=(4,), epochs=1, number_embedding="piecewise")
    X = np.append(np.ones(30), np.arange(10))[:, None]  # it varies outside the view
    views = [View(np.arange(30), np.arange(30, 40))]
    with pytest.raises(InputError, match="No column varies"):
        wellfit.train(recipe, X, np.arange(40) % 2, views=views)


def test_without_numbers_or_long_columns_nothing_changes() -> None:
    """Embeddings asked for where there is nothing to embed leave every bit as it was."""
    arrays = Arrays(np.zeros((40, 0), np.float32), mixed().codes[:, [0, 2]].copy(), (2, 3))
    target = make_target("numbers", 40, 2)
    plain_bench = make_bench(plain(hidden=(5,)), arrays, target, precision="float32")
    slots = {"number_embedding": "periodic_bias", "categories": {"one_hot_up_to": 8, "embedding": 8}}
    bench = make_bench(plain(hidden=(5,), **slots), arrays, target, precision="float32")
    plain_bench.train(8)
    bench.train(8)
    assert np.array_equal(bench.member.parameters, plain_bench.member.parameters)


@pytest.mark.parametrize(
    "slots",
    [
        {"number_embedding": {"name": "piecewise", "bins": 1}},
        {"number_embedding": {"name": "periodic", "sd": 0.0}},
        {"number_embedding": {"name": "periodic_bias", "size": 0}},
        {"number_embedding": {"name": "periodic", "rate": -1.0}},
        {"categories": {"embedding": 2000}},
        {"categories": {"embedding": -1}},
    ],
    ids=str,
)
def test_out_of_range(slots: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="at least|at most|greater than|less than"):
        Recipe(**slots)


@functools.cache
def embedded_model() -> Model:
    slots = {"number_embedding": {"name": "piecewise", "bins": 4, "size": 2}}
    trained = train("classes", categories={"one_hot_up_to": 2, "embedding": 4}, input_scale=6, **slots)
    model = trained[0].model
    assert isinstance(model, Model)
    return model


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("embedded") / "model.wellfit"
    embedded_model().save(path)
    return path.read_bytes()


def test_a_saved_model_keeps_its_embeddings(saved: bytes, tmp_path: Path) -> None:
    path = tmp_path / "again.wellfit"
    path.write_bytes(saved)
    again, model = Model.load(path), embedded_model()
    assert np.array_equal(again.outputs(table()), model.outputs(table()))
    assert any(model.networks[0].encoding.tables) and again.networks[0].encoding.edges
    again.save(tmp_path / "twice.wellfit")
    assert (tmp_path / "twice.wellfit").read_bytes() == saved


@pytest.mark.parametrize(
    "change",
    [
        setting("networks.0.tables", [10**15, 0]),
        setting("networks.0.tables", [1, 0]),
        setting("networks.0.tables", [True, 0]),
        setting("networks.0.tables", [0, 0]),
        setting("networks.0.units", [2, 1]),
        setting("networks.0.edges", []),
        setting("networks.0.edges", [1, 9]),
        setting("networks.0.recipe.categories", {"one_hot_up_to": 2, "embedding": 1000}),
        setting("networks.0.recipe.number_embedding", {"name": "piecewise", "bins": 1000, "size": 1000}),
        setting("networks.0.recipe.number_embedding", "none"),
        tensor("0.edges", lambda edges: edges[::-1]),
        tensor("0.edges", lambda edges: edges * np.nan),
        tensor("0.edges", lambda edges: edges[:-1]),
        tensor("0.places", lambda places: places + 2),
        tensor("0.places", lambda places: places - 2),
    ],
)
def test_a_hostile_file_is_refused(change: Any, saved: bytes, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        forge(saved, tmp_path, change)


def test_inputs_of_a_donor_without_the_recipes_embeddings_are_refused() -> None:
    arrays, target = mixed(), make_target("numbers", 40, 2)
    view, weight = View(np.arange(40)), np.ones(40, np.float32)
    donor = member().member.prepared.encoding
    with pytest.raises(InputError, match="no bins"):
        prepare_view(view, arrays, target, weight, plain(number_embedding="piecewise"), donor)
    tabled = member(**TABLED).member.prepared.encoding
    with pytest.raises(InputError, match="tables of categories"):
        prepare_view(view, arrays, target, weight, plain(), tabled)


def test_members_with_and_without_embeddings_do_not_share_an_encoding() -> None:
    arrays, target = mixed(), make_target("numbers", 40, 2)
    view = View(np.arange(30), np.arange(30, 40))
    slots = ({}, {"number_embedding": "piecewise"}, {"number_embedding": {"name": "piecewise", "bins": 3}}, TABLED)
    plans = [Plan(plain(hidden=(4,), **given), view, 1) for given in slots]
    together = train_plans(plans, arrays, target, n_jobs=2)
    for k, plan in enumerate(plans):
        assert np.array_equal(train_plans([plan], arrays, target).network(0).parameters, together.network(k).parameters)
