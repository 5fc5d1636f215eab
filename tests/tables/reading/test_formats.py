"""One table in every format: read alike, whatever the file is called, and refused in one sentence where damaged."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import xlsxwriter

from wellfit.errors import InputError
from wellfit.tables import Schema, read_table

FRAME = pl.DataFrame({"n": [1.5, None, 3.0], "c": ["x", "y, z", None], "i": [1, 2, 4]})
RECORDS = FRAME.to_dicts()
ARFF = """% a comment
@RELATION 'a table'
@ATTRIBUTE n REAL
@ATTRIBUTE "c" {x, 'y, z', "\u00e9"}
@ATTRIBUTE i INTEGER
@DATA
1.5, x, 1
?, 'y, z', 2
3, ?, 4
"""


def written(writer: Callable[[io.BytesIO], Any]) -> bytes:
    out = io.BytesIO()
    writer(out)
    return out.getvalue()


def workbook(**sheets: list[list[Any]]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for place, row in enumerate(rows):
                sheet.write_row(place + 2, 1, row)
    return out.getvalue()


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


CSV = FRAME.write_csv().encode()
CELLS = [list(FRAME.columns), *map(list, FRAME.rows())]
FORMATS: dict[str, bytes] = {
    "csv": CSV,
    "records": json.dumps(RECORDS).encode(),
    "columns": json.dumps(FRAME.to_dict(as_series=False), indent=1).encode(),
    "records inside": json.dumps({"count": 3, "data": RECORDS}).encode(),
    "pandas split": FRAME.to_pandas(use_pyarrow_extension_array=False).to_json(orient="split").encode(),
    "pandas columns": FRAME.to_pandas(use_pyarrow_extension_array=False).to_json(orient="columns").encode(),
    "pandas table": FRAME.to_pandas(use_pyarrow_extension_array=False).to_json(orient="table", index=False).encode(),
    "a record a line": "\n".join(map(json.dumps, RECORDS)).encode(),
    "feather": written(FRAME.write_ipc),
    "arrow stream": written(FRAME.write_ipc_stream),
    "parquet": written(FRAME.write_parquet),
    "excel": workbook(Notes=[], Data=CELLS),
    "arff": ARFF.encode(),
    "gzip": gzip.compress(CSV),
    "bzip2": bz2.compress(CSV),
    "xz": lzma.compress(CSV),
    "zip": zipped(**{"t.csv": CSV, "__MACOSX/._t.csv": b"x"}),
}


@pytest.mark.parametrize("name", FORMATS)
def test_the_format_is_told_by_the_content(name: str, tmp_path: Path) -> None:
    path = tmp_path / "table.dat"
    path.write_bytes(FORMATS[name])
    table = read_table(path)
    assert table.frame is not None
    assert table.frame.with_columns(pl.col("c").cast(pl.String), pl.col("i").cast(pl.Int64)).equals(FRAME)
    assert table.names == ("n", "c", "i")


@pytest.mark.parametrize("name", [name for name in FORMATS if name not in ("csv", "arff")])
def test_a_file_that_is_cut_is_refused_by_name(name: str, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    content = FORMATS[name]
    path.write_bytes(content[: len(content) * 2 // 3 - 2])
    with pytest.raises(InputError, match="table.csv") as caught:
        read_table(path)
    assert "\n" not in str(caught.value)


def test_sheets(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(workbook(First=[["a", "b"], [1, 2]], Second=[["Report"], [], ["d", "e"], ["x", 3], ["Total", 3]]))
    first = read_table(path)
    assert first.names == ("a", "b") and "'First' was read; --sheet names another" in first.notes[0]
    assert read_table(path, sheet="Second").column("d").tolist() == ["x"]
    with pytest.raises(InputError, match="no sheet 'Third'; its sheets are: 'First', 'Second'"):
        read_table(path, sheet="Third")
    with pytest.raises(InputError, match="is none: leave --sheet"):
        read_table(io.BytesIO(CSV), sheet="Third")


def test_a_workbook_without_its_extra_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wellfit.tables.reading.workbooks.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r'extra "excel": pip install "wellfit\[excel\]"'):
        read_table(io.BytesIO(FORMATS["excel"]))


def test_records_and_lists_inside_of_cells() -> None:
    nested = [{"a": {"b": 1, "c": {"d": "x"}}, "e": ["u", "v"], "f": [1, 2]}, {"a": {"b": 2}, "e": [], "f": [3, 4]}]
    for source in (io.StringIO(json.dumps(nested)), pl.DataFrame(nested), nested):
        table = read_table(source)
        assert table.frame is not None
        assert table.frame.row(0, named=True) == {"a.b": 1, "a.c.d": "x", "e": "u, v", "f.1": 1, "f.2": 2}
        assert any("a" in note for note in table.notes) and any(
            "'e' were taken as text" in note for note in table.notes
        )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (ARFF.replace("REAL", "STRING"), "'n' of the open file is of type STRING"),
        (ARFF.replace("\n1.5, x, 1", "\n{0 1.5, 2 1}"), "sparse ARFF"),
        (ARFF.replace("\n1.5", "\nw"), "'n' of the ARFF file the open file is REAL, and row 1 has 'w'"),
        (ARFF.replace(", x, 1", ", x"), "line 7 of .* has 2 where 3 are named"),
        (ARFF[:90], "it has no @data"),
        ('{"a": [1, 2], "b": 3}', "holds another structure"),
        ('[{"a": 1}, 2]', "entry 2 of the open file is '2'"),
        ('{"a": 1}\n{"a": 2\n', "line 2 is damaged"),
        ("[" * 100_000, "nested too deeply|damaged"),
        ('{"a": ' + "9" * 5000 + "}", "damaged"),
        ("\x89PNG\r\n\x1a\n\0\0", "one PNG image"),
        ("<!doctype html><p>", "a web page"),
    ],
)
def test_refused_by_name(content: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read_table(io.BytesIO(content.encode("latin-1")))
    assert len(str(caught.value)) < 400


def test_archives_of_several_files_and_bombs_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="holds 2 files"):
        read_table(io.BytesIO(zipped(**{"a.csv": CSV, "b.csv": CSV})))
    monkeypatch.setattr("wellfit.tables.reading.unpacking._FREE", 1000)
    for compress in (bz2.compress, lzma.compress):
        with pytest.raises(InputError, match="unpacks to more than"):
            read_table(io.BytesIO(compress(b"1" * (1 << 20))))


@pytest.mark.parametrize("source", [FRAME.lazy(), FRAME.to_dict(as_series=False), RECORDS, pd.DataFrame(RECORDS)])
def test_python_containers(source: Any) -> None:
    assert read_table(source).column("i").tolist() == [1, 2, 4]


HALF = "x\ud83d"  # of a character


@pytest.mark.parametrize(
    "source",
    [
        io.StringIO(json.dumps([{HALF: HALF, "b": [HALF]}, {HALF: "y", "b": []}])),
        {HALF: [HALF, "y"], "b": [HALF, "z"]},
        {HALF: np.array([HALF, "y"]), "b": np.array([HALF, None], dtype=object)},
        {HALF: pd.Series([HALF, "y"], dtype=object), "b": pd.Series([HALF, 1], dtype=object)},
    ],
)
def test_half_of_a_character_is_replaced(source: Any) -> None:
    table = read_table(source)
    assert table.names == ("x\ufffd", "b")
    assert table.column("x\ufffd").tolist() == ["x\ufffd", "y"]


@pytest.mark.parametrize("write", [pl.DataFrame.write_parquet, pl.DataFrame.write_ipc])
@pytest.mark.parametrize("dtype", [pl.Date, pl.Datetime("ms"), pl.Datetime("us", "UTC")])
def test_dates_of_no_calendar_are_missing(write: Callable[..., Any], dtype: Any) -> None:
    physical = pl.Int32 if dtype == pl.Date else pl.Int64
    far = 2**30 if dtype == pl.Date else 2**62
    frame = pl.DataFrame({"day": pl.Series([*range(3), far, -far], dtype=physical).cast(dtype)})
    table = read_table(io.BytesIO(written(lambda out: write(frame, out))))
    assert table.series("day").null_count() == 2
    assert table.taken == {"day": {"dates beyond the years 1 to 9999": 2}}
    Schema.infer(table, kinds={"day": "date"}).arrays(table)


def test_dates_of_no_calendar_in_lists_are_missing() -> None:
    far = pl.Series([[1, 2**30], [], [3]], dtype=pl.List(pl.Int32)).cast(pl.List(pl.Date))
    long = pl.Series([[1], [2**62], [3]], dtype=pl.List(pl.Int64)).cast(pl.List(pl.Duration("ms")))
    frame = pl.DataFrame({"a": far, "t": long}).with_columns(deep=pl.struct(d="a", n=1).reshape((3, 1)))
    table = read_table(io.BytesIO(written(frame.write_parquet)))
    assert table.column("a").tolist() == ['"1970-01-02", null', None, '"1970-01-04"']
    assert table.column("t").tolist() == ['"0:00:00.001000"', None, '"0:00:00.003000"']
    assert table.column("deep")[0] == '{"d": ["1970-01-02", null], "n": 1}'


def damaged_workbook(change: Callable[[bytes], bytes]) -> bytes:
    """A workbook, whose sheet is changed and packed rightly."""
    with zipfile.ZipFile(io.BytesIO(workbook(Data=CELLS))) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    return zipped(**{**parts, sheet: change(parts[sheet])})


@pytest.mark.parametrize("address", [b"BNULL9999", b"C99999999"])
def test_an_address_far_from_all_others_is_refused(address: bytes) -> None:
    """The library lays out all cells between: it aborted the process, or took all of the machine's memory."""
    with pytest.raises(InputError, match=r"The workbook the open file is damaged.*save it again, or as CSV"):
        read_table(io.BytesIO(damaged_workbook(lambda sheet: sheet.replace(b'"C3"', b'"' + address + b'"'))))


def test_without_a_python_to_start_a_workbook_is_read_in_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "")
    assert read_table(io.BytesIO(FORMATS["excel"])).names == ("n", "c", "i")
    with pytest.raises(InputError, match="The workbook the open file is damaged, protected or no workbook"):
        read_table(io.BytesIO(damaged_workbook(lambda sheet: sheet[: len(sheet) // 2])))


@pytest.mark.parametrize("name", ["PAR1", "ORC", "orchid", "fea1", "FEA1", "BZh", "Obj", "sql"])
def test_a_name_that_is_the_mark_of_a_format_is_a_name(name: str) -> None:
    assert read_table(io.BytesIO(f"{name},b\n1,2\n3,4\n".encode())).names == (name, "b")


def test_a_column_without_a_name_is_called_by_its_place() -> None:
    for source in (pl.DataFrame({"": [1, 2], "b": [3, 4]}), {"": [1, 2], "b": [3, 4]}, [{"": 1, "b": 3}]):
        assert read_table(source).names == ("column 1", "b")
    with pytest.raises(InputError, match="columns 1 and 2 of the dict of columns are both called 'b'"):
        read_table({"b ": [3], "b": [4]})
