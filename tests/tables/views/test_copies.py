"""Equal rows: they are found however they are stored, and no split parts them."""

from __future__ import annotations

import numpy as np
import pytest

from wellfit.tables import Schema, holdout, k_fold, make_target, read_table
from wellfit.tables.arrays import Arrays, View
from wellfit.tables.views import copies as module
from wellfit.tables.views.copies import equal_rows, join_groups, row_hashes, rows_seen

RANDOM = np.random.default_rng(0)
ROWS = RANDOM.normal(size=(200, 4)).astype(np.float32)
AGAIN = RANDOM.integers(0, 200, 60)
REPEATED = np.concatenate([ROWS, ROWS[AGAIN]])


def numbers(values: object) -> Arrays:
    table = np.asarray(values, np.float32)
    return Arrays(table, np.zeros((len(table), 0), np.int32))


def test_equal_cells_are_equal_whatever_their_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    other_nan = np.array([0xFFC00001], np.uint32).view(np.float32)[0]
    hashes = row_hashes(numbers([[0.0, np.nan], [-0.0, other_nan], [0.0, 1.0], [np.nan, 0.0]]))
    assert hashes[0] == hashes[1] and len(set(hashes.tolist())) == 3
    whole = row_hashes(numbers(REPEATED))
    monkeypatch.setattr(module, "CELLS_TOGETHER", 28)  # a few rows at a time
    assert np.array_equal(row_hashes(numbers(REPEATED)), whole)


def test_texts_and_categories_count_too() -> None:
    texts = ["the cat sat on the mat", "a dog ran in the park", "the cat sat on the mat", "on mat the sat cat the"]
    rows = {"text": texts * 10, "colour": ["red", "blue"] * 20}
    table = read_table(rows)
    hashes = row_hashes(Schema.infer(table, kinds={"text": "text"}).arrays(table)).reshape(-1, 4)
    assert (hashes == hashes[0]).all()
    assert hashes[0, 0] == hashes[0, 2] and len(set(hashes[0].tolist())) == 3  # the last is of another colour


def test_rows_that_agree_by_chance_are_not_the_same_case() -> None:
    few = RANDOM.integers(0, 3, (300, 3))
    assert equal_rows(numbers(few)) is None
    assert not rows_seen(numbers(few[:100]), numbers(few[100:])).any()
    assert rows_seen(numbers(few), numbers(few)).all(), "the same table again is noticed all the same"
    group = equal_rows(numbers(REPEATED))
    assert group is not None and np.array_equal(group, [*range(200), *AGAIN])
    assert rows_seen(numbers(REPEATED[150:]), numbers(ROWS[:150])).sum() == (AGAIN < 150).sum()


@pytest.mark.parametrize("kind", ["class", "number"])
def test_no_split_parts_equal_rows(kind: str) -> None:
    group = equal_rows(numbers(REPEATED))
    values = (REPEATED[:, 0] > 0).astype(int) if kind == "class" else REPEATED[:, 0]
    target = make_target(values, kind)  # type: ignore[arg-type]
    assert group is not None
    views: list[View] = [holdout(target, 0.2, seed, copies=group) for seed in range(3)]
    views += k_fold(target, 4, copies=group)
    for view in views:
        assert not set(group[view.training]) & set(group[view.validation])
        assert len(view.training) + len(view.validation) == 260
    held = np.concatenate([view.validation for view in views[3:]])
    assert np.array_equal(np.sort(held), np.arange(260))
    if kind == "class":
        shares = [target.values[view.validation].mean() for view in views]
        assert np.ptp(shares) < 0.12, "strata are kept"


def test_without_equal_rows_a_split_is_what_it_was() -> None:
    target = make_target(ROWS[:, 0])
    assert equal_rows(numbers(ROWS)) is None
    one, two = k_fold(target, 4, seed=3), k_fold(target, 4, seed=3, copies=np.arange(200))
    assert all(np.array_equal(a.validation, b.validation) for a, b in zip(one, two, strict=True))


def test_groups_that_share_a_row_become_one() -> None:
    joined = join_groups(np.array(["a", "a", "b", "c", "d"]), np.array([0, 1, 1, 2, 3]))
    assert joined[0] == joined[1] == joined[2] and len(set(joined.tolist())) == 3
