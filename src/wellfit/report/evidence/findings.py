"""What the rules of diagnosis say of a fit: of its table, its recipe and the networks that were trained anyway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from wellfit.diagnosis.base import Case
from wellfit.diagnosis.doctor import examine_result, examine_search
from wellfit.diagnosis.doctor.results import joined
from wellfit.diagnosis.evidence import networks_of
from wellfit.diagnosis.examination import NO_TIME, Examination, examine
from wellfit.engines.compiled.run.training_run import TrainingRun
from wellfit.search import ChosenEnsemble
from wellfit.studies.base import StudyTable
from wellfit.tables.split import SplitTable


@dataclass(frozen=True)
class Chosen:
    """The networks that are diagnosed: those of one recipe. candidate: its number in a search, -1 of a bag."""

    members: tuple[int, ...]
    candidate: int = -1


def chosen_of(run: TrainingRun, ensemble: ChosenEnsemble | None) -> Chosen:
    """Of a search the candidate that weighs most in the ensemble, of a bag all networks."""
    if ensemble is None:
        return Chosen(tuple(range(len(run))))
    heaviest = ensemble.states[int(np.argmax(ensemble.weights))].candidate
    return Chosen(tuple(heaviest.members), heaviest.number)


def examined(
    data: SplitTable, run: TrainingRun, ensemble: ChosenEnsemble | None, seconds: float | None = None,
    mute: tuple[str, ...] = (),
) -> Examination:  # fmt: skip
    """The rules run on the recipe that weighs most, with what was trained and measured already.

    seconds: that it may take, about; costlier rules are then left out. mute: codes of rules to leave out.
    """
    if ensemble is not None:
        return examine_search(ensemble, data, mute=mute, seconds=seconds)
    chosen = chosen_of(run, ensemble)
    table = StudyTable(data.schema, data.train, target=data.column)
    later = None if data.test is None else StudyTable(data.schema, data.test, target=data.column)
    recipe = run.members[chosen.members[0]].recipe
    return examine(
        Case(recipe, table, networks_of(run, chosen.members), later=later, later_by=data.split_by),
        mute=mute,
        seconds=seconds,
    )


def late_rules(plain: Mapping[str, Any] | None) -> list[str]:
    """Codes of the rules for which there was no time. plain: an examination as JSON holds it; None: there is none."""
    said = (plain or {}).get("not_applicable") or []
    return [str(one["code"]) for one in said if one["sentence"] == NO_TIME]


def with_late_rules(plain: Mapping[str, Any], data: SplitTable, seconds: float | None = None) -> dict[str, Any]:
    """An examination with the rules for which there was no time, which are about the table alone.

    data: the rows; those of the test are later ones. seconds: that it may take, about; None (default): no limit.
    """
    before, late = Examination.from_plain(plain), late_rules(plain)
    if late:
        before = joined(before, examine(_of_table(data), only=late, seconds=seconds))
    return before.to_plain()


def examined_again(folder: Path, data: SplitTable, mute: Sequence[str] = ()) -> dict[str, Any]:
    """The rules run on what a fit kept in its folder, and on its table. data: the rows. mute: codes to leave out."""
    case = _of_table(data)
    kept = examine_result(folder, case.table, mute=mute).examination
    return joined(kept, examine(case, mute=mute, only=["drift"])).to_plain()


def _of_table(data: SplitTable) -> Case:
    """A table alone, the test rows as later ones."""
    train, test = (
        None if rows is None else StudyTable(data.schema, rows, target=data.column) for rows in (data.train, data.test)
    )
    return Case(None, train, later=test, later_by=data.split_by)
