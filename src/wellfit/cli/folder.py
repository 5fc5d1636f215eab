"""The folder of results: whether it can be written, and its three files, which appear together or not at all."""

from __future__ import annotations

import json
import os
import platform
import shutil
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import wellfit
from wellfit.cli.options import FitOptions
from wellfit.engines.compiled.run.training_run import TrainingRun
from wellfit.errors import InputError
from wellfit.models.model import Model
from wellfit.statistics.result import FitResult, as_json_values

FILES = ("history.parquet", "result.json", "model.wellfit")
LIBRARIES = ("numpy", "numba", "scipy", "scikit-learn", "polars")


def refuse_earlier_result(folder: Path, overwrite: bool) -> None:
    """InputError where a folder holds files that would be written over, unless --overwrite is given."""
    there = [name for name in FILES if (folder / name).exists()]
    if there and not overwrite:
        raise InputError(
            f"The folder {str(folder)!r} already holds {there[-1]}: choose another with --out, or give --overwrite."
        )


def make_folder(path: Path) -> bool:
    """Make a folder that can be written. Returns whether it is new.

    Raises:
        InputError: it cannot be made or written.
    """
    new = not path.exists()
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path):
            return new
    except OSError as error:
        raise InputError(f"The folder {str(path)!r} cannot be written: {error.strerror}.") from None


def remove_if_empty(folder: Path, new: bool) -> None:
    """Leave no folder behind that was made for nothing."""
    if new and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def check_writable_file(path: Path) -> None:
    """Find out before any work whether a file can be written.

    Raises:
        InputError: it cannot.
    """
    if path.is_dir():
        raise InputError(f"{str(path)!r} is a folder: name a file.")
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent):
            return
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be written: {error.strerror}.") from None


def check_not_input(out: Path, inputs: dict[str, str | Path]) -> None:
    """Refuse to write over a file that is read, under whatever path or link it is named.

    inputs: paths by what they are, such as {"the model": path}.

    Raises:
        InputError: it is one of them.
    """
    for what, path in inputs.items():
        there = Path(path).expanduser()
        same = out.samefile(there) if out.exists() and there.exists() else out.resolve() == there.resolve()
        if same:
            raise InputError(f"The result would replace {what}, for {str(out)!r} is that file: give another name.")


def write_results(
    folder: Path, model: Model, result: FitResult, population: TrainingRun, options: dict[str, Any], **extra: Any
) -> None:
    """Write model, results and history under a temporary name, then move them to their places, the model last.

    options: of the command. extra: further entries of result.json.

    Raises:
        InputError: the folder cannot be written (any more).
    """
    aside = None
    try:
        aside = Path(tempfile.mkdtemp(prefix=".writing-", dir=folder))
        population.history.write_parquet(aside / "history.parquet")
        whole = {**_versions(), "options": _plain_options(options), **result.to_plain(), **as_json_values(extra)}
        (aside / "result.json").write_text(json.dumps(whole, indent=2, allow_nan=False) + "\n")
        model.save(aside / "model.wellfit")
        for name in FILES:
            os.replace(aside / name, folder / name)
    except OSError as error:
        raise InputError(f"The results cannot be written to {str(folder)!r}: {error.strerror or error}.") from error
    finally:
        if aside is not None:
            shutil.rmtree(aside, ignore_errors=True)


def model_info(o: FitOptions) -> dict[str, Any]:
    """What a model keeps of how it was made."""
    versions = {"wellfit": wellfit.__version__, **library_versions()}
    return {"target": o.target, "table": o.table, "seed": o.seed, "versions": versions}


def _versions() -> dict[str, Any]:
    return {"wellfit": wellfit.__version__, "versions": library_versions(), "platform": platform.platform()}


def library_versions() -> dict[str, str]:
    """Of Python and the libraries that results depend on."""
    return {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}}


def _plain_options(options: dict[str, Any]) -> Any:
    return as_json_values({name: str(value) if isinstance(value, Path) else value for name, value in options.items()})
