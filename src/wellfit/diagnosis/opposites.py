"""Remedies that a finding's cause contradicts: one setting is not to be turned up and down at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from wellfit.diagnosis.base.finding import Finding, Remedy
from wellfit.recipe import Recipe


def without_opposites(findings: Sequence[Finding], recipe: Recipe) -> tuple[Finding, ...]:
    """The findings without remedies that move a setting the other way than those of a finding that explains them.

    A cause has a say where all its remedies that give the setting a number move it one way.

    findings: with what explains them. recipe: that is judged, from whose numbers the remedies move.
    """
    plain = recipe.to_dict()
    ways = {one.code: _one_way(one.remedies, plain) for one in findings}
    return tuple(_kept(one, [ways[code] for code in one.explained_by if code in ways], plain) for one in findings)


def _kept(finding: Finding, causes: Sequence[Mapping[str, int]], plain: Mapping[str, Any]) -> Finding:
    """A finding with those of its remedies that none of its causes contradicts."""
    remedies = tuple(
        remedy
        for remedy in finding.remedies
        if not any(cause.get(path, way) != way for cause in causes for path, way in _moves(remedy, plain).items())
    )
    return replace(finding, judgement=replace(finding.judgement, remedies=remedies))


def _one_way(remedies: Sequence[Remedy], plain: Mapping[str, Any]) -> dict[str, int]:
    """By setting 1 (up) or -1 (down), where all remedies agree."""
    found: dict[str, set[int]] = {}
    for remedy in remedies:
        for path, way in _moves(remedy, plain).items():
            found.setdefault(path, set()).add(way)
    return {path: ways.pop() for path, ways in found.items() if len(ways) == 1}


def _moves(remedy: Remedy, plain: Mapping[str, Any]) -> dict[str, int]:
    """Which settings a remedy makes larger (1) or smaller (-1), of those that are numbers before and after."""
    found = {}
    for path, new in remedy.changes.items():
        old: Any = plain
        for name in path.split("."):
            old = old.get(name) if isinstance(old, Mapping) else None
        if _is_number(old) and _is_number(new) and old != new:
            found[path] = 1 if new > old else -1
    return found


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
