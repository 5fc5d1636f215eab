"""What may follow a search in `wellfit fit`: --refit trains the ensemble on all rows, --small one small network."""

from __future__ import annotations

from typing import Any

from wellfit.cli.job import Job
from wellfit.cli.screen import say
from wellfit.errors import InputError
from wellfit.search import ChosenEnsemble, SmallNetwork, distil, refit_ensemble
from wellfit.tables import Schema
from wellfit.techniques.run.refit import NoRefit

KEPT = "the networks that were trained before it are kept."


def trained_on_all_rows(
    job: Job, found: ChosenEnsemble, schema: Schema, seconds: float | None, earlier: dict[str, Any] | None
) -> ChosenEnsemble:
    """The ensemble trained on all rows; as it was without --refit, or where that failed or was interrupted.

    seconds: to spend; None: as many as it takes. earlier: the record of the run that is repeated.
    """
    if isinstance(job.refit, NoRefit):
        return found
    if found.interrupted:  # Ctrl-C means to end, not to go on
        job.note("The search was interrupted, so its networks were not trained on all rows.")
        return found
    only = None if earlier is None else earlier.get("refit", {}).get("of")
    way = job.refit if only is None or earlier is None else earlier["refit"]["way"]
    say(job.console, "Training the ensemble's networks once more, on all rows.")
    try:
        again = refit_ensemble(found, way, schema=schema, seconds=None if only is not None else seconds, only=only)
    except KeyboardInterrupt:
        job.interrupted = True
        job.note(f"Training on all rows was interrupted: {KEPT}")
        return found
    except InputError as error:  # nothing that was trained is thrown away for it
        job.note(f"Training on all rows failed: {KEPT} {error}")
        return found
    _note_how_many(job, again)
    return again


def _note_how_many(job: Job, found: ChosenEnsemble) -> None:
    refitted = found.refitted or {}
    many, left = int(refitted["networks"]), int(refitted["as_they_were"])
    if not many:
        job.note("The time left was too short to train any network on all rows: all stay as they were.")
    elif left:
        job.note(
            f"{many} of {many + left} networks, those that weigh most for their time, were trained on all rows; the "
            "others stay as they were."
        )


def distilled(job: Job, found: ChosenEnsemble, seconds: float | None) -> SmallNetwork | None:
    """One small network trained on the ensemble's predictions; None without --small, or after Ctrl-C.

    seconds: to spend; None: as many as it takes.
    """
    if not job.options.small:
        return None
    try:
        if found.interrupted:
            raise KeyboardInterrupt
        say(job.console, "Training one small network on the ensemble's predictions.")
        return distil(found, seconds=seconds)
    except KeyboardInterrupt:
        job.interrupted = True
        job.note("Interrupted before a small network was trained: the model is the whole ensemble.")
        return None
