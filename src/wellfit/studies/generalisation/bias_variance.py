"""Bias and variance over many training samples: how far networks are off together, and how far from each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Unpack

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.contract.plan import Plan
from wellfit.errors import InputError
from wellfit.recipe import Recipe, as_recipe
from wellfit.studies.base import Round, Settings, Study, StudyOptions, StudyTable, run_rounds, settings_of, study_table
from wellfit.studies.base.losses import predicted
from wellfit.studies.generalisation.bias_variance_answer import answer
from wellfit.studies.generalisation.bias_variance_parts import Found
from wellfit.studies.generalisation.samples import Pool, pool_of, sample_view
from wellfit.studies.generalisation.sweep import swept
from wellfit.tables.arrays import Arrays
from wellfit.training import Population, RecipeLike

Float32 = NDArray[np.float32]
WIDTHS = (2, 8, 32, 128)
MOST_TESTED = 4000  # rows that measure: more make no interval much shorter
GRID = 101  # points of a curve over one input


def bias_variance(
    recipe: RecipeLike,
    X: Any,
    y: Any = None,
    *,
    slot: str = "width",
    values: Sequence[Any] | None = None,
    samples: int = 10,
    rows: int | None = None,
    sampling: str = "subset",
    truth: Any = None,
    **options: Unpack[StudyOptions],
) -> Study:
    """Train a recipe on many training samples, and take the error on fixed rows apart into bias and variance.

    recipe: as in `wellfit.train`.
    X: a table, as in `wellfit.train`.
    y: targets (rows,), as in `wellfit.train`.
    slot: what is varied: "width" (default; units of every hidden layer), "depth", or a setting of the recipe such as
        "l2".
    values: of the slot, one or more; None (default): widths 2, 8, 32 and 128, or what the recipe says of another slot.
    samples: training samples, 3 or more (default 10); each is a round.
    rows: of a training sample, validation rows included; None (default): half of the rows that do not measure, or of a
        bootstrap as many as there are.
    sampling: "subset" (default; without replacement) or "bootstrap".
    truth: (rows,) or (rows, outputs), what y is in the mean for each row's input, where that is known: then the noise
        is told apart from the bias. Of classes the probabilities (rows, classes), of two that of the second (rows,).
        None (default): not known.
    options: see `StudyOptions`. The rows of the first fold measure; several partitions, a metric and a margin are
        refused.

    Returns:
        A `Study` whose table has a row a value and loss (squared error; of classes also 0-1 loss and cross-entropy):
        error, bias and variance with their intervals; of the squared error also the variance's two parts.

    Raises:
        InputError: anything wrong with recipe, table or options; several tasks.

    >>> import numpy as np
    >>> import wellfit
    >>> x = np.random.default_rng(0).uniform(-2, 2, size=(120, 1))
    >>> study = wellfit.studies.bias_variance(
    ...     wellfit.Recipe(hidden=4, epochs=2), x, np.sin(2 * x[:, 0]), values=[2, 4], samples=3, seeds=2, n_jobs=1
    ... )
    >>> study.table["width"].to_list(), len(study.table)
    ([2, 4], 2)
    """
    settings, base = settings_of(options), as_recipe(recipe)
    table = study_table(X, y, options)
    if table.rows.target.tasks:
        raise InputError("Bias and variance are those of one target, and this table has several: give one of them.")
    if isinstance(samples, bool) or samples != int(samples) or samples < 3:
        raise InputError(f"Variance is seen over 3 training samples or more; got samples = {samples}.")
    if settings.metric is not None or settings.margin is not None:
        raise InputError("Bias and variance have losses of their own, and no margin: leave metric and margin out.")
    sweep = swept(base, slot, _values(base, slot) if values is None else values)
    pool = pool_of(table, settings, sampling, rows)
    function = None if truth is None else _function(truth, table)
    rounds, test = _rounds(sweep.recipes, table, pool, samples, settings), _tested(pool)
    grid = _grid(table)
    tested = table.rows.arrays.take(test)

    def measure(population: Population) -> _Round:
        return _Round(_predictions(population, tested), None if grid is None else _predictions(population, grid))

    done = run_rounds(rounds, table, settings, measure)
    values_of = _by_recipe([one.tested for one in done.results], len(sweep.values))
    if not any(np.isfinite(one).any() for one in values_of):
        raise InputError(
            "Every network diverged, so that there is nothing to measure: give a recipe with a lower rate."
        )
    curves = None if grid is None else _by_recipe([one.curves for one in done.results], len(sweep.values))
    remarks = tuple(one for one in (done.words, pool.remark, *pool.notes, *table.notes) if one)
    found = Found(
        sweep, table.rows.take(test), values_of, None if function is None else function[test], settings.seeds,
        done.core_seconds, grid, curves, remarks, None if grid is None else tested.numbers[:, 0],
    )  # fmt: skip
    return answer(found)


class _Round(NamedTuple):
    """Predictions (networks, rows, columns) of one sample's networks, NaN of those that diverged."""

    tested: Float32
    curves: Float32 | None


def _values(recipe: Recipe, slot: str) -> Sequence[Any]:
    if slot == "width":
        return WIDTHS
    if slot == "depth":
        return (max(len(recipe.hidden), 1),)
    raise InputError(f"A study of {slot!r} needs the values to try: give values.")


def _rounds(recipes: dict[str, Recipe], table: StudyTable, pool: Pool, samples: int, settings: Settings) -> list[Round]:
    """A round a training sample: every recipe from every seed, seeds of its own that no other sample has.

    So what a seed does is drawn anew with each sample, and intervals over samples are for new seeds, too.
    """
    validates = any(recipe.stopping.name != "none" for recipe in recipes.values())
    rounds = []
    for number in range(samples):
        view = sample_view(pool, number, table, validates)
        first = settings.seed + number * settings.seeds
        own = range(first, first + settings.seeds)
        plans = [Plan(recipe, view, seed) for recipe in recipes.values() for seed in own]
        rounds.append(Round(view.name, tuple(plans)))
    return rounds


def _tested(pool: Pool) -> NDArray[np.int64]:
    if len(pool.test) <= MOST_TESTED:
        return pool.test
    rng = np.random.default_rng(pool.seed)
    return np.sort(rng.choice(pool.test, MOST_TESTED, replace=False))


def _predictions(population: Population, arrays: Arrays) -> Float32:
    run = population.engine
    target = run.target
    columns = 2 if target.kind == "binary" else target.outputs
    found = np.full((len(run), arrays.rows, columns), np.nan, np.float32)
    for index, member in enumerate(run.members):
        if member.status != "diverged":
            found[index] = predicted(run.network(index), arrays, target)
    return found


def _by_recipe(rounds: list[Any], recipes: int) -> list[Float32]:
    """For each recipe the predictions (samples, seeds, rows, columns)."""
    stacked = np.stack(rounds)
    return list(stacked.reshape(len(rounds), recipes, -1, *stacked.shape[2:]).swapaxes(0, 1))


def _grid(table: StudyTable) -> Arrays | None:
    """Rows along the only input; None where there are others."""
    arrays = table.rows.arrays
    inputs = arrays.numbers[:, 0] if arrays.numbers.shape[1] == 1 else np.empty(0)
    if arrays.codes.shape[1] or arrays.sparse is not None or not np.isfinite(inputs).any():
        return None
    low, high = float(np.nanmin(inputs)), float(np.nanmax(inputs))
    return Arrays(np.linspace(low, high, GRID, dtype=np.float32)[:, None], np.zeros((GRID, 0), np.int32))


def _function(truth: Any, table: StudyTable) -> NDArray[np.float64]:
    """The true means (rows, columns), as networks predict them."""
    target = table.rows.target
    given = np.asarray(truth, np.float64)
    given = given[:, None] if given.ndim == 1 else given
    columns = 2 if target.kind == "binary" else target.outputs
    if target.kind == "binary" and given.shape[1] == 1:
        given = np.concatenate([1 - given, given], axis=1)
    wanted = (len(target.values), columns)
    if given.shape != wanted or not np.isfinite(given).all():
        raise InputError(f"truth has a finite number for each row and output, {wanted}; got shape {given.shape}.")
    return given
