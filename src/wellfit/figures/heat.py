"""A grid of coloured cells: numbers or categories over two axes, with points on top."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError
from wellfit.figures.assembly import Layers, figure, layer, panelled, tooltip
from wellfit.figures.axis import Axis
from wellfit.figures.columns import Drawn, Row, plain_frame
from wellfit.figures.figure import Figure
from wellfit.figures.look import DIVERGING, INK, LABEL_SIZE, ON_DEEP, ON_PALE, SEQUENTIAL, colours

CELL = 46  # pixels of a cell between categories, fewer where there are many


@dataclass(frozen=True)
class Points:
    """Points that are drawn on a grid.

    frame: a frame, or a mapping of columns. x, y: columns. series: column with the category of each (default: none).
    """

    frame: Any
    x: str
    y: str
    series: str | None = None


def heat_figure(
    frame: Any,
    x: Axis,
    y: Axis,
    value: Axis,
    *,
    name: str,
    title: str,
    description: str = "",
    text: bool = False,
    panel: str | None = None,
    points: Points | None = None,
) -> Figure:
    """A cell for each row, coloured by its value.

    frame: a frame, or a mapping of columns of one length: a row a cell, for numbers at the cell's middle.
    x, y: the grid; "category" or a scale of numbers. Cells of numbers reach halfway to their neighbours.
    value: "linear", "log", or "category" (regions of classes). Numbers that lie on both sides of 0 get two colours.
    name: of the figure, for files. title: a sentence that says what is seen.
    description: for people who cannot see it; "" (default): made of the axes.
    text: whether the value is written in each cell (default False).
    panel: column; each value has its own panel, the axes being the same (default: one panel).
    points: drawn on the grid of numbers (default: none).

    Raises:
        InputError: a column is missing, or holds text where numbers are drawn.
    """
    roles = {"x": x.column, "y": y.column, "value": value.column, "panel": panel}
    data = plain_frame(frame, [column for column in roles.values() if column is not None])
    axes = {role: axis for role, axis in (("x", x), ("y", y), ("value", value)) if axis.scale != "category"}
    if points is not None and not {"x", "y"} <= set(axes):
        raise InputError("Points are drawn on a grid of numbers; got axes of categories: leave the points out.")
    drawn = Drawn(data, roles, axes)
    over = None if points is None else _over(points, x, y)

    def draw(rows: list[Row], width: float, height: float) -> Layers:
        return grid_layers(drawn, rows, (x, y, value), (width, height), text) + _points(over, drawn)

    described = description or f"{value.text} as colour over {x.text} and {y.text}."
    return figure(name, title, described, drawn, panelled(drawn, draw, _size(drawn)))


def _size(drawn: Drawn) -> tuple[int, int]:
    """Categories have cells of one size; numbers a square."""
    many = len(drawn.shown("panel")) > 1
    sides = []
    for role in ("x", "y"):
        count = len(drawn.shown(role))
        most = 260 if many else 420
        sides.append(int(min(max(count * CELL, 120), most)) if count else (260 if many else 360))
    return sides[0], sides[1]


def grid_layers(
    drawn: Drawn, rows: list[Row], axes: tuple[Axis, Axis, Axis], size: tuple[float, float], text: bool
) -> Layers:
    """Cells, and their texts."""
    x, y, value = axes
    across, up = _place(drawn, "x", x, size[0]), _place(drawn, "y", y, size[1])
    edges: dict[str, Mapping[float, tuple[float, float]]]
    edges = {role: cell_edges(drawn, role) for role in ("x", "y") if role in drawn.axes}
    shown = [_with_edges(row, edges) for row in rows]
    titles = {"x": x.text, "y": y.text, "value": value.text}
    encoding = {**across, **up, "color": _shade(drawn, value)}
    if text:  # which says what a legend would
        encoding["color"]["legend"] = None
    encoding["tooltip"] = tooltip(titles, drawn, tuple(drawn.axes))
    cells = [layer(shown, {"type": "rect", "clip": True}, encoding)]
    return cells + (_texts(drawn, shown, across, up, value) if text else [])


def _edges(middles: Sequence[float], axis: Axis) -> dict[float, tuple[float, float]]:
    """Of each middle the cell's two ends, halfway to its neighbours on the axis's scale."""
    at = np.array(sorted(set(middles)))
    shown = np.log10(at) if axis.scale == "log" else at
    halves = (shown[1:] + shown[:-1]) / 2 if len(at) > 1 else np.zeros(0)
    first = shown[0] - (halves[0] - shown[0]) if len(halves) else shown[0] - 0.5
    last = shown[-1] + (shown[-1] - halves[-1]) if len(halves) else shown[-1] + 0.5
    ends = np.concatenate([[first], halves, [last]])
    ends = 10**ends if axis.scale == "log" else ends
    short = [float(f"{end:.7g}") for end in ends]  # a grid has thousands of cells, and each says its ends
    return {float(m): (a, b) for m, a, b in zip(at, short[:-1], short[1:], strict=True)}


def _with_edges(row: Row, edges: Mapping[str, Mapping[float, tuple[float, float]]]) -> Row:
    """A row with the ends of its cell along each axis of numbers."""
    made = dict(row)
    for role, ends in edges.items():
        made[f"{role}_low"], made[f"{role}_high"] = ends[row[role]]
    return made


def cell_edges(drawn: Drawn, role: str) -> dict[float, tuple[float, float]]:
    """The ends of all cells along an axis of numbers."""
    return _edges(drawn.numbers(role), drawn.axes[role]) if drawn.rows else {}


def grid_ends(drawn: Drawn, role: str) -> list[float]:
    """The two ends of an axis of numbers: those of the outer cells."""
    if drawn.axes[role].ends is not None or not drawn.rows:
        return drawn.axes[role].domain([])
    edges = cell_edges(drawn, role).values()
    return [min(low for low, _ in edges), max(high for _, high in edges)]


def _place(drawn: Drawn, role: str, axis: Axis, length: float) -> dict[str, Any]:
    """The encodings of a cell along one axis."""
    if axis.scale != "category":
        ends = grid_ends(drawn, role)
        return {role: axis.encoding(f"{role}_low", ends, length, grid=False), f"{role}2": {"field": f"{role}_high"}}
    names = drawn.shown(role)
    turned = role == "x" and max((len(name) for name in names), default=0) * 6.5 > length / max(len(names), 1)
    shown = {"title": axis.text, "labelAngle": -40 if turned else 0, "labelLimit": 140, "ticks": False, "domain": False}
    return {role: {"field": role, "type": "nominal", "sort": names, "scale": {"domain": names}, "axis": shown}}


def _shade(drawn: Drawn, value: Axis) -> dict[str, Any]:
    """The encoding of colour: classes, or numbers from pale to dark, or two colours on both sides of 0."""
    title = {"title": value.text}
    if value.scale == "category":
        names = drawn.shown("value")
        scale: dict[str, Any] = {"domain": names, "range": [_paler(one) for one in colours(names)]}
        return {"field": "value", "type": "nominal", "scale": scale, "legend": title}
    legend = {**title, "orient": "right", "gradientLength": 160, **({"format": value.format} if value.format else {})}
    return {"field": "value", "type": "quantitative", "scale": _number_scale(drawn, value), "legend": legend}


def _number_scale(drawn: Drawn, value: Axis) -> dict[str, Any]:
    values = drawn.numbers("value")
    low, high = value.domain(values, margin=0.0)
    if value.scale == "log":
        return {"type": "log", "scheme": SEQUENTIAL, "domain": [low, high]}
    if low < 0 < high:
        far = max(-low, high)
        return {"scheme": DIVERGING, "domain": [-far, far]}
    return {"scheme": SEQUENTIAL, "domain": [low, high]}


def _paler(colour: str) -> str:
    """A colour mixed with white, so that points of the colour itself are seen on it."""
    parts = [int(colour[k : k + 2], 16) for k in (1, 3, 5)]
    return "#" + "".join(f"{int(255 - (255 - part) * 0.4):02X}" for part in parts)


# Of either scheme the shares whose colour is read best below black text; beyond them it is read best below white.
PALE_SEQUENTIAL, PALE_DIVERGING = (0.0, 0.74), (0.105, 0.935)


def _texts(drawn: Drawn, rows: list[Row], across: Mapping[str, Any], up: Mapping[str, Any], value: Axis) -> Layers:
    """The value in each cell, white on dark ones."""
    if value.scale == "category":
        dark = {row["value"]: False for row in rows}
    else:
        domain = _number_scale(drawn, value)["domain"]
        middle = domain[0] < 0 < domain[1]
        shares = {row["value"]: float(value.along(row["value"], domain)) for row in rows}
        pale = PALE_DIVERGING if middle else PALE_SEQUENTIAL
        dark = {v: not pale[0] <= s <= pale[1] for v, s in shares.items()}
    written: dict[str, Any] = {"field": "value"}
    if value.scale != "category":
        written |= {"type": "quantitative", "format": value.format or ".3~g"}
    places = {role: one for role, one in (*across.items(), *up.items()) if not role.endswith("2")}
    places = {role: {**one, "field": role} for role, one in places.items()}
    return [
        layer(
            [row for row in rows if dark[row["value"]] == on_dark],
            {"type": "text", "fontSize": LABEL_SIZE, "color": ink},
            {**places, "text": written},
        )
        for on_dark, ink in ((False, ON_PALE), (True, ON_DEEP))
    ]


def _over(points: Points, x: Axis, y: Axis) -> Drawn:
    """The points as rows."""
    columns = [column for column in (points.x, points.y, points.series) if column is not None]
    roles = {"x": points.x, "y": points.y, "series": points.series}
    axes = {"x": Axis(points.x, x.title, scale=x.scale), "y": Axis(points.y, y.title, scale=y.scale)}
    return Drawn(plain_frame(points.frame, columns), roles, axes)


def _points(over: Drawn | None, drawn: Drawn) -> Layers:
    """The layer of the points."""
    if over is None:
        return []
    mark = {"type": "point", "size": 26, "stroke": "white", "strokeWidth": 0.6, "opacity": 1, "clip": True}
    names = list(dict.fromkeys([*drawn.shown("value"), *over.shown("series")])) if over.shown("series") else []
    encoding: dict[str, Any] = {role: {"field": role, "type": "quantitative"} for role in ("x", "y")}
    scale = {"domain": names, "range": colours(names)}
    by_series = {"field": "series", "type": "nominal", "scale": scale}
    encoding["fill"] = by_series if names else {"value": INK}
    return [layer(over.rows, mark, encoding)]


def as_cells(xs: NDArray[Any], ys: NDArray[Any], values: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """Columns x, y and value of a grid. xs: (columns,). ys: (rows,). values: (rows, columns)."""
    across, up = np.meshgrid(xs, ys)
    return {"x": across.ravel(), "y": up.ravel(), "value": np.asarray(values).ravel()}
