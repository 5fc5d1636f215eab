"""The file as a whole: the checker, a machine without wellfit, the command, and what is refused."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import polars as pl
import pytest

import wellfit
from tests.models.export.networks import model, run, table
from tests.training import trained
from wellfit.errors import InputError
from wellfit.models.export import forward, largest_difference, onnx_inputs
from wellfit.models.export.file import onnx_content
from wellfit.models.export.prediction import label_table
from wellfit.recipe import Recipe
from wellfit.techniques.network.activation import Activation, ReLU

ELSEWHERE = """
import sys
sys.modules["wellfit"] = None
import numpy as np, onnxruntime
session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
feeds = dict(np.load(sys.argv[2], allow_pickle=True))
label, probabilities = session.run(["label", "probabilities"], feeds)
assert not [name for name in sys.modules if name.startswith("wellfit.")]
np.save(sys.argv[3], probabilities)
"""


def test_a_file_runs_where_wellfit_is_not(tmp_path: Path) -> None:
    made, new = model(Recipe(hidden=(6,)), "classes"), table(20, 3, new=True)
    paths = [tmp_path / name for name in ("model.onnx", "cells.npz", "said.npy")]
    made.export_onnx(paths[0])
    onnx.checker.check_model(str(paths[0]), full_check=True)
    np.savez(paths[1], **onnx_inputs(made.schema, new))
    subprocess.run([sys.executable, "-c", ELSEWHERE, *map(str, paths)], check=True)
    np.testing.assert_allclose(np.load(paths[2]), made.predict_proba(new, compiled=False), atol=1e-6)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_trained_member_by_its_compiled_predictions(tmp_path: Path) -> None:
    X, path = trained.table().drop("words"), tmp_path / "one.onnx"
    population = wellfit.train(Recipe(hidden=(8, 6), epochs=2), X, trained.targets("classes"))
    population[0].model.export_onnx(path)
    found = largest_difference(population[0].model, path, X)
    assert found["label"] == 0 and found["probabilities"] < 1e-6


def test_a_difference_is_found(tmp_path: Path) -> None:
    made, path, X = model(Recipe(hidden=(6,)), "numbers"), tmp_path / "m.onnx", table(30, 2)
    made.export_onnx(path)
    assert largest_difference(made, path, X)["prediction"] < 1e-6
    other = replace(made, weights=[2.0, 1.0])
    assert largest_difference(other, path, X)["prediction"] > 1e-4


def test_what_members_share_is_stored_once() -> None:
    made = model(Recipe(hidden=(64,)), members=1)
    twice = replace(made, networks=made.networks * 2, weights=None)
    assert len(onnx_content(twice)) < 1.05 * len(onnx_content(made))


def test_the_same_model_is_the_same_file() -> None:
    made = model(Recipe(hidden=(6,), number_embedding="periodic"))
    assert onnx_content(made) == onnx_content(made)


@pytest.mark.parametrize(
    ("labels", "kind"), [(("a", "b"), 8), ((1, 2), 7), ((True, False), 9), ((0.5, 1.5), 11), (("a", 1), 8)]
)
def test_class_names_keep_their_type(labels: Any, kind: int) -> None:
    made = replace(model(Recipe(hidden=(4,))), labels=labels)
    assert label_table(labels)[1] == kind
    came = run(onnx_content(made), onnx_inputs(made.schema, table(20, 1)))["label"]
    wanted = [labels[k] for k in made.predict_proba(table(20, 1), compiled=False).argmax(axis=1)]
    assert came.tolist() == ([str(one) for one in wanted] if kind == 8 else wanted)


@pytest.mark.parametrize("missing", ["onnx", "onnxruntime"])
def test_a_missing_library_is_named_with_the_way_out(
    missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, path = model(Recipe(hidden=(4,))), tmp_path / "m.onnx"
    made.export_onnx(path)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(InputError, match=rf'needs the library {missing},.*pip install "wellfit\[onnx\]"'):
        if missing == "onnx":
            made.export_onnx(path)
        else:
            largest_difference(made, path, table(5, 1))


def test_what_is_not_known_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    made = model(Recipe(hidden=(4,), activation="relu"))
    with pytest.raises(InputError, match="from 0 to 1 in this model; got 2"):
        onnx_content(made, member=2)
    monkeypatch.setattr(ReLU, "onnx", Activation.onnx)
    with pytest.raises(InputError, match="the activation 'relu', which cannot be exported"):
        onnx_content(made)
    monkeypatch.delitem(forward.OPERATIONS, "linear")
    with pytest.raises(InputError, match="a node of kind 'linear', which cannot be exported"):
        onnx_content(made)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written to"):
        model(Recipe(hidden=(4,))).export_onnx(tmp_path / "no" / "m.onnx")


@pytest.fixture
def saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a model and a table."""
    monkeypatch.chdir(tmp_path)
    model(Recipe(hidden=(4,)), "classes").save("m.wellfit")
    table(40, 4).write_csv("rows.csv", datetime_format="%Y-%m-%d %H:%M")
    return tmp_path


def _command(*words: str) -> int:
    from wellfit.cli import run as run_command

    return run_command(list(words))


def test_the_command_exports_and_checks(saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _command("export", "m.wellfit", "m.onnx", "--check", "rows.csv") == 0
    out = capsys.readouterr().out
    assert "10 inputs" in out and "label, probabilities" in out and "probabilities differ by at most" in out
    assert _command("export", "m.wellfit", "one.onnx", "--member", "1", "--check", "rows.csv") == 0
    feeds = onnx_inputs(model(Recipe(hidden=(4,)), "classes").schema, pl.read_csv("rows.csv"))
    assert set(run((saved / "one.onnx").read_bytes(), feeds)) == {"label", "probabilities"}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("none.wellfit", "m.onnx"), "none.wellfit"),
        (("m.wellfit", "m.onnx", "--member", "7"), "from 0 to 1"),
        (("m.wellfit", "no/m.onnx"), "'no/m.onnx' cannot be written"),
        (("m.wellfit", "m.txt"), "ends in .onnx"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(
    saved: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], sentence: str
) -> None:
    assert _command("export", *words) == 2
    err = capsys.readouterr().err
    assert sentence in err and err.count("\n") == 1
    assert not (saved / "m.onnx").exists()
