"""Values with their intervals, a row each, beside a line of no effect and a margin."""

from __future__ import annotations

import math
from typing import Any

from wellfit.errors import InputError, quoted
from wellfit.figures.assembly import Layers, colour, figure, layer, listed, tooltip
from wellfit.figures.axis import Axis
from wellfit.figures.columns import Drawn, Row, plain_frame, with_ends
from wellfit.figures.figure import Figure
from wellfit.figures.look import EMPTY, GREY, INK, LABEL_SIZE, PALE, WIDTH

ROW_HEIGHT = 22  # pixels


def interval_figure(
    frame: Any,
    value: Axis,
    label: str,
    *,
    name: str,
    title: str,
    description: str = "",
    low: str | None = None,
    high: str | None = None,
    group: str | None = None,
    note: str | None = None,
    margin: float | None = None,
    zero: float | None = 0.0,
) -> Figure:
    """A point with its interval for each row, from top to bottom in the order of the rows.

    frame: a frame, or a mapping of columns of one length.
    value: what is drawn; a row whose value is missing keeps its label.
    label: column with the name of each row.
    name: of the figure, for files. title: a sentence that says what is seen.
    description: for people who cannot see it; "" (default): made of the axis.
    low, high: columns with the ends of the intervals; one that is not known is not drawn (default: points alone).
    group: column; rows of one group stand together below its name, and have its colour (default: one group).
    note: column with a few words at the right of each row, such as a verdict (default: none).
    margin: a band from `zero` - margin to `zero` + margin, inside which differences do not matter (default: none).
    zero: where the line of no effect stands (default 0); None: nowhere.

    Raises:
        InputError: a column is missing, holds text where numbers are drawn, or the margin is no number above 0.
    """
    if margin is not None and (zero is None or not 0 < margin < math.inf):
        raise InputError(f"A margin is a finite number above 0, around a zero; got {quoted(margin)} around {zero}.")
    roles = {"value": value.column, "low": low, "high": high, "label": label, "series": group, "note": note}
    data = plain_frame(frame, [column for column in roles.values() if column is not None])
    drawn = Drawn(data, roles, dict.fromkeys(("value", "low", "high"), value), soft=("value", "low", "high"))
    rows, headings = _placed(drawn)
    edges = [] if zero is None else [zero, *([zero - margin, zero + margin] if margin else [])]
    ends = value.domain([*drawn.numbers("value", "low", "high"), *edges])
    height = ROW_HEIGHT * max(len(rows) + len(headings), 1)
    across = value.encoding("value", ends, WIDTH)
    layers = _reference(across, zero, margin, height) + _rows(drawn, rows, across, value, height)
    layers += [_texts(headings, "name", height, {"fontWeight": "bold"})] if headings else []
    view = {"width": WIDTH, "height": height, "layer": layers}
    spans = " with its interval" if drawn.spans and with_ends(rows) else ""
    text = description or f"{value.text}{spans}, a row each for {listed([row['label'] for row in rows])}."
    return figure(name, title, text, drawn, [view])


def _placed(drawn: Drawn) -> tuple[list[Row], list[Row]]:
    """Rows with their place from the top, those of one group together, and the headings of the groups."""
    groups = drawn.shown("series")
    rows = drawn.rows
    if not groups:
        return [row | {"place": k} for k, row in enumerate(rows)], []
    placed: list[Row] = []
    headings: list[Row] = []
    for name in groups:
        headings.append({"name": name, "place": len(placed) + len(headings)})
        for row in rows:
            if row["series"] == name:
                placed.append(row | {"place": len(placed) + len(headings)})
    return placed, headings


def _up(height: int, **more: Any) -> dict[str, Any]:
    """The encoding of a row's place; there is no axis, labels are texts of their own."""
    scale = {"domain": [-0.5, height / ROW_HEIGHT - 0.5], "nice": False, "zero": False, "reverse": True}
    return {"field": "place", "type": "quantitative", "axis": None, "scale": scale, **more}


def _reference(across: dict[str, Any], zero: float | None, margin: float | None, height: int) -> Layers:
    """The band of the margin and the line of no effect."""
    if zero is None:
        return []
    layers: Layers = []
    full = {"y": {"value": 0}, "y2": {"value": height}}
    if margin is not None:
        band = {"type": "rect", "color": PALE, "opacity": 0.6}
        ends = [{"value": zero - margin, "end": zero + margin}]
        layers.append(layer(ends, band, {"x": across, "x2": {"field": "end"}, **full}))
    rule = {"type": "rule", "color": GREY, "strokeDash": [3, 3]}
    layers.append(layer([{"value": zero}], rule, {"x": across, **full}))
    return layers


def _rows(drawn: Drawn, rows: list[Row], across: dict[str, Any], value: Axis, height: int) -> Layers:
    """Intervals, points, labels and notes."""
    layers: Layers = []
    up, shade = _up(height), colour(drawn)
    if drawn.spans:
        spans = {"x": {**across, "field": "low"}, "x2": {"field": "high"}, "y": up, "color": shade}
        layers.append(layer(with_ends(rows), {"type": "rule", "strokeWidth": 2, "clip": True}, spans))
    titles = {"label": "row", "value": value.text, "low": "low", "high": "high", "note": "note"}
    shown = tooltip(titles, drawn, ("value", "low", "high"))
    known = [row for row in rows if row["value"] is not None]
    point = {"type": "point", "filled": True, "size": 60, "opacity": 1, "clip": True}
    places = {"x": across, "y": up, "color": shade, "tooltip": shown}
    layers.append(layer(known, point, places))
    layers.append(_texts(rows, "label", height, {}))
    if "note" in drawn.roles:
        noted = [row for row in rows if row["note"] not in EMPTY]
        layers.append(_texts(noted, "note", height, {"align": "left", "dx": 10, "color": GREY}, "width"))
    return layers


def _texts(rows: list[Row], field: str, height: int, style: dict[str, Any], at: Any = 0) -> dict[str, Any]:
    """Texts beside the rows, left of the figure unless told otherwise."""
    mark = {"type": "text", "align": "right", "dx": -10, "fontSize": LABEL_SIZE, "color": INK, "limit": 300, **style}
    texts = [{"place": row["place"], "text": row[field]} for row in rows]
    return layer(texts, mark, {"x": {"value": at}, "y": _up(height), "text": {"field": "text"}})
