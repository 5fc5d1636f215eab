"""The options that every study takes, by the same names."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from numbers import Real
from pathlib import Path
from typing import Any, Literal, TypedDict

import numpy as np

from wellfit.engines.contract.budget import parse_seconds
from wellfit.engines.contract.progress import Observer
from wellfit.errors import InputError, quoted
from wellfit.numerics.cores import usable_cores
from wellfit.reprs import short_repr
from wellfit.tables.reading.tables import nearest

Announce = Callable[[str], None]


class StudyOptions(TypedDict, total=False):
    """The options that every study takes beside its own.

    folds: int, 2 or more (default 5); or an array (rows,) with the fold of each row, a scikit-learn splitter, or a list
        of (training rows, held-out rows). The held-out rows measure, and nothing else sees them.
    partitions: int, 1 or more (default 1): how many different splits of the rows into folds. With 2 or more, the
        variances of rows and folds are told apart.
    seeds: int, 1 or more (default 3): networks of each recipe on each fold. Every fold has seeds of its own, which all
        recipes share.
    seed: int, 0 or more (default 0): the first of these seeds, and that of the folds.
    metric: the name of a metric of the target's kind (default: log-loss of classes and labels, RMSE of numbers, Poisson
        deviance of counts).
    margin: float above 0: differences no larger than this are practically none. None (default): 1 % of the reference's
        mean loss.
    groups: (rows,) of any values; rows of one group stay on one side of every split (default: none).
    order: (rows,) times or numbers; earlier rows then train and later ones measure (default: none).
    sample_weight: (rows,) of 0 or more; a weight k counts as k equal rows (default: 1 each).
    kind: "class", "number", "count" or "labels", where the guess from y is wrong; of several tasks a mapping.
    column_kinds: mapping from names of columns to "number", "category", "date" or "text".
    missing: marks of a missing value, as in `wellfit.train`.
    decimal: "comma" or "point", as in `wellfit.train`.
    dates: order or format of dates, as in `wellfit.train`.
    skip_unknown_targets: bool; leave out the rows whose target is missing (default False: they are refused).
    time: text such as "60s" or a timedelta: a limit of wall time. The clock decides only how many whole rounds are
        trained, at least one. None (default): all of them.
    budget: int, updates of all networks; as many whole rounds as fit are trained, at least one. None (default): all.
    n_jobs: int, threads, 1 or more; None (default): all cores that this process may use. The result is the same.
    folder: path of a folder for checkpoints; the same call with the same folder goes on where it was interrupted, and
        comes to the same bits. None (default): no checkpoints.
    observers: list of functions, each called with a `Progress` about 20 times a second (default: none).
    announce: function of a sentence, called before training begins with the plan and its cost, and after each round
        (default: the logger "wellfit.studies", level INFO).
    """

    folds: Any
    partitions: int
    seeds: int
    seed: int
    metric: str | None
    margin: float | None
    groups: Any
    order: Any
    sample_weight: Any
    kind: str | Mapping[str, str] | None
    column_kinds: Mapping[str, str] | None
    missing: str | Sequence[str] | None
    decimal: Literal["comma", "point"] | None
    dates: str | None
    skip_unknown_targets: bool
    time: str | timedelta | None
    budget: int | None
    n_jobs: int | None
    folder: str | Path | None
    observers: Sequence[Observer]
    announce: Announce | None


@dataclass(frozen=True)
class Settings:
    """The options of one study that concern how it is run, checked; see `StudyOptions`.

    seconds: of the time limit. probes: at least how many updates lie between two probes of a network; None: none.
    """

    folds: Any = 5
    partitions: int = 1
    seeds: int = 3
    seed: int = 0
    metric: str | None = None
    margin: float | None = None
    seconds: float | None = None
    budget: int | None = None
    n_jobs: int = 1
    folder: Path | None = None
    observers: tuple[Observer, ...] = ()
    probes: int | None = None
    announce: Announce = field(default=logging.getLogger("wellfit.studies").info)

    __repr__ = short_repr

    @property
    def every_seed(self) -> range:
        """The seeds, in order."""
        return range(self.seed, self.seed + self.seeds)


def settings_of(options: StudyOptions, **defaults: Any) -> Settings:
    """How a study is run.

    options: as they were given. defaults: in place of those of `StudyOptions`, for one kind of study.

    Raises:
        InputError: an option that there is not, or a value out of range.
    """
    given = {**defaults, **options}
    for name in given:
        if name not in StudyOptions.__annotations__:
            near = nearest(name, list(StudyOptions.__annotations__))
            hint = f"did you mean {near!r}?" if near else f"the options are {', '.join(StudyOptions.__annotations__)}."
            raise InputError(f"A study has no option {quoted(name)}; {hint}")
    if given.get("time") is not None and given.get("budget") is not None:
        raise InputError("time limits a study by the clock, budget by updates: give one of the two.")
    for name, least in (("partitions", 1), ("seeds", 1), ("seed", 0), ("budget", 1), ("n_jobs", 1)):
        if name in given:
            check_whole(name, given[name], least)
    margin = given.get("margin")
    if margin is not None and not (is_number(margin) and 0 < margin < math.inf):
        raise InputError(f"margin is a finite difference above 0; got {quoted(margin)}.")
    folder = given.get("folder")
    return Settings(
        folds=given.get("folds", 5),
        partitions=int(given.get("partitions", 1)),
        seeds=int(given.get("seeds", 3)),
        seed=int(given.get("seed", 0)),
        metric=given.get("metric"),
        margin=None if margin is None else float(margin),
        seconds=_seconds(given.get("time")),
        budget=given.get("budget"),
        n_jobs=given.get("n_jobs") or usable_cores(),
        folder=None if folder is None else Path(folder),
        observers=tuple(given.get("observers") or ()),
        announce=given.get("announce") or logging.getLogger("wellfit.studies").info,
    )


def check_whole(name: str, value: Any, least: int) -> None:
    """Refuse what is no whole number of `least` or more; budget and n_jobs may be None."""
    if value is None and name in ("budget", "n_jobs"):
        return
    if not is_number(value) or value % 1 or value < least:
        raise InputError(f"{name} is a whole number of {least} or more; got {quoted(value)}.")


def is_number(value: Any) -> bool:
    """Whether it is a finite number, and no truth value."""
    return isinstance(value, Real) and not isinstance(value, bool | np.bool_) and math.isfinite(value)


def _seconds(limit: Any) -> float | None:
    if limit is None:
        return None
    if isinstance(limit, timedelta):
        if limit.total_seconds() <= 0:
            raise InputError(f"A time limit of {limit} leaves no time: give one above 0.")
        return limit.total_seconds()
    return parse_seconds(str(limit))
