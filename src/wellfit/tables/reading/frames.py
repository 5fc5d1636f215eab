"""Tables that are in memory already: pandas, polars and Arrow frames, NumPy arrays, lists, dicts, sparse matrices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import narwhals as nw
import numpy as np
import polars as pl
from numpy.typing import NDArray

from wellfit.errors import InputError, quoted
from wellfit.tables.reading.first_lines import require_distinct
from wellfit.tables.reading.whole_text import text_column, whole_text

_SHAPES = "a table has two dimensions (rows, columns)"


def is_sparse(source: Any) -> bool:
    """Whether this is a scipy sparse matrix or array, told without importing scipy."""
    return type(source).__module__.startswith("scipy.sparse")


def sparse_of(source: Any) -> Any:
    """A CSR array (rows, columns) of float32 with rising column numbers, infinities refused."""
    from scipy.sparse import csr_array

    if len(source.shape) != 2:
        raise InputError(f"A sparse table has two dimensions (rows, columns), and this has shape {source.shape}.")
    if np.issubdtype(source.dtype, np.complexfloating) or source.dtype == object:
        raise InputError(
            f"A table holds real numbers, and the sparse matrix holds {source.dtype} (Complex data not supported)."
        )
    matrix = csr_array(source.tocsr(), copy=True)
    matrix.sum_duplicates()
    matrix.sort_indices()
    wide = matrix.data
    with np.errstate(over="ignore"):
        matrix = matrix.astype(np.float32)
    bad = np.flatnonzero(np.isinf(matrix.data))
    if bad.size:
        row = int(np.searchsorted(matrix.indptr, bad[0], side="right"))
        column = int(matrix.indices[bad[0]])
        raise InputError(
            f"Numbers must be finite (no infinity) in float32, "
            f"and column x{column} of the sparse matrix has {wide[bad[0]]} in row {row}."
        )
    return matrix


def columns_of(source: Any) -> tuple[list[pl.Series], str]:
    """Columns of anything in memory that is a table, and what to call it in messages."""
    if isinstance(source, np.ndarray):
        return _of_array(source), "the array"
    if isinstance(source, Mapping):
        return _of_mapping(source), "the dict of columns"
    _check_names(source)
    native: Any = nw.from_native(source, pass_through=True, allow_series=True)
    if isinstance(native, nw.LazyFrame):
        native = native.collect()
    if isinstance(native, nw.Series):
        raise InputError(
            f"{_SHAPES.capitalize()}; got a single column: pass a frame of one column (Reshape your data)."
        )
    if isinstance(native, nw.DataFrame):
        return _of_frame(native), f"the {native.implementation.value} frame"
    if hasattr(source, "__arrow_c_stream__"):
        return _of_frame(nw.from_native(pl.DataFrame(source))), "the Arrow stream"
    if isinstance(source, Sequence) and not isinstance(source, str | bytes):
        return _of_rows(source), "the list of rows"
    if hasattr(source, "__array__"):
        return _of_array(np.asarray(source)), "the array"
    raise InputError(
        f"A table is a path, a frame, a two-dimensional array or a list of rows; got {type(source).__name__}."
    )


def _check_names(source: Any) -> None:
    """Refuse two columns of one name in a frame: narwhals would stop at them with words of its own."""
    columns = getattr(source, "columns", ()) if hasattr(source, "iloc") else getattr(source, "column_names", ())
    if isinstance(columns, Iterable):
        names = [str(name).strip() for name in columns]
        require_distinct(names, f"the {type(source).__module__.split('.')[0]} frame")


def _of_array(array: NDArray[Any]) -> list[pl.Series]:
    """Columns x0, x1, ... of an array, or its field names where it is structured."""
    if array.dtype.names:
        return _of_mapping({name: array[name] for name in array.dtype.names})
    if array.ndim != 2:
        advice = "use X.reshape(-1, 1) for one column and X.reshape(1, -1) for one row (Reshape your data)"
        raise InputError(f"{_SHAPES.capitalize()}; got an array of shape {array.shape}: {advice}.")
    if array.shape[1] == 0:
        raise InputError(
            f"A table needs columns, and the array has none: 0 feature(s) (shape={array.shape}) while a minimum of 1 "
            "is required."
        )
    return [cells_of(array[:, i], f"x{i}") for i in range(array.shape[1])]


def _of_mapping(source: Mapping[Any, Any]) -> list[pl.Series]:
    columns = [_named(values, whole_text(str(name)).strip()) for name, values in source.items()]
    for column in columns:
        if len(column) != len(columns[0]):
            raise InputError(
                f"Columns must have the same number of rows, and {quoted(columns[0].name)} has {len(columns[0])} where "
                f"{quoted(column.name)} has {len(column)}."
            )
    return columns


def _named(values: Any, name: str) -> pl.Series:
    """One column of a dict: a column of polars as it is, for NumPy lacks some of its types."""
    return values.alias(name) if isinstance(values, pl.Series) else cells_of(_vector(values), name)


def _of_rows(rows: Sequence[Any]) -> list[pl.Series]:
    """Columns x0, x1, ... of a list of rows, or named ones of a list of dicts."""
    if rows and all(isinstance(row, Mapping) for row in rows):
        names = list(dict.fromkeys(name for row in rows for name in row))
        return _of_mapping({name: [row.get(name) for row in rows] for name in names})
    if not all(isinstance(row, Sequence | np.ndarray) and not isinstance(row, str | bytes) for row in rows):
        raise InputError(f"{_SHAPES.capitalize()}; got a flat list: pass a list of rows (Reshape your data).")
    for number, row in enumerate(rows, start=1):
        if len(row) != len(rows[0]):
            raise InputError(
                f"Every row must have as many cells as the first, "
                f"which has {len(rows[0])}, and row {number} has {len(row)}."
            )
    return [cells_of(_vector(list(values)), f"x{i}") for i, values in enumerate(zip(*rows, strict=True))]


def _of_frame(frame: nw.DataFrame[Any]) -> list[pl.Series]:
    """Columns of a frame under their names without blanks around them."""
    native = nw.to_native(frame)
    names = [whole_text(str(name)).strip() for name in frame.columns]
    if frame.implementation.is_polars():
        return [column.alias(name) for column, name in zip(native.get_columns(), names, strict=True)]
    if frame.implementation.is_pandas_like():
        return [_of_pandas(native.iloc[:, i], name) for i, name in enumerate(names)]
    columns = pl.DataFrame(pl.from_arrow(frame.to_arrow())).get_columns()
    return [column.alias(name) for column, name in zip(columns, names, strict=True)]


def _of_pandas(series: Any, name: str) -> pl.Series:
    """A column of pandas without going through Arrow, which refuses columns of mixed objects."""
    kind = type(series.dtype).__name__
    if kind == "CategoricalDtype":
        words = cells_of(series.cat.categories.to_numpy(), name).cast(pl.String)
        codes = pl.Series(series.cat.codes.to_numpy().astype(np.int64))
        return words.gather(codes.set(codes < 0, None)).cast(pl.Categorical).alias(name)
    if kind == "DatetimeTZDtype":
        series = series.dt.tz_convert("UTC").dt.tz_localize(None)
    elif kind == "PeriodDtype":
        series = series.dt.to_timestamp()
    elif kind == "SparseDtype":
        series = series.sparse.to_dense()
    elif not isinstance(series.dtype, np.dtype):
        return _of_nullable(series, name)
    return cells_of(series.to_numpy(), name)


def _of_nullable(series: Any, name: str) -> pl.Series:
    """A column of an extension type that has its own missing value: integers keep all their digits."""
    gone = series.isna().to_numpy(dtype=bool)
    kind = getattr(series.dtype, "kind", "O")
    if kind in "iufb" and not gone.all():
        whole = series.fillna(series[~gone].iloc[0]).to_numpy(
            dtype={"b": bool, "i": np.int64, "u": np.uint64}.get(kind, float)
        )
        return pl.Series(name, whole).set(pl.Series(gone), None)
    cells = series.to_numpy(dtype=object).copy()
    cells[gone] = None
    if type(series.dtype).__name__ == "StringDtype":
        return text_column(name, cells.tolist())  # as a list: of an array polars trusts the first cell
    return cells_of(cells, name)


def _vector(values: Any) -> NDArray[Any]:
    """Cells as a one-dimensional array; a mixture of kinds stays a mixture of objects."""
    if isinstance(values, np.ndarray):
        return values
    if hasattr(values, "to_numpy"):
        return np.asarray(values.to_numpy())
    values = list(values)
    kinds = {type(value) for value in values}
    if kinds <= {int, float, np.float64, np.float32, np.int64} and not any(
        abs(v) >= 2**63 for v in values if isinstance(v, int)
    ):
        return np.asarray(values) if values else np.empty(0)
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out


def cells_of(array: NDArray[Any], name: str) -> pl.Series:
    """A one-dimensional array of any type as a column: numbers, booleans, times, or text."""
    if array.ndim != 1:
        raise InputError(f"A column has one dimension, and {quoted(name)} has shape {array.shape}.")
    if array.dtype.kind == "c":
        raise InputError(
            f"A table holds real numbers, and column {quoted(name)} holds complex ones (Complex data not supported)."
        )
    if array.dtype.kind == "f" and array.dtype.itemsize not in (4, 8):
        array = array.astype(np.float32 if array.dtype.itemsize == 2 else np.float64)
    if array.dtype.kind == "S":
        array = np.char.decode(array, "utf-8", "replace")
    if array.dtype.kind == "U":
        return text_column(name, array.tolist())
    if array.dtype.kind in "mM":
        return pl.Series(name, array.astype(f"{array.dtype.kind}8[us]"))
    if array.dtype.kind == "O" or array.dtype.kind not in "biuf":
        return _of_objects(array.tolist(), name)
    return pl.Series(name, np.ascontiguousarray(array))


def _of_objects(values: list[Any], name: str) -> pl.Series:
    """Python values: of one kind they keep it, a mixture becomes text. None and NaN are missing."""
    cells = [None if value is None or value != value else value for value in map(_plain, values)]
    kinds = {type(value) for value in cells} - {type(None)}
    text = [None if cell is None else str(cell) for cell in cells]
    if len(kinds) > 1 and kinds != {int, float}:
        return text_column(name, text)
    try:
        return pl.Series(name, cells, dtype=pl.Float64 if kinds == {int, float} else None)
    except (pl.exceptions.PolarsError, TypeError, OverflowError, UnicodeEncodeError):
        return text_column(name, text)


def _plain(value: Any) -> Any:
    """NumPy's scalars as Python's, pandas's missing values as None."""
    if isinstance(value, np.generic):
        return value.item()
    if type(value).__name__ in ("NAType", "NaTType"):
        return None
    return value
