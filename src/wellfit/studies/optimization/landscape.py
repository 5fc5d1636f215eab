"""The loss around trained networks: final losses over seeds against size, curvature on the way, a plane."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Unpack

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.measure.curvature import curvature
from wellfit.engines.compiled.measure.full_gradient import LossSurface
from wellfit.engines.compiled.run.training_run import train_plans
from wellfit.engines.contract.network import Network
from wellfit.engines.contract.plan import Plan
from wellfit.errors import InputError
from wellfit.frames import ResultFrame
from wellfit.recipe import Recipe, as_recipe
from wellfit.studies.base import Grid, Settings, Study, StudyOptions, StudyTable, settings_of, study_table, train_grid
from wellfit.studies.base.options import check_whole
from wellfit.studies.optimization.landscape_answer import (
    Moment,
    ends_figure,
    figures_of,
    row_of,
    spread_of_ends,
    verdict_of,
)
from wellfit.training import RecipeLike

Float64 = NDArray[np.float64]
QUESTION = "What does the loss look like around trained networks, and are all minima alike?"
WIDTHS = (4, 16, 64)
SHARES = (0.0, 0.01, 0.03, 0.1, 0.3, 1.0)  # of the updates, after which curvature is measured
MOST_POINTS = 101  # of the plane, along each direction
MOST_ROWS = 2_000  # on which the loss around a network is measured


def landscape(
    recipe: RecipeLike,
    X: Any,
    y: Any = None,
    *,
    widths: Sequence[int] | None = None,
    resolution: int = 25,
    reach: float = 1.0,
    **options: Unpack[StudyOptions],
) -> Study:
    """Measure the training loss of networks of several widths: at their ends, on their way, and around one of them.

    Every width is trained from every seed on every fold: the spread of the final training losses over seeds says
    whether all minima cost about the same. Of the first width and seed the Hessian's extreme eigenvalues are taken at
    several updates (a negative one: the loss curves down in some direction, as at a saddle), and the loss on a plane
    through the trained weights along two random directions, each scaled array by array to the norm of the trained one.

    recipe: as in `wellfit.train`; the widths of its hidden layers are replaced.
    X: a table, as in `wellfit.train`.
    y: targets (rows,), as in `wellfit.train`.
    widths: units of each hidden layer, 1 or more; None (default): 4, 16, 64.
    resolution: int, points of the plane along each direction, 3 to 101 (default 25).
    reach: float above 0, how far the plane goes, in norms of the weights (default 1).
    options: see `StudyOptions`.

    Returns:
        A `Study` whose table has a row a width: parameters, mean final training loss, its standard deviation over seeds
        inside folds as a share of that mean, with a 95 % interval (chi-squared), and mean test loss. details:
        "path" (curvature by update), "plane" (loss by place), "networks".

    Raises:
        InputError: several tasks, or values out of range.

    >>> import numpy as np
    >>> import wellfit
    >>> X = np.random.default_rng(0).normal(size=(80, 3))
    >>> recipe = wellfit.Recipe(epochs=4, activation="tanh")
    >>> study = wellfit.studies.landscape(recipe, X, X[:, 0], widths=[2, 4], folds=2, seeds=2, resolution=3)
    >>> study.details["plane"].height
    9

    Source: Goodfellow, Bengio & Courville, 8.2; Li, Xu, Taylor, Studer & Goldstein, "Visualizing the loss landscape of
    neural nets", 2018 (the scaled directions); Choromanska et al., "The loss surfaces of multilayer networks", 2015.
    """
    settings, base = settings_of(options), as_recipe(recipe)
    sizes = tuple(dict.fromkeys(widths or WIDTHS))
    for size in sizes:
        check_whole("A width", size, 1)
    check_whole("resolution", resolution, 3)
    if resolution > MOST_POINTS or not 0 < reach < math.inf:
        got = f"{resolution} and {reach}"
        raise InputError(f"resolution is {MOST_POINTS} at most, and reach finite and above 0; got {got}.")
    table = study_table(X, y, options)
    if table.rows.target.tasks:
        raise InputError("The loss around a network is that of one target, and this table has several: take one.")
    recipes = {f"{width} wide": base.vary(hidden=(width,) * max(len(base.hidden), 1)) for width in sizes}
    grid = train_grid(recipes, table, settings)
    rows = [row_of(grid, name, width) for name, width in zip(recipes, sizes, strict=True)]
    if grid.ended == "interrupted":  # Ctrl-C means to end, not to begin what takes longest
        return Study(
            "landscape", QUESTION, grid.plan, f"{spread_of_ends(rows, len(grid.more))}.", ResultFrame(rows),
            {"networks": grid.table}, figures=(ends_figure(grid, sizes),), remarks=grid.remarks,
        )  # fmt: skip
    settings.announce(f"Measuring curvature on the way of one network, and the loss at {resolution**2:,} places.")
    way, plane = _around(next(iter(recipes.values())), table, settings, grid, resolution, reach)
    return Study(
        "landscape", QUESTION, grid.plan, verdict_of(rows, way, len(grid.more)), ResultFrame(rows),
        {"path": ResultFrame([{**m._asdict(), "place": m.kind} for m in way]), "plane": ResultFrame(plane),
         "networks": grid.table},
        figures=figures_of(grid, sizes, way, plane, f"{sizes[0]} wide"), remarks=grid.remarks,
    )  # fmt: skip


def _around(
    recipe: Recipe, table: StudyTable, settings: Settings, grid: Grid, resolution: int, reach: float
) -> tuple[list[Moment], dict[str, Float64]]:
    """Curvature on the way of one network while it is finite, and the loss on a plane through the last place.

    Raises:
        KeyboardInterrupt: Ctrl-C, for a network that was stopped is not the one that was asked for.
    """
    rows, view = table.rows, grid.views.views[0]
    plan = Plan(recipe.vary(stopping="none"), view, settings.seed)
    some = np.random.default_rng(settings.seed).permutation(view.training)[:MOST_ROWS]
    whole = train_plans([plan], rows.arrays, rows.target, rows.weight, budget=0).members[0].horizon.updates
    way = []
    for updates in sorted({round(share * whole) for share in SHARES}):
        run = train_plans([plan], rows.arrays, rows.target, rows.weight, budget=updates, n_jobs=settings.n_jobs)
        if run.interrupted:
            raise KeyboardInterrupt
        if run.members[0].status == "diverged":
            break
        network = run.network(0)
        surface = LossSurface(network, rows.arrays, rows.target, some, rows.weight)
        found = curvature(surface, surface.start)
        ends = found.smallest, found.largest
        way.append(Moment(updates, found.objective, found.gradient_norm, *ends, updates == whole))
    return way, _plane(network, surface, resolution, reach, settings.seed)


def _plane(network: Network, surface: LossSurface, resolution: int, reach: float, seed: int) -> dict[str, Float64]:
    """The loss as minimised along two random directions."""
    along = [_direction(network, np.random.default_rng([seed, k])) for k in range(2)]
    places = np.linspace(-reach, reach, resolution)
    first, second = (one.ravel() for one in np.meshgrid(places, places))
    losses = [
        surface.at(surface.start + a * along[0] + b * along[1]).objective for a, b in zip(first, second, strict=True)
    ]
    return {"first": first, "second": second, "loss": np.array(losses)}


def _direction(network: Network, random: np.random.Generator) -> Float64:
    """A random direction, of each array with the norm of the trained one; statistics stay."""
    direction = np.zeros(len(network.parameters))
    for segment in network.segments:
        if segment.role == "statistic":
            continue
        part = slice(segment.begin, segment.end)
        drawn = random.normal(size=segment.end - segment.begin)
        direction[part] = drawn / np.linalg.norm(drawn) * np.linalg.norm(network.parameters[part])
    return direction
