"""A search whose best recipes lie at the edge of what it tried."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wellfit.diagnosis.base import Case, Judgement, Remedy, fine, found, not_applicable, rule
from wellfit.statistics.importance_of_choices import flattened

FLOORS = {0.0}  # a strength of 0 is the end of what there is, not of what was tried
NOT_WIDENED = ("optimizer.beta2", "optimizer.beta1")  # shares, which end at 1


@dataclass(frozen=True)
class Tried:
    """A recipe that a search tried: its settings, its loss (lower is better), and how far it came."""

    settings: Mapping[str, Any]
    loss: float
    rung: int


@rule("edge-of-search", "Best value at the edge of the search", needs=("search",))
def edge_of_search(
    case: Case, *, best: int = 5, least_tried: int = 12, least_values: int = 3, agree: float = 0.8, level: float = 0.01
) -> Judgement:
    """The best recipes have the smallest or largest value that was tried of a setting, so that a better one may lie
    beyond.

    Detected: among the recipes that were trained to the end, the `best` with the smallest loss; a setting with at least
    `least_values` different numbers, of which at least `agree` of these recipes have the smallest or largest; and that
    so many of them would be by chance, given how often the value was tried, is less likely than `level`.
    Why it matters: a search finds nothing outside its ranges, and an optimum inside would have worse values on both
    sides.
    What to do: search again with a wider range, or train the best recipe with the next value beyond.
    How sure: a hint: beyond the edge it may be worse.

    best: how many of the best are looked at: one alone may be there by chance.
    least_tried: recipes trained to the end, below which five are not few of them.
    least_values: different values: of two each is at an edge.
    agree: share of the best with the value at the edge.
    level: chance of so many among so few, were the loss independent of the setting (hypergeometric).
    """
    tried = list(_tried(case.search))
    furthest = max((one.rung for one in tried), default=0)
    whole = sorted((one for one in tried if one.rung == furthest and math.isfinite(one.loss)), key=lambda one: one.loss)
    if len(whole) < least_tried:
        return not_applicable(f"{len(whole)} recipes were trained to the end: at least {least_tried} tell something.")
    edges = list(_edges(whole, best, least_values, agree, level))
    evidence: dict[str, Any] = {
        "recipes": len(whole), "best": best, "level": level,
        "edges": {name: {"value": value, "end": end, "p": p} for name, value, end, p in edges},
    }  # fmt: skip
    if not edges:
        return fine(f"The best {best} of {len(whole)} recipes do not lie at an end of what was tried.", evidence)
    words = ", ".join(f"{name} = {value:g} (the {end} tried)" for name, value, end, _ in edges)
    remedies = tuple(
        Remedy(f"Try {name} beyond {value:g}.", _beyond(name, value, end, whole)) for name, value, end, _ in edges
    )
    return found("hint", f"The best recipes lie at the edge of what was tried: {words}.", evidence=evidence,
                 strength=1 - min(p for *_, p in edges) / level, remedies=remedies)  # fmt: skip


def _tried(search: Any) -> Iterator[Tried]:
    """The recipes of a search: of a result's record, or of pairs of a recipe and its loss."""
    record = getattr(search, "record", search)
    if isinstance(record, Mapping):
        for one in record.get("search", record).get("candidates", ()):
            losses = [math.inf if value is None else value for value in one["losses"][-1]] if one["losses"] else []
            if losses and one["status"] != "diverged":
                yield Tried(flattened(one["recipe"]), float(np.mean(losses)), len(one["losses"]))
    elif isinstance(record, Sequence):
        for recipe, loss in record:
            plain = recipe if isinstance(recipe, Mapping) else recipe.to_dict()
            yield Tried(flattened(plain), float(loss), 0)


def _edges(
    whole: Sequence[Tried], best: int, least_values: int, agree: float, level: float
) -> Iterator[tuple[str, float, str, float]]:
    """Settings, the value at the edge, which end it is, and the chance of it."""
    from scipy.stats import hypergeom

    for name in dict.fromkeys(key for one in whole for key in one.settings):
        values = [one.settings.get(name) for one in whole]
        if not all(_is_number(value) for value in values) or len(set(values)) < least_values or name in NOT_WIDENED:
            continue
        numbers = np.array(values, np.float64)
        for value, end in ((numbers.min(), "smallest"), (numbers.max(), "largest")):
            if value in FLOORS and end == "smallest":
                continue
            there = int((numbers[:best] == value).sum())
            p = float(hypergeom.sf(there - 1, len(numbers), int((numbers == value).sum()), min(best, len(numbers))))
            if there >= agree * best and p < level:
                yield name, float(value), end, p


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _beyond(name: str, value: float, end: str, whole: Sequence[Tried]) -> dict[str, Any]:
    """The change of the best recipe by the next value beyond the edge, as far again as the last step; {} where layers
    are counted.
    """
    if name.startswith("hidden."):
        return {}
    values = sorted({float(one.settings[name]) for one in whole})
    nearest = values[1] if end == "smallest" else values[-2]
    if value > 0 and nearest > 0:
        further: float = value * value / nearest
    else:
        further = 2 * value - nearest
    return {name: int(round(further)) if all(one.is_integer() for one in values) else further}
