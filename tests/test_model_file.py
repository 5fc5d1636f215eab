"""The model file: what goes in comes out to the bit; what is no whole model is refused, and never run."""

from __future__ import annotations

import json
import pickle
import struct
import tracemalloc
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
from tests.test_model import KINDS, bagged
from tests.trained import table, train
from wellfit.errors import InputError
from wellfit.model import Model
from wellfit.model.file import _digest


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a sound model of three networks."""
    path = tmp_path_factory.mktemp("whole") / "model.wellfit"
    bagged("classes").save(path)
    return path.read_bytes()


def load_bytes(content: bytes, folder: Path) -> Model:
    path = folder / "other.wellfit"
    path.write_bytes(content)
    return Model.load(path)


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
    with pytest.raises(InputError, match="safetensors file, but no wellfit model"):
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


def json_of(content: bytes) -> Any:
    size = struct.unpack("<Q", content[:8])[0]
    return json.loads(content[8 : 8 + size]), content[8 + size :]


def forge(whole: bytes, folder: Path, change: Callable[[dict[str, Any], dict[str, np.ndarray]], Any]) -> Model:
    """Load a model changed by one who knows the format: content and tensors agree with their sha256."""
    header, _ = json_of(whole)
    content = json.loads(header["__metadata__"]["content"])
    tensors = safetensors.numpy.load(whole)
    text = change(content, tensors)
    text = text if isinstance(text, str) else json.dumps(content)
    metadata = {**header["__metadata__"], "content": text, "sha256": _digest(text, tensors)}
    return load_bytes(safetensors.numpy.save(tensors, metadata), folder)


def setting(path: str, value: Any) -> Callable[[Any, Any], None]:
    """A change of the content at a dotted path."""

    def change(content: Any, tensors: Any) -> None:
        *parents, leaf = [int(part) if part.isdigit() else part for part in path.split(".")]
        for parent in parents:
            content = content[parent]
        content[leaf] = value

    return change


def tensor(name: str, change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Any, Any], None]:
    """A change of a tensor."""

    def apply(content: Any, tensors: Any) -> None:
        tensors[name] = np.ascontiguousarray(change(tensors[name]))

    return apply


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
        setting("networks.0.recipe.scaling", {"name": "quantile", "knots": 1000}),
        setting("networks.0.smooth_clip", "yes"),
        setting("networks.0.units", [3]),
        setting("networks.0.units", [10**15, 1]),
        setting("networks.0.units", [-1, 1]),
        setting("networks.0.units", [2.0, 1]),
        setting("networks.0.sparse_kinds", ["numbers"]),
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


def test_a_newer_version_asks_for_an_upgrade(whole: bytes, tmp_path: Path) -> None:
    header, _ = json_of(whole)
    tensors = safetensors.numpy.load(whole)
    for version, message in (
        ("2", "newer wellfit .file version 2"),
        ("0", "version is 0"),
        ("1e9", "version is '1e9'"),
    ):
        content = safetensors.numpy.save(tensors, {**header["__metadata__"], "version": version})
        with pytest.raises(InputError, match=message):
            load_bytes(content, tmp_path)
