"""Losses and errors that are reported: in the target's own units, weighted, in evaluation mode."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.engines.compiled.bench import Bench, make_bench, random_weights, tiny
from tests.engines.compiled.encoded import encode, scaled_target
from tests.engines.compiled.oracle import describe
from tests.reference import losses, network
from wellfit.engines.compiled.step import step
from wellfit.engines.contract.losses import resolve_loss
from wellfit.techniques import layout as at

CASES = [
    ("numbers", "squared", 2),
    ("numbers", "absolute", 2),
    ("numbers", {"name": "huber", "delta": 0.5}, 2),
    ("numbers", {"name": "quantile", "quantile": 0.8}, 2),
    ("counts", "poisson", 2),
    ("counts", "squared", 2),
    ("binary", "cross_entropy", 1),
    ("classes", "cross_entropy", 4),
    ("labels", "multi_label", 3),
]
POWER = {"squared": 2, "huber": 2, "absolute": 1, "quantile": 1}


def expected(bench: Bench) -> tuple[float, float]:
    """Mean loss and mean error of the clean rows by the reference's losses, column by column."""
    target, encoding, rows = bench.target, bench.member.prepared.encoding, bench.member.prepared.clean
    x = encode(encoding, bench.arrays)[rows.numbers]
    moving = {name: part for name, part in bench.parameters.items() if name.endswith((".mean", ".variance"))}
    d = describe(bench.recipe, x.shape[1], target.outputs)
    z = network.predict(d, bench.parameters, x, moving)
    y = target.values[rows.numbers].astype(np.float64)
    loss, w = resolve_loss(bench.recipe, target.kind), rows.weights.astype(np.float64)
    if target.kind == "classes":
        labels = y[:, 0].astype(int)
        return losses.loss("cross_entropy", z, labels, w), float(np.average(z.argmax(axis=1) != labels, weights=w))
    if target.kind in ("binary", "labels"):
        wrong = ((z > 0) != (y > 0.5)).mean(axis=1)
        return losses.loss("multi_label", z, y, w), float(np.average(wrong, weights=w))
    unit = encoding.target_scale
    if loss.name == "poisson":
        logs = z + np.log(unit)
        return losses.loss("poisson", logs, y, w), float(np.average((np.exp(logs) - y) ** 2, axis=0, weights=w).mean())
    scaled = scaled_target(encoding, target)[rows.numbers]
    settings = loss.model_dump(exclude={"name"})
    columns = [
        losses.loss(loss.name, z[:, [j]], scaled[:, [j]], w, settings) * unit[j] ** POWER[loss.name]
        for j in range(target.outputs)
    ]
    errors = np.average((z * unit + encoding.target_centre - y) ** 2, axis=0, weights=w)
    return float(np.mean(columns)), float(errors.mean())


@pytest.mark.parametrize(("kind", "loss", "outputs"), CASES, ids=str)
def test_losses_and_errors_in_the_targets_units(kind: str, loss: Any, outputs: int) -> None:
    techniques = {"normalization": "batch", "dropout": {"rate": 0.3, "form": "classic"}}
    recipe, arrays, target = tiny(kind, outputs=outputs, rows=70, loss=loss, **techniques)
    bench = make_bench(recipe, arrays, target, weight=random_weights(arrays.rows))
    bench.train(4)
    assert bench.evaluate() == pytest.approx(expected(bench), rel=1e-9)


def test_the_running_loss_is_the_mean_over_the_batches_in_training_mode() -> None:
    from tests.engines.compiled.oracle import replay

    recipe, arrays, target = tiny(loss="absolute", outputs=1, l2=0.1, l1=0.03, batch_size="all", dropout=0.2)
    bench = make_bench(recipe, arrays, target, weight=random_weights(arrays.rows))
    reference = replay(bench, 3)
    bench.train(3)
    sums = bench.member.sums
    assert sums[at.OBJECTIVE] / sums[at.WEIGHT] + sums[at.PENALTY] / 3 == pytest.approx(
        np.mean(reference.objectives), rel=1e-9
    )
    assert sums[at.LOSS] == pytest.approx(
        sums[at.OBJECTIVE] * bench.member.prepared.encoding.target_scale[0], rel=1e-12
    )
    assert sums[at.WEIGHT] == pytest.approx(3 * random_weights(arrays.rows).sum(), rel=1e-6)


def test_history_says_what_was_measured() -> None:
    slots = {"clipping": {"name": "norm", "limit": 0.3}, "schedule": "linear"}
    recipe, arrays, target = tiny(outputs=1, batch_size="all", epochs=3, **slots)
    bench = make_bench(recipe, arrays, target)
    member = bench.finish()
    assert member.status == "finished"
    columns = {name: np.array(values) for name, values in member.history.to_arrays().items()}
    assert list(columns["epoch"]) == list(columns["update"]) == [1, 2, 3]
    a = np.arange(3) / 3
    assert columns["learning_rate"] == pytest.approx(0.001 * (1 - a + 0.01 * a))
    assert (columns["gradient_norm"] > 0).all() and set(columns["clipped_share"]) <= {0.0, 1.0}
    assert np.isnan(columns["validation_loss"]).all() and np.isnan(columns["validation_error"]).all()


@pytest.mark.parametrize("sizes", [(64, 65), (1, 0), (0, 63), (7, 70)], ids=str)
def test_sets_of_rows_are_measured_each_as_if_alone(sizes: tuple[int, int]) -> None:
    recipe, arrays, target = tiny("classes", outputs=3, rows=140)
    bench = make_bench(recipe, arrays, target, precision="float32")

    def sums_of(rows: NDArray[np.int64], *ends: int) -> NDArray[np.float64]:
        sums = np.full((len(ends), at.SUMS_SIZE), 9.0)
        step.evaluate.for_precision()(
            bench.machine, bench.data, rows, np.linspace(1, 2, 140, dtype=np.float32)[rows], np.array(ends),
            np.zeros(64, np.int64), np.zeros(1, np.int64), sums,
        )  # fmt: skip
        return sums

    first, second = np.arange(sizes[0]), np.arange(139, 139 - sizes[1], -1)
    together = sums_of(np.concatenate([first, second]), sizes[0], sum(sizes))
    assert together.tolist() == [*sums_of(first, sizes[0]).tolist(), *sums_of(second, sizes[1]).tolist()]
    assert (together[:, at.WEIGHT] > 0).tolist() == [size > 0 for size in sizes]


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_one_value_that_is_not_finite_is_seen_wherever_it_stands(precision: str) -> None:
    values = np.full(37, np.finfo(precision).max, precision)
    all_finite = step.all_finite.for_precision(precision)
    assert all_finite(values) and all_finite(-values) and all_finite(values[:0])
    for place in (0, 16, 31, 36):
        for bad in (math.nan, math.inf, -math.inf):
            spoiled = values.copy()
            spoiled[place] = bad
            assert not all_finite(spoiled)
