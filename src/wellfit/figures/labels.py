"""Labels at the ends of lines and on vertical rules, placed so that none lies on another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from wellfit.errors import clean
from wellfit.figures.axis import Axis
from wellfit.figures.look import GREY, LABEL_SIZE, LINE_GAP
from wellfit.reprs import cut

MOST_TEXT = 34  # letters of a label


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places as near as possible to those wanted, at least `gap` apart, in the same order, and between two ends.

    Where there is no room for the gap, it is as large as fits.

    >>> spread([5.0, 5.0, 90.0], 10.0, 0.0, 100.0)
    [0.0, 10.0, 90.0]
    """
    from scipy.optimize import isotonic_regression

    many = len(wanted)
    if many < 2:
        return [min(max(place, low), high) for place in wanted]
    gap = min(gap, (high - low) / (many - 1))
    order = np.argsort(wanted, kind="stable")
    steps = gap * np.arange(many)
    # Places that rise by the gap or more are rising numbers once the gaps are taken out.
    rising = isotonic_regression(np.asarray(wanted, np.float64)[order] - steps).x
    places = np.empty(many)
    places[order] = np.clip(rising, low, high - steps[-1]) + steps
    return [float(place) for place in places]


def end_labels(ends: Sequence[tuple[str, float]], y: Axis, domain: list[float], height: float) -> list[dict[str, Any]]:
    """Rows for the labels of lines: the series, its text, and the value of y beside which it stands.

    ends: of each line the series and its last value.
    """
    at = apart([value for _, value in ends], y, domain, height)
    texts = [cut(name, MOST_TEXT) for name, _ in ends]
    return [
        {"series": name, "label": text, "label_y": place}
        for (name, _), text, place in zip(ends, texts, at, strict=True)
    ]


def apart(values: Sequence[float], y: Axis, domain: list[float], height: float) -> list[float]:
    """Values of y as near as possible to those given, so far from each other that lines of text fit between them.

    height: of the axis, in pixels.
    """
    wanted = [float(share) * height for share in y.along(values, domain)]
    places = spread(wanted, LINE_GAP, 0.0, height)
    return [float(value) for value in y.at(np.array(places) / height, domain)]


def rules(marks: Sequence[tuple[float, str]], x: Axis, domain: list[float], width: float) -> list[dict[str, Any]]:
    """Layers that draw vertical rules with their texts at the top, one below the other; those outside are left out."""
    rows: list[dict[str, Any]] = []
    inside = sorted((at, text) for at, text in marks if domain[0] <= at <= domain[1])
    for place, (at, text) in enumerate(inside):
        share = float(x.along(at, domain))
        fits = (1 - share) * width > len(text) * LABEL_SIZE * 0.55
        rows.append({"at": at, "text": cut(clean(text), 60), "line": place, "fits": fits})
    position = {"field": "at", "type": "quantitative"}
    rule = {"type": "rule", "color": GREY, "strokeDash": [3, 3], "strokeWidth": 1}
    lines: dict[str, Any] = {"data": {"values": rows}, "mark": rule, "encoding": {"x": position}}
    layers = [lines] if rows else []
    for row in rows:
        side = {"align": "left", "dx": 4} if row["fits"] else {"align": "right", "dx": -4}
        mark = {"type": "text", "color": GREY, "baseline": "top", "fontSize": LABEL_SIZE, **side}
        places = {"x": position, "y": {"value": 2 + LINE_GAP * row["line"]}, "text": {"field": "text"}}
        layers.append({"data": {"values": [row]}, "mark": mark, "encoding": places})
    return layers
