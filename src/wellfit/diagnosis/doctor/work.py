"""What a diagnosis has so far: the patient, what the rules said, and what was tried within the limits."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from wellfit.diagnosis.doctor.patient import Patient, on_changed_table
from wellfit.diagnosis.examination import Examination
from wellfit.diagnosis.trial import PATIENT, Setup, TableAdvice, Trial, run_trial, try_table_changes
from wellfit.reprs import short_repr
from wellfit.statistics.paired import BETTER
from wellfit.studies.base import Settings, StudyTable
from wellfit.studies.base.paired import pairing_of

SPARE = 1.5  # of what a round was estimated to take, for other work on the machine
FIRST_SHARE = 1 / 3  # of a limit, for the patient and its reference; the rest is for what is tried
INTERRUPTED = "Ctrl-C ended it before all changes were tried."


@dataclass(frozen=True)
class Work:
    """A diagnosis on its way.

    began: by the monotonic clock. tables: changes of the table that were tried; None: none were.
    trial: of changes of the recipe; None: none were tried. treated: the patient on the table with the changes that are
        advised, on which these were tried; None: the table is as it was.
    notes: sentences on what was not tried, and why.
    """

    patient: Patient
    examination: Examination
    table: StudyTable
    settings: Settings
    began: float
    trial: Trial | None = None
    tables: TableAdvice | None = None
    treated: Patient | None = None
    notes: tuple[str, ...] = ()

    __repr__ = short_repr

    @property
    def patient_now(self) -> Patient:
        """The patient on the table with the changes that are advised; as it is without any."""
        return self.treated or self.patient

    @property
    def table_now(self) -> StudyTable:
        """The table with these changes."""
        return self.table if self.treated is None or self.tables is None else self.tables.ground.table


def first_settings(settings: Settings) -> Settings:
    """The part of the limits that the patient may take."""
    return replace(
        settings,
        seconds=None if settings.seconds is None else settings.seconds * FIRST_SHARE,
        budget=None if settings.budget is None else max(round(settings.budget * FIRST_SHARE), 1),
        folder=None if settings.folder is None else settings.folder / "patient",
    )


def with_trial(work: Work, most: int, with_random: bool) -> Work:
    """The same with what the findings advise tried; as far as it was, where Ctrl-C ends it.

    most: changes of the recipe at most. with_random: whether as many random ones are tried beside.
    """
    if work.patient.grid.ended == "interrupted":
        return replace(work, notes=(INTERRUPTED,))
    try:
        work = _with_tables(work)
        return replace(work, trial=run_trial(_setup(work, most, with_random)))
    except KeyboardInterrupt:  # what was found before is an answer
        return replace(work, notes=(*work.notes, INTERRUPTED))


def _with_tables(work: Work) -> Work:
    """The same with changes of the table tried first: a recipe is changed on the table that it is to be trained on."""
    findings, patient = work.examination.findings, work.patient
    if not findings:
        return work
    work.settings.announce(f"Found {_listed(work)}.")
    recipe = patient.grid.recipes[PATIENT]
    tables = try_table_changes(findings, recipe, patient.grid, work.table, lambda part: rest_settings(work, part))
    work = replace(work, tables=tables, notes=tables.notes)
    if not tables.ground.asked:
        return work
    return replace(work, treated=on_changed_table(patient, tables.ground, rest_settings(work, "reference")))


def _setup(work: Work, most: int, with_random: bool) -> Setup:
    """What the trial of changes of the recipe is made on."""
    patient, number = work.patient_now, min(most, _that_fit(work, 2 if with_random else 1))
    return Setup(
        work.examination.findings, patient.grid, patient.reference, patient.default, is_behind(work), work.table_now,
        lambda part: rest_settings(work, part), number, with_random, work.settings.seed,
    )  # fmt: skip


def is_behind(work: Work) -> bool:
    """Whether the default recipe, where it was trained beside, has a lower loss on the validation rows for certain."""
    patient = work.patient_now
    if patient.default is None:
        return False
    pairing = pairing_of(patient.grid, work.table_now, work.settings, PATIENT)
    losses = {name: patient.grid.losses(name, "validation") for name in (PATIENT, patient.reference)}
    (between,) = pairing.family(losses, PATIENT)
    return between.verdict == BETTER


def _that_fit(work: Work, sides: int) -> int:
    """How many changes on each of so many sides fit into the time that is left, at least one."""
    if work.settings.seconds is None:
        return 10**6
    left = work.settings.seconds - (time.monotonic() - work.began)
    grid, settings = work.patient.grid, work.settings
    networks = len(grid.names) * settings.seeds * len(grid.views.views)
    a_network = grid.plan.core_seconds / networks / min(settings.n_jobs, len(grid.views.views))
    a_recipe = SPARE * a_network * len(grid.views.views)
    return max(int(left / max(a_recipe, 1e-3) / sides), 1)


def rest_settings(work: Work, part: str) -> Settings:
    """What is left of the limits, for one further part of the folder; one round is always trained."""
    settings, seeds = work.settings, len(work.patient.grid.more)
    left = None
    if settings.seconds is not None:
        left = max(settings.seconds - (time.monotonic() - work.began), 0.001)
    return replace(
        settings, seeds=seeds, seconds=left,
        budget=None if settings.budget is None else max(round(settings.budget * (1 - FIRST_SHARE)), 1),
        folder=None if settings.folder is None else settings.folder / part,
    )  # fmt: skip


def _listed(work: Work) -> str:
    codes: Sequence[str] = [one.code for one in work.examination.findings]
    return ", ".join(codes[:5]) + (f" and {len(codes) - 5} more" if len(codes) > 5 else "")
