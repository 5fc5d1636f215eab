"""Targets and weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellfit.errors import InputError
from wellfit.tables import check_weights, infer_target_kind, make_target
from wellfit.tables.reading.choices import Choices

NUMBERS = [f"{i}.25" for i in range(40)]


@pytest.mark.parametrize(
    ("values", "kind", "labels", "codes"),
    [
        (["b", "a", "b"], "binary", ("a", "b"), [1, 0, 1]),
        ([True, False], "binary", (False, True), [1, 0]),
        ([2, 1, 3] * 3, "classes", (1, 2, 3), [1, 0, 2] * 3),
        ([0.0, 1.0], "binary", (0.0, 1.0), [0, 1]),
        (pd.Series(pd.Categorical(["v", "u"])), "binary", ("u", "v"), [1, 0]),
        (pl.Series(["v", "u"]), "binary", ("u", "v"), [1, 0]),
        (np.array([["v"], ["u"]]), "binary", ("u", "v"), [1, 0]),
        (["x", 1, "x"], "binary", (1, "x"), [1, 0, 1]),
    ],
)
def test_classes(values: Any, kind: str, labels: tuple[Any, ...], codes: list[int]) -> None:
    target = make_target(values)
    assert (target.kind, target.labels) == (kind, labels)
    assert target.values.dtype == np.float32
    assert target.values.ravel().tolist() == codes
    assert [type(label) for label in target.labels] == [type(label) for label in labels]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1.5, 2.0], "number"),
        (list(range(11)) * 9, "number"),
        (list(range(10)) * 9, "class"),
        ([0, 1, 2, 3, 4], "number"),
        ([3, 4, 5] * 3, "class"),
        ([7, 9], "class"),
        (["1", "2"], "class"),
        ([[1.0, 2.0]], "number"),
        ([[True, False]], "labels"),
    ],
)
def test_inferred_kind(values: Any, kind: str) -> None:
    assert infer_target_kind(values)[0] == kind


@pytest.mark.parametrize(
    ("cells", "first"),
    [
        (NUMBERS, 0.25),
        ([f"{i},5" for i in range(40)], 0.5),
        ([f"${i + 1000:,}" for i in range(40)], 1000),
        ([f"({i}.25)" for i in range(40)], -0.25),
        ([f"{i} kg" for i in range(40)], 0),
        ([f"{i}.5 %" for i in range(9)], 0.5),
    ],
)
def test_targets_and_weights_in_text_are_read_as_columns_are(cells: list[str], first: float) -> None:
    assert infer_target_kind(cells)[0] == "number"
    assert make_target(cells).kind == "numbers"
    assert make_target(np.array([cells, cells], dtype=object).T, "number").values[0].tolist() == [first, first]
    assert make_target(cells).values[0, 0] == make_target(cells, "number").values[0, 0] == first
    weights = [cell.strip("()") for cell in cells]
    np.testing.assert_array_equal(check_weights(weights, len(cells)), abs(make_target(cells).values[:, 0]))


def test_the_decimal_mark_of_targets_and_weights_can_be_chosen() -> None:
    cells = ["7,404", "1,200", "2,500"]
    for mark, value in (("comma", 7.404), ("point", 7404)):
        assert make_target(cells, "number", choices=Choices(mark)).values[0, 0] == np.float32(value)  # type: ignore[arg-type]
        assert check_weights(cells, 3, Choices(mark))[0] == np.float32(value)  # type: ignore[arg-type,index]


def test_text_of_few_amounts_stays_classes() -> None:
    assert make_target(["$5", "$10", "$5", "$10"]).labels == ("$10", "$5")
    assert make_target(["1", "2", "1", "unknown"] * 9).labels == ("1", "2", "unknown")
    assert make_target([f"a{i}" for i in range(40)], "class").outputs == 40


def test_asked_kinds() -> None:
    assert make_target([3, 4] * 9, "number").kind == "numbers"
    assert make_target([3, 0, 7], "count").kind == "counts"
    assert make_target(["3", "0.5"], "number").values.ravel().tolist() == [3, 0.5]
    many = make_target(np.arange(6.0).reshape(3, 2), labels=("left", "right"))
    assert (many.kind, many.labels, many.outputs) == ("numbers", ("left", "right"), 2)
    assert make_target([[1, 0], [0, 0]], "labels").kind == "labels"
    assert make_target(list(range(30)), "class").outputs == 30


def test_labels_of_training_hold_for_a_test_table() -> None:
    assert make_target(["b", "b"], "class", labels=("a", "b", "c")).values.ravel().tolist() == [1, 1]
    assert make_target([2, 1], "class", labels=("1", "2")).values.ravel().tolist() == [1, 0]
    with pytest.raises(InputError, match="classes are 'a', 'b', and the target has 'c'"):
        make_target(["a", "c"], "class", labels=("a", "b"))


@pytest.mark.parametrize(
    ("values", "kind", "message"),
    [
        ([0, 1, None], None, "row 3 is missing"),
        ([0.5, np.nan, np.nan], None, r"2 rows \(the first is row 2\) are missing"),
        (["a", None], None, "row 2 is missing"),
        (pd.Series([1, None], dtype="Int64"), None, "row 2 is missing"),
        ([[1.0, 2.0], [np.nan, 1.0]], None, "row 2 is missing"),
        ([1, np.inf], None, "row 2 is infinite"),
        (["a", "a"], None, "constant, .*; got 'a' in every row"),
        ([2.5, 2.5, 2.5], None, "constant, .*; got 2.5 in every row"),
        ([5, 5, 5], "class", "only 1 class.*; got 5 in every row"),
        ([f"a{i}" for i in range(40)], None, r"40 classes in 40 rows.*--task number.*; got 'a0', 'a1'"),
        ([*NUMBERS[1:], "pending"], None, r"row 40 is missing or no number: .*--skip-unknown-targets.*; got 'pending'"),
        ([*NUMBERS[2:], None, "low"], None, r"2 rows \(the first is row 39\) are missing or no number.*; got 'low'"),
        ([], None, "0 sample"),
        ([1, -1], "count", "got -1.0"),
        ([1, 1.5], "count", "got 1.5"),
        ([0, 2], "labels", "got 2.0"),
        ([1.5, 2.5], "class", "Unknown label type: continuous"),
        (["x", "1"], "number", "row 1 is missing or no number: .*; got 'x'"),
        ([[1, 2], [1]], "number", "these differ"),
        ([1, 1e300], "number", "float32"),
        ([1e12 + 1e-3, 1e12], "number", "subtract a constant"),
        (np.ones((2, 2, 2)), None, r"shape \(2, 2, 2\)"),
        ([1 + 1j], None, "Complex data not supported"),
        ([1, 2], "foo", "got 'foo'"),
        ([["a", "b"]], "class", "got 2 columns"),
    ],
)
def test_refused_targets(values: Any, kind: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make_target(values, kind)


@given(st.lists(st.one_of(st.text(max_size=3), st.integers(-5, 5), st.booleans()), min_size=2, max_size=30))
def test_labels_give_the_classes_back(values: list[Any]) -> None:
    known = {str(value) for value in values}
    if len(known) < 2:
        return
    texts = [str(value) for value in values]
    target = make_target(texts, "class")
    assert [target.labels[int(code)] for code in target.values.ravel()] == texts


def test_weights() -> None:
    weights = check_weights([1, 0, 2.5], 3)
    assert weights is not None
    assert weights.dtype == np.float32
    assert weights.tolist() == [1, 0, 2.5]
    assert check_weights(None, 3) is None
    assert check_weights(2, 2).tolist() == [2, 2]  # type: ignore[union-attr]
    assert check_weights(pd.Series(["1", "2"]), 2).tolist() == [1, 2]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        ([1, np.nan], "row 2 is missing"),
        ([1, None], "row 2 is missing"),
        ([1, np.inf], "row 2 is infinite"),
        ([-1, 1], "row 1 is negative"),
        ([0, 0], "every weight is zero"),
        ([1], r"shape \(1,\) for 2 rows"),
        (["1", "x"], "row 2 is missing or no number: .*; got 'x'"),
        ([1, 1e39], "divide them"),
    ],
)
def test_refused_weights(weight: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        check_weights(weight, 2)


@pytest.mark.parametrize("values", [[[0, 1], [1, 1]], np.zeros((3, 2), np.int8), np.array([[1.0, 0.0, 1.0]] * 4)])
def test_several_columns_of_0_and_1_are_refused_until_it_is_said_what_they_are(values: Any) -> None:
    with pytest.raises(InputError, match='kind="labels" or kind="number"; got [23] such columns'):
        make_target(values)
    assert make_target(values, kind="labels").kind == "labels" and make_target(values, kind="number").kind == "numbers"


def test_of_one_hot_columns_the_classes_are_offered_too() -> None:
    with pytest.raises(InputError, match="argmax"):
        make_target(np.eye(3, dtype=int))


@pytest.mark.parametrize(
    "values", [[[0, 2], [1, 1]], [[0.5, 1.0], [1.0, 0.0]], [[True, False], [True, True]], [0, 1, 1]]
)
def test_other_targets_of_small_numbers_need_no_kind(values: Any) -> None:
    assert make_target(values).kind in ("numbers", "labels", "binary")
