"""A search on disk, from which a killed or interrupted one resumes to the same bits.

state.json         candidates, rounds, the round that was being trained, and where the parts below lie
g00001/...         a save: networks and weights at rungs that had changed since the one before

A save becomes valid when state.json is replaced; what no state names is then removed.
"""

from __future__ import annotations

import math
import shutil
import time
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wellfit.errors import InputError, reason
from wellfit.parsing import NONSENSE
from wellfit.reprs import short_repr
from wellfit.search.race.candidate import Candidate
from wellfit.search.race.race import Race, Round
from wellfit.training.checkpoint.fingerprint import fingerprint
from wellfit.training.checkpoint.member_file import restore_member, save_member
from wellfit.training.checkpoint.sealed import read_arrays, read_json, write_arrays, write_json

if TYPE_CHECKING:
    from wellfit.engines.compiled.run.member import Member
    from wellfit.search.race.strategy import Strategy

FORMAT = 4
FIRST_SAVE_SECONDS = 1.0  # after the start; each save is twice as far from the one before, up to
SAVE_SECONDS = 10.0
MOST_SHARE = 0.05  # of the time, spent on saving
STATE = "state.json"


@dataclass
class SearchCheckpoint:
    """Writes a search to a folder, and reads it again.

    data_fingerprint: of what it learns from; a search of other data is not resumed.
    generation: of the last save.
    saved_progress: how far each network was when it was last written.
    places: in which generation's folder each part lies.
    due: when to save again, by the monotonic clock.
    distance: seconds to the save after that.
    failure: why the last save could not be written; empty if it was.
    rows_drawn: how many rows of its table were drawn for the search; None: all.
    """

    folder: Path
    data_fingerprint: str
    race: Race
    strategy: Strategy
    generation: int = 0
    saved_progress: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    due: float = field(default_factory=lambda: time.monotonic() + min(FIRST_SAVE_SECONDS, SAVE_SECONDS))
    distance: float = FIRST_SAVE_SECONDS
    failure: str = ""
    rows_drawn: int | None = None

    __repr__ = short_repr

    def pause(self) -> None:
        """Between two stretches of a round, or after Ctrl-C: save if it is time for it."""
        if self.race.current is not None and (self.race.population.interrupted or time.monotonic() >= self.due):
            self.save()

    def save(self) -> None:
        """Write what has changed. Where that is not possible there is one warning, and the save before stays valid."""
        started = time.monotonic()
        try:
            self._write()
            self.failure = ""
        except OSError as error:
            if not self.failure:
                self._warn(error)
            self.failure = error.strerror or str(error)
        ended = time.monotonic()
        self.distance = min(2 * self.distance, SAVE_SECONDS)
        self.due = ended + max(self.distance, (ended - started) / MOST_SHARE)

    def _write(self) -> None:
        generation = self.generation + 1
        aside = self.folder / _name(generation)
        try:
            aside.mkdir(parents=True, exist_ok=True)
            progress, places = dict(self.saved_progress), dict(self.places)
            for index, member in enumerate(self.race.members):
                now = _progress_of(member)
                if member.update and progress.get(index) != now:
                    save_member(member, index, aside)
                    progress[index], places[f"member-{index:05d}"] = now, generation
            for number, at in self.race.states.items():
                for rung, weights in at.items():
                    if _rung_name(number, rung) not in places:
                        _save_arrays(aside / f"{_rung_name(number, rung)}.safetensors", weights)
                        places[_rung_name(number, rung)] = generation
            write_json(self.folder / STATE, self._state(generation, places))
        except OSError:
            shutil.rmtree(aside, ignore_errors=True)  # it may be what has filled the disk
            raise
        self.generation, self.saved_progress, self.places = generation, progress, places
        for path in self.folder.glob("g*"):
            if path.name not in {_name(k) for k in places.values()}:
                shutil.rmtree(path, ignore_errors=True)

    def _warn(self, error: OSError) -> None:
        warnings.warn(
            f"The search cannot be saved to {str(self.folder)!r} ({error.strerror or error}): it goes on, and is saved "
            "once that is possible again.",
            RuntimeWarning,
            stacklevel=2,
        )

    def _state(self, generation: int, places: dict[str, int]) -> dict[str, Any]:
        race = self.race
        return {
            "format": FORMAT,
            "data_fingerprint": self.data_fingerprint,
            "fingerprint": fingerprint(),
            "rows_drawn": self.rows_drawn,
            "generation": generation,
            "places": places,
            "folds_used": race.partitions.use,
            "proposed": race.proposed,
            "untried_recipes": len(self.strategy.untried_recipes),
            "candidates": [
                {**one.to_plain(), "early": None if one.early is None else [float(v).hex() for v in one.early]}
                for one in race.candidates
            ],
            "rounds": [one.to_plain() for one in race.rounds],
            "spent_budget": self.strategy.spent_budget,
            "current": None if race.current is None else race.current.to_plain(),
        }

    def restore(self) -> Round | None:
        """Put race and strategy to where they were saved; returns the round that was being trained.

        Raises:
            InputError: the folder holds no search, another one, or one that cannot be read.
        """
        try:
            state = read_json(self.folder / STATE, "The state of the search")
            if state["format"] != FORMAT:
                raise InputError(f"The search in {str(self.folder)!r} has format {state['format']}: start it anew.")
            if state["data_fingerprint"] != self.data_fingerprint:
                raise InputError(
                    f"{str(self.folder)!r} holds a search on other rows, another target or with other options: resume "
                    "it with those of the interrupted run."
                )
            if state["fingerprint"] != fingerprint():
                raise InputError(
                    f"The search in {str(self.folder)!r} was started by another version of wellfit or its libraries: "
                    "start it anew."
                )
            return self._restored(state)
        except (OSError, *NONSENSE) as error:
            if isinstance(error, InputError):
                raise
            raise InputError(
                f"The search in {str(self.folder)!r} is damaged ({reason(error)}): start it anew."
            ) from None

    def _restored(self, state: dict[str, Any]) -> Round | None:
        race = self.race
        race.partitions.use, race.proposed = int(state["folds_used"]), int(state["proposed"])
        self.generation, self.places = int(state["generation"]), dict(state["places"])
        self.strategy.spent_budget = None if state.get("spent_budget") is None else float(state["spent_budget"])
        untried_recipes = int(state["untried_recipes"])
        self.strategy.untried_recipes = self.strategy.recipes[len(self.strategy.recipes) - untried_recipes :]
        for plain in state["candidates"]:
            self._restore_candidate(plain)
        race.rounds = [Round.from_plain(one) for one in state["rounds"]]
        return None if state["current"] is None else Round.from_plain(state["current"])

    def _restore_candidate(self, plain: dict[str, Any]) -> None:
        race, given = self.race, Candidate.from_plain(plain)
        one = race.add(given.recipe, given.origin, given.partition)
        if one.members != plain["members"] or one.rungs != plain["rungs"]:
            raise ValueError("its networks do not fit the rows")
        one.status = str(plain["status"])
        one.losses = [np.array([math.inf if v is None else v for v in at]) for at in plain["losses"]]
        if plain["early"] is not None:
            one.early = np.array([float.fromhex(value) for value in plain["early"]])
        for index in one.members:
            if not one.alive:
                race.population.release(index)
            name = f"member-{index:05d}"
            if name in self.places:
                if not self._path(name).exists():
                    raise ValueError(f"{name} is missing")
                restore_member(race.members[index], self._path(name))
                self.saved_progress[index] = _progress_of(race.members[index])
        # Files of candidates that were pruned since stay in the folder; the race has forgotten their rungs.
        for rung in range(len(one.losses) if one.status in ("running", "finished") else 0):
            name = _rung_name(one.number, rung + 1)
            if name in self.places:
                race.states.setdefault(one.number, {})[rung + 1] = _load_arrays(self._path(name))

    def _path(self, name: str) -> Path:
        return self.folder / _name(self.places[name]) / f"{name}.safetensors"


def _progress_of(member: Member) -> tuple[Any, ...]:
    """What changes when a member does; what it keeps hangs on the other folds too."""
    return member.update, len(member.history), member.status, len(member.state), member.best_update, *member.pending


def _name(generation: int) -> str:
    return f"g{generation:05d}"


def _rung_name(number: int, rung: int) -> str:
    return f"rung-{number:05d}-{rung}"


def _save_arrays(path: Path, arrays: list[Any]) -> None:
    write_arrays(path, {f"{k:03d}": array for k, array in enumerate(arrays)})


def _load_arrays(path: Path) -> list[Any]:
    tensors, _ = read_arrays(path)
    return [tensors[name] for name in sorted(tensors)]
