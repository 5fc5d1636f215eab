"""Folds as users give them: every form gives the views that it says, and what cannot be is refused in one sentence."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    LeaveOneGroupOut,
    PredefinedSplit,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    StratifiedKFold,
    TimeSeriesSplit,
)

from wellfit.errors import InputError
from wellfit.tables import k_fold, make_target, views_of_folds
from wellfit.tables.arrays import View
from wellfit.tables.views.given_folds import refuse_repeated_rows

ROWS = 40
TARGET = make_target(np.arange(ROWS) % 2)
GROUPS = np.arange(ROWS) // 4
IDS = np.arange(ROWS) % 4 - 1  # a quarter of the rows is never held out


@pytest.mark.parametrize(
    "splitter",
    [
        KFold(3),
        StratifiedKFold(4, shuffle=True, random_state=0),
        TimeSeriesSplit(3, gap=2),
        ShuffleSplit(2, test_size=0.3, random_state=0),
        PredefinedSplit(IDS),
        RepeatedStratifiedKFold(n_splits=2, n_repeats=2, random_state=0),
        GroupKFold(5),
        LeaveOneGroupOut(),
    ],
)
def test_splitters_split_as_they_do_alone(splitter: Any) -> None:
    groups = GROUPS if "Group" in type(splitter).__name__ else None
    wanted = list(splitter.split(np.zeros((ROWS, 1)), np.arange(ROWS) % 2, groups))
    views = views_of_folds(splitter, TARGET, groups=groups)
    assert len(views) == len(wanted)
    for number, (view, (training, held)) in enumerate(zip(views, wanted, strict=True), start=1):
        assert np.array_equal(view.training, training) and np.array_equal(view.validation, held)
        assert view.name == f"fold {number}"


@pytest.mark.parametrize("ids", [IDS, IDS.tolist(), pl.Series(IDS)])
def test_ids_name_the_folds_and_minus_one_is_never_held_out(ids: Any) -> None:
    views = views_of_folds(ids, TARGET)
    assert [view.name for view in views] == ["fold 0", "fold 1", "fold 2"]
    for fold, view in enumerate(views):
        assert np.array_equal(view.validation, np.flatnonzero(IDS == fold))
        assert np.array_equal(view.training, np.flatnonzero(IDS != fold))
    floats = [view.validation.tolist() for view in views_of_folds(np.asarray(ids) / 1, TARGET)]
    assert floats == [view.validation.tolist() for view in views]
    assert [view.name for view in views_of_folds(["a"] * 20 + ["b"] * 20, TARGET)] == ["fold a", "fold b"]


def test_numbers_masks_pairs_and_views() -> None:
    assert [v.validation.tolist() for v in views_of_folds(4, TARGET, seed=3)] == [
        v.validation.tolist() for v in k_fold(TARGET, 4, 3)
    ]
    mask = np.arange(ROWS) < 30
    for given in (
        [(mask, ~mask)],
        iter([(np.arange(30), np.arange(30, 40))]),
        [(list(range(30)), list(range(30, 40)))],
    ):
        (view,) = views_of_folds(given, TARGET)
        assert view.training.tolist() == list(range(30)) and view.validation.tolist() == list(range(30, 40))
    assert views_of_folds([view], TARGET)[0] is view
    (part,) = views_of_folds([view], TARGET, rows=np.arange(5, 35))
    assert part.training.tolist() == list(range(5, 30)) and part.validation.tolist() == list(range(30, 35))
    whole = View(np.arange(30), np.arange(30, 35), np.arange(35, 40), "first", np.arange(30))
    (part,) = views_of_folds([whole], TARGET, rows=np.arange(5, 38))
    assert part.test.tolist() == [35, 36, 37] and np.asarray(part.weight).tolist() == list(range(5, 30))


@pytest.mark.parametrize(
    ("folds", "message"),
    [
        ("5", "folds is a number of 2 or more, an array"),
        (True, "got 'True'"),
        ([], "got none"),
        (1, "2 or more; got 1"),
        (np.zeros(ROWS), "2 different ids or more"),
        (IDS[:-1], "one value of folds for each row; got 39"),
        ([None, *IDS[1:].tolist()], "folds must be known in every row, and row 1"),
        ([(np.arange(30), np.arange(29, 40))], "Fold 1 cannot be used. Row 29 is both"),
        ([(np.arange(30), np.arange(30, 41))], "fold 1 has row 40"),
        ([View(np.arange(30), [30], [40], "first")], "first has row 40"),
        ([(np.arange(30), [])], "fold 1 has no held-out rows"),
        ([(np.arange(30), np.arange(30, 40) / 1)], "array of row numbers or a mask, and fold 1 .*float64"),
        ([(1, 2, 3)], r"got \(1, 2, 3\)"),
        (GroupKFold(3), "GroupKFold.*cannot split these rows.*give groups"),
        (KFold(50), "KFold.*cannot split these rows"),
    ],
)
def test_folds_that_cannot_be(folds: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        views_of_folds(folds, TARGET)


def test_a_group_stays_on_one_side() -> None:
    with pytest.raises(InputError, match="fold 1 trains on some of group '0' and holds others out"):
        views_of_folds(KFold(20), TARGET, groups=GROUPS)


def test_a_row_held_out_twice_is_refused_where_one_prediction_a_row_is_compared() -> None:
    refuse_repeated_rows(views_of_folds(IDS, TARGET), ROWS, IDS)
    splitter = ShuffleSplit(5, random_state=0)
    with pytest.raises(InputError, match=r"ShuffleSplit\(.*holds row \d+ out \d times"):
        refuse_repeated_rows(views_of_folds(splitter, TARGET), ROWS, splitter)
