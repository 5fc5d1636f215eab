"""`wellfit fit --small`: one network in place of the ensemble, and what that costs."""

from __future__ import annotations

import math

from wellfit.cli.job import Job
from wellfit.cli.screen import say
from wellfit.search import Found, Small, distil

SMALL_SHARE = 0.2  # of the time limit


def taught(job: Job, found: Found, seconds: float | None) -> Small | None:
    """One network taught by the ensemble. None where nobody asked, or Ctrl-C left no time: then the ensemble is kept.

    seconds: to spend; None: as many as it takes.
    """
    if not job.options.small:
        return None
    try:
        if found.interrupted:
            raise KeyboardInterrupt
        say(job.console, "Teaching one small network what the ensemble knows.")
        return distil(found, seconds=seconds)
    except KeyboardInterrupt:
        job.interrupted = True
        job.note("It was interrupted before a small network was taught, so that the model is the whole ensemble.")
        return None


def tell_of(job: Job, small: Small, name: str) -> None:
    """Both losses in a sentence. name: of the metric."""
    faster = f"It predicts with {small.cost / small.ensemble_cost:.1%} of the ensemble's work"
    if math.isfinite(small.loss.mean):
        compared = (
            f"on the same {len(small.rows):,} held-out rows it reaches {name} {small.loss}, the ensemble "
            f"{small.ensemble_loss}"
        )
    else:
        compared = "no row was held out to compare them on"
    say(job.console, f"The model is one small network, taught by this ensemble. {faster}; {compared}.")
    job.console.print()
