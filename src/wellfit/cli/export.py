"""`wellfit export`: a saved model as a file for other programs."""

from __future__ import annotations

from pathlib import Path

from wellfit.cli.machine import check_writable_file
from wellfit.errors import InputError
from wellfit.models.export import export_onnx, largest_difference
from wellfit.models.export.graph import require
from wellfit.models.model import Model


def export_model(model_path: Path, out: Path, member: int | None, check: str | None) -> list[str]:
    """Write the file, and run rows through it where asked. Returns what there is to say, a line each.

    Raises:
        InputError: the model cannot be read or exported, the file cannot be written, or the rows do not fit.
    """
    if out.suffix.lower() != ".onnx":
        raise InputError(f"A model is exported to a file whose name ends in .onnx, and {str(out)!r} came.")
    check_writable_file(out)
    for library in ("onnx",) if check is None else ("onnx", "onnxruntime"):
        require(library)
    model = Model.load(model_path)
    export_onnx(model, out, member)
    graph = require("onnx").load(str(out)).graph
    inputs, outputs = len(graph.input), ", ".join(one.name for one in graph.output)
    lines = [f"Wrote {out}: {inputs} input{'s' if inputs != 1 else ''}; outputs {outputs}."]
    if check is not None:
        lines += [_said(name, found) for name, found in largest_difference(model, out, check, member).items()]
    return lines


def _said(name: str, found: float) -> str:
    if name.endswith(("label", "labels")):
        return f"In onnxruntime {found:.2%} of {name} differ."
    size = " in parts of 1 + their size" if name.endswith("prediction") else ""
    return f"In onnxruntime {name} differ by at most {found:.1e}{size}."
