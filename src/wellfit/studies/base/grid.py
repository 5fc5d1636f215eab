"""The usual plan of a study: every recipe on every fold from every seed, a round a seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.contract.plan import Plan
from wellfit.frames import ResultFrame
from wellfit.recipe import Recipe
from wellfit.reprs import counted, short_repr
from wellfit.statistics.metrics import Metric
from wellfit.studies.base.losses import measured_rows, metric_for
from wellfit.studies.base.options import Settings
from wellfit.studies.base.rounds import Round, run_rounds
from wellfit.studies.base.study import StudyPlan
from wellfit.studies.base.table import MeasuredViews, StudyTable, measured_views
from wellfit.training import Population

Float64 = NDArray[np.float64]
SEEDS_APART = 100_000  # from one fold to the next
More = Callable[[Population], Any]


@dataclass(frozen=True)
class Grid:
    """Recipes trained on folds from seeds, and their losses.

    names: of the recipes, in order. recipes: by name.
    views: the folds. metric: that of the losses; None: the summed loss of several tasks.
    table: a row a network: recipe, partition, fold, seed (the round), network_seed, status, updates, kept_update,
        epochs, parameters, seconds, training_loss, validation_loss, test_loss (by the metric, lower is better).
    plan: what was trained, and about what it cost.
    remarks: sentences on how far it got, on networks that diverged, and on the splits.
    ended: "all rounds", "time limit", "budget" or "interrupted".
    more: what `more` gave of each round.
    """

    names: tuple[str, ...]
    recipes: dict[str, Recipe]
    views: MeasuredViews
    metric: Metric | None
    table: ResultFrame
    plan: StudyPlan
    remarks: tuple[str, ...]
    ended: str = "all rounds"
    more: tuple[Any, ...] = ()

    __repr__ = short_repr

    def losses(self, name: str, part: str = "test") -> Float64:
        """A recipe's losses (partitions, folds, seeds). name: of the recipe. part: "test", "training", "validation"."""
        import polars as pl

        chosen = self.table.filter(pl.col("recipe") == name).sort("partition", "fold", "seed")
        return chosen[f"{part}_loss"].to_numpy().reshape(self.views.partitions, self.views.folds, -1)


def seed_of(seed: int, place: int) -> int:
    """The seed of the networks on the fold at a place. Every fold has its own, so that chance in initial weights and in
    the order of rows averages out over folds; all recipes share it.

    seed: of the round.
    """
    return seed + SEEDS_APART * place


def on_diverged(networks: Sequence[Mapping[str, Any]]) -> str:
    """How many networks diverged, in a sentence; "" where none did. networks: rows with a status."""
    lost = sum(row["status"] == "diverged" for row in networks)
    return f"{lost:,} of {counted(len(networks), 'network')} diverged." if lost else ""


def train_grid(
    recipes: Mapping[str, Recipe],
    table: StudyTable,
    settings: Settings,
    more: More | None = None,
    validates: bool | None = None,
    views: MeasuredViews | None = None,
) -> Grid:
    """Train every recipe on every fold from every seed, all on the same rows, and measure on the rows held out.

    recipes: by the names that people read.
    table: the rows.
    settings: folds, seeds and limits.
    more: what else to measure of each round, while its networks are there. None (default): nothing.
    validates: whether rows are set aside for validation. None (default): where any of the recipes chooses its
        weights by them.
    views: to train on. None (default): `measured_views` of the table.

    Raises:
        InputError: recipes, folds or metric that do not fit the table.
        KeyboardInterrupt: Ctrl-C before the first round was whole.
    """
    metric = metric_for(settings.metric, table.rows.target)
    if validates is None:
        validates = any(recipe.stopping.name != "none" for recipe in recipes.values())
    views = measured_views(table, settings, validates) if views is None else views
    rounds = [
        Round(
            f"seed {seed}",
            tuple(
                Plan(recipe, view, seed_of(seed, place))
                for recipe in recipes.values()
                for place, view in enumerate(views.views)
            ),
        )
        for seed in settings.every_seed
    ]

    def measure(population: Population) -> tuple[list[dict[str, Any]], Any]:
        return measured_rows(population.engine, metric), None if more is None else more(population)

    done = run_rounds(rounds, table, settings, measure)
    names = tuple(recipes)
    places = [(name, p, f) for name in names for p in range(views.partitions) for f in range(views.folds)]
    rows = [
        {"recipe": name, "partition": p, "fold": f, **one, "seed": seed, "network_seed": one["seed"]}
        for (result, _), seed in zip(done.results, settings.every_seed, strict=False)
        for (name, p, f), one in zip(places, result, strict=True)
    ]
    words = (
        f"{counted(len(names), 'recipe')} on {counted(len(views.views), 'fold')} from "
        f"{counted(len(done.results), 'seed')}"
    )
    plan = StudyPlan(words, len(rows), done.core_seconds)
    remarks = tuple(one for one in (done.words, on_diverged(rows), *views.notes, *table.notes) if one)
    return Grid(
        names, dict(recipes), views, metric, ResultFrame(rows), plan, remarks, done.ended,
        tuple(more for _, more in done.results),
    )  # fmt: skip
