"""Averages of weights: against PyTorch's swa_utils and a slow reference; what is measured, kept and saved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from tests.engines.compiled.bench import Bench, make_bench, random_weights, tiny
from tests.engines.compiled.oracle import Oracle
from tests.reference import averaging as reference
from wellfit.engines.compiled.run.averaged_weights import has_average
from wellfit.engines.compiled.run.evaluation import evaluate_member
from wellfit.engines.compiled.run.networks import network_of
from wellfit.engines.contract.history import MEASURED
from wellfit.errors import InputError
from wellfit.tables.arrays import View
from wellfit.techniques import layout as at
from wellfit.techniques.run.averaging import RunningAverage
from wellfit.training.checkpoint.member_file import restore_member, save_member

Flat = NDArray[np.float64]
PER_EPOCH = 3  # batches of 5 out of 13 rows


def bench_with(precision: str = "float64", view: View | None = None, **slots: Any) -> Bench:
    given = {"optimizer": {"name": "momentum", "learning_rate": 0.05}, "epochs": 4, **slots}
    recipe, arrays, target = tiny(**given)
    return make_bench(recipe, arrays, target, weight=random_weights(arrays.rows), precision=precision, view=view)


def average_of(bench: Bench) -> Flat:
    start, trained = bench.member.program.average_slot, bench.member.program.trained
    return bench.member.state[start : start + trained].astype(np.float64)


def trajectory(bench: Bench, updates: int) -> list[Flat]:
    """The plain weights after each update."""
    return [step_of(bench) for _ in range(updates)]


def step_of(bench: Bench) -> Flat:
    bench.train(1)
    return bench.member.parameters[: bench.member.program.trained].astype(np.float64).copy()


@pytest.mark.parametrize("corrected", [True, False])
@pytest.mark.parametrize(("half_life", "start"), [(1.0, 0.0), (0.3, 0.5), (5.0, 1.0)])
def test_running_average_is_the_reference(half_life: float, start: float, corrected: bool) -> None:
    slots = {"name": "ema", "half_life": half_life, "start": start, "corrected": corrected}
    bench = bench_with(averaging=slots)
    first = {0.0: 0, 0.5: 6, 1.0: 3}[start]
    seen: list[Flat] = []
    for t in range(12):
        w = step_of(bench)
        if t < first:
            assert not has_average(bench.member) and not average_of(bench).any()
            continue
        seen.append(w)
        expected = reference.running_average(seen, half_life * PER_EPOCH, corrected)
        np.testing.assert_allclose(average_of(bench), expected, rtol=1e-12, atol=1e-14)
        assert has_average(bench.member)


@pytest.mark.parametrize(
    ("start", "updates", "first"),
    [
        (0.25, 10, 3),
        (0.26, 10, 3),
        (0.3, 10, 3),
        (0.07, 100, 7),
        (0.0, 10, 0),
        (1.0, 10, 4),
        (1.1, 10, 5),
        (0.999, 10, 10),
    ],
)
def test_the_first_sample_is_not_taken_before_its_start(start: float, updates: int, first: int) -> None:
    """A share of an update is a whole one; 0.07 of 100 is 7, though floats make it more. Epochs of 4 updates."""
    assert RunningAverage(start=start).first(updates, 4) == first


def torch_average(seen: list[Flat], **settings: Any) -> Flat:
    """The same weights through torch.optim.swa_utils."""
    model = torch.nn.Linear(seen[0].size, 1, bias=False, dtype=torch.float64)
    averaged = torch.optim.swa_utils.AveragedModel(model, **settings)
    for w in seen:
        with torch.no_grad():
            model.weight[0] = torch.from_numpy(w)
        averaged.update_parameters(model)
    return averaged.module.weight[0].detach().numpy()


def test_running_average_is_that_of_pytorch() -> None:
    """PyTorch's starts at the first weights and is not corrected for it."""
    bench = bench_with(averaging={"name": "ema", "half_life": 0.8, "corrected": False})
    seen = trajectory(bench, 9)
    beta = 2 ** (-1 / (0.8 * PER_EPOCH))
    multi_avg = torch.optim.swa_utils.get_ema_multi_avg_fn(beta)
    np.testing.assert_allclose(average_of(bench), torch_average(seen, multi_avg_fn=multi_avg), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(("start", "samples"), [(0.0, [3, 6, 9, 12]), (0.5, [9, 12]), (1.0, [6, 9, 12]), (3, [12])])
def test_mean_of_the_last_epochs_is_that_of_pytorch(start: float, samples: list[int]) -> None:
    bench = bench_with(averaging={"name": "swa", "start": start})
    seen = trajectory(bench, 12)
    chosen = [seen[k - 1] for k in samples]
    np.testing.assert_allclose(average_of(bench), torch_average(chosen), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(average_of(bench), reference.equal_mean(chosen), rtol=1e-12, atol=1e-14)


def test_the_mean_of_one_sample_is_that_sample() -> None:
    bench = bench_with("float32", averaging={"name": "swa", "start": 3})
    seen = trajectory(bench, 12)
    assert np.array_equal(average_of(bench), seen[-1])


def test_a_half_life_towards_zero_is_the_plain_weights() -> None:
    bench, plain = (bench_with("float32", averaging=a) for a in ({"name": "ema", "half_life": 1e-9}, "none"))
    averaged, weights = trajectory(bench, 7), trajectory(plain, 7)
    assert np.array_equal(average_of(bench), weights[-1]) and np.array_equal(averaged[-1], weights[-1])


def test_samples_at_the_ends_of_cycles() -> None:
    """Growing cycles end at 1/15, 3/15, 7/15 and all of the run."""
    bench = bench_with(
        averaging={"name": "swa", "start": 0.1, "sample": "cycle"}, schedule="growing_cycles", epochs=10
    )  # fmt: skip
    seen = trajectory(bench, 30)
    np.testing.assert_allclose(average_of(bench), reference.equal_mean([seen[k - 1] for k in (6, 14, 30)]), rtol=1e-12)


@pytest.mark.parametrize(
    ("schedule", "ends"),
    [
        ({"name": "growing_cycles", "cycles": 2}, [10, 30]),
        ({"name": "cosine", "cycles": 3}, [10, 20, 30]),
        ({"name": "cosine", "cycles": 2, "growth": 2.0}, [10, 30]),
        ("constant", []),
    ],
)
def test_cycles_end_where_the_rate_starts_anew(schedule: Any, ends: list[int]) -> None:
    recipe = tiny(schedule=schedule)[0]
    np.testing.assert_allclose(recipe.schedule.cycle_ends(30), ends)
    factors = recipe.schedule.factor(np.arange(30.0), 30, 3)
    for end in ends[:-1]:
        assert factors[end - 1] < 0.1 and (factors[end] > 0.9 or schedule["name"] == "growing_cycles")


def test_a_run_that_ends_within_its_first_epoch_samples_its_last_weights() -> None:
    bench = bench_with(averaging="swa", stopping={"name": "updates", "updates": 2})
    assert np.array_equal(trajectory(bench, 2)[-1], average_of(bench))


def test_training_goes_on_from_the_plain_weights() -> None:
    for averaging in ("ema", "swa"):
        averaged, plain = (bench_with("float32", averaging=a, normalization="batch") for a in (averaging, "none"))
        averaged.train(12), plain.train(12)
        evaluate_member(averaged.member, averaged.data, averaged.workspace, averaged.machine)
        assert np.array_equal(averaged.member.parameters, plain.member.parameters)


def with_average(bench: Bench) -> dict[str, Flat]:
    """The averaged weights by name, with statistics of all training rows found layer by layer by PyTorch's layer."""
    oracle = Oracle(bench)
    flat = bench.member.parameters.astype(np.float64).copy()
    flat[: bench.member.program.trained] = average_of(bench)
    p = bench.named(flat)
    h, w = oracle.x, oracle.weights
    for k in range(len(bench.recipe.hidden)):
        z = h @ p[f"hidden{k}.weight"]
        mean = np.average(z, axis=0, weights=w)
        variance = np.average((z - mean) ** 2, axis=0, weights=w) * w.sum() / (w.sum() - 1)
        p[f"hidden{k}.mean"], p[f"hidden{k}.variance"] = mean, variance
        z = (z - mean) / np.sqrt(variance + 1e-5) * p[f"hidden{k}.gain"] + p[f"hidden{k}.shift"]
        h = np.tanh(z)
    return p


def test_the_averaged_weights_are_kept_with_statistics_of_their_own() -> None:
    view = View(np.arange(9), np.arange(9, 13))
    bench = bench_with(view=view, averaging="ema", normalization="batch", epochs=3, stopping="none")
    member = bench.finish()
    expected = with_average(bench)
    ours = bench.named(member.best)
    for name, part in expected.items():
        np.testing.assert_allclose(ours[name], part, rtol=1e-10, atol=1e-12, err_msg=name)
    assert not np.allclose(member.best, member.parameters)


def test_without_validation_rows_the_average_is_kept_too() -> None:
    bench = bench_with("float32", averaging="swa", normalization="batch")
    member = bench.finish()
    assert member.best is not None and member.best_update == member.update
    kept = network_of(member, "numbers", 2).parameters[: member.program.trained]
    assert np.array_equal(kept, average_of(bench).astype(np.float32))


def test_history_says_which_weights_were_measured() -> None:
    member = bench_with("float32", averaging={"name": "swa", "start": 0.5}).finish()
    assert member.history.column("averaged") == [0.0, 0.0, 1.0, 1.0]
    plain = bench_with("float32").finish()
    assert plain.history.column("averaged") == [0.0] * 4


def test_what_is_measured_is_the_loss_of_the_averaged_weights() -> None:
    """A second member stands at the averaged weights and is measured plainly."""
    view = View(np.arange(9), np.arange(9, 13))
    for normalization in ("none", "batch"):
        bench = bench_with(view=view, averaging="ema", normalization=normalization, stopping="none")
        member = bench.finish()
        other = bench_with(view=view, normalization=normalization)
        other.member.parameters[:] = member.best
        other.member.update = 12
        evaluate_member(other.member, other.data, other.workspace, other.machine)
        for column in MEASURED:
            assert member.history.last(column) == pytest.approx(other.member.history.last(column), rel=1e-12)


@pytest.mark.parametrize("averaging", ["ema", {"name": "swa", "start": 0.25}])
def test_killed_and_resumed_the_average_is_the_same(averaging: Any, tmp_path: Path) -> None:
    slots = {"averaging": averaging, "normalization": "batch", "view": View(np.arange(10), np.arange(10, 13))}
    whole, first, second = (bench_with("float32", **slots) for _ in range(3))
    first.train(7)
    save_member(first.member, 0, tmp_path)
    restore_member(second.member, tmp_path / "member-00000.safetensors")
    whole.train(12), second.train(5)
    assert np.array_equal(whole.member.state, second.member.state)
    for bench in (whole, second):
        evaluate_member(bench.member, bench.data, bench.workspace, bench.machine)
    assert np.array_equal(whole.member.best, second.member.best)


def test_an_infinite_average_is_seen() -> None:
    bench = bench_with("float32", averaging="ema")
    bench.train(3)
    bench.member.state[bench.member.program.average_slot] = np.inf
    evaluate_member(bench.member, bench.data, bench.workspace, bench.machine)
    assert bench.member.status == "diverged"


def test_it_costs_nothing_when_it_is_off() -> None:
    off = bench_with(averaging={"name": "ema", "half_life": 0.0})
    assert np.ptp(off.machine.seams[at.AVERAGE_SEAM]) == 0 and off.member.program.average_slot == -1
    assert len(off.member.state) == off.member.program.trained  # momentum's slot alone


@pytest.mark.parametrize(
    ("slots", "told"),
    [
        ({"averaging": {"name": "swa", "sample": "cycle"}, "schedule": "linear"}, "'linear' has none"),
        ({"snapshots": "cycles"}, "'constant' has none"),
        ({"averaging": {"name": "ema", "half_life": -1}}, "greater than or equal to 0"),
    ],
)
def test_what_makes_no_sense_is_refused(slots: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told):
        tiny(**slots)


@pytest.mark.parametrize(
    ("slots", "runs"),
    [
        ({"epochs": 4}, False),
        ({"epochs": 5}, True),
        ({"epochs": 9, "stopping": {"name": "updates", "updates": 12}}, False),  # 12 updates are 4 epochs
        ({"epochs": 2, "stopping": {"name": "updates", "updates": 13}}, True),
        ({"epochs": 2, "stopping": {"name": "loss_below", "updates": 12}, "schedule": "constant"}, False),
    ],
    ids=str,
)
def test_an_average_starts_within_the_run(slots: dict[str, Any], runs: bool) -> None:
    """Epochs are compared with epochs, also where the run is given in updates."""
    recipe, arrays, target = tiny(averaging={"name": "ema", "start": 4}, **slots)
    if runs:
        assert make_bench(recipe, arrays, target).member.horizon.per_epoch == 3
    else:
        with pytest.raises(InputError, match="starts after epoch 4, and the run has 4 epochs of 3 updates"):
            make_bench(recipe, arrays, target)
