"""Gradients and parameters against PyTorch in float64, technique by technique, with our masks and row order."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engines.compiled.bench import KIND_OF_LOSS, make_bench, random_weights, tiny
from tests.engines.compiled.oracle import assert_agrees
from wellfit.techniques.base import REGISTRY

EXACT, SINGLE = 1e-9, 1e-4
ACTIVATIONS = tuple(REGISTRY["activation"])
LOSSES = tuple(KIND_OF_LOSS)
OPTIMIZERS = tuple(REGISTRY["optimizer"])
SCHEDULES = tuple(name for name in REGISTRY["schedule"] if name != "plateau")
FORMS = [("numbers", 2), ("counts", 2), ("binary", 1), ("classes", 3), ("labels", 3)]


def agree(kind: str = "numbers", updates: int = 5, precision: str = "float64", outputs: int = 2, **slots: Any) -> None:
    recipe, arrays, target = tiny(kind, outputs=outputs, **slots)
    bench = make_bench(recipe, arrays, target, weight=random_weights(arrays.rows), precision=precision)
    assert_agrees(bench, updates, EXACT if precision == "float64" else SINGLE)


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activations(activation: str, precision: str) -> None:
    agree(activation=activation, precision=precision, optimizer={"name": "sgd", "learning_rate": 0.05})


@pytest.mark.parametrize("settings", [{"name": "leaky_relu", "slope": 0.3}, {"name": "elu", "alpha": 0.7}], ids=str)
def test_settings_of_activations(settings: dict[str, Any]) -> None:
    agree(activation=settings)


def test_each_layer_may_have_its_own_activation() -> None:
    agree(hidden=(5, 4, 3), activation=["elu", "gelu", "sigmoid"])


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("loss", LOSSES)
def test_losses(loss: str, precision: str) -> None:
    agree(
        KIND_OF_LOSS[loss], outputs=3, loss=loss, precision=precision, optimizer={"name": "sgd", "learning_rate": 0.05}
    )


@pytest.mark.parametrize("settings", [{"name": "huber", "delta": 0.3}, {"name": "quantile", "quantile": 0.9}], ids=str)
def test_settings_of_losses(settings: dict[str, Any]) -> None:
    agree(loss=settings)


@pytest.mark.parametrize("loss", ["squared", "absolute", "huber", "quantile"])
def test_losses_of_numbers_fit_counts_too(loss: str) -> None:
    agree("counts", loss=loss)


@pytest.mark.parametrize(("kind", "outputs"), FORMS)
def test_targets_take_the_loss_that_suits_them(kind: str, outputs: int) -> None:
    agree(kind, outputs=outputs)


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("position", ["before", "after"])
@pytest.mark.parametrize("normalization", ["batch", "layer"])
def test_normalisation(normalization: str, position: str, precision: str) -> None:
    settings = {"name": normalization, "position": position, "epsilon": 1e-3}
    agree(normalization=settings, precision=precision, optimizer={"name": "sgd", "learning_rate": 0.05})


def test_batch_normalisation_joins_a_last_row_to_the_batch_before() -> None:
    agree(rows=11, batch_size=5, normalization={"name": "batch", "momentum": 0.3}, updates=4)


@pytest.mark.parametrize("hidden", [(), (1,), (4,), (5, 5, 5), (6, 4, 4, 7)], ids=str)
@pytest.mark.parametrize("skip", ["none", "residual", "concatenate"])
def test_skip_connections(skip: str, hidden: tuple[int, ...]) -> None:
    agree(hidden=hidden, skip=skip)


@pytest.mark.parametrize("skip", ["residual", "concatenate"])
def test_skip_connections_in_single_precision(skip: str) -> None:
    agree(hidden=(6, 4, 4), skip=skip, precision="float32", optimizer={"name": "sgd", "learning_rate": 0.05})


@pytest.mark.parametrize("normalization", ["batch", "layer"])
@pytest.mark.parametrize("position", ["before", "after"])
@pytest.mark.parametrize("skip", ["residual", "concatenate"])
def test_skip_connections_with_normalisation_and_dropout(skip: str, position: str, normalization: str) -> None:
    dropout = {"rate": [0.2, 0.5, 0.1], "input_rate": 0.1}
    settings = {"name": normalization, "position": position}
    agree(hidden=(6, 4, 4), skip=skip, normalization=settings, dropout=dropout, activation="silu")


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("form", ["inverted", "classic"])
def test_dropout(form: str, precision: str) -> None:
    dropout = {"rate": [0.3, 0.6], "input_rate": 0.15, "form": form}
    agree(dropout=dropout, precision=precision, optimizer={"name": "sgd", "learning_rate": 0.05})


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_optimisers(optimizer: str) -> None:
    agree(updates=12, optimizer=optimizer, weight_decay=0.1)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_optimisers_in_single_precision(optimizer: str) -> None:
    agree(updates=6, optimizer=optimizer, weight_decay=0.1, precision="float32")


@pytest.mark.parametrize(
    "settings",
    [
        {"name": "momentum", "momentum": 0.5},
        {"name": "adam", "beta1": 0.5, "beta2": 0.9, "epsilon": 1e-3},
        {"name": "rmsprop", "rho": 0.5, "epsilon": 1e-2},
        {"name": "adadelta", "rho": 0.5, "epsilon": 1e-2, "learning_rate": 0.5},
        {"name": "adagrad", "epsilon": 0.1},
        {"name": "adamax", "beta1": 0.3, "beta2": 0.5, "epsilon": 0.01},
        {"name": "amsgrad", "beta2": 0.5},
        {"name": "nadam_dozat", "decay": 0.1},
    ],
    ids=lambda settings: settings["name"],
)
def test_settings_of_optimisers(settings: dict[str, Any]) -> None:
    agree(updates=8, optimizer=settings)


CLIPPINGS = [
    {"name": "value", "low": -0.02, "high": 0.01},
    {"name": "norm", "limit": 0.1},
    {"name": "norm", "limit": 50.0},
]


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("clipping", CLIPPINGS, ids=str)
def test_clipping_after_penalties(clipping: dict[str, Any], precision: str) -> None:
    agree(clipping=clipping, l2=0.1, precision=precision, optimizer={"name": "sgd", "learning_rate": 0.05})


@pytest.mark.parametrize("biases", [False, True])
@pytest.mark.parametrize("penalty", ["l2", "l1"])
def test_penalties(penalty: str, biases: bool) -> None:
    agree(**{penalty: {"strength": 0.05, "biases": biases}}, normalization="layer", hidden=(5, 4, 3), skip="residual")


@pytest.mark.parametrize("biases", [False, True])
@pytest.mark.parametrize("with_rate", [False, True])
def test_weight_decay(with_rate: bool, biases: bool) -> None:
    decay = {"strength": 0.05, "with_rate": with_rate, "biases": biases}
    agree(weight_decay=decay, schedule="linear", normalization="batch")


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_schedules_of_the_rate(schedule: str) -> None:
    agree(schedule={"name": schedule, "warmup": 3}, updates=12, optimizer="adam")


@pytest.mark.parametrize("optimizer", ["momentum", "nesterov", "adam", "nadam"])
def test_one_cycle_moves_the_momentum_too(optimizer: str) -> None:
    agree(schedule={"name": "one_cycle", "shape": "linear"}, updates=12, optimizer=optimizer)


@pytest.mark.parametrize("slot", ["l2", "l1", "weight_decay"])
def test_schedules_of_strengths(slot: str) -> None:
    strength = {"value": 0.1, "schedule": {"name": "flat_cosine", "warmup": 2}}
    agree(**{slot: {"strength": strength}}, updates=12, optimizer="adam")


def test_a_batch_of_all_rows() -> None:
    agree(batch_size="all", updates=3)


def test_scaled_inputs() -> None:
    agree(scaling="standard")
    agree(scaling="robust")
