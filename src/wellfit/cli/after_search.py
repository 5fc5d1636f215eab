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
    job: Job, ensemble: ChosenEnsemble, schema: Schema, seconds: float | None, earlier: dict[str, Any] | None
) -> ChosenEnsemble:
    """The ensemble trained on all rows; as it was without --refit, or where that failed or was interrupted.

    seconds: to spend; None: as many as it takes. earlier: the record of the run that is repeated.
    """
    if isinstance(job.refit, NoRefit):
        return ensemble
    if ensemble.interrupted:  # Ctrl-C means to end, not to go on
        job.note("The search was interrupted, so its networks were not trained on all rows.")
        return ensemble
    only = None if earlier is None else earlier.get("refit", {}).get("of")
    way = job.refit if only is None or earlier is None else earlier["refit"]["way"]
    say(job.console, "Training the ensemble's networks once more, on all rows.")
    try:
        again = refit_ensemble(ensemble, way, schema=schema, seconds=None if only is not None else seconds, only=only)
    except KeyboardInterrupt:
        job.interrupted = True
        job.note(f"Training on all rows was interrupted: {KEPT}")
        return ensemble
    except InputError as error:  # nothing that was trained is thrown away for it
        job.note(f"Training on all rows failed: {KEPT} {error}")
        return ensemble
    _note_how_many(job, again)
    return again


def _note_how_many(job: Job, ensemble: ChosenEnsemble) -> None:
    refitted = ensemble.refitted or {}
    many, left = int(refitted["networks"]), int(refitted["as_they_were"])
    if not many:
        job.note("The time left was too short to train any network on all rows: all stay as they were.")
    elif left:
        job.note(
            f"{many} of {many + left} networks, those that weigh most for their time, were trained on all rows; the "
            "others stay as they were."
        )


def distilled(job: Job, ensemble: ChosenEnsemble, seconds: float | None) -> SmallNetwork | None:
    """One small network distilled from the ensemble; None without --small, or after Ctrl-C: the ensemble is kept then.

    seconds: to spend; None: as many as it takes.
    """
    if not job.options.small:
        return None
    try:
        if ensemble.interrupted:
            raise KeyboardInterrupt
        say(job.console, "Training one small network on the ensemble's predictions.")
        return distil(ensemble, seconds=seconds)
    except KeyboardInterrupt:
        job.interrupted = True
        job.note("Interrupted before a small network was trained: the model is the whole ensemble.")
        return None
