"""Section of a fit's report on what the predictions depend on: importance of columns, and partial dependence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from wellfit.figures.results import dependence_figure, importance_figure
from wellfit.report.content import Block, Section
from wellfit.report.fit_targets import of_each_target
from wellfit.report.frames import frame_of
from wellfit.report.lacking import lacking, more_rows
from wellfit.report.saved_fit import SavedFit
from wellfit.reprs import cut

ENOUGH = 1_000  # rows, from which on it is worth saying which columns show no importance
CAUTION = "Columns that tell the same stand in for one another: each of them alone then seems to be worth little."


def importance_section(fit: SavedFit) -> Section:
    """The importance of columns, and partial dependence on the first few."""
    title = "What do the predictions depend on?"
    return Section("importance", title, tuple(of_each_target(fit, _importance, "importance")))


def _importance(fit: SavedFit) -> list[Block]:
    found, blocks = fit.evidence.get("importance"), list[Block]()
    if found:
        remark = f" Measured on {found['rows']:,} rows."
        blocks.append(importance_figure(frame_of(found["table"]), found["loss"], int(found["repeats"]), remark))
        blocks.append(_how_measured(fit, int(found["rows"])))
        if found["rows"] >= ENOUGH:
            blocks += _useless(found["table"])
    else:
        blocks += lacking(fit, "importance", "The importance of columns was")
    for number, one in enumerate(fit.evidence.get("dependence") or (), 1):
        figure = dependence_figure(frame_of(one["rows"]), one["column"], one["what"], bool(one["numbers"]))
        blocks.append(renamed(figure, f"dependence-{number}"))
    if found and "dependence" not in fit.evidence and "dependence" in (fit.evidence.get("left_out") or ()):
        blocks += lacking(fit, "dependence", "Partial dependence was")
    return blocks


def _how_measured(fit: SavedFit, rows: int) -> str:
    """On how many rows importance was measured, and how to measure it better."""
    kept = fit.evidence.get("predictions") or {}
    if rows >= ENOUGH or rows >= int(kept.get("rows", 0)):
        return CAUTION
    return (
        f"{CAUTION} Measured on {rows:,} rows alone, for the time was short, so that intervals are wide: "
        f"{more_rows(fit)}."
    )


def _useless(table: Mapping[str, list[Any]]) -> list[Block]:
    """Columns whose interval holds 0."""
    names, low = table["column"], table["low"]
    none = [cut(str(name), 30) for name, least in zip(names, low, strict=True) if least is not None and least <= 0]
    if not none or len(none) == len(names):
        return []
    shown = ", ".join(none[:12]) + (f" and {len(none) - 12} more" if len(none) > 12 else "")
    return [f"Of these columns no importance can be shown here (the interval holds 0): {shown}."]


def renamed(figure: Any, name: str) -> Any:
    """The figure under another name: two columns may differ in what a name cannot hold."""
    return replace(figure, name=name)
