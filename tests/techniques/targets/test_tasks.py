"""Several tasks against PyTorch's autograd with masks in float64, and against ordinary networks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from tests.engines.compiled.bench import (
    Bench,
    make_arrays,
    make_bench,
    make_mixed_target,
    make_target,
    plain,
    random_weights,
)
from tests.engines.compiled.encoded import encode
from tests.engines.compiled.masks import batch_rows
from tests.reference import tower
from wellfit.engines.compiled.run.training_run import train_plans
from wellfit.engines.compiled.step.sums import means_of
from wellfit.engines.contract.history import MEASURED
from wellfit.engines.contract.plan import Plan
from wellfit.errors import InputError
from wellfit.tables.arrays import Target, Task, View
from wellfit.techniques import layout as at
from wellfit.techniques.targets.tasks import task_means

WEIGHTS = {"sizes": 0.5, "sort": 2.0, "visits": 0.7}
UPDATES = 7


def bench_of(precision: str = "float64", target: Target | None = None, **slots: Any) -> Bench:
    target = make_mixed_target(13) if target is None else target
    weights = random_weights(13)
    return make_bench(plain(**slots), make_arrays(13, 5), target, weight=weights, precision=precision)


def losses_of(bench: Bench, z: torch.Tensor, y: torch.Tensor, w: torch.Tensor) -> dict[str, torch.Tensor]:
    """Each task's mean loss over the labels it has; absent where it has none."""
    losses, encoding = {}, bench.member.prepared.encoding
    for task in bench.target.tasks:
        own, labels = z[:, slice(*task.outputs)], y[:, slice(*task.columns)]
        known = ~torch.isnan(labels)
        if not known.any():
            continue
        weights, labels = w[:, None] * known, torch.nan_to_num(labels)
        centre, scale = (torch.tensor(t[slice(*task.outputs)]) for t in (encoding.target_centre, encoding.target_scale))
        if task.kind == "classes":
            each = functional.cross_entropy(own, labels[:, 0].long(), reduction="none")[:, None]
        elif task.kind in ("binary", "labels"):
            each = functional.binary_cross_entropy_with_logits(own, labels, reduction="none")
        elif task.kind == "counts":
            each = functional.poisson_nll_loss(own, labels / scale, reduction="none")
        else:
            each = 0.5 * (own - (labels - centre) / scale) ** 2
        losses[task.name] = (weights * each).sum() / weights.sum()
    return losses


def heads(p: tower.Tensors, h: torch.Tensor, tasks: int, private: int) -> torch.Tensor:
    outputs = []
    for k in range(tasks):
        x = h
        for j in range(private):
            name = f"output.{k}.hidden{j}"
            x = functional.silu(x @ p[f"{name}.weight"] + p[f"{name}.bias"])
        outputs.append(x @ p[f"output.{k}.weight"] + p[f"output.{k}.bias"])
    return torch.cat(outputs, dim=1)


def assert_follows(bench: Bench, updates: int = UPDATES) -> None:
    """Plain descent by autograd, update by update."""
    recipe, n = bench.recipe, bench.arrays.rows
    p = {name: part.requires_grad_(True) for name, part in tower.tensors(bench.parameters).items()}
    x = torch.tensor(encode(bench.member.prepared.encoding, bench.arrays).astype(np.float64))
    y, w = torch.tensor(bench.target.values.astype(np.float64)), torch.tensor(random_weights(n).astype(np.float64))
    if not np.array_equal(bench.member.prepared.training.weights, random_weights(n)):
        w = torch.ones(n, dtype=torch.float64)
    for t in range(updates):
        rows = batch_rows(bench.member.plan.seed, t, n, bench.member.batch, bench.member.horizon.per_epoch)
        h = tower.hidden(p, x[rows], len(recipe.hidden), recipe.skip)
        z = heads(p, h, len(bench.target.tasks), len(recipe.tasks.hidden))
        losses = losses_of(bench, z, y[rows], w[rows])
        total = sum(recipe.tasks.weights.get(name, 1.0) * loss for name, loss in losses.items())
        gradients = torch.autograd.grad(total, list(p.values()), allow_unused=True)  # type: ignore[arg-type]
        bench.train(1)
        for (name, part), gradient in zip(p.items(), gradients, strict=True):
            expected = np.zeros(part.shape) if gradient is None else gradient.numpy()
            np.testing.assert_allclose(bench.gradient[name], expected, rtol=1e-9, atol=1e-11, err_msg=f"{t} {name}")
            with torch.no_grad():
                part -= recipe.optimizer.learning_rate * torch.tensor(expected)
    for name, part in p.items():
        np.testing.assert_allclose(bench.parameters[name], part.detach().numpy(), rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("skip", ["none", "residual", "concatenate"])
@pytest.mark.parametrize("private", [(), (4,), (4, 3)])
def test_gradients_of_all_kinds_with_missing_labels(skip: str, private: tuple[int, ...]) -> None:
    tasks = {"weights": WEIGHTS, "hidden": private}
    assert_follows(bench_of(optimizer="sgd", tasks=tasks, skip=skip))


@pytest.mark.parametrize("hidden", [(), (6,)])
def test_heads_on_few_layers(hidden: tuple[int, ...]) -> None:
    assert_follows(bench_of(optimizer="sgd", hidden=hidden, tasks={"weights": WEIGHTS}))


def alone(kind: str, outputs: int) -> tuple[Target, Target]:
    """A target, and the same as the only one of several tasks."""
    own = make_target(kind, 13, outputs)
    task = Task("only", own.kind, own.labels, (0, own.values.shape[1]), (0, own.outputs))
    return own, Target("tasks", own.values, ("only",), (task,))


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize(
    ("kind", "outputs"), [("numbers", 1), ("numbers", 3), ("counts", 1), ("binary", 1), ("classes", 3), ("labels", 2)]
)
def test_one_task_alone_is_the_ordinary_network(kind: str, outputs: int, precision: str) -> None:
    own, as_task = alone(kind, outputs)
    view = View(np.arange(10), np.arange(10, 13))
    slots: dict[str, Any] = {"dropout": 0.2, "l2": 0.01, "clipping": "norm", "normalization": "batch"}
    first, second = (
        make_bench(
            plain(**slots), make_arrays(13, 5), target, weight=random_weights(13), view=view, precision=precision
        )
        for target in (own, as_task)
    )
    first.finish()
    second.finish()
    ours, theirs = second.member.parameters, first.member.parameters
    others = ("objective", "gradient_norm", "clipped_share", "averaged")
    lines = [[bench.member.history.column(name) for name in others] for bench in (second, first)]
    histories = second.member.task_history, first.member.history
    measured = [[history.column(name) for name in MEASURED] for history in histories]
    # Kernels of their own may add up in another order: equal to rounding, not to the bit.
    tolerance = 2e-4 if precision == "float32" else 1e-9
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(*lines, rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(*measured, rtol=tolerance, atol=tolerance)


def test_missing_labels_are_labels_of_weight_0() -> None:
    """One task, some labels missing: as if these rows had weight 0 in an ordinary network, all rows in one batch."""
    own, as_task = alone("classes", 3)
    weights = random_weights(13)
    gone = np.arange(13) % 4 == 1
    as_task.values[gone] = np.nan
    slots: dict[str, Any] = {"batch_size": "all", "optimizer": "sgd"}
    ordinary = make_bench(plain(**slots), make_arrays(13, 5), own, weight=np.where(gone, 0, weights).astype(np.float32))
    second = Task("second", "numbers", ("y",), (1, 2), (3, 4))
    both = np.concatenate([as_task.values, np.ones((13, 1), np.float32)], axis=1)
    target = Target("tasks", both, ("only", "second"), (*as_task.tasks, second))
    tasks = make_bench(plain(tasks={"weights": {"second": 0.0}}, **slots), make_arrays(13, 5), target, weight=weights)
    for name, part in ordinary.parameters.items():
        place = tasks.member.program.segment(name.replace("output", "output.0"))
        tasks.member.parameters[place.begin : place.end] = part.ravel()
    ordinary.train(5)
    tasks.train(5)
    for name, part in ordinary.parameters.items():
        np.testing.assert_allclose(tasks.parameters[name.replace("output", "output.0")], part, rtol=1e-9, atol=1e-12)


def test_a_row_that_knows_some_columns_of_a_task_gives_those() -> None:
    target = make_mixed_target(13)
    wide = [task for task in target.tasks if task.columns[1] - task.columns[0] > 1]
    assert {task.kind for task in wide} == {"numbers", "labels"}
    for k, task in enumerate(wide):
        target.values[[0, 3, 5], task.columns[0] + k] = np.nan
        target.values[[1, 4], task.columns[1] - 1 - k] = np.nan
    bench = bench_of(optimizer="sgd", tasks={"weights": WEIGHTS}, target=target)
    numbers = next(task for task in wide if task.kind == "numbers")
    ready, values = bench.member.prepared, target.values[:, slice(*numbers.columns)].astype(np.float64)
    rows, weight = ready.training.numbers, ready.training.weights.astype(np.float64)
    for j in range(values.shape[1]):
        known = ~np.isnan(values[rows, j])
        mean = np.average(values[rows, j][known], weights=weight[known])
        np.testing.assert_allclose(ready.encoding.target_centre[numbers.outputs[0] + j], mean, rtol=1e-12)
    assert_follows(bench)


def test_a_batch_without_a_label_of_a_task_gives_it_no_gradient() -> None:
    target = make_mixed_target(13)
    sort = target.tasks[1]
    target.values[:, sort.columns[0]] = np.nan
    target.values[0, sort.columns[0]] = 1
    bench = bench_of(optimizer="sgd", target=target)
    seen = []
    for t in range(3):
        bench.train(1)
        rows = batch_rows(bench.member.plan.seed, t, 13, 5, 3)
        seen.append(bool(bench.gradient["output.1.weight"].any()))
        assert seen[-1] == (0 in rows)
        assert bench.gradient["output.0.weight"].any()
    assert sorted(seen) == [False, False, True]


def test_weights_scale_a_tasks_gradient() -> None:
    once, twice = (bench_of(optimizer="sgd", tasks={"weights": {"sort": a}}) for a in (1.0, 2.0))
    for bench in (once, twice):
        bench.train(1)
    np.testing.assert_allclose(twice.gradient["output.1.weight"], 2 * once.gradient["output.1.weight"], rtol=1e-12)
    np.testing.assert_array_equal(twice.gradient["output.0.weight"], once.gradient["output.0.weight"])


def test_the_reported_loss_is_the_weighted_sum_of_the_scaled_tasks() -> None:
    view = View(np.arange(9), np.arange(9, 13))
    slots: dict[str, Any] = {"tasks": {"weights": WEIGHTS}, "epochs": 2}
    bench = make_bench(plain(**slots), make_arrays(13, 5), make_mixed_target(13), view=view)
    bench.finish()
    weights = [WEIGHTS.get(task.name, 1.0) for task in bench.target.tasks]
    for column in ("training_error", "validation_error"):
        parts = np.array(bench.member.task_history.column(column)).reshape(-1, len(weights))
        whole = bench.member.history.column(column)
        np.testing.assert_allclose(whole, np.nansum(weights * parts, axis=1), rtol=1e-12)
    x = torch.tensor(encode(bench.member.prepared.encoding, bench.arrays)[9:].astype(np.float64))
    p = tower.tensors(bench.parameters)
    y = torch.tensor(bench.target.values[9:].astype(np.float64))
    losses = losses_of(bench, heads(p, tower.hidden(p, x, 2), 5, 0), y, torch.ones(4, dtype=torch.float64))
    whole = sum(WEIGHTS.get(name, 1.0) * loss.item() for name, loss in losses.items())
    np.testing.assert_allclose(bench.member.history.last("validation_loss"), whole, rtol=1e-9)
    last = bench.member.task_history.column("validation_loss")[-len(bench.target.tasks) :]
    for task, loss in zip(bench.target.tasks, last, strict=True):
        if task.kind in ("binary", "classes", "labels") and task.name in losses:
            np.testing.assert_allclose(loss, losses[task.name].item(), rtol=1e-9)


def test_sums_without_any_label_are_nan_and_one_tasks_are_its_own() -> None:
    sums = np.zeros(at.SUMS_SIZE)
    assert np.isnan(means_of(sums)).all()
    own = at.TASK_SUMS + at.TASK_SIZE * 3
    sums[own : own + 5] = 6.0, 2.0, 1.0, 3.0, 0.5  # loss, weight, error, objective, factor
    assert means_of(sums) == (0.75, 0.25, 0.75) and task_means(sums, 3) == (3.0, 0.5, 1.5, 0.5)


def test_rows_without_any_label_are_left_out() -> None:
    target = make_mixed_target(13)
    target.values[5] = np.nan
    assert 5 not in bench_of(target=target).member.prepared.training.numbers


def test_heads_learn_what_their_tasks_share() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 5)).astype(np.float32)
    y = np.stack([x[:, 0] * x[:, 1], x[:, 0] * x[:, 1] > 0], axis=1).astype(np.float32)
    y[rng.random(y.shape) < 0.3] = np.nan
    tasks = (Task("size", "numbers", ("y",), (0, 1), (0, 1)), Task("sign", "binary", (False, True), (1, 2), (1, 2)))
    arrays = replace(make_arrays(300, 5), numbers=x)
    recipe = plain(hidden=(16, 16), epochs=60, batch_size=32, optimizer={"name": "adam", "learning_rate": 0.01})
    plans = [Plan(recipe, View(np.arange(200), np.arange(200, 300)), 0)]
    population = train_plans(plans, arrays, Target("tasks", y, ("size", "sign"), tasks))
    last = population.task_history.filter(population.task_history["update"] == population.members[0].best_update)
    loss, error = last["validation_loss"].to_list(), last["validation_error"].to_list()
    assert loss[0] < 0.5 * np.nanvar(y[:, 0]) and error[1] < 0.2


def test_what_does_not_suit_several_tasks_is_refused() -> None:
    for match, slots in (
        ("names the task 'x', and the tasks are: sizes, sort", {"tasks": {"weights": {"x": 1.0}}}),
        ("names the task 'x'", {"tasks": {"losses": {"x": "huber"}}}),
        ("Task 'sort': The loss 'huber' does not suit", {"tasks": {"losses": {"sort": "huber"}}}),
        ("give losses by task", {"loss": "huber"}),
        ("0 for every task", {"tasks": {"weights": dict.fromkeys(["sizes", "sort", "sick", "visits", "tags"], 0.0)}}),
        ("class_weight is for classes", {"class_weight": "balanced"}),
        ("with several tasks as target", {"label_smoothing": 0.1}),
        ("leave it out", {"mixup": 0.2}),
    ):
        with pytest.raises(InputError, match=match):
            bench_of(**slots)
    with pytest.raises(InputError, match="greater than or equal to 0"):
        plain(tasks={"weights": {"a": -1.0}})
    target = make_mixed_target(13)
    target.values[:, 2] = np.nan
    with pytest.raises(InputError, match="'sort' has no label in a view's training rows"):
        bench_of(target=target)


def test_a_loss_by_task() -> None:
    bench = bench_of(tasks={"losses": {"sizes": {"name": "quantile", "quantile": 0.9}, "visits": "squared"}})
    bench.train(3)
    assert np.isfinite(bench.member.parameters).all()
