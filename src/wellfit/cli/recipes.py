"""`wellfit recipe`: the settings of recipes, for people."""

from __future__ import annotations

import textwrap
from typing import Any

from wellfit.errors import InputError, quoted
from wellfit.recipe import Recipe
from wellfit.recipe.brief import brief_slot
from wellfit.techniques.base import REGISTRY, Technique
from wellfit.techniques.update.schedule import Scheduled

WIDTH = 96
PENALTY_SETTINGS = {  # the setting of each that is its strength
    "l2": "strength", "l1": "strength", "elastic_net": "strength", "power": "strength", "activity": "strength",
    "weight_decay": "strength", "max_norm": "limit", "unit_norm": "norm", "constraint": "radius",
}  # fmt: skip
OF_RECIPES = {
    "hidden": "Units of each hidden layer, input side first; [] for a linear model.",
    "skip": "none, residual (adds a layer's input to its output) or concatenate (every layer sees the inputs as well).",
    "class_weight": "none, balanced, or a weight for each class: {yes = 3.0, no = 1.0}.",
    "batch_size": 'Rows of a mini-batch, or "all".',
    "epochs": "Passes over the training rows.",
}


def describe_recipes() -> str:
    """Every slot with its techniques, their settings, ranges and defaults, as text."""
    default = Recipe()
    lines = ["A recipe is a TOML or JSON file of these settings; what is left out takes the default shown here.", ""]
    for slot in Recipe.model_fields:
        lines.append(f"{slot} = {inline(brief_slot(default, slot))}")
        if slot in OF_RECIPES:
            lines += _wrapped(OF_RECIPES[slot], 4, 4)
        for name, cls in REGISTRY.get(slot, {}).items():
            lines += _describe(name, cls, alone=len(REGISTRY[slot]) == 1)
        lines.append("")
    lines.append('A technique without settings is written by its name alone: activation = "relu".')
    lines.append("A strength (a rate, l2, l1, weight_decay) may change over the run:")
    lines.append('    dropout = {rate = {value = 0.15, schedule = {name = "flat_cosine"}}}')
    return "\n".join(lines)


def layers_of(text: str | None) -> tuple[int, ...] | None:
    """Units of each hidden layer from text such as 64,64."""
    if text is None:
        return None
    try:
        return tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError:
        raise InputError(f"--hidden takes whole numbers and commas, such as 64,64; got {quoted(text)}.") from None


def changes_of(recipe: Recipe) -> str:
    """How a recipe differs from the default, a line a setting."""
    changes = Recipe().diff(recipe)
    if not changes:
        return "It is the default recipe."
    lines = [f"It differs from the default in {len(changes)} setting{'s' if len(changes) > 1 else ''}:"]
    for name, (default, own) in changes.items():
        lines.append(f"  {name}: {_or_none(own)} (default: {_or_none(default)})")
    return "\n".join(lines)


def in_few_words(recipe: Recipe, most: int = 0) -> str:
    """How a recipe differs from the default, in one line of at most `most` characters (0: of any length)."""
    words: dict[str, str] = {}
    for name, (_, own) in Recipe().diff(recipe).items():
        slot, _, setting = name.partition(".")
        if slot in words and setting != "name":
            continue  # its main setting says enough
        value = "-".join(map(str, own)) if isinstance(own, list) else _or_none(own).strip('"')
        words[slot] = f"{slot.replace('_', ' ')} {value}"
    text = ", ".join(words.values()) or "the default recipe"
    return text if not most or len(text) <= most else f"{text[: most - 3]}..."


def penalties_of(recipe: Recipe) -> str:
    """Penalties and constraints, a line each: on which layers, how strong, and whether on biases and gains too."""
    lines = []
    for slot, setting in PENALTY_SETTINGS.items():
        technique = getattr(recipe, slot)
        values = getattr(technique, setting, 0.0)
        layers = [f"hidden{k}" for k in range(len(recipe.hidden))] + ["output"]
        each = values if isinstance(values, tuple) else ()
        if any(each or (values,)):
            by_layer = ", ".join(f"{layer} {_strength(one)}" for layer, one in zip(layers, each, strict=False))
            what = "weights, biases and gains" if getattr(technique, "biases", False) else "weights"
            lines.append(
                f"  {slot} on {'activations' if slot == 'activity' else what}: {by_layer or _strength(values)}"
            )
    if recipe.prior.name != "none":
        size = {k: v for k, v in recipe.prior.model_dump(exclude={"name", "noise", "biases"}).items()}
        what = "weights, biases and gains" if recipe.prior.biases else "weights"
        lines.append(f"  prior on {what}: {recipe.prior.name}, " + ", ".join(f"{k} {v:g}" for k, v in size.items()))
    return "\n".join(["Penalties and constraints:", *lines]) if lines else "No penalties and no constraints."


def _strength(value: Any) -> str:
    if not isinstance(value, Scheduled):
        return f"{value:g}" if value else "off"
    return f"{value.value:g} ({value.schedule.name})"  # type: ignore[attr-defined]


def _or_none(value: Any) -> str:
    return "not set" if value is None else inline(value)


def _plain_default(field: Any) -> Any:
    default = field.default
    return default.model_dump(mode="json", exclude_none=True) if isinstance(default, Technique) else default


def inline(value: Any) -> str:
    """A value as TOML on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {inline(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(inline(item) for item in value) + "]"
    return str(value)


def _wrapped(text: str, first: int, rest: int) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=" " * first, subsequent_indent=" " * rest)


def _describe(name: str, cls: type[Technique], alone: bool) -> list[str]:
    summary = " ".join(cls.card().split("\n\n")[0].split()).split(". ")[0].rstrip(".")
    fields: dict[str, Any] = {k: f for k, f in cls.__pydantic_fields__.items() if k != "name"}
    head = _wrapped(summary, 4, 4) if alone else _wrapped(f"{name:<16} {summary}", 4, 21)
    indent = 6 if alone else 23
    return head + [
        line
        for key, field in fields.items()
        for line in _wrapped(f"{key} = {default_of(field)}{range_of(field)}", indent, indent + 2)
    ]


def default_of(field: Any) -> str:
    """A setting's default as TOML; "not set" for none."""
    return "not set" if field.default is None else inline(_plain_default(field))


def range_of(field: Any) -> str:
    """A setting's range in words, in brackets; empty where it has none."""
    extra = field.json_schema_extra or {}
    if "low" in extra:
        limit = "below" if extra.get("open") else "at most"
        high = "" if extra["high"] == float("inf") else f", {limit} {extra['high']:g}"
        layers = "; one for all, or a list: each hidden layer and the output" if extra.get("layers") else ""
        return f"  (at least {extra['low']:g}{high}; may be scheduled{layers})"
    words = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
    limits = [(words[name], getattr(m, name)) for m in field.metadata for name in words if hasattr(m, name)]
    if limits:
        return f"  ({', '.join(f'{word} {limit:g}' for word, limit in limits)})"
    choices = getattr(field.annotation, "__args__", ())
    return f"  ({' or '.join(map(inline, choices))})" if len(choices) > 1 and all(map(_is_text, choices)) else ""


def _is_text(choice: Any) -> bool:
    return isinstance(choice, str)
