"""Changes of the table tried, each on top of those that are advised: what is advised together is trained together.

First come changes whose worth no row of this table can tell: a column that leaks makes the loss low in every part of
it, and copies on both sides of a split do. All others have to show on test rows that they help, on the table as these
leave it. Validation rows say in which order they are looked at; the first that is not shown to help ends it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from wellfit.diagnosis.base import Finding, TableChange
from wellfit.diagnosis.rules.table.label_noise import suspect_rows
from wellfit.diagnosis.trial.judging import PATIENT
from wellfit.diagnosis.trial.table_changes import Finder, changed_table, joined_change
from wellfit.diagnosis.trial.table_records import KEPT_WORDS, Asked, Ground, TableAdvice, TableTrial, compared
from wellfit.errors import InputError
from wellfit.recipe import Recipe
from wellfit.statistics.paired import BETTER, SAME
from wellfit.studies.base import Grid, Settings, StudyTable, train_grid
from wellfit.studies.base.table import MeasuredViews

# New rows hold values in them that no network has seen: they go where that costs nothing.
UNSEEN_LATER = ("drift", "identifier-columns")
FOUND_IN_TRAINING: dict[str, Finder] = {"label-noise": suspect_rows}  # else test rows would have a say in who is named
MOST_TABLES = 4
CLASSES = ("binary", "classes")
NO_TIME = "there was no time left."


def try_table_changes(
    findings: Sequence[Finding], recipe: Recipe, grid: Grid, table: StudyTable, settings: Callable[[str], Settings]
) -> TableAdvice:
    """The recipe trained on the table with the changes that findings ask for, at most four.

    grid: on which the recipe was trained as it is. settings: seeds, limits and folder of each training by its name.
    """
    asked = _asked(findings)[:MOST_TABLES]
    bench = _Bench(recipe, Ground((), table, grid), settings)
    bench.take([one for one in asked if one.reason])
    bench.choose([one for one in asked if not one.reason and not one.change.keep_together])
    bench.look([one for one in asked if not one.reason and one.change.keep_together])
    return bench.advice()


def _asked(findings: Sequence[Finding]) -> list[Asked]:
    """The changes that findings ask for; of equal ones that which has a reason of its own, else the first."""
    every = [
        Asked(one.code, one.severity, remedy.words, remedy.table)
        for one in findings for remedy in one.remedies if remedy.table is not None
    ]  # fmt: skip
    known: dict[str, Asked] = {}
    for one in every:
        key = str(one.change.to_plain())
        if key not in known or (one.reason and not known[key].reason):
            known[key] = one
    return list(known.values())


class _Bench:
    """What was tried so far, and the ground that further changes are tried on."""

    def __init__(self, recipe: Recipe, ground: Ground, settings: Callable[[str], Settings]) -> None:
        self.recipe, self.first, self.ground, self.settings = recipe, ground, ground, settings
        self.tried: dict[str, TableTrial] = {}
        self.notes: dict[str, str] = {}
        self.grids: list[Grid] = []
        self.most_seconds: float | None = settings("table").seconds

    def take(self, asked: Sequence[Asked]) -> None:
        """Changes that are advised for a reason of their own, one on top of the other."""
        for one in asked:
            after = self._trained(one)
            if after is not None:
                self._note(one, replace(self._told(one, after, one.reason), recommended=True))
                self.ground = after

    def look(self, asked: Sequence[Asked]) -> None:
        """Changes that are only worth knowing."""
        for one in asked:
            after = self._trained(one, spare=True)
            if after is not None:
                self._note(one, self._told(one, after, KEPT_WORDS))

    def choose(self, asked: Sequence[Asked]) -> None:
        """Changes that have to show that they help: the best on validation rows first, then the others on top of it."""
        left = list(asked)
        while left:
            afters = [(one, after) for one in left if (after := self._trained(one, spare=True)) is not None]
            taken = self._first_that_helps(afters)
            if taken is None:
                return
            left = [one for one in left if one is not taken]

    def _first_that_helps(self, afters: Sequence[tuple[Asked, Ground]]) -> Asked | None:
        """The change that joins the ground, of those trained on it; None where none is shown to help."""
        told = [(one, after, self._told(one, after)) for one, after in afters]
        taken, ended = None, False
        for one, after, trial in sorted(told, key=lambda part: _place(part[2])):
            better = trial.shown == BETTER
            if one.code in UNSEEN_LATER:
                helps = better or trial.shown == SAME
            elif one.code in FOUND_IN_TRAINING:
                helps = better
            else:
                helps = better and trial.validation_loss < trial.before_validation and not ended
                ended = ended or not helps
            if helps and taken is None:
                taken, ground, trial = one, after, replace(trial, recommended=True)
            self._note(one, trial)
        if taken is not None:
            self.ground = ground
        return taken

    def _trained(self, one: Asked, spare: bool = False) -> Ground | None:
        """The ground with one more change; None where it cannot be, or brings nothing new. spare: it needs time."""
        own = self.settings(f"tables/table-{len(self.grids)}")
        try:
            if _is_in(one, self.ground):
                raise InputError("what is advised does so already.")
            if spare and self.most_seconds is not None and (own.seconds or 0) < self.most_seconds / 2:
                raise InputError(NO_TIME)
            asked = (*self.ground.asked, one)
            table, grid = _train(self.recipe, self.first, asked, own)
        except InputError as error:
            self.notes[one.words] = f"Not tried, {one.words.rstrip('.')}: {error}"
            return None
        self.grids.append(grid)
        return Ground(asked, table, grid)

    def _note(self, one: Asked, trial: TableTrial) -> None:
        self.tried[f"{one.code}: {one.words}"] = trial

    def _told(self, one: Asked, after: Ground, verdict: str = "") -> TableTrial:
        settings = self.settings("table")
        if one.code in FOUND_IN_TRAINING and self.first.table.rows.target.kind in CLASSES:
            pair = [self._by_error(ground) for ground in (self.ground, after)]
            own = replace(settings, margin=None)  # one that was given is in units of another loss
            trial = compared(one.code, one.words, one.change, pair[0], pair[1], own, verdict)
            trial = replace(trial, verdict=f"{trial.verdict}, by the share of wrong predictions")
        else:
            trial = compared(one.code, one.words, one.change, self.ground, after, settings, verdict)
        if one.code in FOUND_IN_TRAINING:  # fewer rows validate, those with likely labels
            trial = replace(trial, validation_loss=math.nan, before_validation=math.nan)
        return trial

    def _by_error(self, ground: Ground) -> Ground:
        """The same networks measured by their share of wrong predictions. Where labels are wrong at random it still
        ranks them as right labels would; the log-loss is lowest for those that expect wrong labels.
        """
        name = f"tables/errors-{len(ground.asked)}-{'-'.join(one.code for one in ground.asked)}"
        settings = replace(self.settings(name), metric="error")
        return replace(ground, grid=_trained_on(self.recipe, ground.table, ground.grid.views, settings))

    def advice(self) -> TableAdvice:
        """What came of it; of several changes that are advised also what they bring together."""
        tried, ground = list(self.tried.values()), self.ground
        if len(ground.asked) > 1 and ground.change is not None:
            words = f"Together: {'; '.join(one.words.rstrip('.') for one in ground.asked)}."
            reason = next((one.reason for one in ground.asked if one.reason), "")
            trial = compared("", words, ground.change, self.first, ground, self.settings("table"), reason)
            tried.append(replace(trial, recommended=True))
        notes = (note for words, note in self.notes.items() if all(words != one.words for one in tried))
        return TableAdvice(tuple(tried), tuple(notes), ground, tuple(self.grids))


def _place(trial: TableTrial) -> float:
    """In which order changes are looked at: by their validation loss; those that it cannot tell of last."""
    return math.inf if math.isnan(trial.validation_loss) else trial.validation_loss


def _is_in(one: Asked, ground: Ground) -> bool:
    """Whether a change of columns is part of what is advised already."""
    columns = one.change.drop_columns
    return bool(columns) and ground.change is not None and set(columns) <= set(ground.change.drop_columns)


def _train(recipe: Recipe, first: Ground, asked: Sequence[Asked], settings: Settings) -> tuple[StudyTable, Grid]:
    finders = [FOUND_IN_TRAINING[one.code] for one in asked if one.code in FOUND_IN_TRAINING]
    plain = [
        replace(one.change, drop_rows=()) if one.code in FOUND_IN_TRAINING else one.change for one in asked
    ]  # fmt: skip
    change = joined_change(plain) or TableChange()
    table, views = changed_table(first.table, first.grid.views, change, settings, finders)
    return table, _trained_on(recipe, table, views, settings)


def _trained_on(recipe: Recipe, table: StudyTable, views: MeasuredViews, settings: Settings) -> Grid:
    """The recipe under `PATIENT`, with its learning curves."""
    return train_grid(
        {PATIENT: recipe}, table, settings, lambda population: population.engine.history, validates=True, views=views
    )
