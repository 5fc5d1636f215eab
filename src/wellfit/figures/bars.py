"""Bars, grouped or stacked, with intervals where there are some."""

from __future__ import annotations

from typing import Any

from wellfit.figures.assembly import Layers, colour, figure, layer, listed, panelled, sizes, tooltip
from wellfit.figures.axis import Axis
from wellfit.figures.columns import Drawn, Row, plain_frame, with_ends
from wellfit.figures.figure import Figure
from wellfit.figures.look import INK

LONG = 7  # letters; longer labels of many bars are turned


def bar_figure(
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
    stacked: bool = False,
) -> Figure:
    """A bar for each category of x, from 0 to y; of several series beside one another or stacked.

    frame: a frame, or a mapping of columns of one length.
    x: the categories, in the order of the rows (its scale need not be said). y: the heights, linear.
    name: of the figure, for files. title: a sentence that says what is seen.
    description: for people who cannot see it; "" (default): made of the axes.
    series: column; each value has its colour (default: all bars are alike).
    low, high: columns with the ends of an interval of y, not drawn on stacked bars (default: none).
    panel: column; each value has its own panel, the axes being the same (default: one panel).
    stacked: whether bars of one category stand on one another (default: beside).

    Raises:
        InputError: a column is missing, or holds text where numbers are drawn.
    """
    roles = {"y": y.column, "x": x.column, "low": low, "high": high, "series": series, "panel": panel}
    data = plain_frame(frame, [column for column in roles.values() if column is not None])
    drawn = Drawn(data, roles, {"y": y, "low": y, "high": y}, soft=("low", "high"))
    ends = y.domain(_heights(drawn, stacked), zero=True)

    def draw(rows: list[Row], width: float, height: float) -> Layers:
        return _layers(drawn, rows, (_across(drawn, x, width), y.encoding("y", ends, height)), stacked, (x, y))

    lines = drawn.shown("series")
    text = description or f"Bars of {y.text} by {x.text}{f'; {listed(lines)}' if lines else ''}."
    size = sizes(drawn)
    return figure(name, title, text, drawn, panelled(drawn, draw, size))


def _heights(drawn: Drawn, stacked: bool) -> list[float]:
    """Where bars and intervals end."""
    if not stacked:
        return drawn.numbers("y", "low", "high")
    sums: dict[tuple[Any, ...], float] = {}
    for row in drawn.rows:
        key = (row["x"], row.get("panel"), row["y"] >= 0)
        sums[key] = sums.get(key, 0.0) + row["y"]
    return list(sums.values())


def _across(drawn: Drawn, x: Axis, width: float) -> dict[str, Any]:
    """The encoding of the categories; long labels are turned."""
    names = drawn.shown("x")
    room = width / max(len(names), 1) / 6.5
    turned = max((len(name) for name in names), default=0) > max(room, LONG)
    axis = {"title": x.text, "labelAngle": -40 if turned else 0, "labelLimit": 140, "grid": False}
    return {"field": "x", "type": "nominal", "sort": names, "scale": {"domain": names}, "axis": axis}


def _layers(
    drawn: Drawn, rows: list[Row], places: tuple[dict[str, Any], dict[str, Any]], stacked: bool, axes: tuple[Axis, Axis]
) -> Layers:
    """Bars and intervals of a panel."""
    across, up = places
    titles = {"x": axes[0].text, "series": "series", "y": axes[1].text, "low": "low", "high": "high"}
    names = drawn.shown("series")
    beside = {"xOffset": {"field": "series", "type": "nominal", "sort": names, "scale": {"domain": names}}}
    shift: dict[str, Any] = beside if names and not stacked else {}
    height = {**up, "stack": "zero" if stacked else None}
    encoding = {"x": across, "y": height, "color": colour(drawn, legend=True), **shift}
    encoding["tooltip"] = tooltip(titles, drawn, ("y", "low", "high"))
    if stacked and names:  # the first series lies at the bottom
        rows = [{**row, "layer": names.index(row["series"])} for row in rows]
        encoding["order"] = {"field": "layer", "type": "quantitative"}
    layers = [layer(rows, {"type": "bar", "opacity": 0.9}, encoding)]
    if drawn.spans and not stacked:
        spans = {"x": across, "y": {**up, "field": "low"}, "y2": {"field": "high"}, **shift}
        layers.append(layer(with_ends(rows), {"type": "rule", "color": INK}, spans))
    if min(drawn.numbers("y"), default=0.0) < 0:
        layers.append(layer([{"y": 0.0}], {"type": "rule", "color": INK, "strokeWidth": 0.7}, {"y": up}))
    return layers
