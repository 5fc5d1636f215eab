"""An experiment: its question, its claims, and the function that trains and measures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

from wellfit.engines.contract.progress import Observer
from wellfit.figures import Figure
from wellfit.lab.base.claim import Claim
from wellfit.reprs import short_repr
from wellfit.statistics.intervals import Estimate

Size = Literal["smallest", "quick", "full"]
SIZES: tuple[Size, ...] = ("smallest", "quick", "full")
Value = TypeVar("Value")


@dataclass(frozen=True)
class Lab:
    """What an experiment is run with.

    size: "smallest" (a second or two, to see that it runs), "quick" or "full".
    data: folder with MNIST and other data; None (default): what comes with scikit-learn, and made data, alone.
    n_jobs: threads, 1 or more (default 1). Nothing depends on it.
    observers: functions, each called with a `Progress` while networks train (default: none).
    folder: for checkpoints of long experiments; None (default): none.
    """

    size: Size = "full"
    data: Path | None = None
    n_jobs: int = 1
    observers: tuple[Observer, ...] = ()
    folder: Path | None = None

    __repr__ = short_repr

    def pick(self, smallest: Value, quick: Value, full: Value) -> Value:
        """The value for the size that is run."""
        return {"smallest": smallest, "quick": quick, "full": full}[self.size]

    @property
    def options(self) -> dict[str, Any]:
        """How it is run, as keywords of `wellfit.train` and of every study: none of them changes a result."""
        return {"n_jobs": self.n_jobs, "observers": list(self.observers)}


@dataclass(frozen=True)
class Answer:
    """What an experiment found.

    table: the measurements, a mapping a row; numbers and texts.
    found: for each claim, by its key, the number that decides it.
    figures: pictures, the most telling first.
    networks: how many were trained. trained: the same in words, such as "4 recipes from 8 seeds on 900 digits"; ""
        where nothing was trained.
    remarks: what should be known before it is trusted, a sentence each (default: none).
    details: further tables by name (default: none).
    """

    table: Sequence[Mapping[str, Any]]
    found: Mapping[str, Estimate]
    figures: tuple[Figure, ...]
    networks: int = 0
    trained: str = ""
    remarks: tuple[str, ...] = ()
    details: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)

    __repr__ = short_repr


@dataclass(frozen=True)
class Experiment:
    """An experiment of the lab.

    title: a short line, such as "Dropout rates from 0.2 to 0.8".
    question: what to predict before looking, in a sentence or two that end in a question mark.
    claims: one or more, decided before the run.
    taught: where it is taught: book and section, or paper.
    cost: core-seconds at the sizes smallest, quick and full, as measured on warm kernels.
    run: trains and measures.
    explanation: why it comes out so, shown after the verdict, one to four sentences (default "").
    data: what a folder of data adds or is needed for, such as "MNIST in place of digits" (default "": it uses none).
    published: whether it repeats a published result, which needs the data and runs long (default False).
    """

    title: str
    question: str
    claims: tuple[Claim, ...]
    taught: str
    cost: tuple[float, float, float]
    run: Callable[[Lab], Answer]
    explanation: str = ""
    data: str = ""
    published: bool = False

    __repr__ = short_repr
