"""Recipes with a name: their settings as tables, by the hidden layers that are wanted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

DEEP = 5  # hidden layers from which on the default of practice normalises

Settings = dict[str, Any]


def wellfit(hidden: tuple[int, ...]) -> Settings:
    """The library's own default: what `Recipe()` is."""
    return {}


def practice(hidden: tuple[int, ...]) -> Settings:
    """The default of practice: what textbooks advise for a dense network where nothing more is known.

    He initialisation, ELU, no normalisation if shallow and batch normalisation if deep (5 hidden layers or more), the
    weights of the best validation loss, descent with momentum, 1cycle (which drives rate and momentum), standardised
    inputs; no dropout, no skip connections. L2 is for where it is needed, and off: l2=1e-4 is a first try. RMSProp or
    NAdam in place of momentum: optimizer="rmsprop" or "nadam", which then takes its own learning rate.

    Early stopping means keeping the best weights here, for 1cycle has a fixed length; with a constant schedule,
    stopping="patience" also ends the run.

    Source: Geron, "Hands-on machine learning", 2019, chapter 11; Smith, "A disciplined approach to neural network
    hyper-parameters", 2018.
    """
    return {
        "activation": "elu",
        "initialization": "he_normal",
        "normalization": "batch" if len(hidden) >= DEEP else "none",
        "skip": "none",
        "dropout": 0.0,
        "weight_decay": 0.0,
        "optimizer": {"name": "momentum", "learning_rate": 0.03},
        "schedule": "one_cycle",
        "stopping": "best",
        "scaling": "standard",
        "batch_size": 32,
    }


def plain(hidden: tuple[int, ...]) -> Settings:
    """Every technique that can be off is off: what `Recipe.plain` tells of."""
    return {
        "activation": "relu",
        "skip": "none",
        "dropout": 0.0,
        "weight_decay": 0.0,
        "optimizer": "sgd",
        "schedule": "constant",
        "stopping": "none",
        "scaling": "standard",
    }


NAMED: dict[str, Callable[[tuple[int, ...]], Settings]] = {"wellfit": wellfit, "practice": practice, "plain": plain}
