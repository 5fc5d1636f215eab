"""A figure put together of its panels: title, description, data, configuration."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

from wellfit.errors import clean
from wellfit.figures.columns import Drawn, Row
from wellfit.figures.figure import Figure
from wellfit.figures.look import (
    COLUMNS,
    CONFIG,
    HEIGHT,
    INK,
    PANEL_HEIGHT,
    PANEL_WIDTH,
    TEXT_COLOURS,
    TITLE_WIDTH,
    WIDTH,
    colours,
    dashes,
    shapes,
    wrapped,
)

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
Layers = list[dict[str, Any]]
Draw = Callable[[list[Row], float, float], Layers]  # rows, width and height in pixels


def sizes(drawn: Drawn) -> tuple[int, int]:
    """Width and height of a panel."""
    return (PANEL_WIDTH, PANEL_HEIGHT) if len(drawn.shown("panel")) > 1 else (WIDTH, HEIGHT)


def panelled(drawn: Drawn, draw: Draw, size: tuple[int, int] | None = None) -> list[dict[str, Any]]:
    """One view a panel, or one for all rows where there are no panels. draw: makes the layers of a panel."""
    width, height = size or sizes(drawn)
    names = drawn.shown("panel") or [""]
    views = []
    for name in names:
        rows = drawn.of("panel", name) if name else drawn.rows
        view: dict[str, Any] = {"width": width, "height": height, "layer": draw(rows, width, height)}
        if name:
            view["title"] = {"text": wrapped(name, width), "fontSize": 12, "fontWeight": "normal", "offset": 6}
        views.append(view)
    return views


def figure(
    name: str, title: str, description: str, drawn: Drawn, views: Sequence[dict[str, Any]], columns: int = COLUMNS
) -> Figure:
    """The figure of some views, which stand in rows of `columns`."""
    side_by_side = min(columns, len(views))
    width = max(sum(view["width"] + 60 for view in views[:side_by_side]), TITLE_WIDTH)
    text = clean(f"{description}{drawn.remark()}")
    spec: dict[str, Any] = {
        "$schema": SCHEMA,
        "description": text,
        "title": {"text": wrapped(title, width)},
        "config": deepcopy(CONFIG),
    }
    if len(views) == 1:
        only = dict(views[0])
        if "title" in only:
            spec["title"]["subtitle"] = only.pop("title")["text"]
        spec |= only
    else:
        spec |= {"concat": list(views), "columns": columns, "spacing": 28}
        spec["resolve"] = {"scale": {"color": "shared", "shape": "shared", "strokeDash": "shared"}}
    return Figure(name, title, text, drawn.frame, spec)


def layer(rows: Sequence[Row], mark: dict[str, Any], encoding: dict[str, Any]) -> dict[str, Any]:
    """One layer of a view: its rows, how they are drawn, and what of them says where and how."""
    return {"data": {"values": list(rows)}, "mark": mark, "encoding": encoding}


def colour(drawn: Drawn, role: str = "series", legend: bool = False, title: str | None = None) -> dict[str, Any]:
    """The encoding of colour by series; a plain value where there are none."""
    names = drawn.shown(role)
    if not names:
        return {"value": colours([""])[0]}
    shown = {"title": title} if legend and len(names) > 1 else None
    return {"field": role, "type": "nominal", "scale": {"domain": names, "range": colours(names)}, "legend": shown}


def text_colour(place: str) -> dict[str, Any]:
    """The encoding of a text's colour by the place of its series, a field of numbers: darker than the line's."""
    many = len(TEXT_COLOURS)
    kinds = [{"test": f"datum.{place} % {many} === {k}", "value": TEXT_COLOURS[k]} for k in range(many)]
    return {"condition": kinds, "value": INK}


def dash(drawn: Drawn, legend: bool = False) -> dict[str, Any]:
    """The encoding of the dash by series. legend: as of the colour, with which it has one legend."""
    names = drawn.shown("series")
    if not names:
        return {"value": [1, 0]}
    shown: dict[str, Any] | None = {"title": None} if legend and len(names) > 1 else None
    return {"field": "series", "type": "nominal", "scale": {"domain": names, "range": dashes(names)}, "legend": shown}


def shape(drawn: Drawn, legend: bool = True) -> dict[str, Any]:
    """The encoding of a point's shape by series."""
    names = drawn.shown("series")
    if not names:
        return {"value": "circle"}
    shown: dict[str, Any] | None = {"title": None} if legend and len(names) > 1 else None
    return {"field": "series", "type": "nominal", "scale": {"domain": names, "range": shapes(names)}, "legend": shown}


def tooltip(titles: dict[str, str], drawn: Drawn, numbers: Sequence[str]) -> list[dict[str, Any]]:
    """What a pointer shows: of each role that there is its title and value."""
    # Vega-Lite writes these titles into an expression, and does not escape a backslash.
    plain = {role: title.replace("\\", "/").replace('"', "'") for role, title in titles.items()}
    return [
        {"field": role, "title": title, "type": "quantitative" if role in numbers else "nominal",
         **({"format": ".4~g"} if role in numbers else {})}
        for role, title in plain.items() if role in drawn.roles
    ]  # fmt: skip


def listed(names: Sequence[str], most: int = 8) -> str:
    """Names in a description: the first few."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
