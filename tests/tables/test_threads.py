"""Columns and views of large tables side by side."""

from __future__ import annotations

import threading

import numpy as np
import polars as pl
import pytest

from wellfit.engines.contract.plan import Plan
from wellfit.engines.numpy import prepared_view
from wellfit.recipe import Recipe
from wellfit.tables import Schema, Table, make_target, read_table
from wellfit.tables.arrays import Arrays, View
from wellfit.tables.threads import ROWS_FOR_THREADS, for_each


def test_large_tables_use_threads_small_ones_none() -> None:
    both, here = threading.Barrier(2, timeout=20), threading.get_ident()

    def wait(item: int) -> int:
        both.wait()  # passes only where two are at work
        return -item

    assert for_each([1, 2], wait, ROWS_FOR_THREADS, 2) == [-1, -2]
    assert set(for_each([1, 2], lambda item: threading.get_ident(), ROWS_FOR_THREADS - 1, 2)) == {here}
    assert set(for_each([1, 2], lambda item: threading.get_ident(), ROWS_FOR_THREADS, 1)) == {here}


def test_the_first_failure_is_told() -> None:
    def fail(item: int) -> int:
        raise ValueError(str(item))

    with pytest.raises(ValueError, match="1"):
        for_each([1, 2, 3], fail, ROWS_FOR_THREADS, 2)


def test_a_table_is_read_alike_with_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = {f"c{j}": [f"{i % (j + 3)}" if j % 2 else f"word {i % 5}" for i in range(60)] for j in range(6)}
    alone: Table = read_table(pl.DataFrame(cells))
    known = Schema.infer(alone)
    monkeypatch.setattr("wellfit.tables.threads.ROWS_FOR_THREADS", 10)
    monkeypatch.setattr("wellfit.tables.threads.usable_cores", lambda: 3)
    table = read_table(pl.DataFrame(cells))
    assert table.frame is not None and alone.frame is not None and table.frame.equals(alone.frame)
    assert Schema.infer(table) == known


def test_views_are_prepared_once_each_and_alike_with_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(0)
    arrays = Arrays(random.normal(size=(40, 3)).astype(np.float32), np.zeros((40, 0), np.int32))
    target, weight = make_target(np.arange(40) % 2), np.ones(40, np.float32)
    views = [View(np.arange(20)), View(np.arange(10, 40))]
    plans = [Plan(Recipe(), view, 0) for view in (*views, *views)]
    alone = prepared_view.prepare_views(plans, arrays, target, weight, {})
    made: list[object] = []
    original = prepared_view.prepare_view
    monkeypatch.setattr(prepared_view, "prepare_view", lambda view, *rest: made.append(view) or original(view, *rest))
    monkeypatch.setattr("wellfit.tables.threads.ROWS_FOR_THREADS", 10)
    known: dict[tuple[object, ...], prepared_view.PreparedView] = {}
    threaded = prepared_view.prepare_views(plans, arrays, target, weight, known, 2)
    assert prepared_view.prepare_views(plans, arrays, target, weight, known, 2)[0] is threaded[0] is threaded[2]
    assert len(made) == len(known) == 2
    for one, other in zip(alone, threaded, strict=True):
        assert np.array_equal(one.encoding.centre, other.encoding.centre)
        assert np.array_equal(one.clean.numbers, other.clean.numbers)
