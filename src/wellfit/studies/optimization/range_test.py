"""The learning-rate range test over several seeds: which rates suit a recipe, from one short rising run each."""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np

from wellfit.engines.contract.plan import Plan
from wellfit.errors import InputError
from wellfit.figures import Axis, Figure, line_figure
from wellfit.frames import ResultFrame
from wellfit.recipe import as_recipe
from wellfit.reprs import counted
from wellfit.studies.base import (
    Round,
    Settings,
    Study,
    StudyOptions,
    StudyPlan,
    StudyTable,
    run_rounds,
    settings_of,
    study_table,
)
from wellfit.studies.base.options import check_whole
from wellfit.studies.optimization.rate_curves import POINTS, Array, RangeTest, read_range_test, rising
from wellfit.tables.arrays import View
from wellfit.training import Population, RecipeLike
from wellfit.training.transfer import StartLike, make_starts

QUESTION = "Which learning rates suit this recipe?"
ENOUGH_SEEDS = 5
FEW_SEEDS = "Intervals in brackets are drawn from the seeds, and fewer than five show too little spread: use 8 or more."


def range_test(
    recipe: RecipeLike | None,
    X: Any,
    y: Any = None,
    *,
    low: float = 1e-5,
    high: float = 10.0,
    updates: int = 500,
    start_from: StartLike = None,
    **options: Unpack[StudyOptions],
) -> Study:
    """Train a recipe from several seeds while its learning rate rises exponentially, and see which rates suit it.

    recipe: as in `wellfit.train`; None: the default. Its rate and schedule are replaced, averages and snapshots left
        out; everything else stays.
    X: a table, as in `wellfit.train`; all of its rows are trained on, so give training rows alone.
    y: targets (rows,) or (rows, outputs), as in `wellfit.train`.
    low: float, the first rate, above 0 (default 1e-5).
    high: float, the last rate, above low (default 10).
    updates: int, of each network, 20 or more (default 500); they are cut into up to 100 blocks.
    start_from: what the networks start from, as in `wellfit.train`. None (default): random weights.
    options: see `StudyOptions`; 8 seeds by default, and folds do not matter.

    Returns:
        A `Study` whose table has a row a block of updates: rate, and over seeds the median, lower and upper quartile of
        the loss, and how many have diverged. facts: suggestion, steepest and divergence, the last two with the ends of
        intervals that hold 95 % of them over samples of the seeds drawn with replacement; None where the curves do not
        show such a rate. details: "losses", a row a seed and block. recipes: with the suggested rate.

        steepest: where the median, smoothed over 0.2 decades, falls fastest by the logarithm of the rate. divergence:
        the first rate after the lowest point at which a quarter of the seeds or more have lost half of what the median
        had gained. suggestion: a tenth of the divergence, or the steepest where no rate was too high.

    Raises:
        InputError: as `wellfit.train`; low is not below high, or too few updates.

    >>> import numpy as np
    >>> import wellfit
    >>> X = np.random.default_rng(0).normal(size=(200, 3))
    >>> recipe = wellfit.Recipe(hidden=(8,), batch_size=32)
    >>> study = wellfit.studies.range_test(recipe, X, X[:, 0] > 0, seeds=2, updates=100)
    >>> study.table.height, study.details["losses"].height
    (100, 200)

    Source: Smith, "Cyclical learning rates for training neural networks", 2017.
    """
    if not 0 < low < high:
        raise InputError(f"The rate rises from low to high, both above 0; got low = {low:g}, high = {high:g}.")
    check_whole("updates", updates, 1)
    if updates < 20:
        raise InputError(f"A range test needs at least 20 updates to show a curve; got updates = {updates}.")
    settings = settings_of(options, seeds=8)
    table = study_table(X, y, options)
    test, plan, remarks = measured_rates(recipe, table, settings, low, high, updates, start_from)
    seeds, blocks = test.losses.shape
    losses = {
        "seed": np.repeat([settings.seed + k for k in range(seeds)], blocks), "rate": np.tile(test.rates, seeds),
        "loss": test.losses.ravel(),
    }  # fmt: skip
    chosen = {} if test.suggestion is None else {"suggested rate": _with_rate(as_recipe(recipe), test.suggestion)}
    return Study(
        "range_test", QUESTION, plan, _verdict(test), test.table, {"losses": ResultFrame(losses)},
        figures=(_figure(test),), facts=_facts(test), recipes=chosen, remarks=remarks,
    )  # fmt: skip


def measured_rates(
    recipe: RecipeLike | None, table: StudyTable, settings: Settings, low: float, high: float, updates: int,
    start_from: StartLike = None,
) -> tuple[RangeTest, StudyPlan, tuple[str, ...]]:  # fmt: skip
    """The test, what was trained, and remarks."""
    block = max(updates // POINTS, 1)
    updates = updates // block * block
    tested = rising(as_recipe(recipe), low, high, updates, block)
    (start,), schema = make_starts(start_from, [tested])
    if schema is not None and schema.to_plain() != table.schema.to_plain():
        raise InputError("start_from reads the columns otherwise than they are read here: give the table it learned.")
    every = View(np.arange(table.rows.arrays.rows))
    rounds = [Round(f"seed {seed}", (Plan(tested, every, seed, start),)) for seed in settings.every_seed]
    done = run_rounds(rounds, table, settings, lambda population: _losses(population, updates // block, block))
    middles = (np.arange(updates // block) * block + (block - 1) / 2) / (updates - 1)
    test = read_range_test(tested, low * (high / low) ** middles, np.array(done.results))
    seeds = len(done.results)
    plan = StudyPlan(f"{counted(seeds, 'network')}, {updates:,} updates each", seeds, done.core_seconds)
    few = FEW_SEEDS if seeds < ENOUGH_SEEDS else ""
    return test, plan, tuple(one for one in (done.words, few, *table.notes) if one)


def _losses(population: Population, blocks: int, block: int) -> Array:
    """The mean loss of each block (blocks,), infinite from the block in which the network diverged."""
    member = population[0]
    whole = (member.updates - (member.status == "diverged")) // block
    seen = member.history["running_loss"].to_numpy()[:whole]
    losses = np.full(blocks, np.inf)
    losses[: len(seen)] = np.where(np.isfinite(seen), seen, np.inf)
    return losses


def _with_rate(recipe: Any, rate: float) -> Any:
    return recipe.vary({"optimizer.learning_rate": float(f"{rate:.2g}")})


def _facts(test: RangeTest) -> dict[str, Any]:
    facts: dict[str, Any] = {"suggestion": test.suggestion}
    for name, interval in (("steepest", test.steepest_interval), ("divergence", test.divergence_interval)):
        low, high = (None, None) if interval is None else interval
        facts |= {name: getattr(test, name), f"{name}_low": low, f"{name}_high": high}
    return facts


def _verdict(test: RangeTest) -> str:
    text = str(test)
    return f"{text[0].upper()}{text[1:]}."


def _figure(test: RangeTest) -> Figure:
    known = (("steepest fall", test.steepest), ("suggested", test.suggestion), ("divergence", test.divergence))
    start, lowest = float(test.median[0]), float(test.median[np.isfinite(test.median)].min(initial=np.inf))
    shown = {name: test.table[name].to_numpy() for name in ("rate", "median", "lower", "upper")}
    if np.isfinite(start):  # what lies far above the start tells nothing, and flattens the rest
        most = start + max(start - lowest, 0.1 * abs(start))
        shown = {name: np.where(one > most, np.nan, one) if name != "rate" else one for name, one in shown.items()}
    return line_figure(
        shown, Axis("rate", "learning rate", scale="log"), Axis("median", "loss, median and quartiles over seeds"),
        low="lower", high="upper", marks=[(rate, text) for text, rate in known if rate is not None], name="rates",
        title="The loss while the learning rate rises, up to where it is lost again.",
    )  # fmt: skip
