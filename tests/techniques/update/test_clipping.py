"""Clipping against PyTorch's and NumPy's; its order, its scope, its memory and its share in the history."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.engines.compiled.bench import Bench, make_bench, random_weights, tiny
from tests.engines.compiled.oracle import Arrays, Oracle, largest_difference
from tests.reference import clipping as reference
from wellfit.engines.compiled.run.evaluation import evaluate_member
from wellfit.errors import InputError
from wellfit.techniques import layout as at
from wellfit.training.checkpoint.member_file import restore_member, save_member


def bench_with(precision: str = "float64", **slots: Any) -> Bench:
    recipe, arrays, target = tiny(**{"optimizer": {"name": "sgd", "learning_rate": 0.1}, "epochs": 8, **slots})
    return make_bench(recipe, arrays, target, weight=random_weights(arrays.rows), precision=precision).nudge()


def flat(bench: Bench) -> Any:
    return bench.machine.gradient[: bench.member.program.trained].astype(np.float64).copy()


def gradients(updates: int = 1, **slots: Any) -> tuple[Any, Any]:
    """One update's gradient as it is and clipped, both from the same weights."""
    clipping = slots.pop("clipping")
    free, clipped = bench_with(**slots), bench_with(clipping=clipping, **slots)
    for bench in (free, clipped):
        bench.train(updates)
    return flat(free), flat(clipped)


def angle(a: Any, b: Any) -> float:
    return float(np.arccos(np.clip(a @ b / np.linalg.norm(a) / np.linalg.norm(b), -1, 1)))


def of_pytorch(gradient: Any, clip: Any, *limit: float) -> Any:
    parameter = torch.nn.Parameter(torch.zeros(len(gradient), dtype=torch.float64))
    parameter.grad = torch.from_numpy(gradient.copy())
    clip([parameter], *limit)
    return parameter.grad.numpy()


@pytest.mark.parametrize("limit", [0.01, 0.05, 100.0])
def test_by_value_is_pytorchs_and_changes_the_direction(limit: float) -> None:
    free, clipped = gradients(clipping={"name": "value", "low": -limit, "high": limit})
    np.testing.assert_allclose(clipped, of_pytorch(free, torch.nn.utils.clip_grad_value_, limit), rtol=1e-12)
    assert (angle(free, clipped) > 0.1) == (limit < 1)


@pytest.mark.parametrize("limit", [0.01, 0.3, 100.0])
def test_by_norm_is_pytorchs_and_keeps_the_direction(limit: float) -> None:
    free, clipped = gradients(clipping={"name": "norm", "limit": limit})
    np.testing.assert_allclose(clipped, of_pytorch(free, torch.nn.utils.clip_grad_norm_, limit), rtol=1e-5)
    assert angle(free, clipped) < 1e-7
    assert np.linalg.norm(clipped) == pytest.approx(min(limit, float(np.linalg.norm(free))), rel=1e-12)


class ByPercentile(Oracle):
    """The reference with clipping by a percentile of its own norms."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self.norms: list[float] = []
        self.clipped: list[bool] = []

    def clip(self, gradients: Arrays) -> Arrays:
        chosen, whole = self.recipe.clipping, np.concatenate([part.ravel() for part in gradients.values()])
        whole, clipped = reference.by_percentile(whole, self.norms, chosen.percentile, chosen.window)
        self.clipped.append(clipped)
        parts = np.split(whole, np.cumsum([part.size for part in gradients.values()])[:-1])
        return {name: part.reshape(gradients[name].shape) for name, part in zip(gradients, parts, strict=True)}


@pytest.mark.parametrize("window", [2, 3, 7, 1000])
@pytest.mark.parametrize("percentile", [0.0, 10.0, 35.0, 90.0, 100.0])
def test_by_percentile_is_numpys(percentile: float, window: int) -> None:
    bench = bench_with(clipping={"name": "percentile", "percentile": percentile, "window": window}, l2=0.01)
    oracle = ByPercentile(bench)
    for _ in range(20):
        oracle.step()
    bench.train(20)
    assert largest_difference(bench.parameters, oracle.p)[0] < 1e-10
    assert bench.member.sums[at.NORM] == pytest.approx(oracle.norms[-1], rel=1e-10)
    assert bench.member.sums[at.CLIPPED] == sum(oracle.clipped)
    assert (sum(oracle.clipped) > 0) == (percentile < 100)


def test_by_percentile_keeps_the_direction() -> None:
    free, clipped = gradients(clipping={"name": "percentile", "percentile": 0.0}, optimizer="sgd", updates=1)
    np.testing.assert_array_equal(free, clipped)  # the first norm is its own percentile
    slots = {"batch_size": "all", "optimizer": {"name": "sgd", "learning_rate": 1e-9}}
    free, clipped = gradients(clipping={"name": "percentile", "percentile": 0.0}, updates=4, **slots)
    assert angle(free, clipped) < 1e-7


def test_ties_and_a_long_past_stay_in_order() -> None:
    """The ring and the order hold the same norms, whatever came in between."""
    bench = bench_with("float32", clipping={"name": "percentile", "window": 5}, optimizer="adam")
    for t in range(24):
        bench.train(1)
        (operation,) = bench.operations("clipping")
        ring, ranked = bench.member.state[operation.places["norms"] :][:10].reshape(2, 5)
        held = min(t + 1, 5)
        np.testing.assert_array_equal(np.sort(ring[:held]), ranked[:held])


def test_its_memory_survives_a_kill(tmp_path: Path) -> None:
    slots = {"clipping": {"name": "percentile", "percentile": 30.0, "window": 4}}
    whole, first, second = (bench_with("float32", **slots) for _ in range(3))
    first.train(6)
    save_member(first.member, 0, tmp_path)
    restore_member(second.member, tmp_path / "member-00000.safetensors")
    whole.train(15), second.train(9)
    assert np.array_equal(whole.member.state, second.member.state)
    assert np.array_equal(whole.member.parameters, second.member.parameters)


def test_a_window_larger_than_the_network_has_room() -> None:
    bench = bench_with(hidden=(), clipping={"name": "percentile", "window": 900})
    assert len(bench.member.state) >= 1800
    bench.train(5)


class BeforePenalties(Oracle):
    """The reference that clips the gradient of the data loss alone and adds the penalties afterwards."""

    def clip(self, gradients: Arrays) -> Arrays:
        l2, l1 = self.recipe.l2.strength, self.recipe.l1.strength
        penalties = {
            name: l2 * self.p[name] + l1 * np.sign(self.p[name]) if name.endswith("weight") else 0.0
            for name in gradients
        }
        clipped = super().clip({name: part - penalties[name] for name, part in gradients.items()})
        return {name: part + penalties[name] for name, part in clipped.items()}


@pytest.mark.parametrize("clipping", [{"name": "norm", "limit": 0.1}, {"name": "value", "low": -0.02, "high": 0.02}])
def test_before_the_penalties_by_setting(clipping: dict[str, Any]) -> None:
    penalties = {"l2": 0.3, "l1": 0.05}
    for before, reference_of in ((True, BeforePenalties), (False, Oracle)):
        bench = bench_with(clipping={**clipping, "before_penalties": before}, **penalties)
        oracle = reference_of(bench)
        for _ in range(6):
            oracle.step()
        bench.train(6)
        assert largest_difference(bench.parameters, oracle.p)[0] < 1e-10


def test_its_scope_is_every_trained_parameter() -> None:
    free, clipped = gradients(clipping={"name": "norm", "limit": 0.01}, normalization="batch")
    changed = free != 0
    np.testing.assert_allclose(clipped[changed] / free[changed], 0.01 / np.linalg.norm(free), rtol=1e-10)


def test_the_share_of_clipped_updates_is_in_the_history() -> None:
    for name, share in (("norm", 1.0), ("percentile", None)):
        slots = {"name": "norm", "limit": 1e-9} if name == "norm" else {"name": "percentile", "percentile": 50.0}
        bench = bench_with(clipping=slots)
        oracle = ByPercentile(bench) if share is None else None
        bench.train(9)
        evaluate_member(bench.member, bench.data, bench.workspace, bench.machine)
        if oracle is not None:
            for _ in range(9):
                oracle.step()
            share = sum(oracle.clipped) / 9
        line = bench.member.history.row(-1)
        assert line["clipped_share"] == pytest.approx(share) and share > 0
        assert np.isfinite(line["gradient_norm"])


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_broken_gradient_is_seen(value: float) -> None:
    bench = bench_with("float32", clipping="percentile", epochs=2)
    bench.member.prepared.training.weights[3] = value
    assert bench.finish().status == "diverged"


@pytest.mark.parametrize(
    ("slots", "told"),
    [({"percentile": 101}, "at most 100"), ({"percentile": -1}, "at least 0"), ({"window": 1}, "equal to 2")],
)
def test_out_of_range_is_refused(slots: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told):
        tiny(clipping={"name": "percentile", **slots})
