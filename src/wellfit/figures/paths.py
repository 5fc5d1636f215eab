"""Paths over a function of two parameters, which is drawn as a grid of cells."""

from __future__ import annotations

from typing import Any

from wellfit.figures.assembly import Layers, colour, dash, figure, layer, listed, text_colour
from wellfit.figures.axis import Axis
from wellfit.figures.columns import Drawn, Row, plain_frame
from wellfit.figures.figure import Figure
from wellfit.figures.heat import grid_ends, grid_layers
from wellfit.figures.labels import end_labels
from wellfit.figures.look import HEIGHT, INK, LABEL_SIZE, WIDTH

CHOSEN = "chosen_start"  # the selection's name in the specification
BACKGROUND = ["#FAFAFA", "#8C8C8C"]  # so that the paths have the colours


def path_figure(
    surface: Any,
    paths: Any,
    x: Axis,
    y: Axis,
    value: Axis,
    *,
    name: str,
    title: str,
    description: str = "",
    series: str | None = None,
    start: str | None = None,
) -> Figure:
    """A function of two parameters as cells, and paths over it, each with its start (circle) and end (cross) marked.

    surface: columns x, y and value, a row a cell of a grid, at the cell's middle.
    paths: columns x, y and the series, a row a step, in the order of the steps; one that cannot be drawn is left out.
    x, y: the parameters. value: the function, "linear" or "log".
    name: of the figure, for files. title: a sentence that says what is seen.
    description: for people who cannot see it; "" (default): made of the axes.
    series: column of the paths; each value is a path, named at the right (default: one path).
    start: column of the paths that says from which start a path goes, of any values. The paths of one start are seen at
        a time, those that the pointer is nearest to; without JavaScript those of the first. None (default): one start.

    Raises:
        InputError: a column is missing, or holds text where numbers are drawn.
    """
    grid = Drawn(
        plain_frame(surface, [x.column, y.column, value.column]),
        {"x": x.column, "y": y.column, "value": value.column},
        {"x": x, "y": y, "value": value},
    )
    roles = {"x": x.column, "y": y.column, "series": series, "start": start}
    steps = Drawn(plain_frame(paths, [c for c in roles.values() if c is not None]), roles, {"x": x, "y": y})
    for number, row in enumerate(steps.rows):
        row["step"] = number
    cells = grid_layers(grid, grid.rows, (x, y, value), (WIDTH, HEIGHT), text=False)
    shade = cells[0]["encoding"]["color"]
    shade["scale"] = {"domain": value.domain(grid.numbers("value"), margin=0.0), "range": BACKGROUND}
    shade["scale"] |= {"type": "log"} if value.scale == "log" else {}
    shade["legend"] |= {"orient": "bottom", "gradientThickness": 10}  # names of the paths stand at the right
    across, up = x.encoding("x", grid_ends(grid, "x"), WIDTH), y.encoding("y", grid_ends(grid, "y"), HEIGHT)
    if start is None:
        drawn = _paths(steps, across, up, (y, grid_ends(grid, "y")))
    else:
        drawn = _paths_of_starts(steps, across, up)
    view = {"width": WIDTH, "height": HEIGHT, "layer": cells + drawn}
    names = steps.shown("series")
    each = f": {listed(names)}" if names else ""
    text = description or f"Paths over {value.text} as shade, by {x.text} and {y.text}{each}."
    return figure(name, title, text, steps, [view])


def _paths(steps: Drawn, across: dict[str, Any], up: dict[str, Any], y: tuple[Axis, list[float]]) -> Layers:
    """Lines, starts, ends and names."""
    lines: dict[str, list[Row]] = {}
    for row in steps.rows:
        lines.setdefault(row.get("series", ""), []).append(row)
    places = {"x": across, "y": up, "color": colour(steps)}
    order = {"order": {"field": "step", "type": "quantitative"}, "strokeDash": dash(steps)}
    drawn = {"type": "line", "strokeWidth": 2, "clip": True}
    layers = [layer(steps.rows, drawn, {**places, **order})]
    for which, form in ((0, "circle"), (-1, "cross")):
        mark = {
            "type": "point",
            "shape": form,
            "size": 80,
            "stroke": INK,
            "strokeWidth": 0.8,
            "opacity": 1,
            "clip": True,
        }
        chosen = [line[which] for line in lines.values()]
        fill = {"x": across, "y": up, "fill": colour(steps)}
        layers.append(layer(chosen, mark, fill))
    if steps.shown("series"):
        layers.append(_names(steps, lines, up, y))
    return layers


def _paths_of_starts(steps: Drawn, across: dict[str, Any], up: dict[str, Any]) -> Layers:
    """All starts as points, of which the pointer chooses one, and the paths from there with their ends."""
    lines: dict[tuple[str, str], list[Row]] = {}
    for row in steps.rows:
        lines.setdefault((row["start"], row.get("series", "")), []).append(row)
    starts = {begin: line[0] for (begin, _), line in lines.items()}
    chosen = {"name": CHOSEN, "value": [{"start": next(iter(starts))}],
              "select": {"type": "point", "fields": ["start"], "nearest": True, "on": "pointerover,click"}}  # fmt: skip
    only = [{"filter": {"param": CHOSEN, "empty": False}}]
    shade = colour(steps, legend=True)
    places = {"x": across, "y": up, "color": shade, "order": {"field": "step", "type": "quantitative"}}
    line = layer(steps.rows, {"type": "line", "strokeWidth": 2, "clip": True}, {**places, "detail": {"field": "start"}})
    cross = {"type": "point", "shape": "cross", "size": 80, "opacity": 1, "filled": True, "clip": True}
    ends = layer([one[-1] for one in lines.values()], cross, {"x": across, "y": up, "color": {**shade, "legend": None}})
    here = {"condition": {"param": CHOSEN, "empty": False, "value": INK}, "value": "#FFFFFF"}
    dot = {"type": "point", "size": 45, "stroke": INK, "strokeWidth": 0.8, "filled": False, "opacity": 1, "clip": True}
    points = layer(list(starts.values()), dot, {"x": across, "y": up, "fill": here, "tooltip": {"value": None}})
    return [{**line, "transform": only}, {**ends, "transform": only}, {**points, "params": [chosen]}]


def _names(
    steps: Drawn, lines: dict[str, list[Row]], up: dict[str, Any], y: tuple[Axis, list[float]]
) -> dict[str, Any]:
    """The names of the paths at the right edge, each at the height of the path's end."""
    axis, ends = y
    last = [(name, min(max(line[-1]["y"], ends[0]), ends[1])) for name, line in lines.items()]
    order = steps.shown("series")
    rows = [{**row, "place": order.index(row["series"])} for row in end_labels(last, axis, ends, HEIGHT)]
    mark = {"type": "text", "align": "left", "dx": 6, "fontSize": LABEL_SIZE}
    places = {"x": {"value": "width"}, "y": {**up, "field": "label_y"}, "text": {"field": "label"}}
    return layer(rows, mark, {**places, "color": text_colour("place")})
