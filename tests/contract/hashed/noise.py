"""Dropout, noise, mixed rows and the worst case of inputs and weights."""

from __future__ import annotations

from typing import Any

from tests.contract.hashed import tables
from tests.contract.hashed.outcome import averaged_over, snapshots_of, training
from tests.contract.hashed.tables import fading, recipe


def every_mask(population: Any, X: Any) -> Any:
    found = population[0].model.averaged(X[:10], "dropout", draws="all", average="geometric")
    return [found.mean, found.spread]


def robust_errors(population: Any, X: Any) -> Any:
    return [member.robust_error(0.2, steps=2) for member in population]


def all_snapshots(population: Any, X: Any) -> Any:
    return [snapshots_of(population, index) for index in range(len(population))]


CASES = [
    training(
        "dropout",
        tables.binary,
        recipe(dropout=0.3),
        recipe(dropout={"rate": [0.4, 0.1], "input_rate": 0.1, "form": "classic"}),
        recipe(dropout={"rate": fading(0.4), "input_rate": fading(0.2)}, input_noise=0.1),
        also=averaged_over("dropout", "dropout", ["dropout", "input_noise"]),
    ),
    training("dropout, all masks", tables.classes, recipe(hidden=[6], dropout=0.4), also=every_mask),
    training(
        "noise on inputs and weights",
        tables.without_text,
        recipe(input_noise=0.2),
        recipe(weight_noise=0.05),
        recipe(weight_noise={"sd": fading(0.1), "relative": True, "biases": True}),
        also=averaged_over("input_noise", "weight_noise", "weight_noise"),
    ),
    training(
        "noise on labels, smoothing, classes",
        tables.classes,
        recipe(label_noise=0.2),
        recipe(label_smoothing=0.1),
        recipe(label_smoothing={"epsilon": fading(0.2), "form": "others"}),
        weighted=True,
    ),
    training(
        "noise on labels, smoothing, yes or no",
        tables.labels,
        recipe(label_noise=0.1),
        recipe(label_smoothing={"epsilon": 0.1, "form": "others"}),
        kind="labels",
    ),
    training("swap and cutout", tables.without_text, recipe(swap=0.3), recipe(cutout=0.2), recipe(swap=fading(0.4))),
    training(
        "mixup",
        tables.classes,
        recipe(mixup=0.4),
        recipe(mixup={"alpha": 0.7, "draw": "row"}),
        recipe(mixup=fading(1.0)),
        weighted=True,
    ),
    training("cutmix", tables.binary, recipe(cutmix=1.0), recipe(cutmix={"alpha": 0.5, "draw": "row"})),
    training(
        "adversarial training",
        tables.binary,
        recipe(adversarial=0.1),
        recipe(
            adversarial={"epsilon": 0.2, "steps": 3, "step_size": 0.1, "random_start": True, "form": "replaced"},
            dropout=0.2,
        ),
        recipe(adversarial={"epsilon": fading(0.2), "clean_share": 0.7, "low": -2.0, "high": 2.0}),
        also=robust_errors,
    ),
    training(
        "sharpness",
        tables.number,
        recipe(sharpness_aware=0.05),
        recipe(sharpness_aware=fading(0.1), normalization="batch", dropout=0.2),
    ),
    training(
        "averages of weights",
        tables.number,
        recipe(averaging={"name": "ema", "half_life": 0.5}, normalization="batch"),
        recipe(averaging={"name": "ema", "half_life": 1.0, "corrected": False, "start": 0.25}),
        recipe(averaging={"name": "swa", "start": 0.5}, normalization="batch"),
        recipe(averaging={"name": "swa", "sample": "cycle", "start": 0.2}, schedule="growing_cycles"),
    ),
    training(
        "snapshots",
        tables.binary,
        recipe(snapshots="cycles", schedule={"name": "cosine", "cycles": 3}),
        recipe(snapshots={"name": "spaced", "count": 3}, averaging="ema"),
        also=all_snapshots,
    ),
    training(
        "lookahead", tables.number, recipe(lookahead=4), recipe(lookahead={"period": 3, "share": 0.8}, optimizer="sgd")
    ),
]
