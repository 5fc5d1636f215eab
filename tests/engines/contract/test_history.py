"""A history keeps rows by name, whatever columns come later."""

from __future__ import annotations

import math

import numpy as np
import pytest

from wellfit.engines.contract.history import HISTORY, TASK_HISTORY, History, history_table


def history(*rows: dict[str, float]) -> History:
    made = History()
    for row in rows:
        made.append(row)
    return made


def test_rows_are_read_by_name() -> None:
    made = history({"update": 3, "validation_loss": 0.5}, {"update": 6, "validation_loss": 0.25})
    assert len(made) == 2 and made.columns == HISTORY
    assert made.column("update") == [3.0, 6.0]
    assert made.last("validation_loss") == 0.25 and made.row(0)["validation_loss"] == 0.5
    assert [row["update"] for row in made.rows()] == [3.0, 6.0]


def test_a_column_may_come_later_and_stay_away_again() -> None:
    made = history({"update": 1}, {"update": 2, "spread": 0.5}, {"update": 3})
    assert made.columns == (*HISTORY, "spread")
    assert np.array_equal(made.column("spread"), [math.nan, 0.5, math.nan], equal_nan=True)
    assert np.isnan(made.column("never")).all() and len(made.column("never")) == 3


def test_an_empty_history_has_no_last_row() -> None:
    made = History()
    assert not len(made) and made.last("update", 0.0) == 0.0 and math.isnan(made.last("update"))
    with pytest.raises(IndexError):
        made.row(-1)


def test_what_is_read_changes_nothing() -> None:
    made = history({"update": 1})
    made.column("update").append(7.0)
    made.row(0)["update"] = 7.0
    assert made.column("update") == [1.0]


@pytest.mark.parametrize("rows", [[], [{"update": 1.0, "zeal": 2.0}, {"update": 2.0, "awe": math.inf}]])
def test_arrays_give_the_history_back(rows: list[dict[str, float]]) -> None:
    made = history(*rows)
    arrays = made.to_arrays()
    again = History.from_arrays({name: arrays[name] for name in sorted(arrays)})
    assert history_table([again]).equals(history_table([made])) and again.columns[: len(HISTORY)] == HISTORY
    again.append({"update": 9})
    assert len(again) == len(made) + 1


def test_arrays_that_lack_a_column_are_read() -> None:
    """A checkpoint of a version that measured less."""
    again = History.from_arrays({"update": np.array([1.0, 2.0])})
    assert again.columns == HISTORY and np.isnan(again.column("averaged")).all()


def test_the_table_has_the_same_columns_first_and_others_by_name() -> None:
    table = history_table(
        [history({"update": 1, "zeal": 2}), history(), history({"update": 4, "awe": 3}, {"update": 5})]
    )
    assert table.columns == ["member", *HISTORY, "awe", "zeal"]
    assert table["member"].to_list() == [0, 2, 2] and table["update"].to_list() == [1, 4, 5]
    assert str(table["update"].dtype) == str(table["member"].dtype) == "Int64"
    assert np.array_equal(table["zeal"].to_numpy(), [2, math.nan, math.nan], equal_nan=True)


@pytest.mark.parametrize("histories", [[], [History()], [History(TASK_HISTORY)]])
def test_a_table_without_rows_has_its_columns(histories: list[History]) -> None:
    table = history_table(histories, TASK_HISTORY)
    assert table.height == 0 and table.columns[: 1 + len(TASK_HISTORY)] == ["member", *TASK_HISTORY]
