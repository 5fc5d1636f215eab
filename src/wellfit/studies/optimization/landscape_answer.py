"""What was seen of the loss around networks, in rows, a sentence and figures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from wellfit.figures import Axis, Figure, heat_figure, line_figure, scatter_figure
from wellfit.reprs import counted
from wellfit.studies.base import Grid

Float64 = NDArray[np.float64]
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


def row_of(grid: Grid, name: str, width: int) -> dict[str, Any]:
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


def spread_of_ends(rows: list[dict[str, Any]], seeds: int) -> str:
    """What the seeds say of minima, the beginning of a sentence."""
    known = [row for row in rows if math.isfinite(row["relative_spread"])]
    if seeds < 2:
        return "One seed says nothing of how minima differ"
    if not known:
        return "How minima differ cannot be told, for of every width a network diverged or all losses are 0"
    each = ", ".join(
        f"{row['relative_spread']:.1%} ({row['relative_spread_low']:.1%} to {row['relative_spread_high']:.1%}) at "
        f"{counted(row['width'], 'unit')}"
        for row in (known[0], known[-1])[: len(known)]
    )
    return f"Over {seeds} seeds the final training loss spreads by {each}"


def verdict_of(rows: list[dict[str, Any]], way: list[Moment], seeds: int) -> str:
    """Whether minima differ and what the way of one network was like, in a sentence."""
    end, places = way[-1], counted(len(way), "place")
    down = sum(one.smallest < -NOISE * one.largest for one in way)
    where = "end" if end.whole else "last place before it diverged"
    return (
        f"{spread_of_ends(rows, seeds)}; the loss curves down in some direction at {down} of {places} measured on the "
        f"way of one network, whose {where} has curvatures from {end.smallest:.3g} to {end.largest:.3g}."
    )


def ends_figure(grid: Grid, sizes: Sequence[int]) -> Figure:
    """The final training loss of every network."""
    ends: dict[str, Any] = {
        "width": [width for name, width in zip(grid.names, sizes, strict=True) for _ in grid.losses(name).ravel()],
        "loss": np.concatenate([grid.losses(name, "training").ravel() for name in grid.names]),
    }
    known = ends["loss"][np.isfinite(ends["loss"])]
    wide = len(known) > 0 and known.min() > 0 and known.max() > DECADE * known.min()
    return scatter_figure(
        ends, Axis("width", "units of each hidden layer", scale="log"),
        Axis("loss", "final training loss", scale="log" if wide else "linear"),
        name="final-losses", title="Final training losses, a point a network: do minima of one size cost the same?",
    )  # fmt: skip


def figures_of(
    grid: Grid, sizes: Sequence[int], way: list[Moment], plane: dict[str, Float64], which: str
) -> tuple[Figure, ...]:
    """The final losses, the curvature on the way, and the plane. which: network the last two are of."""
    curves = {
        "update": [one.update + 1 for one in way] * 2,
        "eigenvalue": [one.largest for one in way] + [one.smallest for one in way],
        "which": ["largest"] * len(way) + ["smallest"] * len(way),
    }
    return (
        ends_figure(grid, sizes),
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
