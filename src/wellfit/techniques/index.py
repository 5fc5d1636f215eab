"""Which techniques act where, how, and against what: read off what each of them declares."""

from __future__ import annotations

from typing import Any

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


def turned_on(cls: type[Technique]) -> Any:
    """The shortest value of a slot that turns a technique on: its name, or a strength above 0."""
    fields: dict[str, Any] = cls.__pydantic_fields__
    name = fields["name"].default if "name" in fields else None
    for key, field in fields.items():
        extra = field.json_schema_extra
        if isinstance(extra, dict) and "low" in extra and field.default == 0:
            strength = 0.1 if extra["high"] <= 1 else 0.01
            if name is None and key == next(iter(fields)):
                return strength
            return {key: strength} if name is None else {"name": name, key: strength}
    if name is not None:
        return name
    first, field = next(iter(fields.items()))
    return {first: True} if field.default is False else field.default
