"""Networks with drawn parameters, without training, on a table with every kind of column that is exported."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import onnxruntime
import polars as pl

from wellfit.engines.contract.layers import layer_plan
from wellfit.engines.contract.network import Network
from wellfit.engines.contract.segments import make_segments
from wellfit.models.export.check import onnx_inputs
from wellfit.models.export.file import onnx_content
from wellfit.models.model import Model
from wellfit.recipe import Recipe
from wellfit.tables import Schema, make_target, read_table
from wellfit.tables.arrays import Arrays, Target
from wellfit.tables.encoding import fit_encoding

TOLERANCE = 1e-6  # of probabilities; of numbers in parts of the target's size


def table(rows: int, seed: int, new: bool = False) -> pl.DataFrame:
    """new: rows as they come later, with categories that training has not shown and more missing cells."""
    rng = np.random.default_rng(seed)
    numbers = rng.normal(size=(rows, 3)) * [1, 50, 3]
    numbers[rng.random((rows, 3)) < [0.0, 0.2, 0.3 if new else 0.0]] = np.nan
    colours = ["red", "green", "blue", None] + (["violet"] if new else [])
    moments = np.datetime64("1999-12-01T00:00") + rng.integers(0, 3_000_000, rows).astype("timedelta64[m]")
    return pl.DataFrame(
        {
            "size": numbers[:, 0],
            "weight": numbers[:, 1],
            "third: part": numbers[:, 2],
            "few": rng.integers(0, 3, rows),
            "code": 1_000_000_000 + rng.integers(0, 1000, rows),
            "colour": rng.choice(np.array(colours, object), rows).tolist(),
            "pair": rng.choice(np.array(["left", "right"] + ([None, "up"] if new else []), object), rows).tolist(),
            "town": [f"town {k}" for k in rng.integers(0, 30 if new else 12, rows)],
            "old": rng.random(rows) < 0.5,
            "day": pl.Series(moments.astype("datetime64[us]")).set(pl.Series(rng.random(rows) < 0.1), None),
        }
    )


@functools.cache
def known() -> tuple[Schema, Arrays]:
    """The schema of a training table, and its arrays."""
    read = read_table(table(150, 0))
    schema = Schema.infer(read)
    return schema, schema.arrays(read)


@functools.cache
def target(kind: str, rows: int = 150) -> Target:
    """A target of any kind but tasks."""
    rng = np.random.default_rng(5)
    values: dict[str, Any] = {
        "binary": rng.choice(["yes", "no"], rows),
        "classes": rng.integers(3, 7, rows),
        "labels": rng.random((rows, 3)) < 0.5,
        "numbers": 100 + 20 * rng.normal(size=rows),
        "several": [1000, 0.1] + [20, 0.01] * rng.normal(size=(rows, 2)),
        "counts": rng.poisson(2.0, rows),
    }
    asked = {"numbers": "number", "several": "number", "counts": "count", "labels": "labels"}
    return make_target(values[kind], kind=asked.get(kind, "class"))  # type: ignore[arg-type]


def network(recipe: Recipe, arrays: Arrays, wanted: Target, seed: int) -> Network:
    """A network on a bootstrap sample, all its parameters drawn, none at its start."""
    rng = np.random.default_rng(seed)
    rows = rng.integers(0, arrays.rows, arrays.rows)
    encoding = fit_encoding(arrays, wanted, rows, np.ones(len(rows)), recipe)
    segments, _, size = make_segments(recipe, layer_plan(recipe, encoding.sizes, wanted.outputs, encoding.tasks))
    drawn = np.zeros(size, np.float32)
    for s in segments:
        spread = 1 / np.sqrt(max(s.shape[0], 1)) if s.role == "weight" else 0.5
        values = spread * rng.normal(size=s.shape)
        if s.name.endswith("statistics"):
            values[1] = 0.2 + np.abs(values[1])
        drawn[s.begin : s.end] = values.ravel()
    return Network(recipe, encoding, wanted.kind, wanted.outputs, drawn)


def model(recipes: Recipe | list[Recipe], kind: str = "binary", average: str = "mean", members: int = 2) -> Model:
    """Some networks with unequal weights, on the table above."""
    schema, arrays = known()
    chosen = recipes if isinstance(recipes, list) else [recipes] * members
    wanted = target(kind)
    networks = [network(recipe, arrays, wanted, seed) for seed, recipe in enumerate(chosen)]
    weights = np.arange(1.0, 1 + len(networks))
    return Model(schema, wanted.kind, wanted.labels, tuple(networks), weights, average=average)  # type: ignore[arg-type]


def opened(content: bytes) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """What runs a file: what onnxruntime says to some inputs, by output."""
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    names = [one.name for one in session.get_outputs()]
    return lambda feeds: dict(zip(names, session.run(names, feeds), strict=True))


def run(content: bytes, feeds: dict[str, Any]) -> dict[str, Any]:
    """What onnxruntime says, by output."""
    return opened(content)(feeds)


def assert_alike(made: Model, X: Any, one_by_one: int = 3) -> None:
    """The file's answers are the model's, and those of a row alone are those of the row among others."""
    said, feeds = opened(onnx_content(made)), onnx_inputs(made.schema, X)
    together, answers_wanted = said(feeds), expected(made, X)
    for name, wanted in answers_wanted.items():
        clear = without_ties(name, answers_wanted)
        assert_close(name, together[name][clear], wanted[clear], made)
    for row in range(one_by_one):
        alone = said({name: cells[row : row + 1] for name, cells in feeds.items()})
        for name, answers in alone.items():
            assert_close(name, answers, together[name][row : row + 1], made)


def without_ties(name: str, wanted: dict[str, Any]) -> Any:
    """Where rounding cannot change an answer: rows whose best class is ahead of the next, labels away from 0.5."""
    if not name.endswith(("label", "labels")):
        return np.ones(wanted[name].shape, dtype=bool)
    p = wanted[f"{name[: name.rindex('label')]}probabilities"]
    if name.endswith("labels"):
        return np.abs(p - 0.5) > TOLERANCE
    ordered = np.sort(p, axis=1)
    return ordered[:, -1] - ordered[:, -2] > TOLERANCE


def expected(made: Model, X: Any) -> dict[str, Any]:
    """The model's own answers by NumPy, under the names of the file's outputs."""
    if made.kind == "tasks":
        tasks = {task.name: expected(made.task(task.name), X) for task in made.tasks}
        return {f"{task}: {name}": said for task, parts in tasks.items() for name, said in parts.items()}
    said = made.predict(X, compiled=False)
    if made.kind in ("numbers", "counts"):
        return {"prediction": said}
    p = made.predict_proba(X, compiled=False)
    return {"labels" if made.kind == "labels" else "label": said, "probabilities": p}


def assert_close(name: str, came: Any, wanted: Any, made: Model) -> None:
    assert came.shape == wanted.shape
    if not name.endswith(("prediction", "probabilities")):
        assert (came == wanted).mean() >= 0.99
        return
    size = 1.0
    if name.endswith("prediction"):
        tables = made.networks[0].encoding
        size = (tables.target_scale + np.abs(tables.target_centre)).max() + np.abs(wanted)
        if made.kind == "counts":  # exp(x): the rounding of x, a sum whose terms may be much larger, is the count's
            size = 10 * size * (1 + np.abs(np.log(np.maximum(wanted, 1.0))))
    alike = came == wanted  # infinite counts of a network that diverged among them
    apart = np.abs(np.where(alike, 0.0, came) - np.where(alike, 0.0, wanted))
    np.testing.assert_array_less(apart, TOLERANCE * size)
