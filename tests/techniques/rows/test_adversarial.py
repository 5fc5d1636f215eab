"""Adversarial training and sharpness-aware minimisation against PyTorch's gradients in float64."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

import wellfit
from tests.engines.compiled.bench import Bench, make_arrays, make_bench, make_target, plain, random_weights
from tests.engines.compiled.masks import batch_rows
from wellfit.engines.compiled.measure.robust_error import robust_error
from wellfit.engines.compiled.run.networks import network_of
from wellfit.errors import InputError
from wellfit.tables.arrays import Arrays
from wellfit.techniques.rows.adversarial import Adversarial

SGD = {"name": "sgd", "learning_rate": 0.05}


class Twin:
    """The bench's network in PyTorch: linear, batch norm or none, tanh, twice; full batches, one row order."""

    def __init__(self, bench: Bench) -> None:
        self.bench, self.recipe = bench, bench.recipe
        self.w = {
            name: torch.tensor(part.astype(np.float64), requires_grad=True)
            for name, part in bench.parameters.items()
            if not name.endswith((".mean", ".variance"))
        }
        self.norms = self.recipe.normalization.name == "batch"

    def outputs(self, x: torch.Tensor, w: dict[str, torch.Tensor]) -> torch.Tensor:
        for k in range(len(self.recipe.hidden)):
            x = x @ w[f"hidden{k}.weight"]
            if self.norms:
                x = torch.nn.functional.batch_norm(
                    x, None, None, w[f"hidden{k}.gain"], w[f"hidden{k}.shift"], training=True, eps=1e-5
                )
            else:
                x = x + w[f"hidden{k}.bias"]
            x = torch.tanh(x)
        return x @ w["output.weight"] + w["output.bias"]

    def loss(self, x: torch.Tensor, y: torch.Tensor, w: dict[str, torch.Tensor]) -> torch.Tensor:
        if self.bench.target.kind == "classes":
            return torch.nn.functional.cross_entropy(self.outputs(x, w), y[:, 0].long())
        return ((self.outputs(x, w) - y) ** 2).mean() / 2

    def gradients(self, value: torch.Tensor) -> dict[str, torch.Tensor]:
        return dict(zip(self.w, torch.autograd.grad(value, list(self.w.values())), strict=True))

    def batch(self, update: int) -> tuple[torch.Tensor, torch.Tensor]:
        member = self.bench.member
        n = self.bench.arrays.rows
        rows = batch_rows(member.plan.seed, update, n, member.batch, member.horizon.per_epoch)
        encoding = member.prepared.encoding
        y = self.bench.target.values[rows].astype(np.float64)
        if self.bench.target.kind == "numbers":
            y = (y - encoding.target_centre) / encoding.target_scale
        return torch.tensor(self.bench.arrays.numbers[rows].astype(np.float64)), torch.tensor(y)

    def attack(self, x: torch.Tensor, y: torch.Tensor, attack: Adversarial) -> torch.Tensor:
        epsilon = attack.epsilon
        assert isinstance(epsilon, float)
        moved = x.clone()
        size = attack.step_size or (1.0 if attack.steps == 1 else 2.5 / attack.steps)
        touched = len(x) if attack.form == "averaged" else int(attack.share * len(x) + 0.5)
        for _ in range(attack.steps):
            moved.requires_grad_(True)
            (slope,) = torch.autograd.grad(self.loss(moved, y, self.w), moved)
            new = moved.detach() + size * epsilon * torch.sign(slope)
            new = torch.clamp(new, x - epsilon, x + epsilon)
            if attack.low is not None and attack.high is not None:
                new = torch.maximum(torch.minimum(new, x.clamp(min=attack.high)), x.clamp(max=attack.low))
            moved = torch.cat([new[:touched], x[touched:]])
        return moved.detach()

    def adversarial_gradients(self, update: int) -> dict[str, torch.Tensor]:
        attack = self.recipe.adversarial
        x, y = self.batch(update)
        moved = self.attack(x, y, attack)
        a = attack.clean_share if attack.form == "averaged" else 0.0
        return self.gradients(a * self.loss(x, y, self.w) + (1 - a) * self.loss(moved, y, self.w))

    def sharp_gradients(self, update: int) -> dict[str, torch.Tensor]:
        radius = self.recipe.sharpness_aware.radius
        x, y = self.batch(update)
        g = self.gradients(self.loss(x, y, self.w))
        norm = torch.sqrt(sum((part**2).sum() for part in g.values()))
        there = {name: (self.w[name] + radius * g[name] / norm).detach().requires_grad_(True) for name in g}
        return dict(zip(there, torch.autograd.grad(self.loss(x, y, there), list(there.values())), strict=True))

    def step(self, gradients: dict[str, torch.Tensor]) -> None:
        with torch.no_grad():
            for name, part in gradients.items():
                self.w[name] -= 0.05 * part


def bench_of(kind: str = "numbers", **slots: Any) -> Bench:
    recipe = plain(**{"optimizer": SGD, "batch_size": "all", **slots})
    return make_bench(recipe, make_arrays(13, 5), make_target(kind, 13, 2)).nudge()


def assert_follows(bench: Bench, gradients: str, updates: int = 3) -> None:
    twin = Twin(bench)
    for update in range(updates):
        expected = getattr(twin, gradients)(update)
        bench.train(1)
        for name, part in bench.gradient.items():
            np.testing.assert_allclose(part, expected[name].numpy(), rtol=1e-9, atol=1e-11)
        twin.step(expected)
    for name, part in twin.w.items():
        np.testing.assert_allclose(bench.parameters[name], part.detach().numpy(), rtol=1e-9, atol=1e-11)


def inputs_and_clean(bench: Bench) -> tuple[NDArray[Any], NDArray[Any]]:
    """What the last batch's 13 rows were changed to, and what they were."""
    (operation,) = bench.operations("adversarial")
    places = operation.places
    return bench.buffer(places["inputs"], 13, places["width"]), bench.buffer(places["clean"], 13, places["width"])


ATTACKS: list[dict[str, Any]] = [
    {"epsilon": 0.2},
    {"epsilon": 0.2, "clean_share": 0.3},
    {"epsilon": 0.2, "form": "replaced"},
    {"epsilon": 0.2, "form": "replaced", "share": 1.0},
    {"epsilon": 0.2, "steps": 3},
    {"epsilon": 0.3, "steps": 4, "step_size": 0.4, "form": "replaced", "share": 0.25},
    {"epsilon": 0.5, "low": -0.8, "high": 0.7},
]


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
@pytest.mark.parametrize("kind", ["numbers", "classes"])
def test_adversarial_gradients_are_those_of_torch(attack: dict[str, Any], kind: str) -> None:
    assert_follows(bench_of(kind, adversarial=attack), "adversarial_gradients")


@pytest.mark.parametrize("attack", ATTACKS[:3], ids=str)
def test_with_batch_norm_each_pass_has_its_own_moments(attack: dict[str, Any]) -> None:
    assert_follows(bench_of(adversarial=attack, normalization="batch"), "adversarial_gradients")


@pytest.mark.parametrize("slots", [{}, {"normalization": "batch"}, {"kind": "classes"}], ids=str)
def test_sharpness_aware_gradients_are_those_of_torch(slots: dict[str, Any]) -> None:
    assert_follows(bench_of(sharpness_aware=0.3, **slots), "sharp_gradients")


def test_inputs_stay_within_epsilon_and_rise_the_loss() -> None:
    clean, attacked = (bench_of(adversarial=a, epochs=1) for a in (0.0, {"epsilon": 0.3, "clean_share": 0.0}))
    clean.train(1)
    attacked.train(1)
    x, before = inputs_and_clean(attacked)
    assert np.abs(np.abs(x - before) - 0.3).max() < 1e-12


def test_moving_statistics_come_from_the_clean_rows() -> None:
    plainly, attacked, sharp = (
        bench_of(normalization="batch", **slots) for slots in ({}, {"adversarial": 0.5}, {"sharpness_aware": 0.5})
    )
    for bench in (plainly, attacked, sharp):
        bench.train(1)
        for name in ("hidden0.mean", "hidden1.variance"):
            assert np.array_equal(bench.parameters[name], plainly.parameters[name])


def test_masks_are_the_same_in_both_passes() -> None:
    """At an epsilon of next to nothing only other masks could change the gradient."""
    without, tiny = (bench_of(dropout=0.5, adversarial=e) for e in (0.0, 1e-12))
    for bench in (without, tiny):
        bench.train(1)
    for name, part in without.gradient.items():
        np.testing.assert_allclose(tiny.gradient[name], part, rtol=1e-9, atol=1e-12)


def test_missing_cells_categories_and_marks_are_not_attacked() -> None:
    numbers = make_arrays(13, 3).numbers.copy()
    numbers[::3, 1] = np.nan
    codes = (np.arange(13) % 4).astype(np.int32)[:, None]
    arrays = Arrays(numbers, np.ascontiguousarray(codes), (4,))
    bench = make_bench(plain(adversarial=0.2, batch_size="all"), arrays, make_target("numbers", 13, 2))
    bench.train(1)
    x, clean = inputs_and_clean(bench)
    order = batch_rows(7, 0, 13, 13, 1)
    moved = np.abs(x - clean) > 0
    assert moved[:, [0, 2]].all()
    np.testing.assert_array_equal(moved[:, 1], ~np.isnan(numbers[order, 1]))
    assert not moved[:, 3:].any()


def test_robust_error_is_that_of_torch_and_grows_with_epsilon() -> None:
    bench = bench_of("classes", epochs=30)
    bench.finish()
    network = network_of(bench.member, "classes", 2)
    twin = Twin(bench)
    found = []
    for epsilon in (0.01, 0.3, 1.0):
        attack = Adversarial(epsilon=epsilon, steps=2)
        loss, error = robust_error(network, bench.arrays, bench.target, attack, precision="float64")
        x, y = torch.tensor(bench.arrays.numbers.astype(np.float64)), torch.tensor(bench.target.values)
        moved = twin.attack(x, y, attack)
        wrong = (twin.outputs(moved, twin.w).argmax(1) != y[:, 0]).double().mean().item()
        np.testing.assert_allclose(loss, twin.loss(moved, y, twin.w).item(), rtol=1e-5)
        assert error == pytest.approx(wrong)
        found.append(loss)
    assert found == sorted(found)


def test_the_robust_error_of_numbers_is_that_of_what_is_predicted() -> None:
    """Targets in [0, 1]: an attack pushes outputs far beyond, and the prediction stays inside."""
    X = np.random.default_rng(0).normal(size=(200, 3))
    y = np.clip(2 * X[:, 0], 0, 1)
    (member,) = wellfit.train(wellfit.Recipe(hidden=(8,), epochs=5), X, y, kind="number")
    rows = member.view.validation
    tiny, huge = member.robust_error(1e-6), member.robust_error(50.0)
    assert tiny == pytest.approx(np.mean((member.predict(X)[rows] - y[rows]) ** 2), rel=1e-3)
    assert tiny < huge <= 1.0


def test_training_against_the_attack_makes_it_weaker() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 10))
    y = X[:, :3].sum(axis=1) + 0.3 * rng.normal(size=400) > 0
    recipe = wellfit.Recipe(hidden=(32,), skip="none", epochs=20, dropout=0.0)
    population = wellfit.train([recipe, recipe.vary(adversarial=0.3)], X, y, seeds=[0, 1, 2])
    errors = [member.robust_error(0.3) for member in population]
    assert np.mean(errors[3:]) < np.mean(errors[:3])
    assert min(errors) > 1 - np.mean(population[0].predict(X) == y)


def test_a_senseless_attack_is_refused() -> None:
    with pytest.raises(InputError, match="low must be below high"):
        plain(adversarial={"epsilon": 0.1, "low": 1.0, "high": 0.0})
    bench = bench_of()
    fading = Adversarial(epsilon={"value": 0.1, "schedule": "linear"})
    with pytest.raises(InputError, match="got one with a schedule"):
        robust_error(network_of(bench.member, "numbers", 2), bench.arrays, bench.target, fading)


def test_an_attack_of_epsilon_0_is_none() -> None:
    """The limit of small epsilons; also where no column could be moved."""
    bench = bench_of()
    network, weight = network_of(bench.member, "numbers", 2), random_weights(bench.arrays.rows)
    still = robust_error(network, bench.arrays, bench.target, Adversarial(), weight=weight)
    nearly = robust_error(network, bench.arrays, bench.target, Adversarial(epsilon=1e-7), weight=weight)
    assert still == pytest.approx(nearly, rel=1e-5) and min(still) > 0
    words = np.array(["a", "b", "c", "d"] * 20)[:, None].astype(object)
    member = wellfit.train(wellfit.Recipe(hidden=(4,), epochs=1), words, np.arange(80) % 3)[0]
    held = member.view.validation
    wrong = np.mean(member.predict(words[held]) != (np.arange(80) % 3)[held])
    assert member.robust_error(0.0) == pytest.approx(wrong)


def test_an_attack_on_nothing_is_refused() -> None:
    """The clean error would flatter; 0 / 0 would be NaN."""
    bench = bench_of()
    network = network_of(bench.member, "numbers", 2)
    attack = Adversarial(epsilon=0.1)
    with pytest.raises(InputError, match="no row has a weight above 0"):
        robust_error(network, bench.arrays, bench.target, attack, weight=np.zeros(bench.arrays.rows, np.float32))
    words = np.array(["a", "b", "c", "d"] * 20)[:, None].astype(object)
    recipe = wellfit.Recipe(hidden=(4,), epochs=1)
    member = wellfit.train(recipe, words, np.arange(80) % 3)[0]
    with pytest.raises(InputError, match="moves numeric columns, and this network reads none"):
        member.robust_error(0.1)
    with pytest.raises(InputError, match="got 'valid'"):
        member.robust_error(0.1, part="valid")  # type: ignore[arg-type]


def test_weights_of_rows_count_in_the_attack() -> None:
    """A row of weight 0 is no row: the gradient is that of the others."""
    weight = random_weights(13)
    weight[4] = 0.0
    recipe = plain(adversarial=0.2, batch_size="all", optimizer=SGD)
    arrays, target = make_arrays(13, 5), make_target("numbers", 13, 2)
    kept = np.flatnonzero(weight)
    weighted = make_bench(recipe, arrays, target, weight=weight)
    without = make_bench(recipe, arrays.take(kept), target.take(kept), weight=weight[kept])
    for bench in (weighted, without):
        bench.train(2)
    assert np.array_equal(weighted.member.parameters, without.member.parameters)
