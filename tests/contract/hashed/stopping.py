"""Every rule that ends a training, and which weights it keeps."""

from __future__ import annotations

from typing import Any

from tests.contract.hashed import tables
from tests.contract.hashed.outcome import training
from tests.contract.hashed.tables import recipe

ENDS = ("finished", "stopped", "diverged", "out_of_budget", "interrupted")


def ends(population: Any, X: Any) -> Any:
    """How each member ended, as a number."""
    return [ENDS.index(member.status) for member in population]


def rules(*given: Any, **slots: Any) -> list[dict[str, Any]]:
    return [recipe(stopping=rule, epochs=30, **slots) for rule in given]


CASES = [
    training(
        "stopping, patience",
        tables.noisy_number,
        *rules(
            {"name": "patience", "patience": 3},
            {"name": "patience", "patience": 2, "minimum_improvement": 0.4, "every": 3},
            {"name": "strict_patience", "patience": 3, "every": 5},
        ),
        *rules({"name": "patience", "patience": 2, "growth": 1.5}, schedule="growing_cycles"),
        also=ends,
    ),
    training(
        "stopping, Prechelt's rules",
        tables.noisy_number,
        *rules(
            {"name": "generalization_loss", "alpha": 2.0},
            {"name": "progress_quotient", "alpha": 0.1, "strip": 3, "every": 7},
            {"name": "rising_strips", "strips": 2, "strip": 2, "every": 5},
            {"name": "generalization_loss", "alpha": 100.0, "least_progress": 60.0},
        ),
        also=ends,
    ),
    training(
        "stopping, fixed or by a loss",
        tables.noisy_number,
        *rules("best", "none", {"name": "updates", "updates": 33, "keep": "best"}),
        *rules(
            {"name": "updates", "updates": 33, "horizon": "epochs", "every": 10},
            {"name": "updates", "updates": 33, "horizon": 50, "epoch": 7},
            schedule="cosine",
        ),
        *rules({"name": "loss_below", "loss": 3.7}, {"name": "loss_below", "loss": 0.0, "updates": 22}),
        also=ends,
    ),
    training("a budget", tables.number, recipe(), recipe(hidden=[6]), budget=[13, 7], also=ends),
    training(
        "divergence",
        tables.number,
        recipe(optimizer={"name": "sgd", "learning_rate": 1e4}, activation="relu"),
        recipe(optimizer={"name": "momentum", "learning_rate": 3.0}),
        also=ends,
    ),
]
