"""Observers write, with the real libraries, what `Population.history` holds; without them they say what is missing."""

from __future__ import annotations

import math
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import polars
import pytest

import wellfit
from wellfit.errors import InputError
from wellfit.observers import mlflow, tensorboard

ROWS = 200


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Two networks, one of which diverges, observed by what is installed."""
    pytest.importorskip("tensorboard", reason="tensorboard is not installed")
    pytest.importorskip("mlflow", reason="mlflow is not installed")
    folder = tmp_path_factory.mktemp("observed")
    draws = np.random.default_rng(0)
    X = draws.normal(size=(ROWS, 3)).astype(np.float32)
    recipes = [
        wellfit.Recipe(hidden=(8,), epochs=5),
        wellfit.Recipe(hidden=(8,), epochs=5, optimizer={"name": "sgd", "learning_rate": 1e30}),
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of MLflow itself
        with tensorboard(folder / "events") as events, mlflow(folder / "runs") as runs:
            population = wellfit.train(recipes, X, X[:, 0] > 0, observers=[events, runs], seeds=1)
    return {"history": population.history, "folder": folder, "runs": runs, "statuses": population}


def expected(history: polars.DataFrame, member: int, column: str) -> list[tuple[int, float]]:
    rows = history.filter(polars.col("member") == member).select("update", column).iter_rows()
    return [(update, value) for update, value in rows if math.isfinite(value)]


def test_tensorboard_reads_every_evaluation(trained: dict[str, Any]) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    read = EventAccumulator(str(trained["folder"] / "events" / "network-0000")).Reload()
    for column in ("validation_loss", "training_loss", "learning_rate"):
        found = [(one.step, one.value) for one in read.Scalars(column)]
        wanted = expected(trained["history"], 0, column)
        assert [step for step, _ in found] == [step for step, _ in wanted] and len(found) >= 5
        assert np.allclose([value for _, value in found], [value for _, value in wanted])


def test_mlflow_reads_every_evaluation(trained: dict[str, Any]) -> None:
    runs = trained["runs"]
    found = {one.info.run_name: one for one in runs.client.search_runs([runs.experiment])}
    assert set(found) == {"training", "network 0", "network 1"}
    first, parent = found["network 0"], found["training"]
    assert first.data.tags["mlflow.parentRunId"] == parent.info.run_id and first.info.status == "FINISHED"
    metrics = runs.client.get_metric_history(first.info.run_id, "validation_loss")
    assert [(one.step, one.value) for one in metrics] == expected(trained["history"], 0, "validation_loss")
    assert found["network 1"].data.tags["status"] == "diverged" and found["network 1"].info.status == "FAILED"


@pytest.mark.parametrize(("make", "extra"), [(tensorboard, "tensorboard"), (mlflow, "mlflow")])
def test_without_the_library_the_extra_is_named(
    make: Any, extra: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [one for one in sys.modules if one.split(".")[0] == extra]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, extra, None)
    with pytest.raises(InputError, match=rf'pip install "wellfit\[{extra}\]"'):
        make(tmp_path)
    with pytest.raises(InputError, match="1 or more networks"):
        make(tmp_path, most=0)
