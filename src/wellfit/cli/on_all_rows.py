"""`wellfit fit --refit` after a search: the ensemble's networks once more, on all rows."""

from __future__ import annotations

from typing import Any

from wellfit.cli.job import Job
from wellfit.cli.screen import say
from wellfit.errors import InputError
from wellfit.search import Found, refit_found
from wellfit.tables import Schema
from wellfit.techniques.run.refit import NoRefit

REFIT_SHARE = 0.25  # of the time limit


def refitted(job: Job, found: Found, schema: Schema, seconds: float | None, earlier: dict[str, Any] | None) -> Found:
    """The ensemble trained on all rows; as it was where nobody asked, or where that failed or was interrupted.

    seconds: to spend; None: as many as it takes. earlier: the record of the run that is repeated.
    """
    if isinstance(job.refit, NoRefit):
        return found
    if found.interrupted:  # Ctrl-C asks to end, not to go on
        job.note("The search was interrupted, so that its networks were not trained on all rows.")
        return found
    only = None if earlier is None else earlier.get("refit", {}).get("of")
    way = job.refit if only is None or earlier is None else earlier["refit"]["way"]
    say(job.console, "Training the ensemble's networks once more, on all rows.")
    try:
        again = refit_found(found, way, schema=schema, seconds=None if only is not None else seconds, only=only)
    except KeyboardInterrupt:
        job.interrupted = True
        job.note("Training on all rows was interrupted: the networks that were trained before it are kept.")
        return found
    except InputError as error:  # nothing that was trained is thrown away for it
        job.note(f"Training on all rows failed, and the networks that were trained before it are kept. {error}")
        return found
    _tell(job, again)
    return again


def _tell(job: Job, found: Found) -> None:
    told = found.refitted or {}
    many, left = int(told["networks"]), int(told["as_they_were"])
    if not many:
        job.note("The time left was too short to train any network on all rows: all are as cross-validation left them.")
    elif left:
        job.note(
            f"Of {many + left} networks {many}, those that weigh most for their time, were trained on all rows; the "
            "others are as cross-validation left them."
        )
