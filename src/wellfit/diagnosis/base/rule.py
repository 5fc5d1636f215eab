"""A rule is one registered function of a case; its docstring is its page, its keyword arguments are its thresholds."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from wellfit.diagnosis.base.case import Case
from wellfit.diagnosis.base.finding import Judgement

Need = Literal["recipe", "table", "training", "references", "search", "later rows"]
Judge = Callable[..., Judgement]
RULES: dict[str, Rule] = {}


@dataclass(frozen=True)
class Rule:
    """A rule.

    code: stable, such as "dead-units". title: such as "Dead units".
    needs: what of a case it reads; without it the rule does not apply.
    explains: codes of what follows from it: where both are found, the other is said to come of it and stands after it.
    judge: the function.
    """

    code: str
    title: str
    needs: tuple[Need, ...]
    explains: tuple[str, ...]
    judge: Judge

    def __repr__(self) -> str:
        return f"<rule {self.code}>"

    @property
    def thresholds(self) -> dict[str, Any]:
        """Its thresholds with their defaults."""
        parameters = inspect.signature(self.judge).parameters.values()
        return {one.name: one.default for one in parameters if one.kind is inspect.Parameter.KEYWORD_ONLY}

    @property
    def card(self) -> str:
        """How it is detected, why it matters, what to do, how sure it is."""
        return inspect.cleandoc(self.judge.__doc__ or "")


def rule(code: str, title: str, *, needs: tuple[Need, ...], explains: tuple[str, ...] = ()) -> Callable[[Judge], Judge]:
    """Enter a function of a case in the registry. The arguments are the fields of `Rule`."""

    def register(judge: Judge) -> Judge:
        if code in RULES:
            raise ValueError(f"Two rules have the code {code!r}: rename one.")
        RULES[code] = Rule(code, title, needs, explains, judge)
        return judge

    return register


def missing_need(case: Case, needs: tuple[Need, ...]) -> str | None:
    """Why a case lacks what a rule reads, in a sentence; None where it has all."""
    there: dict[Need, tuple[bool, str]] = {
        "recipe": (case.recipe is not None, "No recipe was given."),
        "table": (case.table is not None, "No table was given."),
        "training": (bool(case.networks), "No network was trained."),
        "references": (bool(case.references), "No other recipe was trained on the same rows to compare with."),
        "search": (case.search is not None, "No search was run."),
        "later rows": (case.later is not None, "There are no other rows to compare with."),
    }
    return next((why for need in needs for has, why in (there[need],) if not has), None)
