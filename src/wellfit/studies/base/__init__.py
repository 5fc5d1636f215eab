"""What all studies share: the table, the options, the plan and how it is trained, and the value they return."""

from __future__ import annotations

from wellfit.studies.base.grid import Grid, train_grid
from wellfit.studies.base.options import Settings, StudyOptions, settings_of
from wellfit.studies.base.rounds import Round, Rounds, run_rounds
from wellfit.studies.base.study import Study, StudyPlan
from wellfit.studies.base.table import StudyTable, study_table

__all__ = [
    "Grid",
    "Round",
    "Rounds",
    "Settings",
    "Study",
    "StudyOptions",
    "StudyPlan",
    "StudyTable",
    "run_rounds",
    "settings_of",
    "study_table",
    "train_grid",
]
