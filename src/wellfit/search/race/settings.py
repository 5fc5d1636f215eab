"""The settings of a search: its limit, its metric, its folds, where its recipes come from, and where it is saved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError, quoted
from wellfit.recipe import Recipe
from wellfit.reprs import short_repr
from wellfit.search.race.proposals import Proposer
from wellfit.search.race.race import Race
from wellfit.tables.arrays import View

MOST_CANDIDATES = 400


@dataclass(frozen=True)
class SearchSettings:
    """How to search. Exactly one of `seconds` (by the clock) and `updates` (reproducible to the bit) is given.

    seconds: float above 0, wall seconds of the search, choosing the ensemble included; None (default): no time limit.
    updates: int, at least 1, updates of all networks together; None (default): no limit on updates.
    metric: str, the metric that the ensemble is chosen by; None (default): log-loss for classes, RMSE for numbers,
        Poisson deviance for counts.
    seed: int, at least 0, of every random draw; default 0.
    folds: int, 2 to the number of rows, of each partition of the rows; or views, each row held out by at most one, on
        which all candidates are trained; None (default): 8 below 1,000 rows, else 5.
    groups: array (rows,), a label for each row; rows with the same label stay in one fold; None (default): no groups.
    copies: array (rows,), the number of its group of equal rows for each row, which stay in one fold
        (`wellfit.tables.views.copies.equal_rows`); None (default): none are equal.
    n_jobs: int, threads, at least 1; default 1.
    recipes: sequence of recipes, at least one, with which the search begins; None (default): the built-in portfolio.
    proposer: what proposes further recipes; None (default): `Evolution`, which changes the best ones.
    most_candidates: int, at least 1, how many candidates are trained at most; default 400.
    most_cost: float above 0, multiply-adds that the ensemble may spend on predicting a row; None (default): what lets
        two cores predict 100,000 rows a second of a table of 20 columns, and in proportion more for more columns.
    on_round: called with the race when a round begins and when it has ended, for display; it changes nothing. None
        (default): nothing is called.
    folder: where the search is saved now and then, and when it is interrupted; None (default): it is not saved.
    probes: bool or int, whether and how often to look inside the networks, as `wellfit.train` takes it; default False.
    data_fingerprint: str that differs where the data or the options differ: a saved search with another one is not
        resumed; default "".
    rows_drawn: int, how many rows of its table were drawn for it, which is saved with it; None (default): all.
    resume: bool, whether the search saved in `folder` is continued instead of a new one begun; default False.

    Raises:
        InputError: no recipes, or fewer than 2 folds.
    """

    seconds: float | None = None
    updates: int | None = None
    metric: str | None = None
    seed: int = 0
    folds: int | Sequence[View] | None = None
    groups: NDArray[Any] | None = None
    n_jobs: int = 1
    recipes: Sequence[Recipe] | None = None
    proposer: Proposer | None = None
    most_candidates: int = MOST_CANDIDATES
    most_cost: float | None = None
    on_round: Callable[[Race], None] | None = None
    folder: Path | None = None
    data_fingerprint: str = ""
    resume: bool = False
    copies: NDArray[np.int64] | None = None
    probes: bool | int = False
    rows_drawn: int | None = None

    __repr__ = short_repr

    @property
    def units(self) -> NDArray[Any] | None:
        """Which rows intervals take as one (rows,): those of one group, or equal ones; None: each row is its own."""
        return self.copies if self.groups is None else self.groups

    def __post_init__(self) -> None:
        if self.recipes is not None and not len(self.recipes):
            raise InputError(
                "A search begins with one recipe or more; got an empty list: None is the built-in portfolio."
            )
        if isinstance(self.folds, int | float) and (self.folds != int(self.folds) or self.folds < 2):
            raise InputError(f"folds is a whole number of 2 or more; got {quoted(self.folds)}: None chooses it.")
