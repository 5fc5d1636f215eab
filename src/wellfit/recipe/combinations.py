"""Recipes whose parts do not fit together: refused with advice, or warned about.

What a technique cannot be combined with it says itself (`Technique.refused`). The rules here are about lists and rates
of several techniques: each is a function of a recipe that returns one sentence, or None where it has nothing to say.
What only the data can tell (a label that is a number, a picture that is none) is said where recipe and data meet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from wellfit.techniques.base import Technique

Rule = Callable[[Any], str | None]
RULES: list[Rule] = []


def refusals(recipe: Any) -> Iterator[str]:
    """Why the recipe cannot be used: the rules about several techniques, then what each of them says."""
    for rule in RULES:
        if sentence := rule(recipe):
            yield sentence
    for technique in techniques_of(recipe):
        if sentence := technique.refused(recipe):
            yield sentence


def cautions(recipe: Any) -> Iterator[str]:
    """What whoever uses the recipe should know."""
    for technique in techniques_of(recipe):
        if sentence := technique.warned(recipe):
            yield sentence


def techniques_of(recipe: Any) -> Iterator[Technique]:
    """The techniques in the recipe's slots, in the order of the step."""
    for slot in type(recipe).model_fields:
        value = getattr(recipe, slot)
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, Technique):
                yield one


def refused(rule: Rule) -> Rule:
    """Enter a rule whose sentence refuses the recipe."""
    RULES.append(rule)
    return rule


@refused
def one_value_a_layer(recipe: Any) -> str | None:
    """A list of activations or rates has one for each hidden layer."""
    lists = {
        "activation": recipe.activation, "dropout.rate": recipe.dropout.rate,
        "activity.strength": recipe.activity.strength,
    }  # fmt: skip
    for slot, values in lists.items():
        if isinstance(values, tuple) and len(values) != len(recipe.hidden):
            return (
                f"{slot} lists {len(values)} values, but the number of hidden layers is {len(recipe.hidden)}: "
                "give one value for all, or one for each hidden layer"
            )
    return None


@refused
def one_strength_a_layer(recipe: Any) -> str | None:
    """A list of penalties, decays or limits has one for each hidden layer, and one for the output."""
    for slot, setting, values in _strengths_of_layers(recipe):
        if isinstance(values, tuple) and len(values) != len(recipe.hidden) + 1:
            return (
                f"{slot}.{setting} lists {len(values)} values, but with the output the number of layers is "
                f"{len(recipe.hidden) + 1}: give one value for all, or one for each layer"
            )
    return None


def _strengths_of_layers(recipe: Any) -> Iterator[tuple[str, str, Any]]:
    """Slot, setting and value of every strength that may have one value for each layer."""
    for slot in type(recipe).model_fields:
        settings = getattr(recipe, slot)
        for name, field in getattr(type(settings), "model_fields", {}).items():
            if isinstance(field.json_schema_extra, dict) and field.json_schema_extra.get("layers"):
                yield slot, name, getattr(settings, name)


@refused
def one_setting_for_tied_layers(recipe: Any) -> str | None:
    """Layers that use one matrix have one strength and one rate."""
    hidden, sharing = recipe.hidden, recipe.sharing
    lists = [*_strengths_of_layers(recipe), ("layer_rates", "rate", recipe.layer_rates.rate)]
    for k in range(len(hidden)):
        owner = sharing.owner(hidden, k)
        for slot, setting, values in lists:
            if isinstance(values, tuple) and len(values) == len(hidden) + 1 and values[k] != values[owner]:
                return (
                    f"{slot}.{setting} differs between hidden layers {owner + 1} and {k + 1}, which sharing "
                    f"{sharing.name!r} makes one: give both the same value"
                )
    return None
