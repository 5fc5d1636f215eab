"""Columns that alone give the target away."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from wellfit.diagnosis.base import Case, Judgement, Remedy, Severity, TableChange, fine, found, not_applicable, rule
from wellfit.diagnosis.rules.table.facts import columns_of, counted_rows, is_class, is_number, shown, source_of
from wellfit.statistics.target_leaks import TargetLeak, target_leaks
from wellfit.tables.views.copies import one_of_each


@rule("leaking-columns", "A column gives the target away", needs=("table",))
def leaking_columns(case: Case, *, skill: float = 0.9, times_better: float = 5.0, easy: float = 0.95) -> Judgement:
    """A column that alone predicts the target nearly perfectly, where all other columns together do not come near.

    Detected: each column alone predicts every row from the other rows of its value, or of the next values. One whose
    loss is many times below that of all other columns together (a forest on folds) is named.
    Why it matters: such a column is mostly made from the target, or known only after it. Scores look splendid, and on
    the rows that the model is for the column is missing or different.
    What to do: ask when and how the column comes about. If it is not known at the moment of prediction, leave it out.
    How sure: a column that tells the same as the target in every row, or nearly, is a problem; a weaker one a warning.
    That it is really made from the target only someone who knows the table can say. Where some targets are themselves
    far off, such as numbers with a digit lost, their squares hide a leak: look at `label-noise` first.

    skill: alone, 1 - loss / loss of a constant, from which on a column is suspected; honest columns of public tables
        stay below, but for easy targets.
    times_better: how many times the loss of all other columns together its loss has to be below it.
    easy: skill of all others together, from which on the target is easy and no column need be a copy.
    """
    assert case.table is not None
    table = case.table
    if not (is_class(table) or is_number(table)):
        return not_applicable("The target is not one column of classes or numbers.")
    columns = columns_of(table)
    if not columns:
        return not_applicable("The table has no columns of numbers or categories.")
    rows = counted_rows(table)
    once = rows if table.rows.copies is None else one_of_each(table.rows.copies, rows)
    certain = target_leaks(columns, table.rows.target, once)
    leaks = certain or target_leaks(
        columns, table.rows.target, once, least_skill=skill, times_better=times_better, easy=easy
    )
    if not leaks:
        words = f"takes {skill:.0%} of a constant's loss away where all others do not come near"
        return fine(f"None of {len(columns):,} columns alone {words}.", {"skill": skill})
    best = max(leaks, key=lambda one: one.skill)
    names = source_of(table, [one.name for one in leaks])
    evidence: dict[str, Any] = {
        "columns": list(names), "skill alone": [one.skill for one in leaks],
        "skill of all others": None if math.isnan(best.others) else best.others, "threshold": skill,
        "times better": times_better,
    }  # fmt: skip
    drop = Remedy(f"Leave out {shown(list(names))}.", table=TableChange(drop_columns=names))
    severity: Severity = "problem" if certain else "warning"
    return found(severity, _words(names, best), evidence=evidence, strength=float(np.clip(best.skill, 0, 1)),
                 remedies=(drop,))  # fmt: skip


def _words(names: tuple[str, ...], best: TargetLeak) -> str:
    if best.one_to_one:
        how = "it tells the same as the target in every row"
    else:
        others = "" if math.isnan(best.others) else f", all other columns together {max(best.others, 0.0):.0%}"
        how = f"it takes {best.skill:.1%} of a constant's loss away{others}"
    many = f" ({len(names)} columns do so)" if len(names) > 1 else ""
    return f"The column {names[0]!r} alone gives the target away: {how}{many}."
