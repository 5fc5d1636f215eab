"""Model files changed by one who knows the format: each is refused in one sentence, and costs no memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy

from tests.models.model.changed_files import forge, json_of, load_bytes, setting, tensor
from tests.models.model.test_model import bagged
from tests.training.trained import table
from wellfit.errors import InputError


def test_an_honest_forgery_loads(whole: bytes, tmp_path: Path) -> None:
    """The changes below are refused for what they change, not because `forge` spoils the file."""
    assert np.array_equal(
        forge(whole, tmp_path, lambda content, tensors: None).outputs(table()), bagged("classes").outputs(table())
    )


@pytest.mark.parametrize(
    "change",
    [
        setting("kind", "binary"),
        setting("kind", "anything"),
        setting("labels", [["str", "a"], ["str", "b"]]),
        setting("labels", [["int", "a"], ["int", 1], ["int", 2]]),
        setting("labels", [["int", True], ["int", 1], ["int", 2]]),
        setting("labels", None),
        setting("average", "median"),
        setting("average", "__import__('os')"),
        setting("extra", 1),
        setting("info", []),
        setting("networks", []),
        setting("networks", {"0": 1}),
        setting("networks.0", 7),
        setting("networks.0.recipe", "adam"),
        setting("networks.0.recipe", {"self": 1}),
        setting("networks.0.recipe.epochs", -1),
        setting("networks.0.recipe.loss", {"name": "poisson"}),
        setting("networks.0.recipe.hidden", [8, 7]),
        setting("networks.0.recipe.hidden", [10**12, 10**12]),
        setting("networks.0.recipe.hidden", [1] * 100_000),
        lambda content, tensors: content["networks"][0]["recipe"].update(hidden=[1] * 100_000, sharing="tied_layers"),
        setting("networks.0.recipe.scaling", {"name": "quantile", "knots": 1000}),
        setting("networks.0.smooth_clip", "yes"),
        setting("networks.0.units", [3]),
        setting("networks.0.units", [10**15, 1]),
        setting("networks.0.units", [-1, 1]),
        setting("networks.0.units", [2.0, 1]),
        setting("networks.0.sparse_kinds", ["numbers"]),
        setting("networks.0.tables", [4, 0]),
        setting("networks.0.tables", [0]),
        setting("networks.0.tables", None),
        setting("networks.0.edges", [2, 2]),
        setting("networks.0.edges", [10**15]),
        setting("networks.0.recipe.number_embedding", {"name": "piecewise", "bins": 4}),
        setting("networks.0.recipe.number_embedding", {"name": "periodic", "frequencies": 1024}),
        setting("schema", None),
        setting("schema.version", 99),
        setting("schema.columns", [7]),
        setting("schema.columns.0.name", 7),
        setting("schema.columns.0.name", "weight"),
        setting("schema.columns.0.kind", "text"),
        setting("schema.columns.0.kind", "dropped"),
        setting("schema.columns.2.vocabulary", ["blue", "blue", "red"]),
        setting("schema.columns.2.vocabulary", [1, 2, 3]),
        setting("schema.columns.2.vocabulary", ["blue"] * 1),
        setting("schema.columns.4.parts", ["century"]),
        setting("schema.columns.5.width", 10**15),
        setting("schema.columns.5.width", -5),
        setting("schema.sparse", ["x0"]),
        setting("schema.missing", [None]),
        tensor("weights", lambda w: -w),
        tensor("weights", lambda w: w[:2]),
        tensor("weights", lambda w: w * np.nan),
        tensor("0.parameters", lambda p: p[:-1]),
        tensor("0.parameters", lambda p: p.astype(np.float64)),
        tensor("0.parameters", lambda p: p.reshape(1, -1)),
        tensor("0.parameters", lambda p: p[:0]),
        tensor("1.centre", lambda c: c[:-1]),
        tensor("1.centre", lambda c: c * np.inf),
        tensor("1.marked", lambda m: m + 1000),
        tensor("1.marked", lambda m: m - 1000),
        tensor("1.marked", lambda m: np.arange(10**4)),
        tensor("2.places", lambda p: p + 50),
        tensor("2.places", lambda p: p - 50),
        tensor("2.places", lambda p: p.astype(np.int32)),
        tensor("2.factors", lambda f: np.append(f, 1.0)),
        tensor("2.target_low", lambda t: np.zeros(1)),
        lambda content, tensors: tensors.pop("0.scores"),
        lambda content, tensors: tensors.update(other=np.zeros(1)),
        lambda content, tensors: content.pop("schema"),
        lambda content, tensors: "[" * 100_000,
        lambda content, tensors: '{"kind": NaN}',
        lambda content, tensors: '{"kind": ' + "1" * 5000 + "}",
        lambda content, tensors: "",
        lambda content, tensors: "null",
    ],
)
def test_a_hostile_file_is_refused_in_one_sentence(
    change: Callable[[Any, Any], Any], whole: bytes, tmp_path: Path
) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(InputError) as caught:
            forge(whole, tmp_path, change)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert str(caught.value).startswith(repr(str(tmp_path / "other.wellfit")))
    assert len(str(caught.value)) < 500
    assert most < 40 * len(whole) + 10**7


def test_another_version_says_which(whole: bytes, tmp_path: Path) -> None:
    header, _ = json_of(whole)
    tensors = safetensors.numpy.load(whole)
    for version, message in (
        ("3", "newer wellfit .file version 3"),
        ("1", "earlier wellfit .file version 1"),
        ("1e9", "version is '1e9'"),
    ):
        content = safetensors.numpy.save(tensors, {**header["__metadata__"], "version": version})
        with pytest.raises(InputError, match=message):
            load_bytes(content, tmp_path)
