"""What onnxruntime says of an exported file is what the model says, for every technique that reaches prediction."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engines.compiled.recipes import losses, recipes
from tests.models.export.networks import assert_alike, expected, known, model, network, run, table, target
from wellfit.engines.contract.layers import Kind
from wellfit.models.export.check import onnx_inputs
from wellfit.models.export.encode import EMBEDDINGS
from wellfit.models.export.file import onnx_content
from wellfit.models.export.forward import NORMALIZATIONS, OPERATIONS
from wellfit.models.export.graph import Graph
from wellfit.models.export.prediction import PredictedTarget, add_prediction
from wellfit.models.model import AVERAGES, Model
from wellfit.models.model.averaging import average_probabilities
from wellfit.recipe import Recipe
from wellfit.tables.arrays import Target, Task
from wellfit.tables.encoding import Encoding
from wellfit.techniques.base import REGISTRY
from wellfit.techniques.network.activation import Activation

NEW = table(60, 1, new=True)
PLAIN: dict[str, Any] = {"hidden": (6, 5)}
CASES: dict[str, dict[str, Any]] = {
    **{f"activation {name}": {"activation": name} for name in sorted(REGISTRY["activation"])},
    **{f"scaling {name}": {"scaling": name} for name in sorted(REGISTRY["scaling"])},
    **{
        f"{name} normalisation {position}": {"normalization": {"name": name, "position": position}}
        for name in ("batch", "layer")
        for position in ("before", "after")
    },
    "prelu by unit": {"activation": {"name": "prelu", "per": "unit"}},
    "mix": {"activation_mix": 0.1, "activation": ["mish", "elu"]},
    "input scale": {"input_scale": 6.0},
    "no hidden layer": {"hidden": ()},
    "residual": {"skip": "residual", "hidden": (6, 6, 5)},
    "residual past batch norm": {
        "skip": "residual", "hidden": (6, 6), "normalization": {"name": "batch", "position": "after"},
    },
    "concatenated": {"skip": "concatenate", "hidden": (6, 6, 5)},
    "classic dropout": {"dropout": {"rate": 0.3, "input_rate": 0.2, "form": "classic"}},
    "tied layers": {"sharing": "tied_layers", "hidden": (6, 6, 6)},
    "tied units": {"sharing": {"name": "tied_units", "group": 4}},
    "few columns of a category": {"categories": {"one_hot_up_to": 3}},
    "embedded categories": {"categories": {"one_hot_up_to": 2, "embedding": 3}},
    "quantile with ties": {"scaling": {"name": "quantile", "knots": 8}},
    "piecewise": {"number_embedding": {"name": "piecewise", "bins": 5}},
    "piecewise, mapped": {"number_embedding": {"name": "piecewise", "bins": 5, "size": 3}},
    "periodic": {"number_embedding": {"name": "periodic", "frequencies": 4, "sd": 1.0}},
    "periodic, mapped": {"number_embedding": {"name": "periodic", "frequencies": 4, "size": 3}},
    "periodic of raw numbers": {"number_embedding": {"name": "periodic", "frequencies": 4}, "scaling": "none"},
    "periodic with phases": {
        "number_embedding": "periodic_bias", "categories": {"one_hot_up_to": 2, "embedding": 3}, "input_scale": 1.0,
    },
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_every_technique_alone(case: dict[str, Any]) -> None:
    assert_alike(model(Recipe(**{**PLAIN, **case})), NEW)


@pytest.mark.parametrize("kind", ["binary", "classes", "labels", "numbers", "several", "counts"])
def test_every_kind_of_target_and_average(kind: str) -> None:
    mixed = [Recipe(hidden=(4,)), Recipe(hidden=(5,), scaling="quantile"), Recipe(hidden=(6, 6), activation="elu")]
    for average in AVERAGES[target(kind).kind]:
        assert_alike(model(mixed, kind, average), NEW)
        assert_alike(model(mixed[:1], kind, average), NEW, one_by_one=0)


@given(recipe=recipes(), loss=losses, members=st.integers(1, 3))
def test_any_recipe(recipe: Recipe, loss: tuple[str, Any], members: int) -> None:
    assert_alike(model(recipe.vary(loss=loss[1]), loss[0], members=members), NEW, one_by_one=1)


def test_several_tasks() -> None:
    schema, arrays = known()
    parts = [("cured", target("binary")), ("price", target("numbers")), ("visits", target("counts"))]
    tasks = tuple(Task(name, one.kind, one.labels, (k, k + 1), (k, k + 1)) for k, (name, one) in enumerate(parts))
    wanted = Target("tasks", np.concatenate([one.values for _, one in parts], axis=1), ("a", "b", "c"), tasks)
    recipe = Recipe(hidden=(6,), tasks={"hidden": [4]})
    networks = tuple(network(recipe, arrays, wanted, seed) for seed in range(2))
    assert_alike(Model(schema, "tasks", tuple(task.name for task in tasks), networks, [1, 2]), NEW)


def test_one_member_alone() -> None:
    made = model([Recipe(hidden=(4,)), Recipe(hidden=(5,))], "classes")
    alone = replace(made, networks=made.networks[1:], weights=None)
    came = run(onnx_content(made, member=1), onnx_inputs(made.schema, NEW))["probabilities"]
    np.testing.assert_allclose(came, expected(alone, NEW)["probabilities"], atol=1e-6)
    assert np.abs(came - expected(made, NEW)["probabilities"]).max() > 1e-3


@pytest.mark.parametrize("kind", ["binary", "classes", "labels"])
def test_a_temperature_sharpens_or_softens_the_averaged_probabilities(kind: str) -> None:
    g, weights, T = Graph({"a", "b"}), np.array([0.3, 0.7]), 20.0  # so high that 1e-40 counts
    columns = {"binary": 1, "classes": 4, "labels": 3}[kind]
    rng = np.random.default_rng(0)
    z = {name: (40 * rng.normal(size=(50, columns))).astype(np.float32) for name in "ab"}
    labels = ("no", "yes") if kind == "binary" else tuple(range(columns))
    single = [g.input(name, 1, (columns,), "logits") for name in "ab"]
    add_prediction(g, single, PredictedTarget(kind, labels, "mean", weights, T))
    p = average_probabilities(np.stack([z["a"], z["b"]]), kind, "mean", weights)  # type: ignore[arg-type]
    power, rest = p ** (1 / T), (1 - p) ** (1 / T) if kind == "labels" else 0
    wanted = power / (power + rest) if kind == "labels" else power / power.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(run(g.finish("", {}), z)["probabilities"], wanted, atol=1e-6)


def test_nothing_new_has_come_that_the_exporter_does_not_know() -> None:
    """A new technique of prediction turns this red: write its operations, or let `check_known` refuse it."""
    assert all(cls.onnx is not Activation.onnx for cls in REGISTRY["activation"].values())  # type: ignore[attr-defined]
    assert set(NORMALIZATIONS) == set(REGISTRY["normalization"]) - {"none"}
    assert set(EMBEDDINGS) == set(REGISTRY["number_embedding"])
    assert set(OPERATIONS) == set(get_args(Kind))
    assert [field.name for field in fields(Encoding)] == [
        "centre", "scale", "smooth_clip", "knots", "scores", "marked", "places", "units", "factors", "sparse_kinds",
        "target_centre", "target_scale", "target_low", "target_high", "image", "tables", "edges", "tasks",
    ]  # fmt: skip
