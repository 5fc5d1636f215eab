"""Tables in memory: every library's types end as the same columns."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse as sp

from wellfit.errors import InputError
from wellfit.tables import Table, read_table


def cells(source: Any, name: str = "a") -> list[Any]:
    return read_table(source).series(name).to_list()


@pytest.mark.parametrize(
    ("column", "wanted"),
    [
        (pd.array([2**60 + 1, None], dtype="Int64"), [2**60 + 1, None]),
        (pd.array([True, None], dtype="boolean"), [True, None]),
        (pd.array(["q", None], dtype="string"), ["q", None]),
        (pd.Categorical(["x", None]), ["x", None]),
        (pd.Categorical([3, 4]), ["3", "4"]),
        (pd.to_datetime(["2020-01-01", None]), [datetime.datetime(2020, 1, 1), None]),
        (pd.to_datetime(["2020-01-01T00:00+02:00"] * 2), [datetime.datetime(2019, 12, 31, 22)] * 2),
        (pd.arrays.SparseArray([0.0, 1.0]), [0.0, 1.0]),
        (
            pd.PeriodIndex(["2020-01", "2020-02"], freq="M"),
            [datetime.datetime(2020, 1, 1), datetime.datetime(2020, 2, 1)],
        ),
        (pd.Series([1, "b"], dtype=object), ["1", "b"]),
        (pd.Series([1, None], dtype=object), [1, None]),
        (pd.Series([1.5, float("nan")]), [1.5, None]),
        (pd.Series([" 12 ", "?"], dtype=object), [12, None]),
    ],
)
def test_pandas_types(column: Any, wanted: list[Any]) -> None:
    assert cells(pd.DataFrame({"a": column})) == wanted


def test_arrow_with_types() -> None:
    table = pa.table({"a": pa.array(["x", None]).dictionary_encode(), "d": pa.array([1, None], pa.decimal128(5, 1))})
    assert cells(table) == ["x", None]
    assert cells(table, "d") == [1.0, None]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int8", "uint64", "bool", "U3", "S3", "longdouble"])
def test_numpy_types(dtype: str) -> None:
    table = read_table(np.array([[1, 0], [0, 1]]).astype(dtype))
    assert table.names == ("x0", "x1")
    assert [int(float(cell)) for cell in table.series("x1").cast(pl.String).replace({"false": "0", "true": "1"})] == [
        0,
        1,
    ]


def test_object_array_types_each_column() -> None:
    table = read_table(np.array([["a", 1, None], [None, 2.5, "3"]], dtype=object))
    assert table.frame is not None
    assert table.frame.to_dict(as_series=False) == {"x0": ["a", None], "x1": [1.0, 2.5], "x2": [None, 3]}


def test_lists_dicts_and_records() -> None:
    assert cells([["u", 1], ["v", 2]], "x0") == ["u", "v"]
    assert cells([{"a": 1}, {"b": 2}]) == [1, None]
    assert cells(np.array([(1, "s")], dtype=[("a", int), ("b", "U3")]), "b") == ["s"]


def test_f_ordered_and_strided_arrays_are_the_same() -> None:
    base = np.arange(24.0).reshape(6, 4)
    for other in (np.asfortranarray(base), np.repeat(base, 2, axis=0)[::2]):
        assert read_table(other).frame.equals(read_table(base).frame)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (np.arange(4), "Reshape your data"),
        (np.ones((2, 2, 2, 2, 2)), "rows, columns"),
        (np.empty((0, 3)), "0 sample"),
        (np.empty((3, 0)), r"0 feature\(s\) \(shape=\(3, 0\)\)"),
        (np.array([[1 + 2j]]), "Complex data not supported"),
        ([[1, 2], [3]], "row 2 has 1"),
        ([1, 2], "Reshape your data"),
        ({"a": [1, 2], "b": [1]}, "'a' has 2 where 'b' has 1"),
        (5, "got int"),
        (pd.Series([1, 2]), "Reshape your data"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "both called 'a'"),
        (pd.DataFrame({1: [1], "1": [2]}), "both called '1'"),
        (sp.csr_array(np.array([[1.0, np.inf]])), "column x1 .* in row 1"),
        (sp.csr_array((3, 0)), "0 feature"),
    ],
)
def test_refused(source: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_table(source)


def test_sparse_of_any_format_is_sorted_rows() -> None:
    dense = np.array([[0, 2, 3], [4, 0, 0], [0, 0, 0], [1, 0, 5]], dtype=float)
    double = sp.coo_array(([1.0, 3.0, 2.0], ([0, 0, 0], [2, 2, 1])), shape=(1, 3))
    assert read_table(double).sparse.toarray().tolist() == [[0, 2, 4]]
    for form in ("csr", "csc", "coo", "lil", "dok"):
        matrix = read_table(sp.csr_matrix(dense).asformat(form)).sparse
        assert matrix.has_sorted_indices
        np.testing.assert_array_equal(matrix.toarray(), dense)


def test_sparse_source_is_left_as_it_was() -> None:
    matrix = sp.csr_array((np.array([3.0, 2.0]), np.array([2, 1]), np.array([0, 2])), shape=(1, 3))
    read_table(matrix)
    assert matrix.indices.tolist() == [2, 1]


def test_take_and_column() -> None:
    table = read_table({"n": [1, 2, 3], "s": ["a", None, "c"]})
    part = table.take([2, 0])
    assert part.column("n").tolist() == [3, 1]
    assert part.column("s").tolist() == ["c", "a"]
    assert isinstance(part, Table)
    sparse = read_table(sp.csr_array(np.eye(3))).take([2])
    assert sparse.column("x2").tolist() == [1.0]
    with pytest.raises(InputError, match="did you mean 'n'"):
        table.column("nn")


@pytest.mark.parametrize("cells", [[None, "a", "b"], ["a", None, "b"], [None, None, None]])
def test_pandas_strings_may_begin_with_a_missing_one(cells: list[str | None]) -> None:
    frame = pd.DataFrame({"cabin": pd.Series(cells, dtype="str"), "x": [1.0, 2.0, 3.0]})
    assert read_table(frame).series("cabin").to_list() == cells
