"""Figures of double descent: errors with the two thresholds marked, and against parameters and effective parameters."""

from __future__ import annotations

from typing import Any

import polars as pl

from wellfit.figures import Axis, Figure, line_figure, scatter_figure
from wellfit.figures.axis import Scale
from wellfit.frames import ResultFrame
from wellfit.studies.generalisation.sweep import LOG_REACH, focused

TITLES = {"width": "units of each hidden layer", "epochs": "epochs", "rows": "training rows"}
Marks = dict[float, dict[str, float | None]]


def double_descent_figures(table: ResultFrame, over: str, error: str, marks: Marks) -> tuple[Figure, ...]:
    """Test and training error first; then test error by effective parameters, where they are counted.

    marks: by noise, where training rows are fitted and where parameters are as many as labels.
    """
    made = [_errors(table, over, error, marks)]
    if "effective_parameters" in table.columns:
        known = table.filter(pl.col("effective_parameters").is_finite() & pl.col("test_error").is_finite())
        if known.height > 1:
            made.append(_effective(known, over, error))
    return tuple(made)


def _errors(table: ResultFrame, over: str, error: str, marks: Marks) -> Figure:
    """Lines of test and training error for each noise."""
    columns: dict[str, list[Any]] = {name: [] for name in ("at", "error", "low", "high", "line")}
    for row in table.iter_rows(named=True):
        for part in ("test", "training"):
            columns["at"].append(row[over])
            columns["error"].append(row[f"{part}_error"])
            columns["low"].append(row["test_error_low"] if part == "test" else None)
            columns["high"].append(row["test_error_high"] if part == "test" else None)
            columns["line"].append(f"{'held-out' if part == 'test' else 'training'} rows{_noise(row['noise'], marks)}")
    places = {noise: found["fitted"] for noise, found in marks.items()}
    rules = [(float(at), f"fitted{_noise(noise, marks)}") for noise, at in places.items() if at is not None]
    crossing = next(iter(marks.values()))["parameters = labels"]
    if crossing is not None:
        rules.append((crossing, "parameters = rows x outputs"))
    values = table[over].to_list()
    scale: Scale = "log" if max(values) / min(values) >= LOG_REACH else "linear"
    y = focused(Axis("error", error), columns["error"], [*columns["low"], *columns["high"]])
    return line_figure(
        columns, Axis("at", TITLES[over], scale=scale), y, name="errors", series="line", low="low", high="high",
        title=f"The {error} on training and held-out rows by {over}.", marks=rules,
    )  # fmt: skip


def _effective(table: pl.DataFrame, over: str, error: str) -> Figure:
    """Test error against effective parameters, a point a network."""
    names = {noise: f"noise {noise:g}" for noise in table["noise"].unique(maintain_order=True)}
    columns = {
        "effective": table["effective_parameters"], "error": table["test_error"],
        "noise": [names[noise] for noise in table["noise"]], "value": table[over].cast(pl.String),
    }  # fmt: skip
    return scatter_figure(
        columns, Axis("effective", "effective parameters", scale="log"), Axis("error", f"{error} on held-out rows"),
        name="effective-parameters", series="noise", label="value",
        title=f"The error by the parameters that the rows determine; beside each point, its {over}.",
    )  # fmt: skip


def _noise(noise: float, marks: Marks) -> str:
    return f", noise {noise:g}" if len(marks) > 1 else ""
