"""`--replay`: the search that a result.json holds, repeated."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wellfit.errors import InputError, reason
from wellfit.parsing import NONSENSE, parse_json, read_text
from wellfit.search.race.candidate import Candidate
from wellfit.search.race.race import Round
from wellfit.training.refit import refit_settings

if TYPE_CHECKING:
    from wellfit.cli.options import FitOptions


@dataclass(frozen=True)
class Earlier:
    """What a result.json holds of an earlier search. data: the fingerprint of the rows that it learned from. drawn: how
    many rows of the table it drew; None: it used all.
    """

    path: Path
    seed: int
    metric: str
    folds: int
    data: str
    record: dict[str, Any]
    drawn: int | None = None

    def options(self, given: FitOptions) -> FitOptions:
        """The options with those that the earlier run decides."""
        if given.seed not in (0, self.seed):
            raise InputError(f"{self.path} holds a search with seed {self.seed}: leave --seed out.")
        again = self.record.get("refit", {}).get("way", {}).get("name", given.refit)
        return replace(given, seed=self.seed, metric=self.metric, folds=self.folds, refit=again)

    def check(self, given: FitOptions, data: str) -> None:
        """Refuse other rows, another target or other columns than those of the earlier run.

        Raises:
            InputError: they are others.
        """
        if data != self.data:
            raise InputError(
                f"{self.path} holds a search on other rows, another target or other columns than {given.table} with "
                "these options: give the table and options of that run."
            )


def read_earlier(path: Path) -> Earlier:
    """What `wellfit fit` wrote to a result.json.

    Raises:
        InputError: the file cannot be read, is damaged, or holds no search.
    """
    text = read_text(path, "The result")
    try:
        result = parse_json(text)
    except ValueError as error:
        raise InputError(f"{str(path)!r} is damaged, or no result.json: {error}.") from None
    if not isinstance(result, dict) or "record" not in result:
        raise InputError(f"{str(path)!r} holds no search: give the result.json of wellfit fit without --recipe.")
    try:
        return _earlier(path, result)
    except NONSENSE as error:
        why = str(error) if isinstance(error, InputError) else f"{type(error).__name__}, {reason(error)}."
        raise InputError(f"{str(path)!r} does not hold a whole search that this version can repeat: {why}") from None


def _earlier(path: Path, result: dict[str, Any]) -> Earlier:
    made = result["record"]["search"]
    members = 0
    for one in made["candidates"]:
        Candidate.from_plain(one)
        members = max([members, *(int(index) + 1 for index in one["members"])])
    if any(not 0 <= index < members for one in made["rounds"] for index in Round.from_plain(one).until):
        raise ValueError("a round trains a network that does not exist")
    int(made["folds_used"])
    if (refit := result["record"].get("refit")) is not None:
        refit_settings(refit["way"])
        [tuple(map(int, part)) for part in refit["of"]]
    drawn = result.get("drawn")
    return Earlier(
        path, int(made["seed"]), str(result["metric"]), int(made["folds"]), str(result["data"]), result["record"],
        None if drawn is None else int(drawn["rows"]),
    )  # fmt: skip
