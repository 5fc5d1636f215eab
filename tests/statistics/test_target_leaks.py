"""Columns that give the target away are named, and good predictors are not."""

from __future__ import annotations

import numpy as np
import pytest

from wellfit.statistics.one_column import class_by_column, number_by_column
from wellfit.statistics.target_leaks import NamedColumn, target_leaks
from wellfit.tables import make_target

ROWS = 300
RANDOM = np.random.default_rng(1)
X = RANDOM.normal(size=(ROWS, 3))
Y = X[:, 0] + 0.5 * X[:, 1] + 0.7 * RANDOM.normal(size=ROWS)
NOISE = RANDOM.normal(size=ROWS)
CLASS = np.digitize(Y, [-0.5, 0.5])
FLIPPED = np.where(np.arange(ROWS) % 100 == 7, (CLASS + 1) % 3, CLASS)

NUMBER_LEAKS = {
    "copy": Y, "scaled": 5 - 3e30 * Y, "monotone": np.exp(3 * Y), "rounded": Y.round(1), "noisy": Y + 0.03 * NOISE,
    "partly missing": np.where(NOISE > 1, np.nan, Y), "ranks": np.argsort(np.argsort(Y)),
}  # fmt: skip
CLASS_LEAKS = {
    "codes": np.array([7, 3, 12])[CLASS], "several values a class": 100 * CLASS + RANDOM.integers(0, 20, ROWS),
    "a few wrong": FLIPPED, "what it is made of": Y,
}  # fmt: skip
NO_LEAKS = {"noise": NOISE, "merely good": Y + 0.3 * NOISE, "a part": X[:, 0], "half of it": np.abs(Y)}


def named(leak: np.ndarray, target: np.ndarray, kind: str, ordered: bool = True) -> list[str]:
    columns = [NamedColumn(f"x{j}", X[:, j], True) for j in range(3)] + [NamedColumn("leak", leak, ordered)]
    made = make_target(target, kind)  # type: ignore[arg-type]
    return [one.name for one in target_leaks(columns, made, np.arange(ROWS))]


@pytest.mark.parametrize("leak", NUMBER_LEAKS.values(), ids=NUMBER_LEAKS.keys())
def test_numbers_that_are_given_away(leak: np.ndarray) -> None:
    assert named(leak, Y, "number") == ["leak"]


@pytest.mark.parametrize("leak", CLASS_LEAKS.values(), ids=CLASS_LEAKS.keys())
def test_classes_that_are_given_away(leak: np.ndarray) -> None:
    assert named(leak, CLASS, "class") == ["leak"]


def test_categories_and_missing_cells_give_away() -> None:
    assert named(np.array([2, 0, 1])[CLASS], CLASS, "class", ordered=False) == ["leak"]
    assert named(np.where(Y > 0, np.nan, NOISE), Y > 0, "class") == ["leak"]


@pytest.mark.parametrize("column", NO_LEAKS.values(), ids=NO_LEAKS.keys())
def test_a_good_predictor_is_no_leak(column: np.ndarray) -> None:
    assert named(column, Y, "number") == [] == named(np.digitize(column, [-0.5, 0.5]), CLASS, "class")


def test_a_table_sorted_by_its_target_is_judged_as_in_any_order() -> None:
    """The forest's folds would each lack a part of the target, and the other columns seem to know nothing."""
    rows = 4000
    x, noise = np.random.default_rng(2).normal(size=(2, rows))
    y = x + 0.1 * noise
    columns = [NamedColumn("near", y + 0.05 * noise[::-1], True), NamedColumn("x", x, True)]
    for order in (np.arange(rows), np.argsort(y)):
        sorted_columns = [NamedColumn(one.name, one.values[order], True) for one in columns]
        assert target_leaks(sorted_columns, make_target(y[order], "number"), np.arange(rows)) == []


def test_a_column_that_ties_where_the_target_differs_is_not_one_to_one() -> None:
    t = np.arange(300)
    assert not number_by_column(t // 10, (t + 5.0) // 10, True).one_to_one
    assert number_by_column(t // 10, 3.0 * (t // 10), True).one_to_one


def test_the_best_of_several_good_columns_is_no_leak() -> None:
    """Thermometers side by side: the others leave a few times what the best one leaves, not ten times."""
    near, nearly, third = (Y + share * Y.std() * RANDOM.normal(size=ROWS) for share in (0.06, 0.2, 0.2))
    columns = [NamedColumn(str(j), values, True) for j, values in enumerate((near, nearly, third))]
    assert number_by_column(near, Y, True).skill > 0.99
    assert target_leaks(columns, make_target(Y, "number"), np.arange(ROWS)) == []


def test_where_the_target_is_easy_no_column_is_blamed() -> None:
    """Petals tell setosa apart perfectly, and so do sepals nearly."""
    from sklearn.datasets import load_iris

    iris, kinds = load_iris(return_X_y=True)
    columns = [NamedColumn(str(j), iris[:, j], True) for j in range(4)]
    assert target_leaks(columns, make_target(kinds == 0, "class"), np.arange(150)) == []
    whole = [*columns, NamedColumn("copy", kinds == 0, True)]
    assert [one.name for one in target_leaks(whole, make_target(kinds == 0, "class"), np.arange(150))] == ["copy"]


def test_a_row_is_predicted_without_itself() -> None:
    """By hand: a majority of the others where a value recurs, the neighbours where it does not."""
    column, classes = np.array([1.0, 1, 1, 2, 3, 3, 3, 3, 9]), np.array([0, 0, 1, 0, 1, 1, 1, 0, 1])
    wrong = 0 + 0 + 1 + 0.5 + 0 + 0 + 0 + 1 + 0  # of 9, where a constant errs in 4
    # The first two rows see one of each class: a tie, which counts as wrong.
    assert class_by_column(column, classes, True).skill == pytest.approx(1 - (wrong + 2) / 4)
    found = number_by_column(np.array([0.0, 1.0, 3.0, 4.0]), np.array([0.0, 1.0, 2.0, 3.0]), True)
    predicted = np.array([1.0, 2 / 3, 1 + 2 * 2 / 3, 2.0])
    assert found.skill == pytest.approx(1 - np.mean((predicted - np.arange(4)) ** 2) / 1.25)
