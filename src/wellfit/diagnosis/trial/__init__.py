"""Remedies tried: changed recipes and tables trained on the patient's folds from its seeds, beside random changes."""

from __future__ import annotations

from wellfit.diagnosis.trial.judging import PATIENT, Judged, TrialResult, judge_trial, judged_rows
from wellfit.diagnosis.trial.patches import MOST_PATCHES, Patch, combinations_of, patches_of
from wellfit.diagnosis.trial.random_patches import random_patches
from wellfit.diagnosis.trial.running import Setup, Trial, run_trial
from wellfit.diagnosis.trial.table_records import Ground, TableAdvice, TableTrial
from wellfit.diagnosis.trial.table_trials import try_table_changes

__all__ = [
    "MOST_PATCHES",
    "PATIENT",
    "Ground",
    "Judged",
    "Patch",
    "Setup",
    "TableAdvice",
    "TableTrial",
    "Trial",
    "TrialResult",
    "combinations_of",
    "judge_trial",
    "judged_rows",
    "patches_of",
    "random_patches",
    "run_trial",
    "try_table_changes",
]
