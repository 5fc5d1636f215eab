"""Noise, soft labels and mixed rows: identities, distributions, PyTorch's own smoothing, refusals by name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats

from tests.engines.compiled.bench import Bench, make_arrays, make_bench, make_target, plain, random_weights, tiny
from tests.engines.compiled.draws import larger_shares
from tests.engines.compiled.noisy import NoisyOracle
from tests.engines.compiled.oracle import assert_agrees
from wellfit.errors import InputError
from wellfit.tables.arrays import Arrays, SparseColumns, Target
from wellfit.techniques import layout as at
from wellfit.techniques.rows.mixing import MIXUP

STILL: dict[str, Any] = {"optimizer": {"name": "sgd", "learning_rate": 1e-12}, "batch_size": "all", "epochs": 10_000}


def inputs(bench: Bench) -> Any:
    """What the network last saw (rows, width)."""
    start, width = bench.member.program.inputs, bench.member.prepared.encoding.width
    return bench.workspace.work[start : start + bench.member.batch * width].reshape(-1, width).copy()


def targets(bench: Bench, columns: int) -> Any:
    program = bench.member.program
    start = program.soft_targets if program.soft_targets >= 0 else int(program.clock[at.TARGETS])
    return bench.workspace.work[start : start + bench.member.batch * columns].reshape(-1, columns).copy()


def linear(kind: str = "numbers", rows: int = 6, **slots: Any) -> Bench:
    recipe, arrays, target = tiny(kind, rows=rows, inputs=4, hidden=(), **{**STILL, **slots})
    return make_bench(recipe, arrays, target).nudge()


def test_input_noise_is_ridge_in_expectation() -> None:
    """The gradient over many draws is the clean one plus sd^2 w / 2: a row's loss is a mean over two outputs."""
    sd, draws = 0.3, 4000
    noisy, clean = linear(input_noise=sd), linear()
    clean.train(1)
    gradients = []
    for _ in range(draws):
        noisy.train(1)
        gradients.append(noisy.gradient["output.weight"])
    weight = noisy.parameters["output.weight"]
    ridge = clean.gradient["output.weight"] + sd**2 * weight / 2
    error = np.std(gradients, axis=0) / np.sqrt(draws)
    assert (np.abs(np.mean(gradients, axis=0) - ridge) < 5 * error).all()
    assert (np.abs(sd**2 * weight / 2) > 10 * error).any()  # so that the identity could fail


def test_input_noise_is_normal_and_independent() -> None:
    bench = linear(rows=50, input_noise=0.5)
    bench.train(1)
    clean = linear(rows=50)
    clean.train(1)
    draws = []
    for _ in range(100):
        draws.append((inputs(bench) - inputs(clean)) / 0.5)
        bench.train(1)
        clean.train(1)
    flat = np.ravel(draws)
    n = flat.size
    assert abs(flat.mean()) < 5 / np.sqrt(n)
    assert abs(flat.var() - 1) < 5 * np.sqrt(2 / n)
    assert abs(np.mean(flat**4) - 3) < 5 * np.sqrt(96 / n)
    assert stats.kstest(flat, "norm").pvalue > 1e-6
    half = n // 2
    assert abs(np.mean(flat[:half] * flat[half : 2 * half])) < 5 / np.sqrt(half)
    assert abs(np.mean(flat[1:] * flat[:-1])) < 5 / np.sqrt(n)


def test_single_precision_draws_the_same_numbers() -> None:
    pair = []
    for precision in ("float32", "float64"):
        recipe, arrays, target = tiny(rows=40, inputs=30, hidden=(), **STILL, input_noise=1.0)
        bench = make_bench(recipe, arrays, target, precision=precision)
        bench.train(1)
        pair.append(inputs(bench).astype(np.float64))
    np.testing.assert_allclose(*pair, atol=3e-6)


def test_noise_spares_marks_categories_texts_missing_and_constant_cells() -> None:
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=(12, 3)).astype(np.float32)
    numbers[:, 1], numbers[3, 2] = 5.0, np.nan
    codes = rng.integers(0, 4, (12, 1)).astype(np.int32)
    sparse = SparseColumns(np.arange(13), np.zeros(12, np.int32), np.ones(12, np.float32), 2, ((0, 2, "text"),))
    arrays = Arrays(numbers, codes, (4,), sparse)
    seen = []
    for sd in (0.0, 1.0):
        recipe = plain(**STILL, hidden=(), scaling="standard", input_noise=sd)
        bench = make_bench(recipe, arrays, make_target("numbers", 12, 1))
        bench.train(1)
        seen.append(inputs(bench))
    moved = seen[0] != seen[1]
    assert moved[:, 0].all() and moved[:, 2].sum() == 11
    assert not moved[:, 1].any() and not moved[:, 3:].any()


@pytest.mark.parametrize("relative", [False, True])
def test_weight_noise_leaves_the_weights_and_the_gaps_alone(relative: bool) -> None:
    recipe, arrays, target = tiny(hidden=(3, 5), l2=0.1, weight_noise={"sd": 0.2, "relative": relative})
    bench = make_bench(recipe, arrays, target)
    before = bench.parameters
    bench.train(6)
    trained = bench.member.program.trained
    gaps = np.ones(trained, bool)
    for s in bench.member.program.segments:
        gaps[s.begin : s.end] = False
    assert gaps.any() and not bench.member.parameters[:trained][gaps].any()
    assert max(np.abs(bench.parameters[name] - part).max() for name, part in before.items()) < 0.05  # Adam at 0.001


def test_label_noise_redraws_so_many_labels_and_all_classes_alike() -> None:
    bench = linear("classes", rows=3000, label_noise=0.4, optimizer={"name": "sgd", "learning_rate": 1e-12})
    clean = linear("classes", rows=3000)
    bench.train(1)
    clean.train(1)
    true, said = targets(clean, 1)[:, 0], targets(bench, 1)[:, 0]
    share = np.mean(true != said)
    expected = 0.4 / 2  # two classes: half of the redrawn labels are right
    assert abs(share - expected) < 5 * np.sqrt(expected * (1 - expected) / 3000)


def test_smoothing_is_pytorchs() -> None:
    recipe, arrays, target = tiny("classes", outputs=4, rows=12, **{**STILL, "label_smoothing": 0.2})
    weight = random_weights(12)
    bench = make_bench(recipe, arrays, target, weight=weight)
    bench.train(1)
    start = bench.member.program.output
    z = torch.tensor(bench.workspace.work[start : start + 48].reshape(12, 4), requires_grad=True)
    begin = int(bench.member.program.clock[at.TARGETS])
    y = torch.tensor(bench.workspace.work[begin : begin + 12].astype(np.int64))
    begin = int(bench.member.program.clock[at.WEIGHTS])
    w = torch.tensor(bench.workspace.work[begin : begin + 12])
    each = torch.nn.CrossEntropyLoss(label_smoothing=0.2, reduction="none")(z, y)
    loss = (w * each).sum() / w.sum()
    (slope,) = torch.autograd.grad(loss, z)
    np.testing.assert_allclose(bench.gradient["output.bias"], slope.sum(dim=0).numpy(), rtol=1e-9, atol=1e-12)
    sums = bench.machine.sums
    assert sums[at.OBJECTIVE] / sums[at.WEIGHT] == pytest.approx(loss.item(), rel=1e-12)


@pytest.mark.parametrize(("form", "wrong", "right"), [("all", 0.3 / 3, 1 - 0.3 + 0.3 / 3), ("others", 0.3 / 2, 0.7)])
def test_what_zero_and_one_become(form: str, wrong: float, right: float) -> None:
    recipe, arrays, target = tiny("classes", outputs=3, **{**STILL, "label_smoothing": {"epsilon": 0.3, "form": form}})
    bench = make_bench(recipe, arrays, target)
    bench.train(1)
    y = targets(bench, 3)
    np.testing.assert_allclose(np.sort(y, axis=1), np.tile([wrong, wrong, right], (len(y), 1)))
    np.testing.assert_allclose(y.sum(axis=1), 1)


def test_evaluation_knows_nothing_of_soft_labels() -> None:
    soft, hard = (linear("classes", label_smoothing=eps, epochs=3) for eps in (0.3, 0.0))
    for bench in (soft, hard):
        bench.finish()
    for name in ("training_loss", "training_error"):
        assert soft.member.history.row(0)[name] == pytest.approx(hard.member.history.row(0)[name], rel=1e-9)
    running = [bench.member.history.row(0)["running_loss"] for bench in (soft, hard)]
    assert running[0] != pytest.approx(running[1], rel=1e-3)


@pytest.mark.parametrize("alpha", [0.1, 0.5, 1.0, 3.0])
def test_shares_have_the_beta_distribution(alpha: float) -> None:
    larger = larger_shares(alpha, 20_000, MIXUP, 3, 5)
    assert larger.min() >= 0.5
    signs = np.random.default_rng(0).integers(0, 2, len(larger))
    drawn = np.where(signs, larger, 1 - larger)
    assert stats.kstest(drawn, stats.beta(alpha, alpha).cdf).pvalue > 1e-6


def test_swapped_cells_come_from_the_class() -> None:
    arrays, target = make_arrays(60, 7), make_target("classes", 60, 4)
    bench = make_bench(plain(**STILL, swap=0.5), arrays, target)
    bench.train(1)
    x, y = inputs(bench), targets(bench, 1)[:, 0]
    for i in range(60):
        for j in range(7):
            (row,) = np.flatnonzero(arrays.numbers[:, j].astype(np.float64) == x[i, j])
            assert target.values[row, 0] == y[i]
    left = sum(len(np.intersect1d(x[:, j], arrays.numbers[:, j])) for j in range(7))
    assert 0.6 < left / 420 < 0.95  # some values twice, so some are gone


def test_a_row_alone_in_its_class_stays() -> None:
    arrays = make_arrays(5, 7)
    target = Target("classes", np.arange(5, dtype=np.float32)[:, None], tuple("abcde"))
    results = []
    for p in (0.0, 1.0):
        bench = make_bench(plain(**STILL, swap=p), arrays, target)
        bench.train(1)
        results.append(inputs(bench))
    assert np.array_equal(*results)


def everything() -> Arrays:
    """Numbers with missing values, categories of one to six inputs, sparse numbers and text."""
    rng = np.random.default_rng(1)
    numbers = rng.normal(size=(40, 4)).astype(np.float32)
    numbers[rng.integers(0, 40, 9), rng.integers(1, 4, 9)] = np.nan
    codes = np.stack([rng.integers(0, 2, 40), rng.integers(-1, 6, 40)], axis=1).astype(np.int32)
    full = rng.poisson(0.6, (40, 6)) * rng.uniform(0.5, 2.0, (40, 6))
    starts = np.concatenate([[0], np.cumsum((full != 0).sum(axis=1))]).astype(np.int64)
    sparse = SparseColumns(
        starts, np.nonzero(full)[1].astype(np.int32), full[full != 0].astype(np.float32), 6,
        ((0, 2, "numbers"), (2, 6, "text")),
    )  # fmt: skip
    return Arrays(numbers, np.ascontiguousarray(codes), (2, 6), sparse)


ALL: dict[str, Any] = {
    "cutout": 0.2, "input_noise": 0.1, "weight_noise": 0.1, "mixup": {"alpha": 0.8, "draw": "row"}, "cutmix": 0.5
}  # fmt: skip
LABELS: dict[str, Any] = {"swap": 0.3, "label_noise": 0.2, "label_smoothing": 0.1}


@pytest.mark.parametrize("kind", ["numbers", "counts", "binary", "classes", "labels"])
@pytest.mark.parametrize("normalization", ["none", "batch"])
def test_all_together_on_every_kind_of_column_and_target(kind: str, normalization: str) -> None:
    slots = {**ALL, **(LABELS if kind in ("binary", "classes", "labels") else {})}
    recipe = plain(**slots, normalization=normalization, scaling="robust", batch_size=7, dropout=0.2, l2=0.01)
    target = make_target(kind, 40, 1 if kind == "binary" else 3)
    bench = make_bench(recipe, everything(), target, weight=random_weights(40)).nudge()
    assert_agrees(bench, 7, 1e-8, NoisyOracle)


def test_scheduled_strengths_are_read_at_each_update() -> None:
    fading = {"schedule": {"name": "linear", "end": 0.0}}
    slots = {"input_noise": {"value": 0.3, **fading}, "mixup": {"value": 2.0, **fading}}
    slots |= {"label_smoothing": {"value": 0.3, **fading}, "weight_noise": {"value": 0.2, **fading}}
    recipe, arrays, target = tiny("classes", outputs=3, **slots)
    assert_agrees(make_bench(recipe, arrays, target), 6, 1e-9, NoisyOracle)


@pytest.mark.parametrize("kind", ["numbers", "counts"])
@pytest.mark.parametrize("slot", ["label_noise", "label_smoothing", "swap"])
def test_what_needs_classes_refuses_quantities_by_name(kind: str, slot: str) -> None:
    recipe, arrays, target = tiny(kind, **{slot: 0.1})
    with pytest.raises(InputError, match=f"{slot.replace('_', ' ')}.*with a (number|count) as target") as told:
        make_bench(recipe, arrays, target)
    assert str(told.value).endswith("leave it out.")


@pytest.mark.parametrize("slot", ["mixup", "cutmix", "swap"])
def test_other_rows_need_a_batch(slot: str) -> None:
    with pytest.raises(InputError, match=f"{slot} takes from another row of the batch, but batch_size = 1"):
        plain(**{slot: 0.1}, batch_size=1)


def test_class_weights_are_those_of_the_true_label() -> None:
    """Redrawn labels keep their row's weight; mixed rows mix theirs, and the batch's weight stays."""
    slots: dict[str, Any] = {**STILL, "class_weight": {"a": 3.0, "b": 0.5}}
    seen = []
    for change in ({}, {"label_noise": 0.9}, {"mixup": 0.5}):
        bench = make_bench(plain(**slots, **change), make_arrays(30, 4), make_target("classes", 30, 3))
        bench.train(1)
        begin = int(bench.member.program.clock[at.WEIGHTS])
        seen.append(bench.workspace.work[begin : begin + 30].copy())
    assert np.array_equal(seen[0], seen[1])
    assert not np.array_equal(seen[0], seen[2])
    assert seen[2].sum() == pytest.approx(seen[0].sum(), rel=1e-12)


def test_the_number_of_an_embedded_category_is_never_mixed() -> None:
    """It is swapped and cut out whole (0: not known), and mixup leaves it the row's own."""
    rng = np.random.default_rng(2)
    arrays = Arrays(rng.normal(size=(40, 2)).astype(np.float32), rng.integers(0, 6, (40, 1)).astype(np.int32), (6,))
    slots: dict[str, Any] = {**STILL, "hidden": (), "categories": {"one_hot_up_to": 2, "embedding": 3}}
    for change in ({"mixup": 1.0}, {"cutmix": 1.0}, {"swap": 0.5}, {"cutout": 0.5}, {"input_noise": 1.0}):
        seen = []
        for chosen in ({}, change):
            bench = make_bench(plain(**slots, **chosen), arrays, make_target("classes", 40, 3))
            bench.train(1)
            seen.append(inputs(bench))
        (column,) = bench.member.prepared.encoding.index_columns
        clean, changed = seen[0][:, column], seen[1][:, column]
        assert set(changed) <= {0.0, *clean}
        assert np.array_equal(clean, changed) == ("mixup" in change or "input_noise" in change)
        assert not np.array_equal(seen[0][:, :2], seen[1][:, :2])


@pytest.mark.parametrize("slot", ["swap", "cutmix"])
def test_cells_of_images_are_refused(slot: str) -> None:
    arrays = Arrays(make_arrays(8, 16).numbers, np.zeros((8, 0), np.int32), image=(4, 4, 1))
    with pytest.raises(InputError, match=f"{slot} takes single cells of a table, and these rows are images"):
        make_bench(plain(**{slot: 0.5}), arrays, make_target("classes", 8, 3))


@pytest.mark.parametrize("kind", ["numbers", "counts", "tasks"])
def test_the_way_out_of_swap_is_one(kind: str) -> None:
    """Mixup, which several tasks refuse as well, was none."""
    arrays, target = make_arrays(13, 3), make_target(kind, 13, 1)
    with pytest.raises(InputError, match="use input_noise or cutout"):
        make_bench(plain(swap=0.1), arrays, target)
    make_bench(plain(input_noise=0.1, cutout=0.1), arrays, target)
