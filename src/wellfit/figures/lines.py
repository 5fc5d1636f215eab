"""Lines over a number, with bands, labels at their ends and marked places."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wellfit.figures.assembly import Layers, colour, dash, figure, layer, listed, panelled, text_colour, tooltip
from wellfit.figures.axis import Axis
from wellfit.figures.columns import Drawn, Row, plain_frame, with_ends
from wellfit.figures.figure import Figure
from wellfit.figures.labels import end_labels, rules
from wellfit.figures.look import GREY, LABEL_SIZE, LINE_GAP

FEW = 14  # places on x whose points are marked


def line_figure(
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
    marks: Sequence[tuple[float, str]] = (),
    faint: Sequence[str] = (),
) -> Figure:
    """Lines of y over x, one a series.

    frame: a frame, or a mapping of columns of one length.
    x, y: what is drawn; a row without x is left out, one without y leaves a gap.
    name: of the figure, for files. title: a sentence that says what is seen.
    description: for people who cannot see it; "" (default): made of the axes.
    series: column; each value is a line, named at its end, or below the figure where there are too many. None
            (default): one line.
    low, high: columns with the ends of a band around the line (default: none).
    panel: column; each value has its own panel, the axes being the same (default: one panel).
    marks: places on x with a text each, drawn as vertical rules (default: none).
    faint: series that are drawn thin, grey and without a name behind the others, such as single networks behind their
        mean (default: none).

    Raises:
        InputError: a column is missing, or holds text where numbers are drawn.
    """
    roles = {"x": x.column, "y": y.column, "low": low, "high": high, "series": series, "panel": panel}
    data = plain_frame(frame, [column for column in roles.values() if column is not None])
    drawn = Drawn(data, roles, {"x": x, "y": y, "low": y, "high": y}, soft=("y", "low", "high"))
    drawn.rows.sort(key=lambda row: row["x"])
    ends = (
        x.domain([*drawn.numbers("x"), *(at for at, _ in marks)], margin=0.01),
        y.domain(drawn.numbers("y", "low", "high")),
    )

    def draw(rows: list[Row], width: float, height: float) -> Layers:
        return _behind(rows, faint, (x, y), ends, (width, height)) + _layers(
            drawn, [row for row in rows if row.get("series") not in faint], (x, y), ends, (width, height), marks
        )

    return figure(name, title, description or _description(drawn, x, y), drawn, panelled(drawn, draw))


def _layers(
    drawn: Drawn, rows: list[Row], axes: tuple[Axis, Axis], ends: tuple[list[float], list[float]],
    size: tuple[float, float], marks: Sequence[tuple[float, str]],
) -> Layers:  # fmt: skip
    """Band, rules, lines and labels of a panel."""
    (x, y), (width, height) = axes, size
    steps = {"tickMinStep": 1} if drawn.whole("x") and x.scale == "linear" else {}
    across, up = x.encoding("x", ends[0], width, **steps), y.encoding("y", ends[1], height)
    lines = _by_series(rows)
    last = [(name, line[-1]["y"]) for name, line in lines.items() if line]
    labelled = (len(last) - 1) * LINE_GAP <= height
    shade = colour(drawn, legend=not labelled)
    layers: Layers = []
    if drawn.spans:
        band = {"x": across, "y": {**up, "field": "low"}, "y2": {"field": "high"}, "color": shade}
        layers.append(layer(with_ends(rows), {"type": "area", "opacity": 0.18, "clip": True}, band))
    titles = {"series": "series", "x": x.text, "y": y.text, "low": "low", "high": "high"}
    pointed = tooltip(titles, drawn, ("x", "y", "low", "high"))
    encoding = {
        "x": across,
        "y": up,
        "color": shade,
        "strokeDash": dash(drawn, legend=not labelled),
        "tooltip": pointed,
    }
    points = {"filled": True, "size": 28} if drawn.frame[drawn.roles["x"]].n_unique() <= FEW else False
    mark = {"type": "line", "strokeWidth": 2, "clip": True, "point": points}
    layers.append(layer(rows, mark, encoding))
    layers += [_on_the_scale(one, across) for one in rules(marks, x, ends[0], width)]
    if drawn.shown("series") and labelled and last:
        layers.append(_labels(drawn, last, (y, up), ends[1], height))
    return layers


def _behind(
    rows: list[Row], faint: Sequence[str], axes: tuple[Axis, Axis], ends: tuple[list[float], list[float]],
    size: tuple[float, float],
) -> Layers:  # fmt: skip
    """Thin grey lines of some series."""
    kept = [row for row in rows if row.get("series") in faint]
    if not kept:
        return []
    across, up = axes[0].encoding("x", ends[0], size[0]), axes[1].encoding("y", ends[1], size[1])
    mark = {"type": "line", "strokeWidth": 0.9, "color": GREY, "opacity": 0.55, "clip": True}
    return [layer(kept, mark, {"x": across, "y": up, "detail": {"field": "series", "type": "nominal"}})]


def _by_series(rows: list[Row]) -> dict[str, list[Row]]:
    """The rows of each line whose y is known."""
    lines: dict[str, list[Row]] = {}
    for row in rows:
        if row["y"] is not None:
            lines.setdefault(row.get("series", ""), []).append(row)
    return lines


def _on_the_scale(layer: dict[str, Any], across: dict[str, Any]) -> dict[str, Any]:
    """A layer whose x is on the scale of the lines."""
    layer["encoding"]["x"] = {**across, "field": "at"}
    return layer


def _labels(
    drawn: Drawn, last: list[tuple[str, float]], y: tuple[Axis, dict[str, Any]], ends: list[float], height: float
) -> dict[str, Any]:
    """The names of the lines at the right edge."""
    inside = [(name, min(max(value, ends[0]), ends[1])) for name, value in last]
    order = drawn.shown("series")
    rows = [{**row, "place": order.index(row["series"])} for row in end_labels(inside, y[0], ends, height)]
    mark = {"type": "text", "align": "left", "dx": 6, "fontSize": LABEL_SIZE}
    places = {"x": {"value": "width"}, "y": {**y[1], "field": "label_y"}, "text": {"field": "label"}}
    return layer(rows, mark, {**places, "color": text_colour("place")})


def _description(drawn: Drawn, x: Axis, y: Axis) -> str:
    lines = drawn.shown("series")
    each = f"; one line each for {listed(lines)}" if lines else ""
    panels = drawn.shown("panel")
    apart = f"; panels: {listed(panels)}" if panels else ""
    return f"Lines of {y.text} over {x.text}{each}{apart}."
