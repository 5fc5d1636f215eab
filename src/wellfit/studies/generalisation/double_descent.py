"""Double descent: error over width, epochs or rows, past the place where training rows are fitted without error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple, Unpack

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.measure.gauss_newton import (
    MOST_PARAMETERS,
    effective_parameters,
    gauss_newton_eigenvalues,
)
from wellfit.engines.contract.plan import Plan
from wellfit.errors import InputError, quoted
from wellfit.recipe import Recipe, as_recipe
from wellfit.statistics.metrics import Metric, metric_of
from wellfit.studies.base import Round, Settings, Study, StudyOptions, StudyTable, run_rounds, settings_of, study_table
from wellfit.studies.base.losses import measured_rows
from wellfit.studies.base.rounds import updates_of
from wellfit.studies.base.table import measured_views
from wellfit.studies.generalisation.double_descent_answer import Measured, answer
from wellfit.studies.generalisation.noisy_labels import NoisyTable, noisy_table
from wellfit.tables.arrays import View
from wellfit.training import Population, RecipeLike

WIDTHS = (2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
POINTS = 10  # of a curve over rows
LEAST_ROWS = 20
OVER = ("width", "epochs", "rows")


def double_descent(
    recipe: RecipeLike,
    X: Any,
    y: Any = None,
    *,
    over: str = "width",
    values: Sequence[int] | None = None,
    label_noise: Sequence[float] = (0.0, 0.15),
    effective: bool = True,
    alpha: float = 1.0,
    **options: Unpack[StudyOptions],
) -> Study:
    """Train a recipe at every width, number of epochs or number of rows, with and without noise on training labels.

    Nothing chooses weights: every network is trained to its end. The rows of the first fold measure, with their true
    labels; all others train.

    recipe: as in `wellfit.train`; its stopping is replaced by none. What regularises hides the peak: take "plain".
    X: a table, as in `wellfit.train`.
    y: targets (rows,), as in `wellfit.train`.
    over: what grows: "width" (default; units of every hidden layer), "epochs" or "rows" (of training).
    values: of it, 1 or more; None (default): widths from 2 to 256, epochs from 1 to the recipe's in powers of two, or
        10 numbers of rows up to all.
    label_noise: shares from 0 to 1 (default 0 and 0.15), each tried: a training label is redrawn among all classes with
        that probability; numbers get normal noise of so many standard deviations. The same for all seeds.
    effective: bool; count effective parameters too, of networks under 5,000 parameters (default True).
    alpha: above 0: the precision of the weights' prior that effective parameters are counted with (default 1).
    options: see `StudyOptions`. Several partitions and a margin are refused.

    Returns:
        A `Study` whose table has a row a noise and value: parameters, parameters per label (of rows x outputs),
        training error, test error with its interval over seeds, effective parameters. Its facts have the first value
        whose training error is 0, the one where parameters = rows x outputs, and the one with the highest error between
        two lower ones.

    Raises:
        InputError: anything wrong with recipe, table or options; several tasks.

    >>> import numpy as np
    >>> import wellfit
    >>> X = np.random.default_rng(0).normal(size=(100, 3))
    >>> recipe = wellfit.Recipe.plain(hidden=2).vary(epochs=2)
    >>> study = wellfit.studies.double_descent(
    ...     recipe, X, X[:, 0] > 0, values=[2, 4], seeds=1, effective=False, n_jobs=1
    ... )
    >>> study.table["width"].to_list(), study.table["parameters"].to_list()
    ([2, 4, 2, 4], [11, 21, 11, 21])
    """
    settings, base = settings_of(options), as_recipe(recipe)
    table = study_table(X, y, options)
    _check(table, settings, over, alpha)
    views = measured_views(table, settings, validates=False)
    pool, test = np.unique(views.views[0].training), views.views[0].test
    noisy = noisy_table(table, pool, tuple(label_noise), settings.seed)
    plans, points = _plans(base, noisy, over, values, test, settings.seed)
    metric = _metric(table, settings.metric)
    rounds = [Round(f"seed {s}", tuple(replace(plan, seed=s) for plan in plans)) for s in settings.every_seed]
    first: list[Any] = []

    def measure(population: Population) -> list[dict[str, Any]]:
        rows = measured_rows(population.engine, metric)
        if effective and not first:  # of the first seed alone: it takes longer than training a small network
            settings.announce("Effective parameters are counted, which takes seconds a network.")
            first.append(_effective(population, alpha))
        return rows

    done = run_rounds(rounds, noisy.table, settings, measure)
    measured = Measured(
        over, tuple(points), done.results, first[0] if first else (), table.rows.target, metric, len(pool),
        len(test), done.core_seconds, (*_remarks(base), *(o for o in (done.words, *views.notes, *table.notes) if o)),
    )  # fmt: skip
    return answer(measured, alpha)


def _check(table: StudyTable, settings: Settings, over: str, alpha: float) -> None:
    if over not in OVER:
        raise InputError(f"Double descent is over width, epochs or rows; got {quoted(over)}.")
    if table.rows.target.tasks:
        raise InputError("Double descent is that of one target, and this table has several: give one of them.")
    if settings.partitions > 1:
        raise InputError("A fixed part of the rows measures every network: leave partitions out.")
    if settings.margin is not None:
        raise InputError("A second descent is told by its interval, without a margin: leave margin out.")
    if not alpha > 0:
        raise InputError(f"alpha is a precision above 0; got {alpha!r}.")


def _metric(table: StudyTable, name: str | None) -> Metric:
    """The error rate of classes and labels, else the metric of the study."""
    kind = table.rows.target.kind
    return metric_of("error" if name is None and kind in ("binary", "classes", "labels") else name, kind)


class Point(NamedTuple):
    """One network of each seed. noise: of the labels. value: of what grows. rows: that train."""

    noise: float
    value: int
    rows: int


def _plans(
    base: Recipe, noisy: NoisyTable, over: str, values: Sequence[int] | None, test: NDArray[np.int64], seed: int
) -> tuple[list[Plan], list[Point]]:
    """A plan for each noise and value, of the first seed; smaller training sets are parts of larger ones."""
    order = np.random.default_rng([seed & 0xFFFFFFFF, 29]).permutation(noisy.rows)
    chosen = _values(base, over, noisy.rows) if values is None else [_whole(value, over) for value in values]
    if not chosen or len(set(chosen)) < len(chosen):
        raise InputError(f"The values of {over} are one or more, and differ from each other; got {quoted(chosen)}.")
    most = max(chosen)
    if over == "rows" and not (most <= noisy.rows and min(chosen) >= LEAST_ROWS):
        raise InputError(
            f"Networks train on {LEAST_ROWS} to {noisy.rows:,} of these rows; got {min(chosen)} to {most}."
        )
    plans, points = [], []
    for noise in noisy.noises:
        for value in chosen:
            count = value if over == "rows" else noisy.rows
            view = View(np.sort(noisy.places[noise][order[:count]]), test=test, name=f"noise {noise:g}, {over} {value}")
            plan = Plan(_at(base, over, value), view, seed)
            # Measured once, at the end: on the way it would only cost time.
            once = plan.recipe.vary(stopping={"name": "none", "every": updates_of(plan)})
            plans.append(replace(plan, recipe=once))
            points.append(Point(noise, value, count))
    return plans, points


def _whole(value: Any, over: str) -> int:
    if isinstance(value, bool) or value != int(value) or value < 1:
        raise InputError(f"The values of {over} are whole numbers of 1 or more; got {quoted(value)}.")
    return int(value)


def _at(base: Recipe, over: str, value: int) -> Recipe:
    if over == "width":
        return base.vary(hidden=(value,) * max(len(base.hidden), 1))
    return base.vary(epochs=value) if over == "epochs" else base


def _values(base: Recipe, over: str, rows: int) -> list[int]:
    if over == "width":
        return list(WIDTHS)
    if over == "epochs":
        powers = [2**k for k in range(base.epochs.bit_length()) if 2**k <= base.epochs]
        return powers if powers[-1] == base.epochs else [*powers, base.epochs]
    return sorted({int(round(count)) for count in np.geomspace(min(max(LEAST_ROWS, rows // 50), rows), rows, POINTS)})


def _effective(population: Population, alpha: float) -> tuple[float, ...]:
    """Of each network; NaN where it has too many parameters, diverged, or has no such matrix."""
    run, found = population.engine, []
    for index, member in enumerate(run.members):
        if member.status == "diverged":
            found.append(float("nan"))
            continue
        try:
            rows = member.plan.view.training
            eigenvalues = gauss_newton_eigenvalues(run.network(index), run.arrays, run.target, rows, member.plan.seed)
            found.append(effective_parameters(eigenvalues, alpha))
        except InputError:  # of networks that are too large, and of other losses, there is none
            found.append(float("nan"))
    return tuple(found)


def _remarks(base: Recipe) -> list[str]:
    """What of the recipe hides a peak, and what was replaced."""
    plain = Recipe.plain(hidden=base.hidden)
    slots = ("dropout", "weight_decay", "l2", "l1", "label_smoothing", "mixup", "averaging")
    on = [slot for slot in slots if getattr(base, slot) != getattr(plain, slot)]
    remarks = []
    if on:
        remarks.append(f"The recipe regularises ({', '.join(on)}), which lowers or hides a peak: try the recipe plain.")
    if base.stopping.name != "none":
        remarks.append("Every network is trained to its end: the recipe's stopping is left out.")
    return [*remarks, f"Effective parameters are counted under {MOST_PARAMETERS:,} parameters, for the first seed."]
