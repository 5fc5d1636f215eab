"""The diagnosis made of what was found and tried."""

from __future__ import annotations

import math
from typing import Any

from wellfit.diagnosis.doctor.diagnosis import Diagnosis
from wellfit.diagnosis.doctor.figures import diagnosis_figures
from wellfit.diagnosis.doctor.words import verdict_of
from wellfit.diagnosis.doctor.work import Work
from wellfit.diagnosis.trial import PATIENT, judged_rows
from wellfit.diagnosis.trial.judging import mean_of
from wellfit.frames import ResultFrame
from wellfit.reprs import counted
from wellfit.studies.base import StudyPlan
from wellfit.studies.base.paired import Pairing, loss_title, pairing_of

CHOICE = (
    "The change is chosen by the mean loss on validation rows and judged on test rows, which no choice has seen; its "
    "interval is corrected for folds that share training rows."
)
MEASURE = (
    "A change of the table is judged by the loss on test rows and by its distance from that on validation rows: what "
    "falls in this table alone need not fall on new rows. Each is tried on top of those that are advised, and changes "
    "of the recipe on the table with all of these."
)
FAMILY = (
    "The verdicts of all other changes hold for those of their kind together (Holm); an interval is that of its change "
    "alone."
)
TRIAL_COLUMNS = {
    "change": "String", "kind": "String", "words": "String", "answers": "String", "validation_loss": "Float64",
    "loss": "Float64", "difference": "Float64", "difference_low": "Float64", "difference_high": "Float64",
    "verdict": "String", "alone": "String", "diverged": "Int64", "chosen": "String",
}  # fmt: skip
TABLE_COLUMNS = {
    "change": "String", "answers": "String", "validation_loss": "Float64", "loss": "Float64", "gap": "Float64",
    "validation_loss_before": "Float64", "loss_before": "Float64", "gap_before": "Float64", "difference": "Float64",
    "difference_low": "Float64", "difference_high": "Float64", "verdict": "String", "recommended": "Boolean",
}  # fmt: skip


def answer_of(work: Work, tried: bool) -> Diagnosis:
    """The diagnosis of what was found and tried. tried: whether changes were to be tried at all."""
    trial, tables = work.trial, () if work.tables is None else work.tables.tried
    patient = work.patient_now
    pairing, title = pairing_of(patient.grid, work.table_now, work.settings, PATIENT), loss_title(patient.grid)
    rows = _frame([] if trial is None else judged_rows(trial.result), TRIAL_COLUMNS)
    result = None if trial is None else trial.result
    promises = result is not None and result.promises
    healed = result.chosen.patch.recipe if result is not None and result.chosen is not None and promises else None
    examination = work.examination.numbered(work.table.rows.numbers)
    return Diagnosis(
        plan=_plan(work), verdict=verdict_of(examination, result, tables, title, tried), examination=examination,
        recipe=patient.grid.recipes[PATIENT], healed=healed,
        table_change=None if work.tables is None else work.tables.ground.change, trial=rows,
        tables=_frame([one.to_row() for one in tables], TABLE_COLUMNS),
        figures=diagnosis_figures(patient, trial, rows, pairing.margin, title),
        facts=_facts(work, pairing, title), remarks=_remarks(work), repeat=_repeat(work),
    )  # fmt: skip


def _frame(rows: list[dict[str, Any]], columns: dict[str, str]) -> ResultFrame:
    import polars as pl

    return ResultFrame(rows, schema={name: getattr(pl, kind) for name, kind in columns.items()})


def empty_frames() -> tuple[ResultFrame, ResultFrame]:
    """The tables of a diagnosis that tried nothing."""
    return _frame([], TRIAL_COLUMNS), _frame([], TABLE_COLUMNS)


def _plan(work: Work) -> StudyPlan:
    plan, trial, tables = work.patient.grid.plan, work.trial, work.tables
    words, parts = plan.words, [plan]
    if tables is not None and tables.grids:
        words += f"; then {counted(len(tables.tried), 'change')} of the table"
        parts += [grid.plan for grid in tables.grids]
    if trial is not None:
        own = sum(one.kind != "random" for one in trial.patches)
        words += f"; then {counted(own, 'change')} and {len(trial.patches) - own} random ones likewise"
        parts += [grid.plan for grid in trial.grids]
    return StudyPlan(words, sum(one.networks for one in parts), sum(one.core_seconds for one in parts))


def _facts(work: Work, pairing: Pairing, title: str) -> dict[str, Any]:
    grid, rows = work.patient.grid, work.table.rows
    first = pairing_of(grid, work.table, work.settings, PATIENT)
    facts: dict[str, Any] = {
        "loss": title, "rows": rows.arrays.rows, "folds": grid.views.folds * grid.views.partitions,
        "seeds": len(grid.more), "test loss": mean_of(grid.losses(PATIENT), first),
        "validation loss": mean_of(grid.losses(PATIENT, "validation"), first),
        f"test loss of the {work.patient.reference}": mean_of(grid.losses(work.patient.reference), first),
        "margin": pairing.margin, "fingerprint": rows.fingerprint()[:16],
        **{f"validation loss, {name}": float(values.mean()) for name, values in work.patient.case.baselines.items()},
    }  # fmt: skip
    if work.treated is not None:
        facts["test loss on the changed table"] = mean_of(work.treated.grid.losses(PATIENT), pairing)
    return facts | _of_trial(work)


def _of_trial(work: Work) -> dict[str, Any]:
    if work.trial is None:
        return {}
    result = work.trial.result
    chosen, best = result.chosen, result.best_random
    names = ("lowered by", "lowered by, low", "lowered by, high")
    facts: dict[str, Any] = dict(zip(names, result.relative, strict=True))
    if chosen is not None:
        facts |= {"chosen": chosen.patch.name, "chosen words": chosen.patch.words, "chosen kind": chosen.patch.kind,
                  "chosen verdict": chosen.difference.verdict, "chosen test loss": chosen.loss,
                  "shown to help": result.helped, "chosen changes": dict(chosen.patch.changes)}  # fmt: skip
    if best is not None:
        facts |= {"best random": best.patch.name, "best random test loss": best.loss,
                  "best random verdict": best.difference.verdict,
                  "best random changes": dict(best.patch.changes)}  # fmt: skip
    if result.against_random is not None:
        facts["against random"] = result.against_random.verdict
    singles = [one for one in result.judged if one.patch.kind == "remedy" and one.verdict == "better"]
    facts["remedies that helped alone"] = [one.patch.name for one in singles]
    return {name: None if isinstance(one, float) and math.isnan(one) else one for name, one in facts.items()}


def _remarks(work: Work) -> tuple[str, ...]:
    trial = work.trial
    own = [] if trial is None else [CHOICE, FAMILY, *(remark for grid in trial.grids for remark in grid.remarks)]
    chosen = None if trial is None else trial.result.chosen
    if chosen is not None and chosen.difference.remark:
        own.append(f"Of the chosen change: {chosen.difference.remark}.")
    if work.tables is not None and work.tables.tried:
        own.append(MEASURE)
    return tuple(dict.fromkeys((*own, *work.notes, *work.patient.grid.remarks)))


def _repeat(work: Work) -> str:
    grid, settings = work.patient.grid, work.settings
    folds = settings.folds if isinstance(settings.folds, int) else "..."
    return (
        f"wellfit.diagnose(recipe, X, y, folds={folds}, seeds={len(grid.more)}, seed={settings.seed}), "
        "recipe and rows as here"
    )
