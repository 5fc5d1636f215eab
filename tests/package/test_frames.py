"""Tables of results as pandas has them, without pyarrow."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars
import pytest

import wellfit
from wellfit.frames import ResultFrame


def test_a_history_becomes_a_pandas_frame_without_pyarrow(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Any, **kwargs: Any) -> None:
        raise ModuleNotFoundError("pyarrow is required")

    monkeypatch.setattr(polars.DataFrame, "to_pandas", refuse)
    X = np.random.default_rng(0).normal(size=(60, 2))
    population = wellfit.train(wellfit.Recipe(hidden=(4,), epochs=2), X, X[:, 0], seeds=[0, 1])
    for table in (population.history, population[1].history):
        frame = table.to_pandas()
        assert list(frame.columns) == table.columns and len(frame) == table.height
    assert str(population.history.to_pandas()["update"].dtype) == "int64"
    with pytest.raises(ModuleNotFoundError, match="pyarrow"):
        population.history.to_pandas(use_pyarrow_extension_array=True)


def test_it_is_what_polars_makes_with_pyarrow() -> None:
    columns = {"loss": [0.5, None], "status": ["finished", "pruned"], "rank": [1, 2], "seen": [None, 3]}
    ours, theirs = ResultFrame(columns).to_pandas(), polars.DataFrame(columns).to_pandas()
    assert ours.equals(theirs) and ours.dtypes.tolist() == theirs.dtypes.tolist()
