"""How long a population may train: counted in updates, in time, or as recorded in an earlier run."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from wellfit.errors import InputError

BudgetLike = int | float | str | timedelta | Sequence[int] | None
UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}


@dataclass(frozen=True)
class Budget:
    """seconds: wall time, or None. updates: the most updates of each member, or None without a limit."""

    seconds: float | None = None
    updates: tuple[int, ...] | None = None


def parse_seconds(text: str) -> float:
    """Seconds from text such as "60s", "1.5m", "2h", "1h30m" or "90".

    Raises:
        InputError: no such time, or none above 0.
    """
    parts = re.findall(r"(\d+(?:\.\d+)?)\s*(ms|s|min|m|h)?\s*", text.strip().lower())
    whole = re.fullmatch(r"(?:\d+(?:\.\d+)?\s*(?:ms|s|min|m|h)?\s*)+", text.strip().lower())
    seconds = sum(float(number) * UNITS[unit or "s"] for number, unit in parts) if whole else 0.0
    if not (0 < seconds < 1e9):
        raise InputError(f"{text!r} is not a time: write it like 30s, 5m or 1h30m, above 0.")
    return seconds


def parse_budget(budget: BudgetLike, members: int) -> Budget:
    """A budget from what a user gives.

    None: no limit. An int: updates in all, shared equally by the members; 0: none at all, which leaves every member at
    the weights it starts from. Text or a timedelta: wall time. A sequence of ints: the updates that each member may
    make, as recorded in an earlier run's decisions.

    Raises:
        InputError: anything else, or a budget of nothing.
    """
    if budget is None:
        return Budget()
    if members == 0:
        raise InputError("A population needs at least one member: give a recipe and a view.")
    if isinstance(budget, timedelta):
        if budget.total_seconds() <= 0:
            raise InputError(f"A time limit of {budget} leaves no time: give one above 0.")
        return Budget(seconds=budget.total_seconds())
    if isinstance(budget, np.ndarray):
        budget = budget.tolist()
    if isinstance(budget, str):
        return Budget(seconds=parse_seconds(budget))
    if isinstance(budget, Sequence):
        counts = tuple(int(count) for count in budget)
        if len(counts) != members or min(counts) < 0:
            raise InputError(
                f"A replay needs one count of updates for each of the {members} members, got {len(counts)}."
            )
        return Budget(updates=counts)
    number = isinstance(budget, (int, float, np.number)) and not isinstance(budget, bool)
    if not number or not math.isfinite(budget) or budget != int(budget) or (budget < members and budget != 0):
        raise InputError(
            f"budget = {budget!r}: give whole updates, at least one for each of the {members} members, or 0 for the "
            "weights before training, or a time such as '60s'."
        )
    share, rest = divmod(int(budget), members)
    return Budget(updates=tuple(share + (index < rest) for index in range(members)))
