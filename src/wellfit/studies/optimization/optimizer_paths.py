"""How optimisers move on functions of two parameters: the paths, and how soon each reaches the lowest value."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple, Unpack

import numpy as np

from wellfit.engines.compiled.run.function_path import FunctionPath
from wellfit.errors import InputError, quoted
from wellfit.figures import Axis, Figure, path_figure
from wellfit.frames import ResultFrame
from wellfit.recipe import Recipe
from wellfit.reprs import counted
from wellfit.studies.base import Study, StudyOptions, StudyPlan, settings_of
from wellfit.studies.optimization.functions import SURFACES, Surface
from wellfit.training.functions import optimize

QUESTION = "Which way do optimisers take, and how soon are they there?"
OPTIMIZERS = ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adadelta", "adam")
RATES = tuple(float(rate) for rate in np.geomspace(1e-3, 3, 15).round(4))
CELLS = 24  # of the drawn grid, along each side


class Run(NamedTuple):
    """An optimiser on a function at its best rate. reached: updates until it was there, infinite where it never was.
    diverged: at how many of the rates it diverged.
    """

    surface: Surface
    optimizer: str
    rate: float
    path: FunctionPath
    reached: float
    diverged: int


def optimizer_paths(
    *,
    functions: Sequence[str] | None = None,
    optimizers: Sequence[str] | None = None,
    rates: Sequence[float] | None = None,
    updates: int = 200,
    **options: Unpack[StudyOptions],
) -> Study:
    """Follow optimisers on functions of two parameters, each at the best of the same number of learning rates.

    The same compiled update as in training moves the parameters (`wellfit.optimize`). A function counts as reached once
    its value is within 1 % of the way from the start to the lowest value. An optimiser's rate is the one with which it
    is there first or, where it never is, the one with the lowest last value. There is no chance in it.

    functions: names among "quadratic", "valley", "saddle", "plateau" and "cliff"; None (default): all.
    optimizers: names as in a recipe; None (default): sgd, momentum, nesterov, adagrad, rmsprop, adadelta, adam.
    rates: learning rates above 0 that each optimiser is tried with; None (default): 15 from 0.001 to 3.
    updates: int, 1 or more (default 200).
    options: see `StudyOptions`; none of them matters here.

    Returns:
        A `Study` whose table has a row a function and optimiser: learning_rate, updates_to_reach (missing where it was
        not reached), final_value, largest_gradient, diverged_rates; and a figure a function.

    Raises:
        InputError: a function or optimiser that there is not, or a rate that is not above 0.

    >>> import wellfit
    >>> study = wellfit.studies.optimizer_paths(functions=["saddle"], optimizers=["sgd", "momentum"])
    >>> study.table["optimizer"].to_list()
    ['sgd', 'momentum']
    """
    settings_of(options)
    surfaces = [_surface(name) for name in functions or [one.name for one in SURFACES]]
    chosen, tried = tuple(optimizers or OPTIMIZERS), tuple(rates or RATES)
    if not all(rate > 0 and math.isfinite(rate) for rate in tried):
        raise InputError(f"Learning rates are finite numbers above 0; got {str(list(tried))[:80]}.")
    runs = [_best(surface, name, tried, updates) for surface in surfaces for name in chosen]
    words = f"{counted(len(chosen), 'optimiser')} with {counted(len(tried), 'rate')} each, {updates:,} updates"
    return Study(
        "optimizer_paths", QUESTION, StudyPlan(words), _verdict(runs, surfaces, len(tried)), _table(runs),
        figures=tuple(_figure(surface, [run for run in runs if run.surface is surface]) for surface in surfaces),
        remarks=("The functions and starts are fixed and nothing is drawn at random: every run gives the same paths.",),
    )  # fmt: skip


def _surface(name: str) -> Surface:
    for one in SURFACES:
        if one.name == name:
            return one
    known = ", ".join(one.name for one in SURFACES)
    raise InputError(f"The functions are {known}; got {quoted(str(name))}.")


def _best(surface: Surface, optimizer: str, rates: Sequence[float], updates: int) -> Run:
    """The optimiser with the rate that suits it best."""
    found = []
    for rate in rates:
        recipe = Recipe.plain(optimizer={"name": optimizer, "learning_rate": rate})
        path = optimize(
            lambda w: float(surface.value(w)), surface.start, recipe, updates=updates, gradient=surface.gradient
        )
        found.append((rate, path, _reached(surface, path)))
    # Sooner first; of those that never get there, the lowest end.
    rate, path, reached = min(found, key=lambda one: (one[2], math.inf if one[1].diverged else one[1].values[-1]))
    return Run(surface, optimizer, rate, path, reached, sum(path.diverged for _, path, _ in found))


def _reached(surface: Surface, path: FunctionPath) -> float:
    """Updates after which it is there and stays; infinite for never."""
    bound = surface.lowest + surface.within * (path.values[0] - surface.lowest)
    outside = np.flatnonzero(~(path.values <= bound))
    if path.diverged or (len(outside) and outside[-1] == len(path.values) - 1):
        return math.inf
    return float(outside[-1] + 1) if len(outside) else 0.0


def _table(runs: Sequence[Run]) -> ResultFrame:
    return ResultFrame(
        [
            {
                "function": run.surface.name, "optimizer": run.optimizer, "learning_rate": run.rate,
                "updates_to_reach": None if math.isinf(run.reached) else int(run.reached),
                "final_value": float(run.path.values[-1]),
                "largest_gradient": float(run.path.gradient_norms.max(initial=0.0)), "diverged_rates": run.diverged,
            }
            for run in runs
        ]
    )  # fmt: skip


def _verdict(runs: Sequence[Run], surfaces: Sequence[Surface], rates: int) -> str:
    first = []
    for surface in surfaces:
        there = [run for run in runs if run.surface is surface and math.isfinite(run.reached)]
        if not there:
            first.append(f"none on the {surface.name}")
            continue
        least = min(run.reached for run in there)
        names = " and ".join(run.optimizer for run in there if run.reached == least)
        first.append(f"{names} on the {surface.name} ({counted(int(least), 'update')})")
    return f"Each with the best of {counted(rates, 'rate')}, there first: {', '.join(first)}."


def _figure(surface: Surface, runs: Sequence[Run]) -> Figure:
    (left, right), (bottom, top) = surface.ends
    across, up = ((low + (np.arange(CELLS) + 0.5) * (high - low) / CELLS) for low, high in surface.ends)
    x, y = (one.ravel() for one in np.meshgrid(across, up))
    grid = {"x": x, "y": y, "value": surface.value(np.stack([x, y], axis=1))}
    steps: dict[str, list[Any]] = {"x": [], "y": [], "optimizer": []}
    for run in runs:
        for point in run.path.points:
            shown = left <= point[0] <= right and bottom <= point[1] <= top
            steps["x"].append(float(point[0]) if shown else math.nan)
            steps["y"].append(float(point[1]) if shown else math.nan)
            steps["optimizer"].append(run.optimizer)
    return path_figure(
        grid, steps, Axis("x", "first parameter"), Axis("y", "second parameter"), Axis("value", "function"),
        name=f"paths-{surface.name}", title=f"Paths on the {surface.name}: {surface.about}.", series="optimizer",
    )  # fmt: skip
