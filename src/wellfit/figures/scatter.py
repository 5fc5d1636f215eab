"""Points, with their intervals, beside the line of equality or of no effect."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from wellfit.errors import InputError, quoted
from wellfit.figures.assembly import Layers, colour, figure, layer, listed, panelled, shape, tooltip
from wellfit.figures.axis import Axis
from wellfit.figures.columns import Drawn, Row, plain_frame, with_ends
from wellfit.figures.figure import Figure
from wellfit.figures.look import EMPTY, GREY, LABEL_SIZE

MOST_POINTS = 2_000  # of more, a sample is drawn
Reference = Literal["", "equality", "zero"]


def scatter_figure(
    frame: Any,
    x: Axis,
    y: Axis,
    *,
    name: str,
    title: str,
    description: str = "",
    series: str | None = None,
    low: str | None = None,
    high: str | None = None,
    panel: str | None = None,
    label: str | None = None,
    reference: Reference = "",
) -> Figure:
    """A point for each row. Of more than 2,000 rows a sample of 2,000 is drawn, always the same, and the text says so.

    frame: a frame, or a mapping of columns of one length.
    x, y: what is drawn; a row without one of them is left out.
    name: of the figure, for files. title: a sentence that says what is seen.
    description: for people who cannot see it; "" (default): made of the axes.
    series: column; each value has its colour and shape (default: all points are alike).
    low, high: columns with the ends of an interval of y (default: none).
    panel: column; each value has its own panel, the axes being the same (default: one panel).
    label: column with a text beside each point; empty texts are not drawn (default: none).
    reference: "equality", where y equals x, "zero", where y is 0, or "" (default), no line.

    Raises:
        InputError: a column is missing, holds text where numbers are drawn, or the reference is another word.
    """
    if reference not in ("", "equality", "zero"):
        raise InputError(f'The line of a scatter is "equality", "zero" or "" for none; got {quoted(reference)}.')
    roles = {"x": x.column, "y": y.column, "low": low, "high": high, "series": series, "panel": panel, "label": label}
    data = plain_frame(frame, [column for column in roles.values() if column is not None])
    drawn = Drawn(data, roles, {"x": x, "y": y, "low": y, "high": y}, soft=("low", "high"))
    ends = [x.domain(drawn.numbers("x")), y.domain(drawn.numbers("y", "low", "high"), zero=reference == "zero")]
    if reference == "equality" and x.ends is None and y.ends is None:
        ends = [[min(ends[0][0], ends[1][0]), max(ends[0][1], ends[1][1])]] * 2
    count = len(drawn.rows)
    if count > MOST_POINTS:
        drawn.rows = _sample(drawn.rows)

    def draw(rows: list[Row], width: float, height: float) -> Layers:
        return _layers(drawn, rows, (x, y), ends, (width, height), reference)

    text = description or _description(drawn, x, y)
    if count > MOST_POINTS:
        text += f" {MOST_POINTS:,} of {count:,} points are drawn, taken at random."
    size = (330, 330) if reference == "equality" and not drawn.shown("panel") else None
    return figure(name, title, text, drawn, panelled(drawn, draw, size))


def _sample(rows: list[Row]) -> list[Row]:
    """Always the same rows of many."""
    chosen = np.random.default_rng(0).choice(len(rows), MOST_POINTS, replace=False)
    return [rows[k] for k in np.sort(chosen)]


def _layers(
    drawn: Drawn, rows: list[Row], axes: tuple[Axis, Axis], ends: list[list[float]], size: tuple[float, float],
    reference: Reference,
) -> Layers:  # fmt: skip
    """The line of reference, intervals, points and labels of a panel."""
    (x, y), (width, height) = axes, size
    across, up = x.encoding("x", ends[0], width), y.encoding("y", ends[1], height)
    layers: Layers = []
    shade = colour(drawn, legend=True)
    if reference:
        mark = {"type": "line", "color": GREY, "strokeDash": [3, 3], "strokeWidth": 1}
        layers.append(layer(_reference(ends, reference), mark, {"x": across, "y": up}))
    if drawn.spans:
        spans = {"x": across, "y": {**up, "field": "low"}, "y2": {"field": "high"}, "color": shade}
        layers.append(layer(with_ends(rows), {"type": "rule", "strokeWidth": 1.5}, spans))
    crowded = len(rows) > 200
    dots = {"size": 18, "opacity": 0.45} if crowded else {"size": 50, "opacity": 0.9}
    mark = {"type": "point", "filled": True, "clip": True, **dots}
    titles = {"series": "series", "label": "label", "x": x.text, "y": y.text, "low": "low", "high": "high"}
    encoding = {"x": across, "y": up, "color": shade, "shape": shape(drawn)}
    pointed = tooltip(titles, drawn, ("x", "y", "low", "high"))
    layers.append(layer(rows, mark, {**encoding, "tooltip": pointed}))
    if "label" in drawn.roles:
        layers.append(_labels(rows, across, up, shade))
    return layers


def _reference(ends: list[list[float]], reference: Reference) -> list[Row]:
    """The two ends of the line of reference, inside the figure."""
    if reference == "zero":
        return [{"x": end, "y": 0.0} for end in ends[0]]
    return [{"x": end, "y": end} for end in (max(ends[0][0], ends[1][0]), min(ends[0][1], ends[1][1]))]


def _labels(rows: list[Row], across: dict[str, Any], up: dict[str, Any], shade: dict[str, Any]) -> dict[str, Any]:
    """Texts beside points."""
    named = [row for row in rows if row["label"] not in EMPTY]
    mark = {"type": "text", "align": "left", "dx": 7, "fontSize": LABEL_SIZE, "limit": 160}
    places = {"x": across, "y": up, "text": {"field": "label"}, "color": shade}
    return layer(named, mark, places)


def _description(drawn: Drawn, x: Axis, y: Axis) -> str:
    series = drawn.shown("series")
    return f"Points of {y.text} against {x.text}{f'; {listed(series)}' if series else ''}."
