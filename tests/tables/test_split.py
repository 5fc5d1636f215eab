"""Rows with target, weights and groups: parts of them, and single tasks of several."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from wellfit.tables import make_tasks
from wellfit.tables.arrays import Arrays
from wellfit.tables.split import LabelledRows, rows_weighted_by_label, rows_with_label


def rows() -> LabelledRows:
    target = make_tasks({"a": np.array([1.0, 2.0, np.nan, 4.5]), "b": np.array(["x", None, "y", "x"], dtype=object)})
    arrays = Arrays(np.arange(8, dtype=np.float32).reshape(4, 2), np.zeros((4, 0), np.int32))
    return LabelledRows(arrays, target, np.array([1, 2, 3, 4], np.float32), np.array(list("ppqq")))


def test_one_task_has_the_rows_with_its_label() -> None:
    whole = rows()
    number, label = (rows_with_label(whole, task) for task in whole.target.tasks)
    assert number.weight.tolist() == [1, 2, 4] and number.groups is not None and number.groups.tolist() == list("ppq")
    assert number.target.values[:, 0].tolist() == [1.0, 2.0, 4.5] and number.target.labels == ("a",)
    assert label.arrays.numbers[:, 0].tolist() == [0, 4, 6] and label.target.labels == ("x", "y")


def test_one_task_on_all_rows_weighs_those_without_its_label_nothing() -> None:
    whole = rows()
    weights = [rows_weighted_by_label(whole, task).weight.tolist() for task in whole.target.tasks]
    assert weights == [[1, 2, 0, 4], [1, 0, 3, 4]]


def test_the_fingerprint_is_that_of_everything_learned_from() -> None:
    whole = rows()
    same = replace(whole, groups=np.array([7, 7, 9, 9]))  # groups of other names
    assert rows().fingerprint() == whole.fingerprint() == same.fingerprint()
    for other in (
        replace(whole, weight=whole.weight + 1),
        replace(whole, groups=None),
        replace(whole, target=replace(whole.target, values=whole.target.values + 1)),
        replace(whole, arrays=replace(whole.arrays, numbers=whole.arrays.numbers + 1)),
    ):
        assert other.fingerprint() != whole.fingerprint()
