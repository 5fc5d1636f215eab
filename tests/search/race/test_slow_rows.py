"""Tables whose folds take long to make ready: a search trains fewer folds rather than none."""

from __future__ import annotations

import pytest

from tests.search.distil.test_distillation import searched
from wellfit.search.race import first_candidate as fitting
from wellfit.search.race import strategy


def test_fewer_folds_are_trained_where_making_them_ready_would_take_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (fitting, strategy):  # the strategy opens no further recipe either
        monkeypatch.setattr(module, "PREPARATION_SHARE", 1e-9)  # as if the first fold took all
    found, _, _ = searched("number", updates=None, seconds=1.5, folds=4)
    race = found.searched.race
    assert race.partitions.use == 2 and all(len(one.members) == 2 for one in race.candidates)
    assert [len(made.until) for made in race.rounds][0] == 2  # the opening trains its first candidate alone
    assert found.estimate.mean > 0
