"""All rules run on a case: what was found, causes before what follows from them; what is fine; what does not apply."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

import wellfit.diagnosis.rules  # noqa: F401 - fills the registry
from wellfit.diagnosis.base.case import Case
from wellfit.diagnosis.base.finding import SEVERITIES, Finding, Judgement, not_applicable
from wellfit.diagnosis.base.remedies import recipe_of
from wellfit.diagnosis.base.rule import RULES, Rule, missing_need
from wellfit.diagnosis.opposites import without_opposites
from wellfit.diagnosis.rules.table.facts import shown
from wellfit.errors import InputError, quoted
from wellfit.reprs import counted
from wellfit.search.time_shares import slowness
from wellfit.tables.reading.tables import nearest

ROW_NUMBERS = "row numbers"  # in the evidence
FROM_ZERO = "Rows are counted from 0."
NO_TIME = "Left out for lack of time."
LEAST_CELLS = 100_000
# Seconds for a million cells of rules that search the table, about.
SEARCHING = {"duplicate-rows": 1.0, "leaking-columns": 2.0, "drift": 4.0, "label-noise": 1.0}


def every_rule() -> Mapping[str, Rule]:
    """All rules by code, in the order in which they are reported."""
    return RULES


def check_codes(codes: Any) -> tuple[str, ...]:
    """Codes of rules that are to be left out, checked.

    Raises:
        InputError: there is no such rule.
    """
    known = every_rule()
    given = (codes,) if isinstance(codes, str) else tuple(codes or ())
    for code in given:
        if code not in known:
            near = nearest(str(code), list(known))
            hint = f"did you mean {near!r}?" if near else f"the rules are {', '.join(known)}."
            raise InputError(f"There is no rule {quoted(str(code))}; {hint}")
    return given


@dataclass(frozen=True)
class Examination:
    """What the rules said.

    findings: what was found; the first is the best supported cause. fine, not_applicable: the other rules' words.
    muted: codes of rules that were left out.
    """

    findings: tuple[Finding, ...] = ()
    fine: tuple[Finding, ...] = ()
    not_applicable: tuple[Finding, ...] = ()
    muted: tuple[str, ...] = ()

    def __repr__(self) -> str:
        codes = ", ".join(f"{one.code} ({one.severity})" for one in self.findings) or "nothing found"
        return f"<Examination: {codes}; {counted(len(self.fine), 'rule')} fine>"

    @property
    def problems(self) -> tuple[Finding, ...]:
        """The findings of severity "problem"."""
        return tuple(one for one in self.findings if one.severity == "problem")

    def numbered(self, numbers: NDArray[np.int64] | None) -> Examination:
        """The same with other row numbers, in words, evidence and remedies.

        numbers: (rows,) by the row numbers of the case's table: which rows of the file these are. None: the same.
        """
        if numbers is None:
            return self
        return replace(self, findings=tuple(_numbered(one, numbers) for one in self.findings))

    def to_plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        parts = {"findings": self.findings, "fine": self.fine, "not_applicable": self.not_applicable}
        return {name: [one.to_plain() for one in part] for name, part in parts.items()} | {"muted": list(self.muted)}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Examination:
        """The inverse of `to_plain`."""
        parts = {name: tuple(map(Finding.from_plain, plain[name])) for name in ("findings", "fine", "not_applicable")}
        return cls(**parts, muted=tuple(plain["muted"]))


def examine(
    case: Case, *, mute: Any = (), only: Sequence[str] | None = None, seconds: float | None = None
) -> Examination:
    """Run every rule on a case.

    case: what is known.
    mute: codes of rules to leave out (default: none).
    only: codes of the rules to run; None (default): all.
    seconds: of wall time, about: rules that search the table come last, the cheap ones first, and those for which there
        is no time are reported as not applicable. None (default): no limit.

    Raises:
        InputError: there is no rule of such a code.
    """
    muted = check_codes(mute)
    wanted = None if only is None else check_codes(only)
    rules = [one for one in every_rule().values() if one.code not in muted and (wanted is None or one.code in wanted)]
    clock = None if seconds is None else _Clock(seconds)
    judged = {one.code: _judge(one, case, clock) for one in sorted(rules, key=lambda one: SEARCHING.get(one.code, 0.0))}
    said = [(one, judged[one.code]) for one in rules]
    parts: dict[str, list[Finding]] = {"found": [], "fine": [], "not applicable": []}
    for one, judgement in said:
        parts[judgement.status].append(Finding(one.code, one.title, judgement))
    sorted_out = without_opposites(in_order(parts["found"]), recipe_of(case))
    return Examination(sorted_out, tuple(parts["fine"]), tuple(parts["not applicable"]), muted)


class _Clock:
    """Whether there is time for some more work, of which a second lasts longer on a busy machine."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._began, self._worked = time.monotonic(), time.process_time()

    def suffices(self, work: float) -> bool:
        spent = time.monotonic() - self._began
        return spent + work * slowness(spent, time.process_time() - self._worked) <= self._seconds


def _judge(one: Rule, case: Case, clock: _Clock | None) -> Judgement:
    lacking = missing_need(case, one.needs)
    if lacking:
        return not_applicable(lacking)
    takes = _takes(one, case)
    if clock is not None and takes and not clock.suffices(takes):
        return not_applicable(NO_TIME)
    return one.judge(case)


def _takes(one: Rule, case: Case) -> float:
    """About how many seconds a rule takes: next to none but of those that search the table."""
    if one.code not in SEARCHING or case.table is None:
        return 0.0
    arrays = case.table.rows.arrays
    cells = arrays.rows * max(arrays.numbers.shape[1] + arrays.codes.shape[1], 1)
    return float(SEARCHING[one.code] * (LEAST_CELLS + cells) / 1e6)


def _numbered(one: Finding, numbers: NDArray[np.int64]) -> Finding:
    """A sentence names the first rows of the evidence, or the first two where they are pairs."""
    said = one.judgement
    remedies = tuple(
        each if each.table is None else replace(each, table=each.table.numbered(numbers)) for each in said.remedies
    )
    before, sentence = said.evidence.get(ROW_NUMBERS), said.sentence
    if before is None:
        return replace(one, judgement=replace(said, remedies=remedies))
    now = [int(numbers[row]) for row in before]
    for many in (len(now), 2):
        if f"rows {shown(before[:many])}" in sentence:
            sentence = sentence.replace(f"rows {shown(before[:many])}", f"rows {shown(now[:many])}")
            break
    evidence = {**said.evidence, ROW_NUMBERS: now}
    return replace(one, judgement=replace(said, sentence=sentence, evidence=evidence, remedies=remedies))


def in_order(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Findings with what explains them, sorted: graver ones first, causes before what follows, clearer ones first.

    A cause that is at least a warning stands where the gravest of what follows from it would stand.
    """
    rules, there = every_rule(), {one.code for one in findings}
    explained = [
        replace(one, explained_by=tuple(code for code in there_in_order(there) if one.code in rules[code].explains))
        for one in findings
    ]
    return tuple(
        sorted(
            explained,
            key=lambda one: (
                _standing(one, findings), bool(one.explained_by), SEVERITIES.index(one.severity),
                -one.judgement.strength,
            ),
        )
    )  # fmt: skip


def _standing(cause: Finding, findings: Sequence[Finding]) -> int:
    """The place of a finding's severity, or of the gravest one that follows from it; of hints their own."""
    own = SEVERITIES.index(cause.severity)
    if cause.severity == "hint":
        return own
    follows = every_rule()[cause.code].explains
    return min([own, *(SEVERITIES.index(one.severity) for one in findings if one.code in follows)])


def there_in_order(codes: set[str]) -> list[str]:
    """Codes in the order of the registry."""
    return [code for code in every_rule() if code in codes]
