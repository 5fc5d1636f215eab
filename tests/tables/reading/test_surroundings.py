"""What stands around the rows of a text file: comments, titles, names or none, totals, footnotes, empty rows."""

from __future__ import annotations

import io
from typing import Any

import pytest

from wellfit.errors import InputError
from wellfit.tables import read_table

# The content of a file, its columns, and a part of its note ("" where there is none).
SURROUNDED: dict[str, tuple[str, dict[str, list[Any]], str]] = {
    "comment": ("# by X\n// a, b\nx,y\n1,2\n3,4\n", {"x": [1, 3], "y": [2, 4]}, "2 comment lines above"),
    "comment with as many cells": ("% a, b\nx,y\n1,2\n3,4\n", {"x": [1, 3], "y": [2, 4]}, "1 comment line above"),
    "names behind a mark": ("#x\ty\na\t1\nb\t2\n", {"x": ["a", "b"], "y": [1, 2]}, ""),
    "a column called #": ("#,y\n1,a\n2,b\n", {"#": [1, 2], "y": ["a", "b"]}, ""),
    "comments below": ("x,y\n1,2\n# mid\n3,4\n# a, b, c\n", {"x": [1, 3], "y": [2, 4]}, "2 lines"),
    "sep": ("sep=;\nx;y\n1,5;a\n2;b\n", {"x": ["1,5", "2"], "y": ["a", "b"]}, ""),
    "sep that is rare": ('"sep=^"\nx^y\n1^2\n', {"x": [1], "y": [2]}, ""),
    "title": ("Report\n\nx;y;z\n1;2;a\n3;4;b\n", {"x": [1, 3], "y": [2, 4], "z": ["a", "b"]}, "('Report')"),
    "padded titles": ("Report,,\nOf:,me,\n,,\nx,y,z\n1,2,a\n", {"x": [1], "y": [2], "z": ["a"]}, "2 title lines"),
    "total": ("n;x\na;1\nb;2\nTotal:;3\n", {"n": ["a", "b"], "x": [1, 2]}, "('Total: 3')"),
    "total of empty cells": ("n;x;y\na;1;2\nb;2;2\nSumme;;\n", {"n": ["a", "b"], "x": [1, 2], "y": [2, 2]}, "Summe"),
    "short total": ("n;x;y\na;1;2\nb;2;2\nTotal;3\n", {"n": ["a", "b"], "x": [1, 2], "y": [2, 2]}, "Total;3"),
    "a kind called total": ("n,x\ntotal,1\na,2\ntotal,3\n", {"n": ["total", "a", "total"], "x": [1, 2, 3]}, ""),
    "footnote": ("x,y,z\n" + "1,1,1\n" * 5 + "Source: us,,\n", dict.fromkeys("xyz", [1] * 5), "Source"),
    "short footnote": ("x,y\n1,2\n3,4\nSource: us\n", {"x": [1, 3], "y": [2, 4]}, "Source: us"),
    "empty rows": ("x,y\n1,2\n,\n3,4\n,\n,\n", {"x": [1, 3], "y": [2, 4]}, "3 empty rows"),
    "empty columns": ("x,y,,\n1,2,,\n3,4,,\n", {"x": [1, 3], "y": [2, 4]}, ""),
    "delimiter at the end": ("x,y\n1,2,\n3,4,\n", {"x": [1, 3], "y": [2, 4]}, "one name less"),
    "delimiter at the end of one": ("x,y\n1,2\n3,4,\n", {"x": [1, 3], "y": [2, 4]}, ""),
    "names of rows": ("x,y\na,1,2\nb,3,4\n", {"column 1": ["a", "b"], "x": [1, 3], "y": [2, 4]}, "first is column 1"),
    "blanks before quotes": ('x, "y, z"\n1, "a, b"\n2, "c"\n', {"x": [1, 2], "y, z": ["a, b", "c"]}, ""),
    "years for names": ("2019,2020,z\n1,2,a\n3,4,b\n", {"2019": [1, 3], "2020": [2, 4], "z": ["a", "b"]}, ""),
    "decimal commas without names": ("1,5;2,5\n3,5;4,5\n", {"1,5": ["3,5"], "2,5": ["4,5"]}, "looks like a row"),
    "numbers and words": (".5,a\n.6,a\n.7,b\n", {".5": [0.6, 0.7], "a": ["a", "b"]}, "looks like a row"),
    "words alone": ("p,q\np,r\nt,q\n", {"p": ["p", "t"], "q": ["r", "q"]}, "looks like a row"),
}  # fmt: skip


@pytest.mark.parametrize("case", SURROUNDED)
def test_what_surrounds_the_rows_is_no_part_of_them(case: str) -> None:
    content, columns, note = SURROUNDED[case]
    table = read_table(io.StringIO(content))
    assert table.frame is not None
    assert table.frame.to_dict(as_series=False) == columns
    assert note in " ".join(table.notes)
    assert bool(table.notes) == bool(note)


def test_without_names_columns_are_called_by_their_place() -> None:
    table = read_table(io.StringIO("# made by X\n0.5,red,a\n0.6,red,b\n"), header=False)
    assert table.names == ("column 1", "column 2", "column 3")
    assert table.column("column 3").tolist() == ["a", "b"]
    assert read_table(io.StringIO("1,2\n3,4\n"), header=True).notes == ()


@pytest.mark.parametrize("content", [".5,red,a\n.6,red,b\n", "1,1,a\n2,3,b\n4,5,a\n"])
def test_a_column_that_is_not_found_is_explained_by_missing_names(content: str) -> None:
    with pytest.raises(InputError, match="line 1 of the open file looks like a row of data.*header=False"):
        read_table(io.StringIO(content)).column("label")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_one_table_in_every_encoding(encoding: str) -> None:
    text = "x,y\n1,\u20ac\u2013\u00e9\n2,\u201cq\u201d\n"
    table = read_table(io.BytesIO(text.encode(encoding)))
    assert table.column("y").tolist() == ["\u20ac\u2013\u00e9", "\u201cq\u201d"]
    assert bool(table.notes) == (not encoding.startswith("utf-8"))
