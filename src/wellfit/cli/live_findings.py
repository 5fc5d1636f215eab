"""Findings while networks are trained: the rules of diagnosis that need no more than what was measured on the way."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from wellfit.cli.recipes import in_few_words
from wellfit.cli.screen import counted
from wellfit.diagnosis.base import Case, Finding, TrainedNetwork
from wellfit.diagnosis.base.shortfall import constant_by_view
from wellfit.diagnosis.evidence.under_way import networks_under_way, views_of
from wellfit.diagnosis.examination import examine
from wellfit.engines.contract.plan import Plan
from wellfit.engines.contract.progress import MemberProgress
from wellfit.recipe import Recipe
from wellfit.tables.arrays import View

if TYPE_CHECKING:
    from wellfit.studies.base import StudyTable

# Rules that nothing later can take back, or hardly: they are asked from the first evaluation on.
UNDER_WAY = (
    "diverged", "learning-rate-too-high", "loss-spikes", "bad-initial-scale", "symmetric-units",
    "vanishing-gradients", "exploding-gradients", "dead-units", "saturated-units", "clipping-always",
)  # fmt: skip
# Rules on the whole of a training: asked when no network of the recipe trains any more.
AT_THE_END = ("learning-rate-too-low", "stopped-too-late", "batch-norm-statistics")
ENDED = ("finished", "stopped", "diverged")
BETWEEN = 1.0  # seconds between two looks, at least
MOST_SHARE = 0.01  # of the time that looking may take
MOST_SHOWN = 3  # findings, the latest
LONGEST_RECIPE = 48  # characters
Clock = Callable[[], float]
Key = tuple[str, str]  # what is judged, a recipe or a candidate, and the code of a rule


class LiveFindings:
    """What the cheap rules say of networks in training. They read what lies ready, and nothing is predicted: rules that
    compare with other recipes or simple models wait for the report.

    table: whose rows the networks learn, for the loss of a constant prediction; None (default): not known, and rules
        that compare with it say nothing.
    said: the sentence of each finding, by what it is of and its code; a rule that finds more of the same later changes
        its sentence.
    """

    def __init__(self, table: StudyTable | None = None, clock: Clock = time.monotonic) -> None:
        self.said: dict[Key, str] = {}
        self._table, self._clock = table, clock
        self._began, self._looked, self._spent = clock(), clock(), 0.0
        self._constants: dict[int, tuple[View, float]] = {}  # by the view's identity, which is kept with it
        self._told: set[Key] = set()
        self._losses: dict[int, tuple[Plan | None, list[float]]] = {}  # of members that have been asked for

    @property
    def due(self) -> bool:
        """Whether there is time to look: all looks so far took less than 1 % of it."""
        return self._spent <= MOST_SHARE * (self._clock() - self._began)

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Inside, one looks: its time is counted."""
        began = self._clock()
        try:
            yield
        finally:
            self._spent += self._clock() - began

    def look(self, members: Sequence[MemberProgress]) -> None:
        """Judge the networks of each recipe, a second after the last look at the earliest."""
        if self._clock() - self._looked < BETWEEN or not self.due:
            return
        self._looked = self._clock()
        with self.timed():
            self._look(members)

    def _look(self, members: Sequence[MemberProgress]) -> None:
        by_recipe: dict[Recipe, list[MemberProgress]] = {}
        for one in members:
            if one.plan is not None:
                by_recipe.setdefault(one.plan.recipe, []).append(one)
        for recipe, some in by_recipe.items():
            name = in_few_words(recipe, LONGEST_RECIPE) if len(by_recipe) > 1 else ""
            self.judge(name, recipe, some, all(one.status in ENDED for one in some))

    def judge(self, name: str, recipe: Recipe, members: Sequence[MemberProgress], ended: bool, most: int = 9) -> None:
        """Judge the networks of one recipe at once. name: of the recipe or candidate; "" where there is but one.
        ended: whether no network of it trains any more. most: findings that are said, the clearest.
        """
        networks = networks_under_way([one for one in members if one.update])
        if not networks:
            return
        case = Case(recipe, None, networks, baselines=self._baselines(networks))
        found = examine(case, only=(*UNDER_WAY, *(AT_THE_END if ended else ()))).findings
        for one in [one for one in found if one.severity != "hint" and not one.explained_by][:most]:
            self.said[name, one.code] = _sentence(name, one)

    def losses_of(self, index: int, member: MemberProgress) -> list[float]:
        """The validation loss of each evaluation of a member so far; only what is new is copied. index: its number."""
        plan, losses = self._losses.get(index, (None, []))
        if plan is not member.plan:  # another population
            losses = []
        losses += [row["validation_loss"] for row in member.measured(len(losses))]
        self._losses[index] = member.plan, losses
        return losses

    def untold(self) -> list[str]:
        """The sentences of findings that were not asked for before."""
        new = [key for key in self.said if key not in self._told]
        self._told.update(new)
        return [self.said[key] for key in new]

    @property
    def latest(self) -> list[str]:
        """The latest few, and how many there were before."""
        sentences = list(self.said.values())
        before = len(sentences) - MOST_SHOWN
        more = [f"{counted(before, 'earlier finding')}"] if before > 0 else []
        return [*more, *sentences[-MOST_SHOWN:]]

    def _baselines(self, networks: Sequence[TrainedNetwork]) -> dict[str, np.ndarray]:
        """The loss of a constant prediction on each view, counted once a view."""
        views = views_of(networks)
        if self._table is None or self._table.rows.target.tasks:
            return {}
        missing = [one for one in networks if id(one.view) not in self._constants]
        for place, value in constant_by_view(Case(table=self._table, networks=tuple(missing))).items():
            view = next(one.view for one in missing if one.place == place)
            self._constants[id(view)] = view, value
        return {"constant": np.array([self._constants[id(view)][1] for view in views])}


def _sentence(name: str, one: Finding) -> str:
    return f"Finding ({one.code}){f', {name}' if name else ''}: {one.judgement.sentence}"
