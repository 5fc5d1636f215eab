"""The folder of compiled kernels: the user's own, or a fresh one where somebody else could plant code in it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

import wellfit
from wellfit.numerics import cache_folder as folders
from wellfit.numerics.cache import disk_cache
from wellfit.numerics.cache_folder import cache_folder
from wellfit.numerics.sources import compiler_fingerprint

STRANGER = 12345


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Forget which folder was chosen, before and after; what is made is removed by the test."""
    monkeypatch.setattr(folders.atexit, "register", lambda *arguments: None)
    cache_folder.cache_clear()
    yield
    cache_folder.cache_clear()


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary folders are made."""
    path = tmp_path / "temporary"
    path.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(path))
    return path


def give_away(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a path somebody else's: root can do that, everybody else says to be somebody else."""
    if os.getuid() == 0:
        os.chown(path, STRANGER, STRANGER, follow_symlinks=False)
    else:
        monkeypatch.setattr(os, "getuid", lambda: STRANGER)


def test_the_named_folder_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WELLFIT_CACHE_DIR", str(tmp_path / "mine"))
    assert cache_folder() == tmp_path / "mine" / "kernels" / compiler_fingerprint()
    assert (tmp_path / "mine").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "fault",
    [
        "a file in its place",
        "others write in it",
        "others write in the folder above",
        "a stranger's",
        "above it a stranger's",
        "a link",
        "below it a link",
    ],
)
def test_where_others_can_plant_code_a_fresh_folder_is_taken(
    fault: str, temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    above, named = tmp_path / "above", tmp_path / "above" / "named"
    kernels = named / "kernels"
    kernels.mkdir(parents=True, mode=0o700)
    match fault:
        case "a file in its place":
            (kernels / compiler_fingerprint()).write_text("")
        case "others write in it":
            kernels.chmod(0o777)
        case "others write in the folder above":
            above.chmod(0o777)
        case "a stranger's":
            give_away(kernels, monkeypatch)
        case "above it a stranger's":
            give_away(above, monkeypatch)
        case "a link":
            named.rename(above / "other")
            named.symlink_to(above / "other")
        case "below it a link":
            (tmp_path / "planted").mkdir(mode=0o700)
            (kernels / compiler_fingerprint()).symlink_to(tmp_path / "planted")
    monkeypatch.setenv("WELLFIT_CACHE_DIR", str(named))
    mine = os.getuid() != STRANGER
    with pytest.warns(RuntimeWarning, match="WELLFIT_CACHE_DIR") as told:
        first = cache_folder()
        cache_folder.cache_clear()
        second = cache_folder()
    assert len(told) == 2
    if mine:  # for a user who only says to be a stranger, no folder is his own
        assert first is not None and first.parent == temporary and first.stat().st_mode & 0o777 == 0o700
        assert first != second


def test_a_fresh_folder_goes_with_its_process(tmp_path: Path) -> None:
    script = "from wellfit.numerics.cache_folder import cache_folder; print(cache_folder())"
    (tmp_path / "file").write_text("")
    given = {"WELLFIT_CACHE_DIR": str(tmp_path / "file"), "TMPDIR": str(tmp_path), "PYTHONWARNINGS": "ignore"}
    given["PYTHONPATH"] = str(Path(wellfit.__file__).parents[1])
    made = subprocess.run([sys.executable, "-c", script], env={**os.environ, **given}, capture_output=True, text=True)
    assert made.stdout.startswith(str(tmp_path / "wellfit-kernels-")), made.stderr
    assert not Path(made.stdout.strip()).exists()


def test_without_any_folder_there_is_one_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("WELLFIT_CACHE_DIR", str(tmp_path / "file"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "file"))
    with pytest.warns(RuntimeWarning, match="WELLFIT_CACHE_DIR") as told:
        assert cache_folder() is None
    assert len(told) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert cache_folder() is None
        assert disk_cache(give_away) is None
