"""The saved model: one safetensors file, arrays as tensors and everything else as JSON. It holds no code.

Metadata of the file, all of it text:
    format   "wellfit.model"
    version  "1", raised when an older wellfit could no longer read the file rightly
    content  JSON: schema, kind, labels with their types, average, info, and a table for each network; where the model
             has them, its temperature and its intervals (rows, and how many points)
    sha256   of the content and of every tensor, so that a damaged file is not mistaken for a model

Tensors: "weights" (members,), of intervals "intervals.shares" and "intervals.residuals", and for network i
"i.parameters" and the tables of its encoding. Names, types and shapes follow from the content and are checked
against it before a tensor is read, so that a file never makes the reader reserve more memory than the file itself is
long.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.contract.network import Network
from wellfit.errors import InputError, reason
from wellfit.files import digest_of, write_atomically
from wellfit.models.model.checks import read_calibration, read_labels, read_recipe_of, read_schema, read_tasks, require
from wellfit.models.model.tensor_checks import check_values, expected_tensors
from wellfit.parsing import MOST_JSON, NONSENSE, parse_json
from wellfit.statistics.calibration import Intervals

if TYPE_CHECKING:
    from wellfit.models.model.model import Model

FORMAT, VERSION = "wellfit.model", 2
MOST_TEXT = MOST_JSON  # bytes of a file's header

Tensors = dict[str, NDArray[Any]]
M = TypeVar("M")


def save(model: Model, path: str | Path) -> None:
    """Write a model to one file, whole or not at all."""
    import safetensors.numpy

    content = _content_text(model)
    tensors = {name: np.ascontiguousarray(array) for name, array in _tensors_of(model).items()}
    metadata = {"format": FORMAT, "version": str(VERSION), "content": content, "sha256": digest_of(content, tensors)}
    if len(json.dumps(content)) + 120 * len(tensors) > MOST_TEXT:
        raise InputError(
            f"A model's columns and categories take at most {MOST_TEXT // 10**6} MB as text, and these take more: "
            "leave out columns with a value of its own in every row (drop)."
        )
    try:
        write_atomically(path, _ordered(safetensors.numpy.save(tensors, metadata)))
    except OSError as error:
        raise InputError(f"The model cannot be written to {str(path)!r}: {error.strerror or error}.") from error


def _ordered(content: bytes) -> bytes:
    """The same file with its header's keys in order, so that one model is one sequence of bytes."""
    size = int.from_bytes(content[:8], "little")
    header = json.dumps(json.loads(content[8 : 8 + size]), sort_keys=True, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + content[8 + size :]


def _content_text(model: Model) -> str:
    networks = [
        {
            "recipe": network.recipe.to_dict(),
            "smooth_clip": bool(network.encoding.smooth_clip),
            "units": [int(units) for units in network.encoding.units],
            "sparse_kinds": list(network.encoding.sparse_kinds),
            "tables": [int(rows) for rows in network.encoding.tables],
            "edges": [len(edges) for edges in network.encoding.edges],
        }
        for network in model.networks
    ]
    content: dict[str, Any] = {
        "kind": model.kind,
        "labels": [[type(label).__name__, label] for label in model.labels],
        "average": model.average,
        "schema": model.schema.to_plain(),
        "networks": networks,
        "info": model.info,
    }
    if model.tasks:
        content["tasks"] = [{**asdict(t), "labels": [[type(x).__name__, x] for x in t.labels]} for t in model.tasks]
    if model.temperature is not None:
        content["temperature"] = float(model.temperature)
    if model.intervals is not None:
        content["intervals"] = {"rows": float(model.intervals.rows), "points": len(model.intervals.shares)}
    try:
        return json.dumps(content, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(
            f"A model keeps text and finite numbers, and its info holds something else: {reason(error)}."
        ) from error


def _tensors_of(model: Model) -> Tensors:
    tensors: Tensors = {"weights": np.asarray(model.weights, np.float64)}
    if model.intervals is not None:
        for part in ("shares", "residuals"):
            tensors[f"intervals.{part}"] = np.asarray(getattr(model.intervals, part), np.float64)
    for i, network in enumerate(model.networks):
        encoding = network.encoding
        tables: Tensors = {
            "parameters": network.parameters.astype(np.float32, copy=False),
            "marked": encoding.marked.astype(np.int64, copy=False),
            "places": _joined(encoding.places, np.int64),
            "factors": _joined(encoding.factors, np.float64),
            "edges": _joined(encoding.edges, np.float64),
        }
        for name in ("centre", "scale", "knots", "scores"):
            tables[name] = np.asarray(getattr(encoding, name), np.float64)
        for name in ("target_centre", "target_scale", "target_low", "target_high"):
            tables[name] = np.asarray(getattr(encoding, name), np.float64)
        tensors |= {f"{i}.{name}": array for name, array in tables.items()}
    return tensors


def _joined(parts: Iterable[NDArray[Any]], dtype: type) -> NDArray[Any]:
    return np.concatenate([np.zeros(0, dtype), *parts]).astype(dtype)


def load(path: str | Path, build: Callable[..., M]) -> M:
    """Read a model; InputError, in one sentence, for anything else.

    build: makes the model of its fields by name.
    """
    from safetensors import SafetensorError, safe_open

    name = repr(str(path))
    if not Path(path).is_file():
        raise InputError(f"A model is a file, and {name} is not: check the path.")
    try:
        with safe_open(str(path), framework="np") as file:
            return build(**_read(file, name))
    except InputError as error:  # of the recipe or the schema, which does not name the file
        if str(error).startswith(name):
            raise
        raise InputError(f"{name} is not a complete wellfit model: {error}") from None
    except SafetensorError as error:
        raise InputError(f"{name} is not a wellfit model, or was cut short: {reason(error)}.") from error
    except OSError as error:
        raise InputError(f"The model {name} cannot be read: {error.strerror or error}.") from error
    except NONSENSE as error:
        raise InputError(f"{name} is not a complete wellfit model: {type(error).__name__}, {reason(error)}.") from error


def _read(file: Any, name: str) -> dict[str, Any]:
    """The fields of the model, by name."""
    text, stated = _checked_metadata(file.metadata() or {}, name)
    content = parse_json(text)
    require(isinstance(content, dict), name, "its content is not a table")
    known = {"kind", "labels", "average", "schema", "networks", "info"}
    known |= {"tasks"} if content.get("kind") == "tasks" else set()
    known |= {"temperature", "intervals"} & set(content)
    require(set(content) == known, name, "its content does not have the parts of a model")
    require(isinstance(content["info"], dict), name, "its info is not a table")
    networks = content["networks"]
    require(isinstance(networks, list) and len(networks) > 0, name, "it holds no network")
    schema = read_schema(content["schema"], name)
    tasks = read_tasks(content["tasks"], name) if content["kind"] == "tasks" else ()
    labels, outputs = read_labels(content["labels"], content["kind"], name)
    outputs = tasks[-1].outputs[1] if tasks else outputs
    require(not tasks or labels == tuple(task.name for task in tasks), name, "its tasks have other names")
    points = read_calibration(content, name)
    recipes = [read_recipe_of(network, content["kind"], name) for network in networks]
    wanted: dict[str, tuple[str, tuple[int, ...]]] = {"weights": ("F64", (len(networks),))}
    if points:
        wanted |= {"intervals.shares": ("F64", (points,)), "intervals.residuals": ("F64", (len(labels), points))}
    for i, (network, recipe) in enumerate(zip(networks, recipes, strict=True)):
        shapes = {name: tuple(file.get_slice(f"{i}.{name}").get_shape()) for name in ("marked", "parameters")}
        tables = expected_tensors(network, recipe, schema, outputs, shapes, name, tasks)
        wanted |= {f"{i}.{table}": entry for table, entry in tables.items()}
    require(set(file.keys()) == set(wanted), name, "its tensors are not those that its content calls for")
    for tensor, (dtype, shape) in wanted.items():
        stored = file.get_slice(tensor)
        came = stored.get_dtype(), tuple(stored.get_shape())
        require(came == (dtype, shape), name, f"tensor {tensor} is {came[0]} {came[1]}, not {dtype} {shape}")
    tensors = {tensor: file.get_tensor(tensor) for tensor in wanted}
    require(digest_of(text, tensors) == stated, name, "its bytes are not those that were written")
    made = []
    for i, (network, recipe) in enumerate(zip(networks, recipes, strict=True)):
        encoding = replace(check_values(network, tensors, i, schema, name), tasks=tasks)
        made.append(Network(recipe, encoding, content["kind"], outputs, tensors[f"{i}.parameters"]))
    found = [tensors[f"intervals.{part}"] for part in ("shares", "residuals")] if points else None
    return {
        "schema": schema,
        "kind": content["kind"],
        "labels": labels,
        "networks": tuple(made),
        "weights": tensors["weights"],
        "info": content["info"],
        "average": content["average"],
        "temperature": content.get("temperature"),
        "intervals": None if found is None else Intervals(found[0], found[1], content["intervals"]["rows"]),
    }


def _checked_metadata(metadata: Mapping[str, str], name: str) -> tuple[str, str]:
    """The content and its stated sha256, if the format and its version are known here."""
    if metadata.get("format") != FORMAT:
        raise InputError(
            f"{name} is a safetensors file, but not a wellfit model: give the file that a model was saved to."
        )
    version = metadata.get("version", "")
    require(version.isascii() and version.isdigit() and len(version) < 6, name, f"its version is {version[:20]!r}")
    if int(version) > VERSION:
        raise InputError(
            f"{name} was saved by a newer wellfit (file version {version}, and up to {VERSION} can be read here): "
            "upgrade wellfit."
        )
    if int(version) < VERSION:
        raise InputError(
            f"{name} was saved by an earlier wellfit (file version {version}, and {VERSION} is read here): train the "
            "model again, or use the version that saved it."
        )
    content = metadata.get("content", "")
    require(0 < len(content) <= MOST_TEXT, name, f"its content is {len(content)} characters long")
    return content, metadata.get("sha256", "")
