"""Noise on inputs, weights and labels, smoothing, other rows' cells, mixed rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.contract.breaking import scales_settings
from tests.contract.cases import Case
from tests.engines.compiled.bench import Bench, make_arrays
from tests.engines.compiled.noisy import NoisyOracle
from tests.engines.compiled.oracle import assert_agrees
from wellfit.tables.arrays import Arrays

SGD = {"optimizer": {"name": "sgd", "learning_rate": 0.05}}
MANY = {**SGD, "batch_size": "all"}  # so many cells that a hundredth of a chance changes some
CLASSES: dict[str, Any] = {"kind": "classes", "outputs": 3}


def many_cells() -> Arrays:
    return make_arrays(200, 40)


def _agrees(bench: Bench) -> None:
    assert_agrees(bench.nudge(), 3, 1e-9, NoisyOracle)


def case(name: str, family: str, slots: Any, **words: Any) -> Case:
    given = {"base": SGD, "refused": (-0.1, 1.1), **words}
    return Case(name, (f"{family}.{family}",), slots, check=_agrees, break_it=scales_settings(family), **given)


def _missing() -> Arrays:
    numbers = np.random.default_rng(4).normal(size=(13, 5)).astype(np.float32)
    numbers[2, 1] = numbers[5, 1] = numbers[7, 4] = np.nan
    codes = np.arange(13)[:, None].astype(np.int32) % 4
    return Arrays(numbers, codes, (4,))


CASES = [
    case("input noise", "input_noise", lambda s: {"input_noise": s}, refused=(-0.1,)),
    case("input noise, missing cells", "input_noise", lambda s: {"input_noise": s}, refused=(-0.1,), arrays=_missing),
    case("weight noise", "weight_noise", lambda s: {"weight_noise": s}, refused=(-0.1,)),
    case(
        "weight noise, relative",
        "weight_noise",
        lambda s: {"weight_noise": {"sd": s, "relative": True, "biases": True}},
        refused=(-0.1,),
    ),
    case(
        "label noise",
        "label_noise",
        lambda s: {"label_noise": s},
        kind="labels",
        outputs=8,
        on=0.5,
        base=MANY,
        arrays=many_cells,
    ),
    case(
        "label noise, classes",
        "label_noise",
        lambda s: {"label_noise": s},
        kind="classes",
        outputs=8,
        on=0.5,
        base=MANY,
        arrays=lambda: make_arrays(900, 3),
    ),
    case("label smoothing", "label_smoothing", lambda s: {"label_smoothing": s}, **{**CLASSES, "refused": (-0.1, 1.0)}),
    case(
        "label smoothing, others",
        "label_smoothing",
        lambda s: {"label_smoothing": {"epsilon": s, "form": "others"}},
        **{**CLASSES, "refused": (-0.1, 1.0)},
    ),
    case(
        "label smoothing, binary",
        "label_smoothing",
        lambda s: {"label_smoothing": {"epsilon": s, "form": "others"}},
        kind="binary",
        refused=(-0.1, 1.0),
    ),
    case(
        "label smoothing, labels",
        "label_smoothing",
        lambda s: {"label_smoothing": s},
        kind="labels",
        refused=(-0.1, 1.0),
    ),
    case("swap", "swap", lambda s: {"swap": s}, on=0.3, base=MANY, arrays=many_cells, **CLASSES),
    case(
        "swap, small batches", "swap", lambda s: {"swap": s}, on=0.9, kind="binary", arrays=lambda: make_arrays(120, 90)
    ),
    case("cut-out", "cutout", lambda s: {"cutout": s}, on=0.3, base=MANY, arrays=many_cells, refused=(-0.1, 1.0)),
    case("mixup", "mixup", lambda s: {"mixup": s}, on=0.7, refused=(-0.1,), **CLASSES),
    case("mixup by row, numbers", "mixup", lambda s: {"mixup": {"alpha": s, "draw": "row"}}, on=0.7, refused=(-0.1,)),
    case("cutmix", "cutmix", lambda s: {"cutmix": s}, on=1.0, refused=(-0.1,), base=MANY, arrays=many_cells, **CLASSES),
    case(
        "cutmix by row, binary",
        "cutmix",
        lambda s: {"cutmix": {"alpha": s, "draw": "row"}},
        on=1.0,
        refused=(-0.1,),
        base=MANY,
        arrays=many_cells,
        kind="binary",
    ),
]
