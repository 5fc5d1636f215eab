"""Recipes whose parts do not fit together: refused with the way out, or warned about.

What a technique cannot be combined with it says itself (`Technique.refused`). The rules here are about lists and rates
of several techniques: each is a function of a recipe that returns one sentence, or None where it has nothing to say.
What only the data can tell (a label that is a number, a picture that is none) is said where recipe and data meet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from wellfit.techniques.base import Technique
from wellfit.techniques.update.schedule import Scheduled

Rule = Callable[[Any], str | None]
RULES: list[Rule] = []


def refusals(recipe: Any) -> Iterator[str]:
    """Why the recipe cannot be used: what its techniques say, then the rules about several of them."""
    for technique in techniques_of(recipe):
        if sentence := technique.refused(recipe):
            yield sentence
    for rule in RULES:
        if sentence := rule(recipe):
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
                f"{slot} lists {len(values)} values, but there are {len(recipe.hidden)} hidden layers: "
                "give one value for all, or one for each hidden layer"
            )
    return None


@refused
def heads_learn_no_slopes(recipe: Any) -> str | None:
    """Heads of tasks have no place for what an activation learns."""
    if recipe.tasks.activation.learned:
        return f"tasks.activation = {recipe.tasks.activation.name!r} learns slopes, which heads do not: use leaky_relu"
    return None


@refused
def one_strength_a_layer(recipe: Any) -> str | None:
    """A list of penalties, decays or limits has one for each hidden layer, and one for the output."""
    for slot, setting, values in _strengths_of_layers(recipe):
        if isinstance(values, tuple) and len(values) != len(recipe.hidden) + 1:
            return (
                f"{slot}.{setting} lists {len(values)} values, but there are {len(recipe.hidden)} hidden layers and "
                f"the output: give one value for all, or {len(recipe.hidden) + 1}"
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


@refused
def one_rate_a_layer(recipe: Any) -> str | None:
    """A list of layer rates has one for each hidden layer and one for the output; something must train."""
    rates, depth = recipe.layer_rates.rate, len(recipe.hidden)
    if isinstance(rates, tuple) and len(rates) != depth + 1:
        return (
            f"layer_rates.rate lists {len(rates)} values, but there are {depth} hidden layers and the output: "
            "give one value for all, or one for each hidden layer and one for the output"
        )
    values = rates if isinstance(rates, tuple) else (rates,)
    if all(getattr(rate, "value", rate) == 0 for rate in values):
        return "layer_rates.rate is 0 for every layer, so that nothing would train: give one of them a rate above 0"
    return None


@refused
def one_schedule_a_rate(recipe: Any) -> str | None:
    """A layer's rate and a rate of its biases, mixes or scales are multiplied: one of them may carry a schedule."""
    rates = recipe.layer_rates.rate
    if any(isinstance(rate, Scheduled) for rate in (rates if isinstance(rates, tuple) else (rates,))):
        own = {
            "bias_rate.factor": recipe.bias_rate.factor,
            "activation_mix.rate": recipe.activation_mix.rate,
            "input_scale.rate": recipe.input_scale.rate,
        }
        for slot, rate in own.items():
            if isinstance(rate, Scheduled):
                return f"{slot} and layer_rates.rate both carry a schedule: give one of them as a number"
    return None


@refused
def stopping_lets_schedules_finish(recipe: Any) -> str | None:
    """A schedule of fixed length finishes."""
    stopping = recipe.stopping
    if stopping.cuts_short and recipe.schedule.fixed_length and not getattr(stopping, "growth", 0.0):
        rule = "patience" if stopping.name == "strict_patience" else stopping.name
        return (
            f"the schedule {recipe.schedule.name!r} has a fixed length that {rule} would cut short: use "
            'stopping "best", or patience with growth above 0, which is made for cycles'
        )
    return None


@refused
def relative_stopping_needs_positive_losses(recipe: Any) -> str | None:
    """Prechelt's criteria divide by losses."""
    if getattr(recipe.stopping, "relative", False) and recipe.loss.name == "poisson":
        return (
            f"{recipe.stopping.name} divides by losses, and that of counts may be negative: use patience, or "
            "rising_strips with least_progress = 0"
        )
    return None


@refused
def cycles_need_a_cyclic_schedule(recipe: Any) -> str | None:
    """Samples at the ends of cycles need a schedule that has some."""
    if recipe.schedule.cycle_ends(1000).size:
        return None
    for slot in ("averaging", "snapshots"):
        if getattr(recipe, slot).cyclic:
            return (
                f"{slot} takes its samples at the ends of cycles, and the schedule {recipe.schedule.name!r} has none: "
                'use the schedule "cosine" or "growing_cycles", or samples that do not follow cycles'
            )
    return None
