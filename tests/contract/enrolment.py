"""What the suite demands of every registered technique, and the techniques that are exempt, each with its reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Any

from tests.contract.cases import Case
from tests.engines.compiled.bench import plain
from wellfit.techniques.base import REGISTRY, Technique

# "family.name", or a pattern of them, and why it has no case at all.
NO_CASE = {
    "*.none": "the absence of the family, which every other case is compared with",
    "refit.*": "changes what happens between runs, not a run: no slot of the recipe (tests/training/test_refit.py)",
}
# Why it has a case, but no oracle there.
NO_ORACLE = {
    "stopping.*": "changes which weights are kept, not the updates (tests/techniques/run/test_stopping.py)",
}
# Why nothing about it can be a hundredth too large.
NO_BREAK = {
    **NO_ORACLE,
    "initialization.zero": "a hundredth more than 0 is 0",
    "sampling.sampling": "draws which rows come next, and a row is drawn or it is not",
}


def all_techniques() -> Iterator[tuple[str, str, type[Technique]]]:
    """Family, name and class of every technique."""
    for family, entries in REGISTRY.items():
        for name, cls in entries.items():
            yield family, name, cls


def strengths(cls: type[Technique]) -> Iterator[str]:
    """The settings of a technique that are off at 0, which is their default."""
    for name, field in cls.model_fields.items():
        extra = field.json_schema_extra
        if isinstance(extra, dict) and "low" in extra and field.default == 0.0:
            yield name


def _setting(case: Case, family: str, name: str, strength: Any) -> Any:
    """A setting of the family's technique in the recipe of a case."""
    return getattr(getattr(plain(**{**case.base, **case.slots(strength)}), family), name, None)


def turns(case: Case, family: str, name: str) -> bool:
    """Whether a case turns this strength off and on."""
    if case.strengthless:
        return False
    return bool(_setting(case, family, name, 0.0) == 0.0 != _setting(case, family, name, case.on))


Missing = Iterator[str]


def without_case(cases: Iterable[Case]) -> Missing:
    """Techniques that no case covers."""
    covered = {name for case in cases for name in case.covers}
    yield from (f"{family}.{name}" for family, name, _ in all_techniques() if f"{family}.{name}" not in covered)


def without(needed: Callable[[Case], bool], cases: list[Case]) -> Missing:
    """Techniques with cases, none of which has what is needed."""
    having = {name for case in cases if needed(case) for name in case.covers}
    lacking = set(without_case(cases))
    names = (f"{family}.{name}" for family, name, _ in all_techniques())
    yield from (name for name in names if name not in having | lacking)


def without_zero(cases: list[Case]) -> Missing:
    """Strengths that no case turns off and on, as "family.name: strength"."""
    for family, name, cls in all_techniques():
        own = [case for case in cases if f"{family}.{name}" in case.covers]
        for strength in strengths(cls):
            if own and not any(turns(case, family, strength) for case in own):
                yield f"{family}.{name}: {strength}"


def unknown(cases: Iterable[Case]) -> Missing:
    """What cases cover and is not registered."""
    for case in cases:
        for name in case.covers:
            family, _, own = name.partition(".")
            if own not in REGISTRY.get(family, {}):
                yield name


def not_exempt(names: Iterable[str], exempt: dict[str, str]) -> list[str]:
    """The names that no exemption is for."""
    return [name for name in names if not any(fnmatchcase(name, pattern) for pattern in exempt)]


def stale(names: Iterable[str], exempt: dict[str, str]) -> list[str]:
    """Exemptions that some technique of theirs no longer needs, or that are for none."""
    missing = set(names)
    registered = [f"{family}.{name}" for family, name, _ in all_techniques()]
    found = []
    for pattern in exempt:
        own = [name for name in registered if fnmatchcase(name, pattern)]
        needed = [name in missing or _has_no_case(name) for name in own]
        if not own or not all(needed) or not any(name in missing for name in own):
            found.append(pattern)
    return found


def _has_no_case(name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in NO_CASE)
