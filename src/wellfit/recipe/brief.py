"""Recipes in few words: each slot as a user would write it, and only what differs from the default recipe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from wellfit.techniques.base import Technique
from wellfit.techniques.update.schedule import Scheduled


def brief(value: Any, bare: bool = True) -> Any:
    """A slot's value as a user would write it: a name, a number, or a table of what is not the technique's default.

    bare: whether the slot takes a bare number or name in place of a table (default True).
    """
    if isinstance(value, Scheduled):
        return {"value": value.value, "schedule": brief(value.schedule)}
    if isinstance(value, (list, tuple)):
        return tuple(brief(item) for item in value)
    if isinstance(value, Mapping):
        return {name: brief(item) for name, item in value.items()}
    if not isinstance(value, Technique):
        return value
    fields: dict[str, Any] = type(value).__pydantic_fields__
    own = {name: getattr(value, name) for name in fields if name != "name"}
    kept = {k: brief(v) for k, v in own.items() if v is not None and fields[k].default not in (v, brief(v))}
    if "name" in fields:
        named = {"name": value.name}  # type: ignore[attr-defined]
        return {**named, **kept} if kept else named["name"]
    if not bare:
        return kept or own
    main = type(value).main or next(iter(own))
    return brief(own[main]) if set(kept) <= {main} else kept


def brief_slot(recipe: BaseModel, slot: str) -> Any:
    """One slot of a recipe in few words."""
    return brief(getattr(recipe, slot), bool(type(recipe).model_fields[slot].metadata))


def changed_slots(recipe: BaseModel) -> dict[str, Any]:
    """The slots that differ from the default recipe: what `Recipe(...)` takes to make the recipe again."""
    default = type(recipe)()
    slots = type(recipe).model_fields
    return {slot: brief_slot(recipe, slot) for slot in slots if getattr(recipe, slot) != getattr(default, slot)}


def differences(recipes: Sequence[BaseModel]) -> list[str]:
    """For each of some recipes the slots in which they are not all alike, in few words; "" where all are alike."""
    slots = type(recipes[0]).model_fields if recipes else {}
    apart = [slot for slot in slots if any(getattr(one, slot) != getattr(recipes[0], slot) for one in recipes)]
    return [", ".join(f"{slot} {_in_words(brief_slot(one, slot))}" for slot in apart) for one in recipes]


def _in_words(value: Any) -> str:
    """A slot's value without the marks of Python."""
    if isinstance(value, tuple):
        return "-".join(map(_in_words, value)) or "none"
    if isinstance(value, Mapping) and set(value) == {"value", "schedule"}:
        return f"{_in_words(value['value'])} ({_in_words(value['schedule'])})"
    if isinstance(value, Mapping):
        return " ".join(
            _in_words(item) if name == "name" else f"{name} {_in_words(item)}" for name, item in value.items()
        )
    return f"{value:g}" if isinstance(value, float) else str(value)
