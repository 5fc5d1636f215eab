"""Files: what can be read is read as it stands, and what cannot is refused in one sentence that names the trouble."""

from __future__ import annotations

import csv
import gzip
import io
import random
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wellfit.errors import InputError
from wellfit.tables import Schema, read_table
from wellfit.tables.reading.delimited import _widths

PARQUET = io.BytesIO()
pl.DataFrame({"a": [1, 2], "b": ["x", "?"]}).write_parquet(PARQUET)


def write(folder: Path, name: str, content: bytes) -> Path:
    place = folder / name
    place.write_bytes(content)
    return place


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiter_is_found_by_content(tmp_path: Path, delimiter: str, end: str) -> None:
    lines = [delimiter.join(cells) for cells in (["a", "b", "c"], ["1", "x y", "2.5"], ["2", "", "-1"])]
    table = read_table(write(tmp_path, "t.data", end.join(lines).encode()))
    assert table.frame is not None
    assert table.frame.to_dict(as_series=False) == {"a": [1, 2], "b": ["x y", None], "c": [2.5, -1.0]}


@pytest.mark.parametrize("zipped", [False, True])
def test_parquet(tmp_path: Path, zipped: bool) -> None:
    content = gzip.compress(PARQUET.getvalue()) if zipped else PARQUET.getvalue()
    table = read_table(write(tmp_path, "t.anything", content))
    assert table.series("a").to_list() == [1, 2]
    assert table.series("b").to_list() == ["x", None]


def test_gzipped_text_and_open_files(tmp_path: Path) -> None:
    path = write(tmp_path, "t.csv.gz", gzip.compress(b"a,b\n1,2\n"))
    assert read_table(path).frame.equals(read_table(io.StringIO("a,b\n1,2\n")).frame)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("content", "note"),
    [
        ("name,x\nJos\xe9,1\n".encode("latin-1"), "Latin-1"),
        ("name,x\nJos\xe9,1\n".encode("utf-8-sig"), None),
        ("name\tx\nJos\xe9\t1\n".encode("utf-16"), "UTF-16"),
    ],
)
def test_encodings(tmp_path: Path, content: bytes, note: str | None) -> None:
    table = read_table(write(tmp_path, "t.csv", content))
    assert table.names == ("name", "x")
    assert table.series("name").to_list() == ["Jos\xe9"]
    assert (note is None and table.notes == ()) or (note is not None and note in table.notes[0])


def test_latin_1_far_into_the_file_names_its_line(tmp_path: Path) -> None:
    rows = b"".join(b"%d,abc\n" % i for i in range(5000))
    assert "(line 5002)" in read_table(write(tmp_path, "t.csv", b"a,b\n" + rows + b"1,\xe9\n")).notes[0]


def test_blank_lines_are_no_rows_but_empty_cells_are_missing(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, "t.csv", b"\na,b\n1,2\n\n3,\n   \n"))
    assert table.series("a").to_list() == [1, 3]
    assert table.series("b").to_list() == [2, None]
    quoted = read_table(write(tmp_path, "q.csv", b'a,b\n"x,\ny",2\n\n3,\n'))
    assert quoted.series("a").to_list() == ["x,\ny", "3"]


def test_names_lose_blanks_and_nameless_columns_get_one(tmp_path: Path) -> None:
    assert read_table(write(tmp_path, "t.csv", b", b ,c\n1,2,3\n")).names == ("column 1", "b", "c")


def test_first_line_of_numbers_is_told(tmp_path: Path) -> None:
    assert "looks like a row of data" in read_table(write(tmp_path, "t.csv", b"1,2\n3,4\n")).notes[0]


NOISE = random.Random(0).randbytes(4000)

REFUSED = {
    "empty": (b"", "is empty"),
    "blank": (b" \n\n", "is empty"),
    "header only": (b"a,b\n", "needs rows.*2 columns"),
    "too short": (b"a,b\n1,2\n3\n", "line 3 .* has 1 where 2"),
    "too short after quotes": (b'a,b\n"x\ny",2\n3\n', "line 4 .* has 1 where 2"),
    "too long": (b"a,b\n1,2\n3,4,5\n", "line 3 .* has 3 where 2"),
    "double name": (b"a, a,b\n1,2,3\n", "columns 1 and 2 .* both called 'a'"),
    "binary": (NOISE, "binary file"),
    "binary without zeros": (NOISE.replace(b"\0", b"\1"), "binary file"),
    "gzip cut short": (gzip.compress(NOISE)[:-100], "damaged or cut short"),
    "gzip of nothing": (b"\x1f\x8bxxxxxxxxxxxx", "damaged or cut short"),
    "parquet cut short": (PARQUET.getvalue()[:-30], "Parquet file .* damaged or cut short"),
    "excel": (b"PK\x03\x04abc", "zip file .* is damaged"),
    "open quote": (b'a,b\n1,2\n"3,4\n5,6\n', "line 3|quotes"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_with_one_sentence(tmp_path: Path, case: str) -> None:
    content, message = REFUSED[case]
    with pytest.raises(InputError, match=message) as caught:
        read_table(write(tmp_path, "t.csv", content))
    assert "\n" not in str(caught.value)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no file"):
        read_table(tmp_path / "nothing.csv")
    with pytest.raises(InputError, match="is a folder"):
        read_table(tmp_path)


def test_missing_marks_default_and_own(tmp_path: Path) -> None:
    path = write(tmp_path, "t.csv", b"a,b\n1,none\n ? ,NA\n-999, \n#N/A,x\n")
    table = read_table(path)
    assert table.series("a").to_list() == [1, None, -999, None]
    assert table.series("b").to_list() == ["none", None, None, "x"]
    own = read_table(path, missing=["-999", "?", "#N/A"])
    assert own.series("a").to_list() == [1, None, None, None]
    assert own.series("b").to_list() == ["none", "NA", None, "x"]


def test_codes_with_leading_zeros_stay_text(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, "t.csv", b"code,x\n007,0.5\n010,0\n"))
    assert table.series("code").to_list() == ["007", "010"]
    assert table.series("x").to_list() == [0.5, 0.0]


CELLS = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0\r", exclude_categories=["C"]), max_size=8)
NUMBERS = st.one_of(st.just(""), st.integers(-999, 999).map(str), st.floats(-99, 99).map("{:.2f}".format))


@settings(max_examples=30)
@given(st.lists(st.tuples(CELLS, NUMBERS, CELLS), min_size=1, max_size=8), st.sampled_from(",;\t|"))
def test_written_cells_come_back(rows: list[tuple[str, str, str]], delimiter: str) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([["first", "second", "third", "full"], *([*row, "z"] for row in rows)])  # no row is empty
    table = read_table(io.BytesIO(out.getvalue().encode()), missing=())
    wanted = {f"x{i}": [row[i] for row in rows] for i in range(3)}
    for name, cells in zip(("first", "second", "third"), wanted.values(), strict=True):
        came = table.series(name)
        if came.dtype == pl.String:
            # polars strips the blanks that Unicode names; a cell of blanks alone is missing
            assert [cell or "" for cell in came.to_list()] == [cell.strip() for cell in cells]
        else:
            assert came.null_count() == sum(not cell.strip() or cell.strip().lower().endswith("nan") for cell in cells)
            numbers = [float(cell) for cell, value in zip(cells, came.to_list(), strict=True) if value is not None]
            assert came.drop_nulls().cast(pl.Float64).to_list() == numbers


@given(st.lists(st.integers(0, 4), min_size=1, max_size=30), st.booleans())
def test_counted_separators_agree_with_the_csv_module(separators: list[int], last_end: bool) -> None:
    lines = [b"x" + b",y" * many if many else b"" for many in separators]
    data = b"\n".join(lines) + (b"\n" if last_end else b"")
    _, fast = _widths(data, ",")
    slow = [len(cells) for cells in csv.reader(io.StringIO(data.decode()))]
    assert fast[: len(slow)].tolist() == slow
    assert not fast[len(slow) :].any()


def test_counting_crosses_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wellfit.tables.reading.delimited.BLOCK", 7)
    lines, widths = _widths(b"a,b,c\n11,22,33\n\n4,5,6\n77", ",")
    assert widths.tolist() == [3, 3, 0, 3, 1]
    assert lines.tolist() == [1, 2, 3, 4, 5]


def test_the_same_table_from_every_form(tmp_path: Path) -> None:
    frame = pl.DataFrame({"n": [1.5, None, 3.0], "c": ["x", "y", None], "i": [1, 2, 4]})
    frame.write_csv(tmp_path / "t.csv")
    frame.write_csv(tmp_path / "t.tsv", separator="\t")
    frame.write_parquet(tmp_path / "t.parquet")
    schema = Schema.infer(read_table(frame))
    wanted = schema.arrays(read_table(frame))
    forms = [frame.to_pandas(), frame.to_arrow(), frame.to_dict(as_series=False), frame.to_dicts(), frame.lazy()]
    for source in (*forms, *(tmp_path / name for name in ("t.csv", "t.tsv", "t.parquet"))):
        arrays = schema.arrays(read_table(source))
        np.testing.assert_array_equal(arrays.numbers, wanted.numbers)
        np.testing.assert_array_equal(arrays.codes, wanted.codes)
