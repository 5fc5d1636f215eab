"""Unfinished runs whose files were damaged, exchanged or lost: refused in a sentence, never gone on with."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import wellfit
from tests.search.little import Little
from wellfit.engines.compiled.run.member_state import member_state
from wellfit.engines.compiled.run.training_run import make_training_run, train_run
from wellfit.engines.contract.budget import Budget
from wellfit.engines.contract.plan import Plan
from wellfit.errors import InputError
from wellfit.recipe import Recipe
from wellfit.search.race.run import run_search
from wellfit.search.race.settings import SearchSettings
from wellfit.tables import k_fold, make_target
from wellfit.tables.arrays import Arrays
from wellfit.training.checkpoint.saved_members import SavedMembers
from wellfit.training.checkpoint.sealed import read_json, write_json

X = np.random.default_rng(0).normal(size=(80, 3)).astype(np.float32)
ARRAYS, TARGET = Arrays(X, np.zeros((80, 0), np.int32)), make_target(X[:, 0] > 0)
RECIPE = Recipe(hidden=(4,), epochs=16, batch_size=32)


def search_in(folder: Path, resume: bool) -> None:
    recipes = [RECIPE.vary(hidden=(units,)) for units in (3, 4)]
    settings = SearchSettings(
        updates=60, folds=2, recipes=recipes, proposer=Little(), most_candidates=2, folder=folder, resume=resume
    )
    run_search(ARRAYS, TARGET, None, settings).save()


def bag_in(folder: Path, resume: bool) -> None:
    plans = [Plan(RECIPE, view, 0) for view in k_fold(TARGET, 2, 0)]
    run, saved = make_training_run(plans, ARRAYS, TARGET), SavedMembers(folder, "rows", plans)
    if resume:
        saved.restore(run)
    for index, member in enumerate(train_run(run, Budget(None, (5, 5))).members):
        saved.save_member(index, member_state(member))


def run_in(folder: Path, resume: bool) -> None:
    if resume:
        wellfit.resume(folder)
    else:
        wellfit.train([RECIPE] * 2, X, X[:, 0], budget=5, folder=folder)


KINDS: dict[str, Callable[[Path, bool], None]] = {"search": search_in, "bag": bag_in, "run": run_in}


@cache
def whole(kind: str, root: Path) -> Path:
    KINDS[kind](root / kind, False)
    return root / kind


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


def other_digit(content: bytes) -> bytes:
    """The content with its last digit changed: of JSON a number or a digest, of arrays a length in the header."""
    place = max(content.rfind(b"%d" % digit) for digit in range(10))
    return content[:place] + (b"1" if content[place : place + 1] != b"1" else b"2") + content[place + 1 :]


CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "cut": lambda content: content[: len(content) // 2],
    "digit": other_digit,
    "last number": lambda content: content[:-2] + bytes([content[-2] ^ 1]) + content[-1:],
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_damaged_file_is_refused(kind: str, change: str, root: Path, tmp_path: Path) -> None:
    paths = sorted(path.relative_to(whole(kind, root)) for path in whole(kind, root).rglob("*.*"))
    names = {path.stem.split("-")[0]: path for path in paths}.values()  # one of each sort
    assert {name.suffix for name in names} == {".json", ".safetensors"}
    for name in names:
        folder = tmp_path / name.stem
        shutil.copytree(whole(kind, root), folder)
        (folder / name).write_bytes(CHANGES[change]((folder / name).read_bytes()))
        with pytest.raises(InputError, match="damaged|cannot be resumed|no readable"):
            KINDS[kind](folder, True)


def test_a_network_that_a_search_has_saved_and_that_is_gone_is_missed(root: Path, tmp_path: Path) -> None:
    shutil.copytree(whole("search", root), tmp_path / "search")
    next((tmp_path / "search").rglob("member-*")).unlink()
    with pytest.raises(InputError, match="damaged .member-0000. is missing"):
        search_in(tmp_path / "search", True)


def test_what_is_written_is_read_whatever_its_keys(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"b": {10: 0.1, 9: [1e-300]}, "a": None})
    assert read_json(tmp_path / "a.json", "The file") == {"b": {"10": 0.1, "9": [1e-300]}, "a": None}


def test_a_run_of_an_earlier_version_is_not_called_damaged(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text('{"format": 2}')
    with pytest.raises(InputError, match="another version of wellfit"):
        read_json(path, "The plan")
