"""Columns as they come to an exported file: of every kind, given by hand, and those that are refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import onnx
import polars as pl
import pytest

from tests.models.export.networks import assert_alike, known, model, network, run, target
from tests.training import trained
from wellfit.errors import InputError
from wellfit.models.export.check import onnx_inputs
from wellfit.models.export.columns import category_keys
from wellfit.models.export.file import onnx_content
from wellfit.models.model import Model
from wellfit.recipe import Recipe
from wellfit.tables import Schema, make_target, read_table
from wellfit.tables.arrays import Arrays, Target


def test_an_input_for_each_column_and_outputs_by_kind() -> None:
    graph = onnx.load_from_string(onnx_content(model(Recipe(hidden=(4,)), "classes"))).graph
    kinds = {"size": 1, "weight": 1, "third: part": 1, "few": 1, "code": 11, "day": 11}
    kinds |= {"colour": 8, "pair": 8, "town": 8, "old": 8}
    assert {one.name: one.type.tensor_type.elem_type for one in graph.input} == kinds
    assert [one.name for one in graph.input] == list(known()[0].required)
    shapes = {tuple(d.dim_param or d.dim_value for d in one.type.tensor_type.shape.dim) for one in graph.input}
    assert shapes == {("rows", 1)}
    assert [one.name for one in graph.output] == ["label", "probabilities"]
    assert [one.type.tensor_type.shape.dim[-1].dim_value for one in graph.output] == [0, 4]


def test_cells_given_by_hand() -> None:
    """The oracle reads a table of text; the file gets what a caller without wellfit would give."""
    made = model(Recipe(hidden=(6,)), "binary")
    X = pl.DataFrame(
        {
            "size": ["1.5", "", "-2"], "weight": ["NA", "3e1", "7"], "third: part": ["0", "?", "1"],
            "few": ["2", "1", ""], "code": ["1000000123", "1000000124", "1000000999"],
            "colour": ["red", "mauve", "nan"], "pair": ["left", "right", "neither"], "town": ["town 3", "NA", "town 4"],
            "old": ["TRUE", "False", ""], "day": ["2000-02-29 23:59", "", "1999-12-31"],
        }
    )  # fmt: skip
    nan = np.nan
    cells: dict[str, Any] = {
        "size": [1.5, nan, -2], "weight": [nan, 30, 7], "third: part": [0, nan, 1], "few": [2, 1, nan],
        "code": [1000000123, 1000000124, 1000000999], "colour": ["red", "mauve", ""],
        "pair": ["left", "right", "neither"], "town": ["town 3", "NA", "town 4"], "old": ["TRUE", "False", ""],
        "day": [951868740, nan, 946598400],
    }  # fmt: skip
    types = {"code": np.float64, "day": np.float64, "colour": object, "pair": object, "town": object, "old": object}
    feeds = {name: np.array(values, types.get(name, np.float32))[:, None] for name, values in cells.items()}
    came = run(onnx_content(made), feeds)["probabilities"]
    np.testing.assert_allclose(came, made.predict_proba(X, compiled=False), atol=1e-6)


@pytest.mark.parametrize("unit", [1e-41, 1e300])
def test_numbers_beyond_float32_come_as_float64(unit: float) -> None:
    X = {"size": [unit * (k % 60 - 20.5) for k in range(150)]}
    schema = Schema.infer(read_table(X))
    one = network(Recipe(hidden=(4,)), schema.arrays(read_table(X)), target("binary"), 0)
    made = Model(schema, "binary", target("binary").labels, (one,), np.ones(1))
    came = run(onnx_content(made), onnx_inputs(schema, X))["probabilities"]
    np.testing.assert_allclose(came, made.predict_proba(X, compiled=False), atol=1e-6)
    assert np.ptp(came[:, 0]) > 0.01, "it depends on the column"


def test_spellings_of_categories() -> None:
    keys = category_keys(("-2", "3", "007", "true", "word"), ("", "?", "3.0"))
    assert keys["-2"] == keys["-2.0"] == 1
    assert keys["3"] == keys["+3"] == keys["+3.0"] == 2
    assert keys["true"] == keys["True"] == keys["TRUE"] == 4
    assert keys[""] == keys["?"] == keys["3.0"] == 0  # a mark counts as missing whatever else it may be
    assert "007.0" not in keys and "7" not in keys


def test_a_text_column_is_refused_by_name() -> None:
    made = replace(model(Recipe(hidden=(4,))), schema=Schema.infer(read_table(trained.table())))
    with pytest.raises(InputError, match="column 'words' is text: train without"):
        onnx_content(made)


def test_columns_called_like_outputs_or_inner_values() -> None:
    rng = np.random.default_rng(0)
    X = pl.DataFrame(rng.normal(size=(150, 3)), schema=["label", "v3", "probabilities"])
    schema = Schema.infer(read_table(X))
    made = network(Recipe(hidden=(3,)), schema.arrays(read_table(X)), target("binary"), 0)
    content = onnx_content(Model(schema, "binary", ("no", "yes"), (made,)))
    came = run(content, onnx_inputs(schema, X))
    assert list(came) == ["label_", "probabilities_"]


def test_images() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (40, 5, 4, 3)).astype(np.uint8)
    wanted = make_target(np.arange(40) % 3, kind="class")
    schema = Schema(image=(5, 4, 3))
    arrays = schema.arrays(read_table(pixels))
    made = network(Recipe(hidden=(6,), scaling="standard"), arrays, wanted, 0)
    both = Model(schema, "classes", wanted.labels, (made,))
    assert_alike(both, pixels[:7])
    assert onnx_inputs(schema, pixels)["image"].shape == (40, 5, 4, 3)


def test_a_sparse_table() -> None:
    from scipy.sparse import random as draw

    X = draw(150, 9, density=0.3, format="csr", dtype=np.float32, rng=np.random.default_rng(0))
    schema = Schema.infer(read_table(X))
    made = network(Recipe(hidden=(6,)), schema.arrays(read_table(X)), target("binary"), 0)
    assert_alike(Model(schema, "binary", ("no", "yes"), (made,)), X)


def test_columns_that_do_not_vary_in_a_members_rows() -> None:
    X = pl.DataFrame({"a": ["x", "y"] + ["x"] * 148})
    schema = Schema.infer(read_table(X))
    arrays = Arrays(np.zeros((150, 0), np.float32), np.zeros((150, 1), np.int32), (2,))
    made = network(Recipe(hidden=(6,)), arrays, target("binary"), 0)
    assert made.encoding.width == 0
    assert_alike(Model(schema, "binary", ("no", "yes"), (made,)), X[:5])


def test_marks_that_are_numbers() -> None:
    X = pl.DataFrame({"a": [1.0, 2.0, -999.0, 4.0], "b": ["-999", "u", "v", "none"]})
    read = read_table(X, missing=("-999", "none"))
    schema = Schema.infer(read)
    made = network(Recipe(hidden=(6,)), schema.arrays(read), target("binary"), 0)
    both = Model(schema, "binary", ("no", "yes"), (made,))
    raw = {name: X[name].to_numpy()[:, None] for name in X.columns}
    raw["a"] = raw["a"].astype(np.float32)
    came = run(onnx_content(both), raw)["probabilities"]
    np.testing.assert_allclose(came, both.predict_proba(X, compiled=False), atol=1e-6)


def test_dates_of_six_centuries() -> None:
    days = np.datetime64("1583-01-01") + np.arange(0, 366 * 600, 13).astype("timedelta64[D]")
    moments = days.astype("datetime64[s]") + (np.arange(len(days)) * 7919 % 86400).astype("timedelta64[s]")
    X = pl.DataFrame({"when": moments.astype("datetime64[us]")})
    schema, shown = Schema.infer(read_table(X)), len(days)
    assert len(schema.columns[0].parts) == 8
    made = network(Recipe(hidden=(6,)), schema.arrays(read_table(X)), _halves(shown), 0)
    assert_alike(Model(schema, "binary", ("no", "yes"), (made,)), X)


def _halves(rows: int) -> Target:
    return make_target(np.arange(rows) % 2 == 0, kind="class")
