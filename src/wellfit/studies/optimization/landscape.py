"""The loss around trained networks: final losses over seeds against size, curvature on the way, a plane."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple, Unpack

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from wellfit.engines.compiled.measure.curvature import curvature
from wellfit.engines.compiled.measure.full_gradient import LossSurface
from wellfit.engines.compiled.run.training_run import train_plans
from wellfit.engines.contract.network import Network
from wellfit.engines.contract.plan import Plan
from wellfit.errors import InputError
from wellfit.figures import Axis, Figure, heat_figure, line_figure, scatter_figure
from wellfit.frames import ResultFrame
from wellfit.recipe import Recipe, as_recipe
from wellfit.reprs import counted
from wellfit.studies.base import Grid, Settings, Study, StudyOptions, StudyTable, settings_of, study_table, train_grid
from wellfit.training import RecipeLike

Float64 = NDArray[np.float64]
QUESTION = "What does the loss look like around trained networks, and are all minima alike?"
WIDTHS = (4, 16, 64)
SHARES = (0.0, 0.01, 0.03, 0.1, 0.3, 1.0)  # of the updates, after which curvature is measured
MOST_ROWS = 2_000  # on which the loss around a network is measured
DECADE = 10.0  # between the losses from which on they are drawn on a logarithmic axis
NOISE = 1e-3  # of the largest eigenvalue: a smallest one above minus it is no descent direction


class Moment(NamedTuple):
    """A network on its way. smallest, largest: eigenvalues of the Hessian. whole: whether it is the end."""

    update: int
    objective: float
    gradient_norm: float
    smallest: float
    largest: float
    whole: bool

    @property
    def kind(self) -> str:
        """What the curvature says of the place."""
        return "curves down in some direction" if self.smallest < -NOISE * self.largest else "curves up everywhere"


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
    if min(sizes) < 1 or not 3 <= resolution <= 101 or not 0 < reach < math.inf:
        raise InputError("widths are 1 or more, resolution lies between 3 and 101, and reach is finite and above 0.")
    table = study_table(X, y, options)
    if table.rows.target.tasks:
        raise InputError("The loss around a network is that of one target, and this table has several: take one.")
    recipes = {f"{width} wide": base.vary(hidden=(width,) * max(len(base.hidden), 1)) for width in sizes}
    grid = train_grid(recipes, table, settings)
    rows = [_row(grid, name, width) for name, width in zip(recipes, sizes, strict=True)]
    way, plane = _around(next(iter(recipes.values())), table, settings, grid, resolution, reach)
    return Study(
        "landscape", QUESTION, grid.plan, _verdict(rows, way, len(grid.more)), ResultFrame(rows),
        {"path": ResultFrame([{**m._asdict(), "place": m.kind} for m in way]), "plane": ResultFrame(plane),
         "networks": grid.table},
        figures=_figures(grid, sizes, way, plane, f"{sizes[0]} wide"), remarks=(*grid.remarks, *_lost(grid)),
    )  # fmt: skip


def _lost(grid: Grid) -> tuple[str, ...]:
    """How many networks diverged, in a sentence; none where none did."""
    lost, every = grid.table.filter(status="diverged").height, counted(grid.table.height, "network")
    return (f"{lost:,} of {every} diverged; their losses are infinite.",) if lost else ()


def _row(grid: Grid, name: str, width: int) -> dict[str, Any]:
    """Mean and relative spread of the final losses of one width."""
    losses = grid.losses(name, "training")
    low = spread = high = math.nan
    degrees = losses[..., 0].size * (losses.shape[-1] - 1)
    mean = float(losses.mean())
    if degrees and mean and math.isfinite(mean):
        spread = math.sqrt(float(losses.var(axis=-1, ddof=1).mean())) / abs(mean)
        low, high = (spread * math.sqrt(degrees / chi2.ppf(share, degrees)) for share in (0.975, 0.025))
    return {
        "width": width, "parameters": int(grid.table.filter(recipe=name)["parameters"][0]), "training_loss": mean,
        "relative_spread": spread, "relative_spread_low": low, "relative_spread_high": high,
        "test_loss": float(grid.losses(name).mean()),
    }  # fmt: skip


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


def _verdict(rows: list[dict[str, Any]], way: list[Moment], seeds: int) -> str:
    known = [row for row in rows if math.isfinite(row["relative_spread"])]
    if seeds < 2:
        spread = "One seed says nothing of how minima differ"
    elif not known:
        spread = "How minima differ cannot be told, for of every width a network diverged or all losses are 0"
    else:
        each = ", ".join(
            f"{row['relative_spread']:.1%} ({row['relative_spread_low']:.1%} to {row['relative_spread_high']:.1%}) at "
            f"{counted(row['width'], 'unit')}"
            for row in (known[0], known[-1])[: len(known)]
        )
        spread = f"Over {seeds} seeds the final training loss spreads by {each}"
    end = way[-1]
    down = sum(one.smallest < -NOISE * one.largest for one in way)
    where = "end" if end.whole else "last place before it diverged"
    return (
        f"{spread}; the loss curves down in some direction at {down} of {counted(len(way), 'place')} measured on the "
        f"way of one network, whose {where} has curvatures from {end.smallest:.3g} to {end.largest:.3g}."
    )


def _figures(
    grid: Grid, sizes: Sequence[int], way: list[Moment], plane: dict[str, Float64], which: str
) -> tuple[Figure, ...]:
    ends: dict[str, Any] = {
        "width": [width for name, width in zip(grid.names, sizes, strict=True) for _ in grid.losses(name).ravel()],
        "loss": np.concatenate([grid.losses(name, "training").ravel() for name in grid.names]),
    }
    curves = {
        "update": [one.update + 1 for one in way] * 2,
        "eigenvalue": [one.largest for one in way] + [one.smallest for one in way],
        "which": ["largest"] * len(way) + ["smallest"] * len(way),
    }
    known = ends["loss"][np.isfinite(ends["loss"])]
    wide = len(known) > 0 and known.min() > 0 and known.max() > DECADE * known.min()
    return (
        scatter_figure(
            ends, Axis("width", "units of each hidden layer", scale="log"),
            Axis("loss", "final training loss", scale="log" if wide else "linear"),
            name="final-losses", title="Final training losses, a point a network: do minima of one size cost the same?",
        ),
        line_figure(
            curves, Axis("update", "update, counted from 1", scale="log"),
            Axis("eigenvalue", "eigenvalue of the Hessian"), series="which", name="curvature",
            title=f"The extreme curvatures of the loss on the way of a network {which}.",
        ),
        heat_figure(
            plane, Axis("first", "first random direction"), Axis("second", "second random direction"),
            Axis("loss", "loss as minimised"), name="plane",
            title=f"The training loss around the trained weights of a network {which}.",
        ),
    )  # fmt: skip
