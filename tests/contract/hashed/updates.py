"""Optimisers, schedules, clipping, and how batches are drawn."""

from __future__ import annotations

from typing import Any

from tests.contract.hashed import tables
from tests.contract.hashed.outcome import training
from tests.contract.hashed.tables import recipe


def optimizers(*names: str) -> list[dict[str, object]]:
    return [recipe(optimizer=name, l2=0.001, weight_decay=0.01) for name in names]


def gradient_noise(population: Any, X: Any) -> Any:
    return [population[0].gradient_noise([1, 8], draws=20).to_numpy()]


CASES = [
    training(
        "optimisers, descent and momentum",
        tables.binary,
        *optimizers("sgd", "momentum", "nesterov"),
        recipe(optimizer={"name": "momentum", "learning_rate": 0.05, "momentum": 0.8}),
    ),
    training("optimisers, adaptive", tables.binary, *optimizers("adagrad", "rmsprop", "adadelta")),
    training(
        "optimisers, Adam's family", tables.binary, *optimizers("adam", "amsgrad", "adamax", "nadam", "nadam_dozat")
    ),
    training(
        "schedules, falling",
        tables.number,
        *(
            recipe(schedule=schedule)
            for schedule in (
                "linear",
                {"name": "linear", "tau": 20, "end": 0.1},
                {"name": "power", "s": 10, "c": 0.5},
                {"name": "exponential", "s": 30},
                {"name": "step", "epochs": 3, "gamma": 0.3},
                {"name": "constant", "warmup": 5},
            )
        ),
    ),
    training(
        "schedules, shaped",
        tables.number,
        *(
            recipe(schedule=schedule)
            for schedule in (
                "cosine",
                {"name": "cosine", "cycles": 3, "growth": 2.0, "end": 0.01, "warmup": 3},
                "growing_cycles",
                {"name": "flat_cosine", "flat": 0.3},
                {"name": "switch", "share": 0.2},
                {"name": "range", "low": 1e-4},
            )
        ),
    ),
    training(
        "schedules, 1cycle",
        tables.number,
        recipe(schedule="one_cycle", optimizer="momentum"),
        recipe(schedule={"name": "one_cycle", "shape": "linear", "rise": 0.4}, optimizer="nesterov"),
        recipe(schedule="one_cycle"),
    ),
    training(
        "schedules, plateau",
        tables.noisy_number,
        recipe(schedule={"name": "plateau", "patience": 1, "gamma": 0.5}, epochs=20),
    ),
    training(
        "clipping",
        tables.number,
        recipe(clipping={"name": "value", "low": -0.01, "high": 0.02}),
        recipe(clipping={"name": "norm", "limit": 0.1}, l2=0.1),
        recipe(clipping={"name": "norm", "limit": 0.1, "before_penalties": True}, l2=0.1),
        recipe(clipping={"name": "percentile", "percentile": 30.0, "window": 10}),
    ),
    training(
        "batches",
        tables.number,
        recipe(batch_size=1, epochs=2),
        recipe(batch_size="all"),
        recipe(sampling={"replacement": True}),
        recipe(sampling={"drop_last": True}, batch_size=30),
        recipe(batch_size=50),
        also=gradient_noise,
        weighted=True,
    ),
]
