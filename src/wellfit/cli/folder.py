"""The folder of results: whether it can be written, and its files, each of which appears whole or not at all."""

from __future__ import annotations

import io
import json
import os
import platform
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import wellfit
from wellfit.cli.options import FitOptions
from wellfit.engines.compiled.run.training_run import TrainingRun
from wellfit.errors import InputError, reason
from wellfit.files import write_atomically
from wellfit.models.model import Model
from wellfit.statistics.result import FitResult, as_json_values

REPORTS = ("report.json", "report.md", "report.html", "report_data.json")
FILES = ("probes.parquet", "history.parquet", "result.json", "model.wellfit")
SAVED_SEARCH, SAVED_BAG = "search", "training"  # folders inside that of the results, of runs that are not over
LIBRARIES = ("numpy", "numba", "scipy", "scikit-learn", "polars")


def check_name(folder: Path) -> None:
    """Refuse a folder whose name is not text, which the formats that are written there cannot name.

    Raises:
        InputError: it is not.
    """
    try:
        str(folder).encode()
    except UnicodeEncodeError:
        raise InputError(f"The name of a folder is text in UTF-8; got {str(folder)!r}: choose another.") from None


def refuse_earlier_result(folder: Path, overwrite: bool) -> bool:
    """InputError where a folder holds files that would be written over, unless --overwrite is given.

    Returns whether it holds some.
    """
    there = [name for name in (*REPORTS, *FILES) if (folder / name).exists()]
    if there and not overwrite and any((folder / saved).is_dir() for saved in (SAVED_SEARCH, SAVED_BAG)):
        raise InputError(f"{str(folder)!r} holds an interrupted run: continue it with --resume, or give --overwrite.")
    if there and not overwrite:
        raise InputError(
            f"The folder {str(folder)!r} already holds {there[-1]}: choose another with --out, or give --overwrite."
        )
    return bool(there)


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


def remove_if_empty(folder: Path, new: bool, saved: Path) -> None:
    """Leave no folder behind that was made for nothing. saved: that of the unfinished run inside it."""
    if saved.is_dir() and not any(saved.iterdir()):
        saved.rmdir()
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
    """Write model, results, history and probes, each whole or not at all.

    Those of an earlier run are replaced, or removed where they would stand beside another model.

    options: of the command. extra: further entries of result.json.

    Raises:
        InputError: not all could be written; it says which could.
    """
    whole = {**facts_of(options), **result.to_plain(), **as_json_values(extra)}
    writers: dict[str, Callable[[Path], None]] = {
        "model.wellfit": model.save,
        "result.json": lambda path: write_atomically(
            path, f"{json.dumps(whole, indent=2, allow_nan=False)}\n".encode()
        ),
        "history.parquet": lambda path: write_atomically(path, _parquet(population.history)),
    }
    if population.probed_every is not None:
        writers["probes.parquet"] = lambda path: write_atomically(path, _parquet(population.probes))
    earlier = [name for name in FILES if (folder / name).exists()]
    written: list[str] = []
    failed: dict[str, str] = {}
    for name, write in writers.items():
        try:
            write(folder / name)
            written.append(name)
        except (OSError, InputError) as error:
            cause = error.__cause__ or error
            failed[name] = getattr(cause, "strerror", None) or reason(cause)
            if earlier and not written:
                break  # no new model: the earlier files stay as they are
            if name in earlier:  # it is of another model
                (folder / name).unlink(missing_ok=True)
    if written:  # the earlier ones are of another model
        for name in [*REPORTS, *([] if "probes.parquet" in writers else ["probes.parquet"])]:
            (folder / name).unlink(missing_ok=True)
    if failed:
        there = f"{' and '.join(written)} could" if written else "nothing could"
        raise InputError(
            f"{' and '.join(failed)} cannot be written to {str(folder)!r} ({next(iter(failed.values()))}); "
            f"{there} be saved. Make room there, or give another folder with --out."
        )


def _parquet(table: Any) -> bytes:
    """A table as a file, made in memory: what a full disk would do to the library's own writing is its affair."""
    buffer = io.BytesIO()
    table.write_parquet(buffer)
    return buffer.getvalue()


def model_info(o: FitOptions) -> dict[str, Any]:
    """What a model keeps of how it was made."""
    versions = {"wellfit": wellfit.__version__, **library_versions()}
    return {"target": o.target, "table": as_text(o.table), "seed": o.seed, "versions": versions}


def facts_of(options: dict[str, Any]) -> dict[str, Any]:
    """Versions, platform, options and the folder from which they name files, as result.json holds them."""
    versions = {"wellfit": wellfit.__version__, "versions": library_versions(), "platform": platform.platform()}
    return {**versions, "options": _plain_options(options), "working_folder": as_text(os.getcwd())}


def library_versions() -> dict[str, str]:
    """Of Python and the libraries that results depend on."""
    return {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}}


def _plain_options(options: dict[str, Any]) -> Any:
    plain = {name: str(value) if isinstance(value, Path) else value for name, value in options.items()}
    return as_json_values({name: as_text(value) if isinstance(value, str) else value for name, value in plain.items()})


def as_text(path: str) -> str:
    """A path as text that any file can hold: bytes that are not UTF-8 are escaped."""
    return path.encode("utf-8", "backslashreplace").decode()
