"""Figures of capacity: losses by width beside the simple predictors, and each size beside the best."""

from __future__ import annotations

import math
from typing import Any

import polars as pl

from wellfit.figures import Axis, Figure, interval_figure, line_figure
from wellfit.frames import ResultFrame
from wellfit.reprs import counted
from wellfit.studies.generalisation.sweep import focused

PARTS = {"training_loss": "training rows", "validation_loss": "validation rows", "test_loss": "held-out rows"}
SIMPLE = {"constant": "constant", "linear": "linear", "1-nearest-neighbour": "nearest neighbour"}
FAR = 3.0  # times the range of the networks' losses: a predictor further away is named in the table alone


def capacity_figures(table: ResultFrame, comparisons: ResultFrame, loss: str, margin: float) -> tuple[Figure, ...]:
    """Losses over the sizes first; then the difference of each from the best, where there are several sizes.

    table: of the study. comparisons: of every size with the best. loss: what it is called.
    """
    made = [_losses(table, loss)]
    if comparisons.height:
        made.append(
            interval_figure(
                comparisons, Axis("difference", f"{loss} above that of the best size"), "name", name="beside-the-best",
                title="Each size beside the best on held-out rows; in the band, the difference is practically none.",
                low="difference_low", high="difference_high", note="verdict", margin=margin if margin > 0 else None,
            )
        )  # fmt: skip
    return tuple(made)


def _losses(table: ResultFrame, loss: str) -> Figure:
    """Lines over the width, a panel a depth; over the depth where there is one width."""
    sizes = table.filter(pl.col("width").is_not_null())
    by_depth = sizes["width"].n_unique() == 1 and sizes["depth"].n_unique() > 1
    over, other = ("depth", "width") if by_depth else ("width", "depth")
    columns: dict[str, list[Any]] = {name: [] for name in ("at", "part", "loss", "low", "high", "panel")}

    def add(panel: str, at: Any, part: str, value: Any, low: Any = None, high: Any = None) -> None:
        for name, one in zip(columns, (at, part, value, low, high, panel), strict=True):
            columns[name].append(one)

    kept = _near(table, sizes)
    for value in sizes[other].unique(maintain_order=True):
        rows = sizes.filter(pl.col(other) == value)
        panel = counted(int(value), {"depth": "hidden layer", "width": "unit"}[other])
        for part, title in PARTS.items():
            for row in rows.iter_rows(named=True) if part in rows.columns else ():
                ends = (row["test_loss_low"], row["test_loss_high"]) if part == "test_loss" else (None, None)
                add(panel, row[over], title, row[part], *ends)
        for name, level in kept.items():
            for at in sorted(set(rows[over].to_list()))[:: max(rows.height - 1, 1)]:  # from end to end
                add(panel, at, name, level)
    words = "hidden layers" if by_depth else "units of each hidden layer"
    x = Axis("at", words, scale="linear" if by_depth else "log")
    y, title = (
        focused(Axis("loss", loss), columns["loss"], [*columns["low"], *columns["high"]]),
        f"The {loss} by the size of the network.",
    )
    panels = "panel" if len(set(columns["panel"])) > 1 else None
    return line_figure(columns, x, y, name="losses", title=title, series="part", low="low", high="high", panel=panels)


def _near(table: ResultFrame, sizes: pl.DataFrame) -> dict[str, float]:
    """The simple predictors' losses on held-out rows, where they are not far beyond all of the networks'."""
    shown = [sizes[part].to_list() for part in PARTS if part in sizes.columns]
    every = [value for values in shown for value in values if value is not None and math.isfinite(value)]
    if not every:
        return {}
    most = max(every) + FAR * max(max(every) - min(every), 1e-12)
    rows = table.filter(pl.col("width").is_null()).iter_rows(named=True)
    return {
        SIMPLE.get(row["size"], row["size"]): row["test_loss"]
        for row in rows
        if row["test_loss"] is not None and row["test_loss"] <= most
    }
