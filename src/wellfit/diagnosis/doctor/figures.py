"""The figures of a diagnosis: learning curves before and after, the layers over depth, what each change brought."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import polars as pl

from wellfit.diagnosis.base import TrainedNetwork
from wellfit.diagnosis.doctor.patient import Patient, joined_histories
from wellfit.diagnosis.trial import Trial
from wellfit.figures import Axis, Figure, interval_figure
from wellfit.figures.results import curve_figures
from wellfit.figures.results.depth import DRAWN, depth_figures
from wellfit.frames import ResultFrame
from wellfit.reprs import cut
from wellfit.statistics.inspection.curves import learning_curves

AS_IT_IS, HEALED = "as it is", "changed"
LONGEST = 48  # characters of a label
GROUPS = {"remedy": "remedies", "combination": "combinations", "default recipe": "default recipe", "random": "random"}


def diagnosis_figures(
    patient: Patient, trial: Trial | None, rows: ResultFrame, margin: float, title: str
) -> tuple[Figure, ...]:
    """All figures. rows: of the trial. margin: of practically no difference. title: what the loss is called."""
    found = [*_curves(patient, trial), *depth_figures(_probed(patient.case.networks))]
    if trial is not None:
        found.append(_changes(rows, margin, title))
    return tuple(found)


def _curves(patient: Patient, trial: Trial | None) -> list[Figure]:
    histories, names = [patient.history], [AS_IT_IS] * _members(patient.history)
    if trial is not None and trial.result.promises:
        healed = patient.reference_history if trial.history is None else trial.history
        histories.append(healed)
        names += [HEALED] * _members(healed)
    return curve_figures(learning_curves(joined_histories(histories), names, "loss"), "loss")


def _probed(networks: Sequence[TrainedNetwork]) -> ResultFrame:
    """What was seen inside the networks, as `Population.probes`."""
    parts = [
        pl.DataFrame({"update": one.updates, "value": one.values}).with_columns(
            pl.lit(member, pl.Int64).alias("member"), pl.lit(layer).alias("layer"), pl.lit(quantity).alias("quantity")
        )
        for member, network in enumerate(networks)
        for (layer, quantity), one in network.probes.items()
        if quantity in DRAWN
    ]
    kinds = {"update": pl.Int64, "value": pl.Float64, "member": pl.Int64, "layer": pl.String, "quantity": pl.String}
    return ResultFrame(pl.concat([pl.DataFrame(schema=kinds), *parts]))


def _members(history: pl.DataFrame) -> int:
    return int(history["member"].max() or 0) + 1  # type: ignore[arg-type]


def _changes(rows: ResultFrame, margin: float, title: str) -> Figure:
    """Every change with its interval, remedies first; those whose networks diverged without a point."""
    order = list(GROUPS)
    ranked = sorted(rows.to_dicts(), key=lambda row: (order.index(row["kind"]), _known(row["difference"])))
    columns: dict[str, list[Any]] = {
        name: [row[name] for row in ranked] for name in ("difference", "difference_low", "difference_high")
    }
    columns["change"] = [cut(row["words"], LONGEST) if row["kind"] == "remedy" else row["change"] for row in ranked]
    for name in ("difference", "difference_low", "difference_high"):
        columns[name] = [value if math.isfinite(value) else None for value in columns[name]]
    columns["group"] = [GROUPS[row["kind"]] for row in ranked]
    columns["note"] = [
        f"{row['diverged']} diverged" if row["diverged"] else row["chosen"] or row["verdict"] for row in ranked
    ]
    return interval_figure(
        columns, Axis("difference", f"{title} on test rows less that of the recipe as it is"), "change", name="changes",
        title=f"{title[:1].upper()}{title[1:]} with each change, less that of the recipe as it is (left of 0: better)",
        low="difference_low", high="difference_high", group="group", note="note", margin=margin or None,
    )  # fmt: skip


def _known(value: float) -> float:
    return value if math.isfinite(value) else math.inf
