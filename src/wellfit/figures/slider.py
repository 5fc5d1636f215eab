"""One figure for each value of a strength, and a slider that chooses which of them is seen."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import polars as pl

from wellfit.errors import InputError, clean
from wellfit.figures.assembly import Layers
from wellfit.figures.axis import Axis
from wellfit.figures.figure import Figure
from wellfit.figures.labels import apart
from wellfit.figures.look import TITLE_WIDTH, wrapped
from wellfit.frames import ResultFrame

PLACE = "shown_place"  # the slider's number: which of the figures is seen
VALUE = "shown value"  # the column of the frame that says which figure a row belongs to


def with_slider(
    figures: Sequence[Figure], values: Sequence[str | float], *, name: str, title: str, label: str, shown: int = 0
) -> Figure:
    """Figures of one kind as one, of which a slider shows one at a time.

    Where there is no JavaScript, as in SVG and PNG files, the one is seen that the slider begins with. Axes get the
    ends of all figures together.

    figures: two or more of as many panels that differ in their data alone, such as a decision boundary at each strength
        of a penalty.
    values: of what the slider changes, one a figure, in order.
    name: of the figure, for files. title: a sentence that says what is seen.
    label: what the slider changes, such as "strength of L2".
    shown: place of the figure that is seen first (default 0).

    Raises:
        InputError: fewer than two figures, not as many values, or figures of different
            numbers of panels.

    >>> from wellfit.figures import Axis, line_figure
    >>> def curve(power):
    ...     points = {"x": [0, 1, 2], "y": [0, 1, 2**power]}
    ...     return line_figure(points, Axis("x", "x"), Axis("y", "y"), name="power", title="A power of x.")
    >>> with_slider([curve(1), curve(2)], [1, 2], name="powers", title="Powers of x.", label="power")
    <Figure powers: Powers of x.>
    """
    panels = {len(_views(one.spec)) for one in figures}
    if len(figures) < 2 or len(figures) != len(values) or len(panels) != 1:
        raise InputError("A slider takes two or more figures of as many panels, and one value for each figure.")
    if not 0 <= shown < len(figures):
        raise InputError(f"The slider begins at one of {len(figures)} figures, counted from 0; got {shown}.")
    spec = deepcopy(figures[0].spec)
    every = [_views(deepcopy(one.spec)) for one in figures]
    for number, view in enumerate(_views(spec)):
        together = [one[number] for one in every]
        _share_axes(together)
        for one in together:
            _part_labels(one)
        view["layer"] = [_only(layer, place) for place, one in enumerate(together) for layer in one["layer"]]
    _views(spec)[0]["layer"] += [_shown_value(label, value, place) for place, value in enumerate(values)]
    spec["title"] = {"text": wrapped(clean(title), TITLE_WIDTH)}
    bind = {"input": "range", "min": 0, "max": len(figures) - 1, "step": 1, "name": f"{clean(label)} "}
    spec["params"] = [{"name": PLACE, "value": shown, "bind": bind}]
    listed = ", ".join(str(value) for value in values)
    text = clean(f"{figures[shown].description} A slider changes {label}: {listed}.")
    spec["description"] = text
    frames = [
        one.frame.with_columns(pl.lit(str(value)).alias(VALUE)) for one, value in zip(figures, values, strict=True)
    ]
    return Figure(name, title, text, ResultFrame(pl.concat(frames, how="diagonal_relaxed")), spec)


def _views(spec: dict[str, Any]) -> list[dict[str, Any]]:
    """The views of a specification: its panels, or itself."""
    return list(spec.get("concat", [spec]))


def _only(layer: dict[str, Any], place: int) -> dict[str, Any]:
    """A layer that is drawn only while the slider stands at a place."""
    return {**layer, "transform": [{"filter": f"{PLACE} === {place}"}, *layer.get("transform", [])]}


def _share_axes(views: Sequence[dict[str, Any]]) -> None:
    """Give the number axes of all views the ends, and the ticks, of all together."""
    for channel in ("x", "y", "color"):
        found = [one["encoding"].get(channel, {}) for view in views for one in view["layer"]]
        scaled = [one for one in found if one.get("type") == "quantitative" and "domain" in one.get("scale", {})]
        if not scaled:
            continue
        ends = [end for one in scaled for end in one["scale"]["domain"]]
        ticks = sorted({tick for one in scaled for tick in (one.get("axis") or {}).get("values", [])})
        for one in scaled:
            one["scale"]["domain"] = [min(ends), max(ends)]
            if ticks and one.get("axis"):
                one["axis"]["values"] = ticks


def _part_labels(view: dict[str, Any]) -> None:
    """Move the names of lines apart: they were placed on the axis of one figure, and that of all is longer."""
    for layer in view["layer"]:
        up = layer["encoding"].get("y", {})
        if up.get("field") == "label_y":
            rows, scale = layer["data"]["values"], up["scale"]
            y = Axis("", "", scale="log" if scale.get("type") == "log" else "linear")
            places = apart([row["label_y"] for row in rows], y, scale["domain"], view["height"])
            for row, place in zip(rows, places, strict=True):
                row["label_y"] = place


def _shown_value(label: str, value: str | float, place: int) -> dict[str, Any]:
    """What the slider has chosen, as text above the first view."""
    text = f"{label}: {value:.4g}" if isinstance(value, float) else f"{label}: {value}"
    mark = {"type": "text", "align": "right", "baseline": "bottom", "dy": -4, "fontSize": 12, "fontWeight": "bold"}
    places = {"x": {"value": "width"}, "y": {"value": 0}, "text": {"field": "label"}}
    made: Layers = [{"data": {"values": [{"label": clean(text)}]}, "mark": mark, "encoding": places}]
    return _only(made[0], place)
