"""How files are damaged for robustness.py: bytes, parts of JSON, cells of a table, members of a workbook."""

from __future__ import annotations

import json
import shutil
import struct
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from robustness_originals import FILES, FOLDERS

SPANS = (b"[", b"{", b'"', b"'", b"\\", b".", b"a.", b"1", b"-", b",", b";", b"\n", b"1e999", b"null", b"\0", b"\xff")
VALUES: tuple[Any, ...] = (
    None, True, False, -1, 0, 1, 2**31, 2**63, 10**30, -0.5, 1e308, "", "x" * 10_000, "\x1b[31m", "\ud800", "nan", "0x",
    "1e999", [], {}, [[]], [None], {"": None}, [1e308] * 3, "../../x", "number",
)  # fmt: skip
CELLS = (
    "", " ", "-", "NA", "None", "nan", "inf", "-Infinity", "1e999", "1e-320", "-0", "1e308", "0x1F", "1_000", "9" * 400,
    "(1,234.56)", "-$88", "12 kg", "25.4k", "1.16-", "\u22125", "1/2", "50 %", "1.234.567,89", "1'000", "\u2019",
    "\u0663", "0000-00-00", "9999-99-99", "2020-W53", "2021Q1", "Jan 2021", "24:00:00", "2024-02-30", "31/12/9999",
    "0001-01-01",
    "1700000000", "-99999999999999", "2024-01-01T00:00:00+99:99", "yes", "YES", "red ", "\ufeff", "\x00", "\x1b[31m",
    "\u202e", "\ud83d\ude00", "x" * 5000, '"', '""', "a,b", "=1+1", "#REF!", "true", "1;2", "\t", "\r", "\u00a0",
    "\uff11",
)  # fmt: skip


def write_mutant(kind: str, folder: Path, seed: int, path: Path) -> None:
    """A damaged copy of a kind's original."""
    rng = np.random.default_rng(seed)
    if kind not in FOLDERS:
        path.write_bytes(mutant(kind, (folder / FILES[kind]).read_bytes(), rng))
        return
    shutil.rmtree(path, ignore_errors=True)
    shutil.copytree(folder / FILES[kind], path)
    files = sorted(one for one in path.rglob("*") if one.is_file())
    one = files[int(rng.integers(len(files)))]
    if rng.random() < 0.05:
        one.unlink()
    elif one.suffix == ".json" and rng.random() < 0.6:
        one.write_bytes(json_mutant(one.read_bytes(), rng))
    elif one.suffix == ".safetensors" and rng.random() < 0.5:
        one.write_bytes(tensors_mutant(one.read_bytes(), rng))
    else:
        one.write_bytes(bytes_mutant(one.read_bytes(), rng))


def mutant(kind: str, original: bytes, rng: np.random.Generator) -> bytes:
    """A damaged copy of a file's content."""
    if kind == "forged":
        return tensors_mutant(original, rng, "content", "sha256")
    if kind in ("cells", "strangers"):
        return cells_mutant(original, rng)
    if kind == "xlsx parts":
        return zip_mutant(original, rng)
    if kind in ("result", "json", "records") and rng.random() < 0.5:
        return json_mutant(original, rng)
    if kind == "jsonl" and rng.random() < 0.5:
        lines = original.split(b"\n")
        k = int(rng.integers(len(lines) - 1))
        return b"\n".join([*lines[:k], json_mutant(lines[k], rng), *lines[k + 1 :]])
    return bytes_mutant(original, rng)


def bytes_mutant(original: bytes, rng: np.random.Generator) -> bytes:
    """Bits and bytes changed, parts cut out, doubled or put in, the end lost."""
    content = bytearray(original)
    for _ in range(int(rng.choice([1, 1, 1, 2, 3]))):
        begin = int(rng.integers(len(content) or 1))
        length = int(rng.choice([1, 1, 2, 8, 200]))
        match int(rng.choice([0, 0, 0, 0, 1, 2, 3, 4, 5])):
            case 0:
                content[begin : begin + 1] = bytes([int(rng.integers(256))])
            case 1:
                del content[begin : begin + length]
            case 2:
                del content[begin:]
            case 3:
                content[begin:begin] = content[begin : begin + length] * int(rng.choice([1, 100]))
            case 4:
                content[begin:begin] = SPANS[int(rng.integers(len(SPANS)))] * int(rng.choice([1, 1, 3, 5000]))
            case _:
                content[begin:begin] = rng.bytes(length)
    return bytes(content)


def json_mutant(original: bytes, rng: np.random.Generator) -> bytes:
    """One to three values replaced, removed, doubled or renamed."""
    value = json.loads(original)
    for _ in range(int(rng.integers(1, 4))):
        value = _changed(value, rng)
    return json.dumps(value).encode()


def _changed(value: Any, rng: np.random.Generator) -> Any:
    """A value with one change somewhere inside."""
    if isinstance(value, dict | list) and value and rng.random() < 0.85:
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        key = keys[int(rng.integers(len(keys)))]
        action = rng.random()
        if action < 0.06:
            del value[key]
        elif action < 0.09 and isinstance(value, list):
            value.append(value[key])
        elif action < 0.12 and isinstance(value, dict):
            value[f"{key}?"] = value.pop(key)
        else:
            value[key] = _changed(value[key], rng)
        return value
    if isinstance(value, int | float) and not isinstance(value, bool) and rng.random() < 0.4:
        return value + int(rng.integers(-2, 3))
    return VALUES[int(rng.integers(len(VALUES)))]


def tensors_mutant(original: bytes, rng: np.random.Generator, text: str = "values", digest: str = "") -> bytes:
    """A safetensors file with another value in its JSON or its numbers, and with a digest that agrees.

    text: the entry of the metadata that holds JSON. digest: that which holds the digest.
    """
    from safetensors.numpy import load, save

    size = struct.unpack("<Q", original[:8])[0]
    metadata, tensors = json.loads(original[8 : 8 + size]).get("__metadata__", {}), load(original)
    if text in metadata and rng.random() < 0.6:
        metadata[text] = json_mutant(metadata[text].encode(), rng).decode()
    else:
        name = sorted(tensors)[int(rng.integers(len(tensors)))]
        tensors[name] = _other_tensor(tensors[name].copy(), rng)
    if digest:
        from wellfit.files import digest_of

        metadata[digest] = digest_of(metadata[text], tensors)
    return bytes(save(tensors, metadata))


def _other_tensor(values: Any, rng: np.random.Generator) -> Any:
    if rng.random() < 0.2 or not values.size:
        return np.resize(values, int(rng.choice([0, 1, values.size + 1, 10_000]))) if values.size else np.zeros(3)
    if rng.random() < 0.2:
        return values.astype(np.float32 if values.dtype != np.float32 else np.float64)
    flat = values.reshape(-1)
    if values.dtype.kind == "f":
        flat[int(rng.integers(len(flat)))] = rng.choice(
            [np.nan, np.inf, -1.0, 0.0, 1e300 if values.itemsize > 4 else 3e38]
        )
    else:
        flat[int(rng.integers(len(flat)))] = rng.choice([-1, 0, 10**6 if values.itemsize > 2 else 100])
    return values


def cells_mutant(original: bytes, rng: np.random.Generator) -> bytes:
    """A CSV file, one to forty of whose cells hold something strange; sometimes all of a column do."""
    rows = [line.split(",", 5) for line in original.decode().splitlines()]
    rows = [[row[0], ",".join(row[1:-3]), *row[-3:]] for row in rows]
    column = int(rng.integers(5))
    if rng.random() < 0.2:
        few = rng.choice(len(CELLS), int(rng.integers(1, 4)))
        for row in rows[1:]:
            row[column] = CELLS[int(rng.choice(few))]
    for _ in range(int(rng.choice([1, 3, 40]))):
        row = int(rng.integers(0 if rng.random() < 0.1 else 1, len(rows)))
        rows[row][column if rng.random() < 0.7 else int(rng.integers(5))] = CELLS[int(rng.integers(len(CELLS)))]
    lines = [",".join(_quoted(cell) for cell in row) for row in rows]
    return "\n".join(lines).encode("utf-8", "surrogatepass") + b"\n"


def _quoted(cell: str) -> str:
    if cell.startswith('"') and cell.endswith('"') and len(cell) > 2:
        return cell
    return f'"{cell}"' if "," in cell else cell


def zip_mutant(original: bytes, rng: np.random.Generator) -> bytes:
    """A workbook, one of whose parts is damaged, packed rightly."""
    source, buffer = zipfile.ZipFile(BytesIO(original)), BytesIO()
    names = source.namelist()
    chosen = names[int(rng.integers(len(names)))]
    if rng.random() < 0.6:
        chosen = next(name for name in names if "sheet1.xml" in name)
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name in names:
            content = source.read(name)
            if name != chosen:
                made.writestr(name, content)
            elif rng.random() > 0.05:
                made.writestr(name, bytes_mutant(content, rng))
    return buffer.getvalue()
