"""Which rows a view measures."""

from __future__ import annotations

import numpy as np
import pytest

from wellfit.engines.numpy.prepared_view import MOST_CLEAN_ROWS, prepare_view
from wellfit.recipe import Recipe
from wellfit.tables.arrays import Arrays, Target, View


@pytest.mark.parametrize(("validating", "measured"), [(300, 300), (9_000, MOST_CLEAN_ROWS), (0, 1_000)])
def test_as_many_training_rows_are_measured_as_validate_but_no_more_than_so_many(
    validating: int, measured: int
) -> None:
    numbers = np.random.default_rng(0).normal(size=(20_000, 1)).astype(np.float32)
    view = View(np.arange(11_000), np.arange(11_000, 11_000 + validating))
    target = Target("numbers", numbers, ("y",))
    ready = prepare_view(
        view, Arrays(numbers, np.zeros((20_000, 0), np.int32)), target, np.ones(20_000, np.float32), Recipe()
    )
    assert len(np.unique(ready.clean.numbers)) == measured and ready.clean.numbers.max() < 11_000
    assert len(ready.validation.numbers) == validating
