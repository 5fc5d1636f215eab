"""Figures of bias and variance: the parts of the error over a setting, the variance's two sources, single networks."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from wellfit.figures import Axis, Figure, bar_figure, line_figure
from wellfit.frames import ResultFrame
from wellfit.studies.generalisation.bias_variance_parts import SQUARED, Found
from wellfit.studies.generalisation.sweep import focused

PARTS = {"error": "error", "bias": "bias²", "variance": "variance"}
SOURCES = {"variance": "variance", "sampling": "from samples", "optimisation": "from seeds"}
MOST_CURVES = 12  # networks of a panel
MEAN, TRUTH = "mean of all", "true function"


def figures(found: Found, table: ResultFrame) -> tuple[Figure, ...]:
    """The parts of the squared error first, then its sources, the other losses, and curves over the only input."""
    made = []
    for loss in table["loss"].unique(maintain_order=True).to_list():
        rows = table.filter(pl.col("loss") == loss)
        name = "bias-variance" if loss == SQUARED else f"bias-variance-{loss.replace(' ', '-')}"
        bias = "bias² and variance" if loss == SQUARED else "bias and variance"
        made.append(_parts(found, rows, PARTS, name, f"The {loss} is the sum of {bias}.", loss))
        if loss == SQUARED and found.seeds > 1:
            title = "Variance comes from the training sample and from the seed."
            made.append(_parts(found, rows, SOURCES, "variance-sources", title, "variance"))
    if found.curves is not None:
        made.append(_curves(found))
    return tuple(made)


def _parts(found: Found, rows: pl.DataFrame, parts: dict[str, str], name: str, title: str, what: str) -> Figure:
    """Some columns of the table over the setting's values: lines with bands, or bars where the values are names."""
    words = dict(parts)
    if name != "bias-variance" and "bias" in words:
        words["bias"] = "bias"
    shown = rows.filter(pl.col("part").is_in(list(words)))
    at = shown[found.sweep.slot].to_list()
    columns = {
        "at": at if found.sweep.numeric else [str(value) for value in at],
        "part": [words[part] for part in shown["part"]],
        **{column: shown[column] for column in ("mean", "low", "high")},
    }
    x, y = found.sweep.axis("at"), focused(Axis("mean", what), shown["mean"], [*shown["low"], *shown["high"]])
    draw: Any = line_figure if found.sweep.numeric else bar_figure
    figure: Figure = draw(columns, x, y, name=name, title=title, series="part", low="low", high="high")
    return figure


def _curves(found: Found) -> Figure:
    """What single networks predict over the only input, a panel a value of the setting."""
    assert found.curves is not None and found.grid is not None  # asked by the caller
    at = found.grid.numbers[:, 0].astype(np.float64)
    columns: dict[str, list[Any]] = {"x": [], "y": [], "network": [], "panel": []}

    def add(panel: str, network: str, x: Any, y: Any) -> None:
        columns["x"] += list(x)
        columns["y"] += [float(value) for value in y]
        columns["network"] += [network] * len(x)
        columns["panel"] += [panel] * len(x)

    for panel, curves in zip(found.sweep.recipes, found.curves, strict=True):
        every = curves[..., -1]
        add(panel, MEAN, at, np.nanmean(every, axis=(0, 1)))
        if found.function is not None and found.tested_inputs is not None:
            order = np.argsort(found.tested_inputs)
            add(panel, TRUTH, found.tested_inputs[order].astype(np.float64), found.function[order, -1])
        for number, one in enumerate(every.reshape(-1, every.shape[-1])[:MOST_CURVES]):
            add(panel, f"network {number}", at, one)
    classes = found.tested.target.kind in ("binary", "classes")
    y = Axis("y", f"probability of {found.tested.target.labels[-1]}" if classes else "prediction")
    return line_figure(
        columns, Axis("x", "the input"), y, name="networks", series="network", panel="panel",
        faint=[f"network {number}" for number in range(MOST_CURVES)],
        title="Networks of many training samples: bias is how far they are off together, variance how far apart.",
    )  # fmt: skip
