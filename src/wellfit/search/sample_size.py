"""How many rows of a large table a search trains on: several passes over some teach more than a part of one over all.

`benchmarks/large.py` measures the error with several sizes. A table of ordinary size is never cut.
"""

from __future__ import annotations

ROWS_A_CORE_SECOND = 2_000  # of the time limit
ROWS_AN_UPDATE = 1  # of a budget of updates
LEAST_ROWS = 200_000  # however short the time is
FEWEST_ROWS = 20  # that may be asked for
CUT_FROM = 2  # times the sample: fewer rows are all trained on


def sample_size(seconds: float | None, updates: int | None, cores: int) -> int | None:
    """Rows to draw from a table of more than `CUT_FROM` times as many; None: all, for nothing limits the search.

    It depends on what is asked for alone, never on how fast the machine is.

    seconds: the time limit. updates: the budget in its place. cores: threads that train.

    >>> sample_size(60, None, 2), sample_size(3600, None, 16)
    (240000, 115200000)
    """
    if updates is not None:
        return max(ROWS_AN_UPDATE * updates, LEAST_ROWS)
    return None if seconds is None else max(round(ROWS_A_CORE_SECOND * seconds * cores), LEAST_ROWS)
