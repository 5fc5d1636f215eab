"""`--cluster`: the connection that a command trains over, and what the screen says of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from wellfit.cli.screen import clock, counted, error_screen, say
from wellfit.cluster import on_cluster


@contextmanager
def cluster_of(address: str | None, jobs: int | None, started: float | None) -> Iterator[float | None]:
    """Inside, networks train on that cluster. Gives the moment from which a time limit counts: connecting does not.

    address: as `wellfit.on_cluster` takes it; None: networks train in this process. jobs: worker processes of "local".
    started: the moment from which it counts otherwise; None: now.

    Raises:
        InputError: there is no such cluster.
    """
    if address is None:
        yield started
        return
    before = time.monotonic()
    with on_cluster(address, jobs) as session:
        took = time.monotonic() - before
        if session is not None:
            slots, machines = session.slots(), session.machines()
            say(
                error_screen(),
                f"Cluster  {address}: {counted(slots, 'core')} on {counted(machines, 'machine')}, connected in "
                f"{clock(took)}, which does not count for a time limit.",
            )
        yield None if started is None else started + took
