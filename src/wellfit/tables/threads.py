"""Doing the same to many columns or views at once: NumPy and polars work without Python's lock, so threads help."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from wellfit.numerics.cores import usable_cores

_Item = TypeVar("_Item")
_Made = TypeVar("_Made")

ROWS_FOR_THREADS = 100_000  # of a table: below, starting threads takes longer than what they do


def for_each(
    items: Sequence[_Item], make: Callable[[_Item], _Made], rows: int, threads: int | None = None
) -> list[_Made]:
    """What is made of each item, in the items' order; of a large table several at a time.

    items: columns or views, each independent of the others.
    make: called once for each, from several threads; what it raises for the first item that fails is raised here.
    rows: of the table.
    threads: at most (default None: as many as there are cores).
    """
    most = min(len(items), usable_cores() if threads is None else threads)
    if rows < ROWS_FOR_THREADS or most < 2:
        return [make(item) for item in items]
    with ThreadPoolExecutor(most) as pool:
        return list(pool.map(make, items))
