"""The time that is kept for choosing the ensemble grows with what there is to choose from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.search.little import TINY, Little
from wellfit.search import SearchSettings, search
from wellfit.search.choose import selection_time as choosing
from wellfit.search.choose.selection_time import SelectionTime
from wellfit.search.race.race import Race
from wellfit.search.race.run import run_search
from wellfit.search.race.search_budget import TimeBudget
from wellfit.statistics.metrics import metric_of
from wellfit.tables import make_target
from wellfit.tables.arrays import Arrays


def race_of(rows: int, classes: int, most: int) -> Race:
    random = np.random.default_rng(0)
    arrays = Arrays(random.normal(size=(rows, 2)).astype(np.float32), np.zeros((rows, 0), np.int32))
    target = make_target(random.integers(classes, size=rows), kind="class")
    settings: dict[str, Any] = {"recipes": [TINY], "proposer": Little(), "folds": 2, "most_candidates": most}
    return run_search(arrays, target, None, SearchSettings(updates=40 * most, **settings)).race


def test_more_candidates_rows_and_classes_take_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "seconds_of", lambda work: 1e-3)
    races = [race_of(*size) for size in ((400, 3, 2), (400, 3, 6), (1600, 3, 2), (400, 30, 2))]
    kept = []
    for race in races:
        one = SelectionTime(race, metric_of(None, "classes"))
        one.cell, one.loss = 1e-6, 1e-6
        for member in race.members:
            member.seconds_per_update = 0.0
        kept.append(one())
    assert kept[1] > 1.5 * kept[0] and kept[2] > 3 * kept[0] and kept[3] > 5 * kept[0]


def test_metrics_that_sort_take_losses_of_all_rows_besides() -> None:
    race = race_of(2400, 3, 2)
    one, other = (SelectionTime(race, metric_of(name, "classes")) for name in ("log_loss", "auc"))
    for each in (one, other):
        each.cell, each.loss = 0.0, 1.0
    assert other() > 1.2 * 60 * 2400 / 2400 and one() > 0
    race.candidates.clear()
    assert one() == other() == 0


def test_the_clock_keeps_what_comes_after(monkeypatch: pytest.MonkeyPatch) -> None:
    now, after = [100.0], [1.0]
    monkeypatch.setattr("wellfit.search.race.search_budget.time.monotonic", lambda: now[0])
    clock = TimeBudget(10.0, 2, lambda: after[0])
    assert (clock.seconds, clock.left, clock.whole) == (9.0, 18.0, 20.0)
    now[0], after[0] = 104.0, 4.0
    assert (clock.seconds, clock.left) == (2.0, 4.0)
    after[0] = 7.0
    assert clock.left == 0.0


def test_a_search_by_the_clock_asks_and_one_by_updates_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    called = []

    def counted(self: SelectionTime) -> float:
        called.append(len(self.race.candidates))
        return 0.2

    monkeypatch.setattr(SelectionTime, "__call__", counted)
    race = race_of(200, 3, 1)
    assert race.candidates and not called
    random = np.random.default_rng(0)
    arrays = Arrays(random.normal(size=(200, 2)).astype(np.float32), np.zeros((200, 0), np.int32))
    settings = SearchSettings(seconds=1.0, recipes=[TINY], proposer=Little(), folds=2)
    search(arrays, make_target(random.integers(3, size=200), kind="class"), None, settings)
    assert called and max(called) > 0
