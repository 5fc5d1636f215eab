"""`wellfit predict` and `wellfit export`: a saved model predicts a table, or becomes an ONNX file."""

from __future__ import annotations

import gzip
import io
from pathlib import Path
from typing import TYPE_CHECKING

from wellfit.cli.folder import check_not_input, check_writable_file
from wellfit.cli.later_table import read_later_table
from wellfit.cli.output import tell, write_out
from wellfit.cli.screen import counted
from wellfit.errors import InputError
from wellfit.files import write_atomically
from wellfit.models.export import export_onnx, largest_difference
from wellfit.models.export.graph import require
from wellfit.models.model import Model, Predictor
from wellfit.numerics.cache import is_cold
from wellfit.numerics.cores import usable_cores
from wellfit.tables.arrays import Arrays
from wellfit.tables.reading.pictures import FILE

if TYPE_CHECKING:
    import polars

ENDINGS = (".csv", ".tsv", ".csv.gz", ".tsv.gz", ".parquet")


def predict_table(model_path: Path, table: str, out: Path | None, jobs: int | None, sheet: str | None = None) -> None:
    """Predict each row and write the result, or print it as CSV.

    Raises:
        InputError: the model or the table cannot be read or do not fit, or the file cannot be written.
    """
    if out is not None:
        if not out.name.lower().endswith(ENDINGS):
            raise InputError(f"--out takes a name that ends in {', '.join(ENDINGS)}; got {str(out)!r}.")
        check_not_input(out, {"the table that is predicted": table, "the model": model_path})
        check_writable_file(out)
    model = Model.load(model_path)
    if model.score_sentence:
        tell(f"Expected of this model: {model.score_sentence}.")
    rows, arrays = read_later_table(model, table, sheet)
    frame = predictions(model, arrays, jobs or usable_cores())
    if rows.beside is not None and rows.beside.names[0] == FILE:
        frame.insert_column(0, rows.beside.series(FILE))
    if out is None:
        write_out(frame.write_csv())
        return
    try:
        write_atomically(out, _encoded(frame, out.name.lower()))
    except OSError as error:
        raise InputError(f"{str(out)!r} cannot be written: {error.strerror or error}.") from None


def predictions(model: Predictor, arrays: Arrays, jobs: int) -> polars.DataFrame:
    """A column `prediction`, and for classes a column `probability_<class>` each; of several tasks with the task's name
    in front, `<task>: prediction`.
    """
    import polars

    if isinstance(model, Model) and model.tasks:
        parts = {task.name: predictions(model.task(task.name), arrays, jobs) for task in model.tasks}
        named = [part.rename({c: f"{name}: {c}" for c in part.columns}) for name, part in parts.items()]
        return polars.concat(named, how="horizontal")
    if is_cold():
        tell("Compiling, once for this machine and version: about 10 s.")
    if model.kind in ("numbers", "counts"):
        values = model.outputs_of_arrays(arrays, n_jobs=jobs)
        names = ["prediction"] if values.shape[1] == 1 else [f"prediction_{label}" for label in model.labels]
        return polars.DataFrame({name: values[:, k] for k, name in enumerate(names)})
    probabilities = model.probabilities_of_arrays(arrays, n_jobs=jobs)
    decided = model.decide(probabilities)
    labels = [str(label) for label in decided] if decided.dtype == object else decided.tolist()
    columns = {f"probability_{label}": probabilities[:, k] for k, label in enumerate(model.labels)}
    return polars.DataFrame({"prediction": labels, **columns})


def _encoded(frame: polars.DataFrame, name: str) -> bytes:
    buffer = io.BytesIO()
    if name.endswith(".parquet"):
        frame.write_parquet(buffer)
        return buffer.getvalue()
    frame.write_csv(buffer, separator="\t" if ".tsv" in name else ",")
    return gzip.compress(buffer.getvalue(), mtime=0) if name.endswith(".gz") else buffer.getvalue()


def export_model(model_path: Path, out: Path, member: int | None, check: str | None) -> list[str]:
    """Write the file, and compare its predictions on a table, if one is given. Returns sentences on what was done.

    Raises:
        InputError: the model cannot be read or exported, the file cannot be written, or the rows do not fit.
    """
    if out.suffix.lower() != ".onnx":
        raise InputError(f"A model is exported to a file whose name ends in .onnx; got {str(out)!r}.")
    check_not_input(out, {"the model": model_path, **({} if check is None else {"the table of --check": check})})
    check_writable_file(out)
    for library in ("onnx",) if check is None else ("onnx", "onnxruntime"):
        require(library)
    model = Model.load(model_path)
    export_onnx(model, out, member)
    graph = require("onnx").load(str(out)).graph
    inputs, outputs = len(graph.input), ", ".join(one.name for one in graph.output)
    lines = [f"Wrote {out}: {counted(inputs, 'input')}; outputs {outputs}."]
    if check is not None:
        found = largest_difference(model, out, check, member)
        lines += [_difference_in_words(name, value) for name, value in found.items()]
    return lines


def _difference_in_words(name: str, found: float) -> str:
    if name.endswith(("label", "labels")):
        return f"In onnxruntime {found:.2%} of {name} differ."
    size = " in parts of 1 + their size" if name.endswith("prediction") else ""
    return f"In onnxruntime {name} differ by at most {found:.1e}{size}."
