"""`wellfit predict`: a table in, a table of predictions out, rows in order."""

from __future__ import annotations

import io
import sys
from pathlib import Path

from wellfit.cli.machine import available_cores, check_writable_file
from wellfit.model import Model


def predict_table(model_path: Path, table: str, out: Path | None, jobs: int | None) -> None:
    """Predict each row and write the result, or print it as CSV.

    Raises:
        InputError: the model or the table cannot be read or do not fit, or the file cannot be written.
    """
    import polars

    from wellfit.files import write_atomically

    if out is not None:
        check_writable_file(out)
    model = Model.load(model_path)
    arrays = model.arrays(table)
    jobs = jobs or available_cores()
    columns = {}
    if model.kind in ("binary", "classes"):
        probabilities = model.probabilities_of_arrays(arrays, n_jobs=jobs)
        columns["prediction"] = polars.Series(model.decide(probabilities).tolist())
        for k, label in enumerate(model.labels):
            columns[f"probability_{label}"] = polars.Series(probabilities[:, k])
    else:
        values = model.outputs_of_arrays(arrays, n_jobs=jobs)
        names = ["prediction"] if values.shape[1] == 1 else [f"prediction_{label}" for label in model.labels]
        columns = {name: polars.Series(values[:, k]) for k, name in enumerate(names)}
    frame = polars.DataFrame(columns)
    if out is None:
        sys.stdout.write(frame.write_csv())
        return
    buffer = io.BytesIO()
    if out.suffix == ".parquet":
        frame.write_parquet(buffer)
    else:
        frame.write_csv(buffer)
    write_atomically(out, buffer.getvalue())
