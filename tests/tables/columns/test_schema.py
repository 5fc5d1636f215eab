"""Kinds of columns, and tables turned to arrays in training and later."""

from __future__ import annotations

import datetime
import json
from typing import Any

import numpy as np
import polars as pl
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from wellfit.errors import InputError
from wellfit.tables import Schema, Table, read_table
from wellfit.tables.arrays import Arrays

ROWS = 200
INDEX = range(ROWS)


def kind_of(cells: Any, name: str = "a") -> str:
    """The kind that a column gets beside an ordinary one."""
    schema = Schema.infer(read_table({name: cells, "other": [i % 7 for i in INDEX]}))
    return schema.columns[0].kind


def same(one: Arrays, two: Arrays) -> bool:
    sparse = (one.sparse is None) == (two.sparse is None)
    if one.sparse is not None and two.sparse is not None:
        sparse = all(
            np.array_equal(getattr(one.sparse, k), getattr(two.sparse, k)) for k in ("starts", "indices", "values")
        )
    numbers = np.array_equal(one.numbers, two.numbers, equal_nan=True)
    return sparse and numbers and np.array_equal(one.codes, two.codes) and one.levels == two.levels


SENTENCE = "this is sentence number {} of the long column"
KINDS = [
    ("number", [i % 3 for i in INDEX]),
    ("number", [f" {i}.5 " for i in INDEX]),
    ("number", [f"{i:,}.5" for i in range(1000, 1000 + ROWS)]),
    ("number", [f"{i} {i % 1000:03d}" for i in range(1, 1 + ROWS)]),
    ("number", [f"{i},{i % 9}" for i in INDEX]),
    ("number", [f"{i / 7:.2f} %" for i in INDEX]),
    ("number", [f"${i}" for i in INDEX]),
    ("number", ["unknown" if i % 40 == 0 else str(i) for i in INDEX]),
    ("number", [i * 1.25 for i in INDEX]),
    ("number", [i * 3 for i in INDEX]),
    ("number", list(range(1900, 1900 + ROWS))),
    ("category", ["red" if i % 4 == 0 else str(i) for i in INDEX]),
    ("category", ["xyz"[i % 3] for i in INDEX]),
    ("category", [i % 2 == 0 for i in INDEX]),
    ("category", [f"{i % 90:05d}" for i in INDEX]),
    ("category", [SENTENCE.format(i % 20) for i in INDEX]),
    ("category", [f"word{i % 150}" for i in INDEX]),
    ("text", [SENTENCE.format(i) for i in INDEX]),
    ("date", [f"{1 + i % 12}/{1 + i % 28}/2011" for i in INDEX]),
    ("date", [f"2011-{1 + i % 12:02d}-{1 + i % 28:02d}T{i % 24:02d}:00:00Z" for i in INDEX]),
    ("date", [20200101 + i % 28 for i in INDEX]),
    ("date", [datetime.date(2020, 1, 1 + i % 28) for i in INDEX]),
    ("identifier", [f"a{i}@example.org" for i in INDEX]),
    ("identifier", [f"CUST-{i:05d}" for i in INDEX]),
    ("identifier", [f"{i * 7919:08d}" for i in INDEX]),
    ("identifier", [f"{i * 104729 % 2**32:08x}-1234-4abc-8def-{i:012x}" for i in INDEX]),
    ("identifier", [str(10**20 + i) for i in INDEX]),
    ("category", [str(10**20 + i % 4) for i in INDEX]),
    ("category", [4532015112830366 + i % 9 for i in INDEX]),
    ("category", [f"{i % 5 + 1}{'MLS'[i % 3]}" for i in INDEX]),
    ("number", [4532015112830366 + 1234567 * i for i in INDEX]),
    ("number", [f"{1000 + 37 * i:05d}" for i in INDEX]),
    ("number", [f"({i}.50)" if i % 3 else f"{i},000.25" for i in INDEX]),
    ("number", [f"{i % 60 + 5}h {i % 60}m" for i in INDEX]),
    ("number", [f"{i % 3 + 5}'{i % 12}\"" for i in INDEX]),
    ("number", [f"{i % 90}°{i % 60}'{'NS'[i % 2]}" for i in INDEX]),
    ("number", [f"{i % 90 + 30}:{i % 60:02d}" for i in INDEX]),
    ("text", [f"{'great good bad'.split()[i % 3]} product {i}" for i in INDEX]),
    ("text", [f"我喜欢这个产品非常好{i}" for i in INDEX]),
    ("text", [f"{'ABC'[i % 3]}-{i}" for i in INDEX]),
    ("text", [f"https://{'ab'[i % 2]}.org/{'shop news'.split()[i // 2 % 2]}/{i}" for i in INDEX]),
    ("text", [f"{100 + i}/{60 + i % 40}" for i in INDEX]),
    ("date", ["0000-00-00" if i % 20 == 0 else f"2011-{1 + i % 12:02d}-{1 + i % 28:02d}" for i in INDEX]),
    ("date", [f"{2000 + i % 20}-W{1 + i % 52:02d}" for i in INDEX]),
    ("date", [f"Q{1 + i % 4} {2000 + i % 20}" for i in INDEX]),
    ("date", [f"{'Jan Feb Mar'.split()[i % 3]} {2000 + i % 20}" for i in INDEX]),
    ("identifier", list(range(1, ROWS + 1))),
    ("constant", [7] * ROWS),
    ("constant", [None] * ROWS),
    ("constant", [datetime.date(2020, 1, 1)] * ROWS),
    ("unusable", [bytes([i % 7]) for i in INDEX]),
]


@pytest.mark.parametrize(("kind", "cells"), KINDS)
def test_kinds(kind: str, cells: Any) -> None:
    assert kind_of(pl.Series(cells)) == kind


@pytest.mark.parametrize("kind", ["number", "category", "date", "text"])
def test_every_column_can_be_rescued_by_its_kind(kind: str) -> None:
    cells = {
        "number": [*["soon"] * 150, *(str(i) for i in range(50))],
        "category": [f"CUST-{i:05d}" for i in INDEX],
        "date": [*["soon"] * 150, *(f"2021-01-{1 + i % 28:02d}" for i in range(50))],
        "text": [f"CUST-{i:05d}" for i in INDEX],
    }[kind]
    assert kind_of(cells) != kind
    schema = Schema.infer(read_table({"a": cells}), kinds={"a": kind})
    assert schema.columns[0].kind == kind
    if kind in ("number", "date"):
        assert "150 of 200 cells are no" in schema.assumptions[0] and "'soon' (150)" in schema.assumptions[0]
        assert np.isnan(schema.arrays(read_table({"a": cells})).numbers).any(axis=1).sum() == 150


def test_what_looks_like_a_code_but_was_read_as_an_amount_is_said() -> None:
    table = {
        "zip": [10_000 + 37 * i for i in INDEX],
        "acct": [4532015112830366 + 1234567 * i for i in INDEX],
        "when": [1_615_804_200 + 3600 * i for i in INDEX],
    }
    said = " ".join(Schema.infer(read_table(table)).assumptions)
    assert all(words in said for words in ("--kind zip=category", "--drop acct", "--kind when=date"))


def test_whole_numbers_beyond_64_bits_keep_every_digit() -> None:
    values = [10**20 + i % 4 for i in INDEX]
    for cells in (values, pl.Series(values, dtype=pl.Int128), [str(value) for value in values]):
        column = Schema.infer(read_table({"a": cells, "b": list(INDEX)}), kinds={"b": "number"}).columns[0]
        assert column.vocabulary == tuple(str(10**20 + i) for i in range(4))
    assert read_table({"a": pl.Series([1, 2], dtype=pl.Int128)}).series("a").dtype == pl.Int64


def test_texts_without_blanks_are_counted_by_characters() -> None:
    cells = [f"{'很好 很差'.split()[i % 2]}的产品质量{i}" for i in INDEX]
    schema = Schema.infer(read_table({"zh": cells, "en": [f"good product {i}" for i in INDEX]}))
    assert [column.tokens for column in schema.columns] == ["characters", "words"]
    again = Schema.from_plain(json.loads(json.dumps(schema.to_plain())))
    one, two = (
        s.arrays(read_table({"zh": ["很好的", "很差的"], "en": ["good", "bad"]})).sparse for s in (schema, again)
    )
    assert one is not None and two is not None and np.array_equal(one.indices, two.indices)
    assert len(set(one.indices[: one.starts[1]]) & set(one.indices[one.starts[1] :])) < one.starts[1]


def test_thousands_marked_by_dots_beside_decimal_commas() -> None:
    """Other columns show the decimal comma, and later tables are read as the first one was."""
    table = {"price": [f"{i},5" for i in INDEX], "people": [f"{1 + i}.{i % 10}00" for i in INDEX]}
    schema = Schema.infer(read_table(table))
    assert schema.arrays(read_table(table)).numbers[:2].tolist() == [[0.5, 1000], [1.5, 2100]]
    assert "'people': '1.000' could be read in two ways and was read as 1000 (--decimal point" in schema.assumptions[0]
    alone = schema.read({"price": ["7"], "people": ["3.500"]})
    assert schema.arrays(alone).numbers.tolist() == [[7, 3500]]
    point = Schema.infer(read_table(table, decimal="point"))
    assert point.arrays(read_table(table, decimal="point")).numbers[1].tolist() == [1.5, np.float32(2.1)]


@pytest.mark.parametrize("dtype", ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"])
def test_integers_of_every_width_are_numbers(dtype: str) -> None:
    """Bounds of dates do not fit in narrow integers."""
    values = np.random.default_rng(0).integers(0, 100, (40, 2)).astype(dtype)
    schema = Schema.infer(read_table(values))
    assert [column.kind for column in schema.columns] == ["number", "number"]
    assert np.array_equal(schema.arrays(read_table(values)).numbers, values.astype(np.float32))


@pytest.mark.parametrize("name", ["id", "ID", "PassengerId", "customerID", "user_id", "Unnamed: 0", "row number"])
def test_named_identifiers(name: str) -> None:
    assert kind_of([i * 13 % 10007 for i in INDEX], name) == "identifier"
    assert kind_of([i * 13 % 20 for i in INDEX], name) == "number"


@pytest.mark.parametrize("name", ["humid", "width", "paid", "grid"])
def test_names_that_only_end_like_an_identifier(name: str) -> None:
    assert kind_of([i * 13 % 10007 for i in INDEX], name) == "number"


def test_identifier_can_be_overruled() -> None:
    table = read_table({"id": list(INDEX), "zip": [str(i % 9) for i in INDEX], "c": ["xy"[i % 2] for i in INDEX]})
    schema = Schema.infer(table, kinds={"id": "number", "zip": "category"})
    assert [column.kind for column in schema.columns] == ["number", "category", "category"]
    assert schema.columns[1].vocabulary == tuple("012345678")


def mixed_table() -> Table:
    return read_table(
        {
            "n": [1.5, None, 3, 4],
            "c": ["x", "y", None, "x"],
            "d": ["2020-01-01", "2020-02-03 10:00", None, "2021-01-01"],
            "t": ["one two three four five", "", "more words than the four of them", "a last one with five words"],
            "k": [1, 1, 1, 1],
            "y": [0, 1, 0, 1],
        }
    )


def test_arrays_of_every_kind() -> None:
    schema = Schema.infer(mixed_table(), target="y", text_width=64)
    arrays = schema.arrays(mixed_table())
    assert schema.number_names == (
        "n",
        *(f"d: {p}" for p in ("year", "month", "day", "day of year", "day of week", "hour", "days")),
    )
    assert schema.code_names == ("c",)
    assert schema.required == ("n", "c", "d", "t")
    assert arrays.numbers.dtype == np.float32
    assert arrays.numbers.flags.c_contiguous
    assert arrays.numbers[1].tolist()[1:] == [2020, 2, 3, 34, 1, 10, np.float32(33 + 10 / 24)]
    assert np.isnan(arrays.numbers[1, 0])
    assert np.isnan(arrays.numbers[2, 1:]).all()
    assert arrays.codes.ravel().tolist() == [0, 1, -1, 0]
    assert arrays.codes.dtype == np.int32
    assert arrays.levels == (2,)
    assert arrays.sparse is not None
    assert arrays.sparse.groups == ((0, 64, "text"),)
    assert np.add.reduceat(arrays.sparse.values, arrays.sparse.starts[[0, 2, 3]]).tolist() == [
        5,
        7,
        5,
    ]  # "a" is too short
    assert arrays.sparse.starts[1] == arrays.sparse.starts[2]


def test_order_and_further_columns_do_not_matter() -> None:
    table = mixed_table()
    schema = Schema.infer(table, target="y")
    assert table.frame is not None
    turned = table.frame.select("t", "d", "c", "n").with_columns(extra=pl.lit("?"))
    assert same(schema.arrays(table), schema.arrays(read_table(turned)))


def test_plain_round_trip_through_json() -> None:
    table = mixed_table()
    schema = Schema.infer(table, target="y")
    again = Schema.from_plain(json.loads(json.dumps(schema.to_plain())))
    assert again == schema
    assert same(again.arrays(table), schema.arrays(table))


@pytest.mark.parametrize(
    "damage",
    [
        {"version": 1},
        {"columns": None},
        {"columns": [{"name": "a"}]},
        {"columns": [{"name": "a", "kind": "code"}]},
        {"columns": [{"name": "a", "kind": "number", "run": "x"}]},
        {"columns": [{"name": "a", "kind": "number", "shift": "x"}]},
        {"columns": [{"name": "a", "kind": "category", "vocabulary": ["x", "x"]}]},
        {"columns": [{"name": "a", "kind": "category", "vocabulary": [1]}]},
        {"columns": ["a"]},
        {"missing": "?"},
        {"sparse": [1]},
    ],
)
def test_damaged_plain_is_refused(damage: dict[str, Any]) -> None:
    plain = Schema.infer(mixed_table()).to_plain() | damage
    with pytest.raises(InputError):
        Schema.from_plain(plain)


CATEGORY_FORMS = [[1, 2], [1.0, 2.0], ["1", "2"], ["1.0", " 2"], np.array([1, 2], dtype=np.uint8)]


@pytest.mark.parametrize("form", CATEGORY_FORMS)
def test_a_category_is_the_same_in_every_form(form: Any) -> None:
    schema = Schema.infer(read_table({"a": [1, 2, 3, None]}), kinds={"a": "category"})
    assert schema.arrays(read_table({"a": form})).codes.ravel().tolist() == [0, 1]


def test_truth_values_are_the_same_from_files_and_frames() -> None:
    schema = Schema.infer(read_table({"a": [True, False, True]}))
    assert schema.arrays(read_table({"a": ["True", "FALSE", "maybe", None]})).codes.ravel().tolist() == [1, 0, 2, -1]


def test_codes_with_leading_zeros_differ_from_numbers() -> None:
    schema = Schema.infer(read_table({"a": ["007", "010", "7a", "007"]}))
    assert schema.columns[0].vocabulary == ("007", "010", "7a")
    assert schema.arrays(read_table({"a": [7, 10]})).codes.ravel().tolist() == [3, 3]


@given(st.lists(st.one_of(st.none(), st.text(max_size=5), st.integers(-99, 99).map(str)), min_size=2, max_size=30))
def test_known_categories_come_back(cells: list[str | None]) -> None:
    table = read_table({"a": pl.Series(cells, dtype=pl.String), "b": list(range(len(cells)))}, missing=())
    schema = Schema.infer(table, kinds={"a": "category", "b": "number"})
    codes = schema.arrays(table).codes.ravel()
    for cell, code in zip(table.series("a").cast(pl.String).to_list(), codes, strict=True):
        assert (code == -1) == (cell is None)
        assert code < schema.arrays(table).levels[0]
    by_code = {}
    for cell, code in zip(table.series("a").to_list(), codes, strict=True):
        by_code.setdefault(code, set()).add(cell)
    assert len(by_code.keys() - {-1}) == len(schema.columns[0].vocabulary)


@given(st.lists(st.one_of(st.none(), st.floats(-(2.0**100), 2.0**100, width=32)), min_size=2, max_size=30))
def test_float32_numbers_come_through_text_unchanged(values: list[float | None]) -> None:
    cells = [None if value is None else repr(value) for value in values]
    schema = Schema.infer(read_table({"a": values}), kinds={"a": "number"})
    column = schema.columns[0]
    wanted = (np.array([np.nan if value is None else value for value in values]) - column.shift) * column.factor
    text = pl.Series(cells, dtype=pl.String)
    for source in ({"a": values}, {"a": text}):
        came = schema.arrays(read_table(source)).numbers.ravel()
        np.testing.assert_array_equal(came, wanted.astype(np.float32))


def test_crowded_numbers_keep_their_differences() -> None:
    close = {
        "seconds": [1_600_000_000 + i * 7 % 50 for i in INDEX],
        "huge": [2**60 + i * 3 % 41 for i in INDEX],
        "fraction": [1e12 + 0.25 * (i * 7 % 40) for i in INDEX],
        "plain": [float(i * 7 % 50) for i in INDEX],
    }
    schema = Schema.infer(read_table(close), kinds={"huge": "number"})
    numbers = schema.arrays(read_table(close)).numbers
    assert numbers[:5].tolist() == [[0, 0, 0, 0], [7, 3, 1.75, 7], [14, 6, 3.5, 14], [21, 9, 5.25, 21], [28, 12, 7, 28]]
    assert schema.columns[3].shift == 0
    text = read_table({name: [repr(value) for value in cells] for name, cells in close.items()})
    np.testing.assert_array_equal(schema.arrays(text).numbers, numbers)


@pytest.mark.parametrize("unit", [1e-310, 1e-41, 1e-25, 1e25, 1e38, 1e300])
def test_numbers_beyond_float32_keep_their_ratios(unit: float) -> None:
    cells = {"a": [unit * (i * 7 % 50 + 1) / 50 for i in INDEX], "plain": [float(i * 7 % 50) for i in INDEX]}
    schema = Schema.infer(read_table(cells))
    numbers = schema.arrays(read_table(cells)).numbers.astype(np.float64)
    np.testing.assert_allclose(numbers[:, 0] / numbers[0, 0], np.array(cells["a"]) / cells["a"][0], rtol=1e-6)
    assert 2.0**-12 < np.abs(numbers[:, 0]).max() <= 1 and schema.columns[1].factor == 1
    again = Schema.from_plain(schema.to_plain())
    assert again.columns[0].factor == schema.columns[0].factor


def test_crowded_fractions_keep_their_differences() -> None:
    cells = {"a": [0.5 + 1e-9 * (i * 7 % 50) for i in INDEX]}
    schema = Schema.infer(read_table(cells))
    assert len(np.unique(schema.arrays(read_table(cells)).numbers)) == 50


def test_crowded_numbers_with_one_far_away_do_not_overflow() -> None:
    schema = Schema.infer(read_table({"a": [2**62 + i % 9 for i in INDEX]}), kinds={"a": "number"})
    far = schema.arrays(read_table({"a": [-(2**62), 2**62]})).numbers.ravel()
    np.testing.assert_allclose(far, [-(2.0**63), 0], rtol=1e-6)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"n": [1]}, "must have columns 'c', 'd'"),
        ({"n": [1.0, np.inf], "c": ["x"] * 2, "d": ["2020-01-01"] * 2}, "finite, and column 'n' has infinity in row 2"),
        ({"n": [1e300], "c": ["x"], "d": ["2020-01-01"]}, r"'n' has 1e\+300, a value too large for float32"),
        (
            {"n": [datetime.date(2020, 1, 1)], "c": ["x"], "d": ["2020-01-01"]},
            "'n' holds numbers; got a column of type Date",
        ),
    ],
)
def test_prediction_tables_are_refused_by_name_and_row(columns: dict[str, Any], message: str) -> None:
    schema = Schema.infer(mixed_table(), target="y", drop="t")
    with pytest.raises(InputError, match=message):
        schema.arrays(read_table(columns))


def test_a_table_without_any_value_is_all_missing() -> None:
    schema = Schema.infer(mixed_table(), target="y")
    arrays = schema.arrays(read_table({name: ["?"] for name in "ncdt"}))
    assert np.isnan(arrays.numbers).all()
    assert arrays.codes.tolist() == [[-1]]
    assert arrays.sparse is not None
    assert arrays.sparse.values.size == 0


def test_a_later_table_is_read_whole_and_what_is_strange_in_it_reported() -> None:
    rows = {"n": [1.5, 2, 4, 3], "c": ["x", "y", "x", "y"], "d": ["2020-01-01", "2020-02-03", "2021-01-01", None]}
    schema = Schema.infer(read_table(rows))
    same_rows, reports = schema.apply(read_table(rows))
    assert same(same_rows, schema.arrays(read_table(rows)))
    assert not any(report.strange for report in reports)
    later = {
        "n": ["abc", "1e300", "-3", "1e9", "abc", "2", "?"],
        "c": ["X", "x", "z", "z", None, "y", "x"],
        "d": ["someday", "2020-01-05", "1999-01-01", "2031-01-01", "", "2020-03-01", "2020-01-01"],
    }
    arrays, (n, c, d) = schema.apply(read_table(later))
    assert np.isnan(arrays.numbers[:, 0]).tolist() == [True, True, False, False, True, False, True]
    assert np.isnan(arrays.numbers[:, -1]).tolist() == [True, False, False, False, True, False, False]
    assert arrays.codes[:, 0].tolist() == [2, 0, 2, 2, -1, 1, 0]
    assert (n.rows, n.filled, n.strays, n.stray_examples, n.below, n.above) == (7, 3, 3, ("abc", "1e300"), 1, 1)
    assert (n.column.least, n.column.most, n.lowest, n.highest) == (1.5, 4.0, -3.0, 1e9)
    assert (c.filled, c.unseen, c.unseen_examples) == (6, 3, ("z", "X"))
    assert (d.filled, d.strays, d.stray_examples, d.below, d.above) == (5, 1, ("someday",), 1, 1)


def test_strays_are_missing_later() -> None:
    train = read_table({"a": ["unknown" if i % 40 == 0 else str(i) for i in INDEX]})
    schema = Schema.infer(train)
    assert "'unknown' (5)" in schema.assumptions[0]
    assert np.isnan(schema.arrays(read_table({"a": ["unknown", "5"]})).numbers[:, 0]).tolist() == [True, False]
    reports = schema.apply(read_table({"a": ["known", "unknown", "5"]}))[1]
    assert (reports[0].strays, reports[0].stray_examples) == (1, ("known",))


def test_marks_of_the_training_table_hold_later() -> None:
    schema = Schema.infer(read_table({"a": [1, -999, 3]}, missing=["-999"]))
    assert np.isnan(schema.arrays(read_table({"a": [-999, 1]})).numbers[:, 0]).tolist() == [True, False]
    assert schema.read({"a": ["-999"]}).series("a").null_count() == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"target": "nn"}, "did you mean 'n'"),
        ({"drop": ["zzz"]}, "a column 'zzz'"),
        ({"kinds": {"zzz": "number"}}, "a column 'zzz'"),
        ({"kinds": {"c": "foo"}}, "one of number, category, date, text; got 'foo'"),
        ({"kinds": {"c": "number"}}, "'c' holds no number that can be read: .*; got 'x'"),
        ({"kinds": {"c": "date"}}, "'c' holds no date that can be read: .*; got 'x'"),
        ({"drop": ["n", "c", "d", "t", "y"]}, "No column .* left to learn from"),
        ({"text_width": 20_000}, "At most 20,000 columns"),
    ],
)
def test_senseless_wishes_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Schema.infer(mixed_table(), **arguments)


def test_sparse_and_dense_tables_serve_each_other() -> None:
    dense = np.random.default_rng(0).integers(0, 3, (40, 6)).astype(float)
    from_sparse = Schema.infer(read_table(sp.csr_array(dense)))
    one = from_sparse.arrays(read_table(sp.csc_array(dense)))
    assert one.sparse is not None
    assert one.sparse.groups == ((0, 6, "numbers"),)
    assert one.numbers.shape == (40, 0)
    assert same(one, from_sparse.arrays(read_table(dense)))
    from_dense = Schema.infer(read_table(dense))
    assert same(from_dense.arrays(read_table(dense)), from_dense.arrays(read_table(sp.csr_array(dense))))
    with pytest.raises(InputError, match="'x5'"):
        from_sparse.arrays(read_table(dense[:, :5]))


def test_more_columns_than_fit_are_refused_with_a_way_out() -> None:
    with pytest.raises(InputError, match=r"At most 20,000 .* gives 20,001: .*TruncatedSVD"):
        Schema.infer(read_table(sp.csr_array((3, 20_001))))
    Schema.infer(read_table(sp.csr_array((3, 20_000))))


def test_describe_has_a_row_a_column() -> None:
    rows = Schema.infer(mixed_table(), target="y", drop="n").describe()
    assert [(row["column"], row["kind"]) for row in rows] == [
        ("n", "dropped"),
        ("c", "category"),
        ("d", "date"),
        ("t", "text"),
        ("k", "constant"),
    ]
    assert rows[1] | {"note": ""} == {
        "column": "c",
        "kind": "category",
        "distinct": 2,
        "missing": 1,
        "example": "x",
        "note": "",
    }


def test_text_counts_do_not_depend_on_the_rows_beside() -> None:
    table = mixed_table()
    schema = Schema.infer(table, target="y")
    whole, part = schema.arrays(table), schema.arrays(table.take([2]))
    assert same(whole.take(np.array([2])), part)
