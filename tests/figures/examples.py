"""A figure of each builder, of columns whose names and texts are as bad as names can be."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from wellfit.figures import (
    Axis,
    Figure,
    bar_figure,
    density_figure,
    heat_figure,
    interval_figure,
    line_figure,
    path_figure,
    scatter_figure,
    with_slider,
)
from wellfit.figures.heat import Points, as_cells

X, Y, LOW, HIGH = "a.b[0]\"'\\", "<script>alert(1)</script>", "datum['x']:Q", "two\nlines\x00"
NAME, PANEL = "series: {0}", "]]>&amp;"
TEXTS = ["</script><b>", "one\ntwo\x07", 'it\'s "quoted" \\ [x].y:N']


def columns() -> dict[str, Any]:
    """12 rows; one y is NaN, one high is infinite."""
    y = np.linspace(0.5, 4.0, 12)
    y[4] = math.nan
    high = y + 0.3
    high[7] = math.inf
    return {
        X: np.arange(1, 13), Y: y, LOW: y - 0.3, HIGH: high, NAME: [TEXTS[k % 3] for k in range(12)],
        PANEL: [TEXTS[k % 2] for k in range(12)],
    }  # fmt: skip


def figures() -> Iterator[tuple[str, Figure]]:
    """Each builder's figure by its name, plain and with all it can do."""
    data, x, y = columns(), Axis(X, X, "s"), Axis(Y, Y, "nats")
    ends = {"low": LOW, "high": HIGH}
    about = {"name": "try", "title": f"What is seen of {Y}."}
    for name, make in (("line", line_figure), ("scatter", scatter_figure), ("bar", bar_figure)):
        yield name, make(data, x, y, **about)
        yield f"{name} in full", make(data, x, y, series=NAME, panel=PANEL, **ends, **about)
    yield "line on log axes", line_figure(data, Axis(X, X, scale="log"), Axis(Y, Y, scale="log"), series=NAME, **about)
    yield "marks", line_figure(data, x, y, marks=[(3, TEXTS[0]), (3.1, TEXTS[1]), (12, "end")], **about)
    yield "stacked", bar_figure(data, Axis(NAME, NAME), y, series=PANEL, stacked=True, **about)
    yield "equality", scatter_figure(data, x, y, reference="equality", label=NAME, **about)
    yield "zero", scatter_figure(data, x, y, reference="zero", series=NAME, **about)
    yield "interval", interval_figure(data, y, NAME, **about)
    yield "interval in full", interval_figure(data, y, NAME, group=PANEL, note=NAME, margin=0.1, **ends, **about)
    yield "density", density_figure(data, y, **about)
    yield "density in full", density_figure(data, y, series=NAME, panel=PANEL, bins=5, **about)
    grid = np.linspace(-1, 1, 5)
    cells = as_cells(grid, grid, np.add.outer(grid, grid))
    cells["class"] = np.where(cells["value"] > 0, TEXTS[0], TEXTS[1])
    first, second, value = Axis("x", X), Axis("y", Y), Axis("value", "f")
    dots = Points({"x": [0.0, 0.5], "y": [0.1, 0.2], "s": [TEXTS[1], TEXTS[0]]}, "x", "y", "s")
    yield "heat", heat_figure(cells, first, second, value, text=True, **about)
    yield "regions", heat_figure(cells, first, second, Axis("class", "class", scale="category"), points=dots, **about)
    table = {NAME: TEXTS * 2, PANEL: [TEXTS[0]] * 3 + [TEXTS[1]] * 3, Y: [0.0, 1, 2, 3, 4, 5]}
    names = Axis(NAME, NAME, scale="category"), Axis(PANEL, PANEL, scale="category")
    yield "confusion", heat_figure(table, *names, Axis(Y, "rows"), text=True, **about)
    walk = {"x": [0.0, 0.5, 1.0, 0.1], "y": [0.0, 0.2, 0.4, 0.9], "s": [TEXTS[0]] * 3 + [TEXTS[1]]}
    yield "path", path_figure(cells, walk, first, second, value, series="s", **about)
    begun = {**walk, "from": [TEXTS[0]] * 2 + [TEXTS[2]] * 2}
    yield "path from starts", path_figure(cells, begun, first, second, value, series="s", start="from", **about)
    curves = [line_figure({**data, Y: data[Y] * k}, x, y, series=NAME, panel=PANEL, **about) for k in (1, 2)]
    yield "slider", with_slider(curves, [0.5, TEXTS[2]], label=TEXTS[0], **about)
