"""How numbers are spread: the share of values in bins of one width, as outlines."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError, quoted
from wellfit.figures.assembly import Layers, colour, dash, figure, layer, listed, panelled, tooltip
from wellfit.figures.axis import Axis
from wellfit.figures.columns import Drawn, Row, plain_frame
from wellfit.figures.figure import Figure

LEAST_BINS, MOST_BINS = 8, 60


def density_figure(
    frame: Any,
    x: Axis,
    *,
    name: str,
    title: str,
    description: str = "",
    series: str | None = None,
    panel: str | None = None,
    bins: int | None = None,
) -> Figure:
    """The share of a series' values in each bin; all series and panels have the same bins.

    frame: a frame, or a mapping of columns of one length.
    x: the numbers; those that are missing or infinite are left out, on a logarithmic axis also those not above 0.
    name: of the figure, for files. title: a sentence that says what is seen.
    description: for people who cannot see it; "" (default): made of the axis.
    series: column; each value has its outline (default: one outline).
    panel: column; each value has its own panel, the axes being the same (default: one panel).
    bins: how many, 1 to 1,000; None (default): by the rule of Freedman and Diaconis, 8 to 60.

    Raises:
        InputError: a column is missing, holds text where numbers are drawn, or bins is no such number.
    """
    if bins is not None and not (type(bins) is int and 1 <= bins <= 1_000):
        raise InputError(f"The bins of a density are a whole number from 1 to 1000; got {quoted(bins)}.")
    roles = {"x": x.column, "series": series, "panel": panel}
    drawn = Drawn(plain_frame(frame, [c for c in roles.values() if c is not None]), roles, {"x": x})
    values = np.array(drawn.numbers("x"))
    edges = _edges(values, x, bins)
    rows = _outlines(drawn, edges, x)
    y = Axis("share", "share of values", format=".0%" if max((r["y"] for r in rows), default=1) > 0.05 else "")
    ends = [edges[0], edges[-1]], [0.0, 1.08 * max((row["y"] for row in rows), default=1.0)]
    drawn.rows = rows

    def draw(shown: list[Row], width: float, height: float) -> Layers:
        across, up = x.encoding("x", ends[0], width), y.encoding("y", ends[1], height)
        mark = {"type": "area", "interpolate": "step-after", "opacity": 0.12, "clip": True}
        line = {"type": "line", "interpolate": "step-after", "strokeWidth": 1.5, "clip": True}
        base = {"x": across, "y": {**up, "stack": None}, "color": colour(drawn, legend=True)}
        pointed = tooltip({"series": "series", "x": f"{x.text}, from", "y": y.text}, drawn, ("x", "y"))
        edge = {**base, "strokeDash": dash(drawn, legend=True)}
        return [layer(shown, mark, {**base, "tooltip": pointed}), layer(shown, line, edge)]

    lines = drawn.shown("series")
    text = description or f"Distribution of {x.text}{f'; {listed(lines)}' if lines else ''}."
    return figure(name, title, text, drawn, panelled(drawn, draw))


def _edges(values: NDArray[np.float64], x: Axis, bins: int | None) -> list[float]:
    """The edges of the bins: of one width on the axis's scale."""
    low, high = x.domain(values, margin=1e-9)
    places = x.along(values, [low, high]) if len(values) else np.zeros(0)
    inside = places[(places >= 0) & (places <= 1)]
    if bins is None:
        spread = float(np.subtract(*np.percentile(inside, [75, 25]))) if len(inside) else 0.0
        wanted = len(inside) ** (1 / 3) / (2 * spread) if spread > 0 else LEAST_BINS
        bins = int(min(max(wanted, LEAST_BINS), MOST_BINS))
    return [float(edge) for edge in x.at(np.linspace(0, 1, bins + 1), [low, high])]


def _outlines(drawn: Drawn, edges: list[float], x: Axis) -> list[Row]:
    """A row for each edge of each outline."""
    rows: list[Row] = []
    for series in drawn.shown("series") or [""]:
        for panel in drawn.shown("panel") or [""]:
            names = {role: value for role, value in (("series", series), ("panel", panel)) if value}
            mine = [row["x"] for row in drawn.rows if all(row[role] == value for role, value in names.items())]
            if not mine:
                continue
            counts, _ = np.histogram(np.clip(mine, edges[0], edges[-1]), edges)
            shares = [*(counts / len(mine)).tolist(), 0.0]
            shares[-1] = shares[-2]  # the last step reaches the last edge
            rows += [{"x": edge, "y": share, **names} for edge, share in zip(edges, shares, strict=True)]
    return rows
