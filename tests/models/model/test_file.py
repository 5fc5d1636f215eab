"""The model file: what goes in comes out to the bit; what is no whole model is refused, and never run."""

from __future__ import annotations

import pickle
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.sparse import random_array

import wellfit
from tests.models.model.changed_files import json_of, load_bytes
from tests.models.model.test_model import KINDS, bagged
from tests.training.trained import table, train
from wellfit.errors import InputError
from wellfit.models.model import Model


@pytest.mark.parametrize("kind", KINDS)
def test_a_loaded_model_predicts_the_same_bits(kind: str, tmp_path: Path) -> None:
    model = bagged(kind, weights=[1.0, 3.0, 0.5])
    model.save(tmp_path / "model.wellfit")
    again = Model.load(tmp_path / "model.wellfit")
    assert np.array_equal(again.outputs(table()), model.outputs(table()))
    assert again.predict(table()).dtype == model.predict(table()).dtype
    assert np.array_equal(again.predict(table()), model.predict(table()))
    assert again.schema == model.schema
    assert [network.recipe for network in again.networks] == [network.recipe for network in model.networks]


@pytest.mark.parametrize(
    "slots",
    [
        {"scaling": "quantile", "normalization": "batch"},
        {"skip": "residual", "normalization": "layer", "categories": 2},
        {"skip": "concatenate", "hidden": (), "class_weight": {"yes": 2.0}},
        {"activation": ({"name": "leaky_relu", "slope": 0.1}, "selu"), "dropout": {"rate": 0.3, "form": "classic"}},
        {"dropout": {"rate": {"value": 0.3, "schedule": {"name": "cosine"}}}, "schedule": "one_cycle"},
    ],
)
def test_every_technique_survives(slots: dict[str, Any], tmp_path: Path) -> None:
    member = train("binary", epochs=2, **slots)[0]
    member.save(tmp_path / "model.wellfit")
    again = wellfit.load(tmp_path / "model.wellfit")
    assert isinstance(again, Model)
    assert np.array_equal(again.outputs(table()), member.model.outputs(table()))


def test_tied_layers_with_more_units_than_parameters_survive(tmp_path: Path) -> None:
    X = np.random.default_rng(0).normal(size=(40, 2))
    recipe = wellfit.Recipe(hidden=(16,) * 40, sharing="tied_layers", skip="none", epochs=1)
    member = wellfit.train(recipe, X, X[:, 0])[0]
    assert sum(recipe.hidden) > len(member.model.networks[0].parameters)
    member.save(tmp_path / "model.wellfit")
    assert np.array_equal(Model.load(tmp_path / "model.wellfit").predict(X), member.predict(X))


def test_a_sparse_table_survives(tmp_path: Path) -> None:
    X = random_array((60, 40), density=0.2, format="csr", rng=np.random.default_rng(0))
    member = wellfit.train(wellfit.Recipe(hidden=(4,), epochs=1), X, X.sum(axis=1) > 4)[0]
    member.save(tmp_path / "model.wellfit")
    assert np.array_equal(Model.load(tmp_path / "model.wellfit").outputs(X), member.model.outputs(X))


@pytest.mark.parametrize("labels", [("1", "2", "a"), (1, 2, 5), (1.0, 2.0, 2.5), (False, 0.5, "x"), (-(2**70), 3, 4)])
def test_labels_keep_their_types(labels: tuple[Any, ...], tmp_path: Path) -> None:
    sound = bagged("classes")
    Model(sound.schema, "classes", labels, sound.networks).save(tmp_path / "model.wellfit")
    again = Model.load(tmp_path / "model.wellfit").labels
    assert again == labels
    assert [type(label) for label in again] == [type(label) for label in labels]


def test_info_survives_and_must_be_plain(tmp_path: Path) -> None:
    sound = bagged("binary")
    info = {"loss": 0.25, "rows": 120, "notes": ["a", "\u00fc"], "none": None}
    Model(sound.schema, "binary", sound.labels, sound.networks, info=info).save(tmp_path / "model.wellfit")
    assert Model.load(tmp_path / "model.wellfit").info == info
    for bad in ({"x": float("nan")}, {"x": np.zeros(2)}, {"x": {1, 2}}):
        with pytest.raises(InputError, match="info holds something else"):
            Model(sound.schema, "binary", sound.labels, sound.networks, info=bad).save(tmp_path / "bad.wellfit")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.wellfit"]


def test_a_place_that_cannot_be_written_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"):
        bagged("binary").save(tmp_path / "nowhere" / "model.wellfit")


def test_what_is_no_file_or_no_safetensors_is_refused(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("a,b\n1,2\n")
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "huge-header").write_bytes(struct.pack("<Q", 2**63) + b"{}")
    for name in ("table.csv", "empty", "huge-header"):
        with pytest.raises(InputError, match="is not a wellfit model, or was cut short"):
            Model.load(tmp_path / name)
    for path in (tmp_path, tmp_path / "absent"):
        with pytest.raises(InputError, match="A model is a file"):
            Model.load(path)
    safetensors.numpy.save_file({"w": np.zeros(3)}, tmp_path / "foreign", {"format": "pt"})
    with pytest.raises(InputError, match="safetensors file, but not a wellfit model"):
        Model.load(tmp_path / "foreign")


class Trap:
    """Executes something when it is unpickled."""

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return open, ("trapped", "w")


def test_a_pickle_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError):
        load_bytes(pickle.dumps(Trap()), tmp_path)
    assert not (tmp_path / "trapped").exists()


def test_every_truncation_is_refused(whole: bytes, tmp_path: Path) -> None:
    for size in [*range(0, 64, 7), *range(64, len(whole), len(whole) // 60), len(whole) - 1]:
        with pytest.raises(InputError):
            load_bytes(whole[:size], tmp_path)
    with pytest.raises(InputError):
        load_bytes(whole + b"\0", tmp_path)


@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_flipped_bit_is_refused(whole: bytes, tmp_path: Path, place: float, bit: int) -> None:
    content = bytearray(whole)
    content[int(place * len(whole))] ^= 1 << bit
    try:
        load_bytes(bytes(content), tmp_path)
    except InputError:
        return
    # Only what does not matter may pass: a blank of padding, or a name of metadata that nobody reads.
    assert json_of(bytes(content)) == json_of(whole)
