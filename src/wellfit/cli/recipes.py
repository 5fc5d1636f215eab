"""The settings of recipes, for people."""

from __future__ import annotations

from typing import Any

from wellfit.recipe import Recipe
from wellfit.techniques.base import REGISTRY, Technique


def describe_recipes() -> str:
    """Every slot with its techniques, their settings, ranges and defaults, as text."""
    default = Recipe().to_dict()
    lines = ["A recipe is a TOML or JSON file of these settings; what is left out takes its default.", ""]
    for slot in Recipe.model_fields:
        lines.append(f"{slot} = {_plain(default[slot])}")
        for name, cls in REGISTRY.get(slot, {}).items():
            lines += _describe(name, cls, alone=len(REGISTRY[slot]) == 1)
        lines.append("")
    lines.append("A strength (a rate, l2, l1, weight_decay) may change over the run:")
    lines.append('  dropout = {rate = {value = 0.15, schedule = {name = "flat_cosine"}}}')
    return "\n".join(lines)


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return str(value["name"]) if "name" in value else ", ".join(f"{k} {v}" for k, v in value.items())
    return str(value)


def _describe(name: str, cls: type[Technique], alone: bool) -> list[str]:
    summary = " ".join(cls.card().split("\n\n")[0].split()).split(". ")[0].rstrip(".")
    fields: dict[str, Any] = {k: f for k, f in cls.__pydantic_fields__.items() if k != "name"}
    settings = [f"{key} = {_default(field)}{_range(field)}" for key, field in fields.items()]
    head = f"    {summary}" if alone else f"    {name:<16} {summary}"
    return [head, *(f"    {'' if alone else ' ' * 17}  {setting}" for setting in settings)]


def _default(field: Any) -> Any:
    return "none" if field.default is None else field.default


def _range(field: Any) -> str:
    extra = field.json_schema_extra or {}
    if "low" in extra:
        high = extra["high"]
        return f"  (at least {extra['low']:g}{'' if high == float('inf') else f', below {high:g}'}; may be scheduled)"
    words = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
    limits = [(words[name], getattr(m, name)) for m in field.metadata for name in words if hasattr(m, name)]
    return f"  ({', '.join(f'{word} {limit:g}' for word, limit in limits)})" if limits else ""
