"""`wellfit.diagnose`: train, examine, try, and say what helped."""

from __future__ import annotations

import time
from typing import Any, Unpack

from wellfit.cluster import on_cluster
from wellfit.diagnosis.doctor.answer import answer_of
from wellfit.diagnosis.doctor.diagnosis import Diagnosis
from wellfit.diagnosis.doctor.patient import train_patient
from wellfit.diagnosis.doctor.work import Work, first_settings, is_behind, with_trial
from wellfit.diagnosis.evidence import later_rows
from wellfit.diagnosis.examination import check_codes, examine
from wellfit.diagnosis.trial import MOST_PATCHES
from wellfit.recipe.reading import as_recipe
from wellfit.studies.base import StudyOptions, settings_of, study_table
from wellfit.studies.base.options import check_whole


def diagnose(
    recipe: Any = None,
    X: Any = None,
    y: Any = None,
    *,
    mute: Any = (),
    trial: bool = True,
    random_patches: bool = True,
    patches: int = MOST_PATCHES,
    later: Any = None,
    cluster: str | None = None,
    **options: Unpack[StudyOptions],
) -> Diagnosis:
    """Say what is wrong with a recipe or a table, try what may help, and say what did.

    The recipe is trained on every fold from every seed, beside the default recipe. Rules judge what is seen. What they
    advise is trained on the same folds from the same seeds, each change alone and some together, beside as many random
    changes. The one with the lowest mean loss on validation rows is judged on test rows, which no choice has seen.
    Where no rule finds anything and yet the default recipe does better, that one is tried.

    recipe: a `Recipe`, a mapping, a path, a name such as "practice"; None (default): the default recipe.
    X: a table, as in `wellfit.train`. y: targets (rows,), as in `wellfit.train`.
    mute: codes of rules to leave out (default: none).
    trial: bool; whether to try what the rules advise (default True).
    random_patches: bool; whether as many random changes are tried beside (default True).
    patches: int, 1 or more: changes of the recipe that are tried, at most, beside random ones (default 12).
    later: a table of rows that are to be predicted, whose target is not known, to compare columns with (default: none).
    cluster: as in `wellfit.train`; None (default): on threads of this process.
    options: see `StudyOptions`. Of a limit a third is for the recipe itself; where time is short fewer changes are
        tried, and fewer seeds.

    Returns:
        A `Diagnosis`.

    Raises:
        InputError: anything wrong with recipe, table or options.

    >>> import numpy as np
    >>> import wellfit
    >>> X = np.random.default_rng(0).normal(size=(120, 3))
    >>> linear = wellfit.Recipe(hidden=(8, 8), activation="identity", epochs=4)
    >>> found = wellfit.diagnose(linear, X, X[:, 0] * X[:, 1] > 0, folds=2, seeds=2, patches=2)
    >>> any(one.code == "linear-network" for one in found.examination.findings)
    True
    """
    muted = check_codes(mute)
    check_whole("patches", patches, 1)
    settings, judged = settings_of(options), as_recipe(recipe)
    table = study_table(X, y, options)
    began = time.monotonic()
    with on_cluster(cluster, settings.n_jobs):
        patient = train_patient(judged, table, first_settings(settings), later_rows(later, table))
        work = Work(patient, examine(patient.case, mute=muted), table, settings, began)
        if trial and (work.examination.findings or is_behind(work)):
            work = with_trial(work, patches, random_patches)
    return answer_of(work, trial)
