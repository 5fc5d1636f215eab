"""`--replay`: the search that a result.json tells of, once more."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wellfit.cli.prepare import Part
from wellfit.errors import InputError
from wellfit.search.race.candidate import Candidate
from wellfit.search.race.race import Round
from wellfit.training.refit import refit_settings

if TYPE_CHECKING:
    from wellfit.cli.options import FitOptions


@dataclass(frozen=True)
class Earlier:
    """What an earlier run says of itself. data: the fingerprint of what it learned from."""

    path: Path
    seed: int
    metric: str
    folds: int
    data: str
    record: dict[str, Any]

    def options(self, given: FitOptions) -> FitOptions:
        """The options with those that the earlier run decides."""
        if given.seed not in (0, self.seed):
            raise InputError(f"{self.path} tells of a search with seed {self.seed}: leave --seed out.")
        again = self.record.get("refit", {}).get("way", {}).get("name", given.refit)
        return replace(given, seed=self.seed, metric=self.metric, folds=self.folds, refit=again)

    def check(self, given: FitOptions, data: str) -> None:
        """Refuse other rows, another target or other columns than those of the earlier run.

        Raises:
            InputError: they are others.
        """
        if data != self.data:
            raise InputError(
                f"{self.path} tells of a search on other rows, another target or other columns than {given.table} with "
                "these options: give the table and options of that run."
            )


def read_earlier(path: Path) -> Earlier:
    """What `wellfit fit` wrote to a result.json.

    Raises:
        InputError: the file cannot be read, is damaged, or tells of no search.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise InputError(f"{str(path)!r} cannot be read: {why}.") from None
    try:
        result = json.loads(text)
    except ValueError as error:
        raise InputError(f"{str(path)!r} is damaged or no result.json: {error}.") from None
    if not isinstance(result, dict) or "record" not in result:
        raise InputError(f"{str(path)!r} tells of no search: give the result.json of wellfit fit without --recipe.")
    try:
        return _earlier(path, result)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise InputError(f"{str(path)!r} does not hold a whole search: {error!r}.") from None


def _earlier(path: Path, result: dict[str, Any]) -> Earlier:
    made = result["record"]["search"]
    members = 0
    for one in made["candidates"]:
        Candidate.from_plain(one)
        members = max([members, *(int(index) + 1 for index in one["members"])])
    if any(not 0 <= index < members for one in made["rounds"] for index in Round.from_plain(one).until):
        raise ValueError("a round trains a network that there is not")
    int(made["folds_used"])
    if (refit := result["record"].get("refit")) is not None:
        refit_settings(refit["way"])
        [tuple(map(int, part)) for part in refit["of"]]
    return Earlier(
        path, int(made["seed"]), str(result["metric"]), int(made["folds"]), str(result["data"]), result["record"]
    )


def fingerprint(train: Part, groups: NDArray[Any] | None) -> str:
    """Of everything that a search learns from: columns, target, weights and groups."""
    digest = hashlib.sha256()

    def add(name: str, values: NDArray[Any]) -> None:
        digest.update(f"{name} {values.dtype} {values.shape} ".encode())
        digest.update(np.ascontiguousarray(values).data)

    arrays, target = train.arrays, train.target
    add("numbers", arrays.numbers)
    add("codes", arrays.codes)
    if arrays.sparse is not None:
        add("starts", arrays.sparse.starts)
        add("indices", arrays.sparse.indices)
        add("values", arrays.sparse.values)
    add("target", target.values)
    add("weight", train.weight)
    digest.update(repr((arrays.levels, arrays.image, target.kind, target.labels)).encode())
    if groups is not None:
        add("groups", np.unique(groups, return_inverse=True)[1])
    return digest.hexdigest()
