"""Which techniques act where, how, and against what: read off what each of them declares."""

from __future__ import annotations

from wellfit.techniques.base import REGISTRY, SEAMS, Symptom, Technique


def families() -> dict[str, type[Technique]]:
    """The families in the order of the step, each with its first technique, which speaks for it."""
    first = {family: next(iter(entries.values())) for family, entries in REGISTRY.items()}
    return dict(sorted(first.items(), key=lambda entry: SEAMS.index(entry[1].seam)))


def members(*, seam: str = "", mechanism: str = "", symptom: str = "") -> dict[str, list[str]]:
    """Names of the techniques by family that act at a seam, by a mechanism, or answer a symptom.

    A technique that is there to compare with stands at its seam and answers nothing.
    """
    found: dict[str, list[str]] = {}
    for family in families():
        for name, cls in REGISTRY[family].items():
            answers = cls.helps and (mechanism in cls.mechanisms or symptom in cls.symptoms)
            if seam == cls.seam or answers:
                found.setdefault(family, []).append(name)
    return found


def first_choices(symptom: Symptom) -> dict[tuple[str, str], tuple[int, str]]:
    """What to try first against a symptom: its place, from 1, and the reason, by family and name."""
    return {
        (family, name): vars(cls)["try_first"][symptom]
        for family in families()
        for name, cls in REGISTRY[family].items()
        if symptom in vars(cls).get("try_first", {})
    }
