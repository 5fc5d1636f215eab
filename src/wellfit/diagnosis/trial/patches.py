"""What is tried: each remedy of the findings alone, sensible combinations, and the default recipe's way of training."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from wellfit.diagnosis.base import Finding, Remedy
from wellfit.errors import InputError
from wellfit.recipe import Recipe
from wellfit.reprs import short_repr

PatchKind = Literal["remedy", "combination", "default recipe", "random"]
MOST_PATCHES = 12
MOST_COMBINATIONS = 4
TRAINING_SLOTS = ("optimizer", "schedule", "clipping")  # of the default recipe, that train any network
HOW_IT_TRAINS = "Train as the default recipe does: its optimiser, schedule and clipping."
DEFAULT_WORDS = "Use the default recipe."


@dataclass(frozen=True)
class Patch:
    """A changed recipe that is tried.

    name: short and unique, such as "dead-units 1". kind: where it comes from. words: what is done, as an order.
    changes: as `Recipe.vary` takes them. recipe: with them. codes: of the findings that it answers.
    """

    name: str
    kind: PatchKind
    words: str
    changes: Mapping[str, Any]
    recipe: Recipe
    codes: tuple[str, ...] = ()

    __repr__ = short_repr


def patched(recipe: Recipe, changes: Mapping[str, Any]) -> Recipe | None:
    """The changed recipe; None where the changes make no sense together. What it would warn of is not said."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return recipe.vary(changes)
        except InputError:
            return None


def patches_of(
    findings: Sequence[Finding], patient: Recipe, default: Recipe | None = None, most: int = MOST_PATCHES
) -> tuple[Patch, ...]:
    """The changes that are tried, at most `most`: none where no finding names a change of the recipe.

    findings: in order, the best supported cause first. patient: the recipe that is changed.
    default: the default recipe, which is tried as a whole and in part. None (default): it is not.
    most: patches, 1 or more (default 12).
    """
    singles = list(_singles(findings, patient))
    if not singles:
        return ()
    whole = [] if default is None else [Patch("default recipe", "default recipe", DEFAULT_WORDS, {}, default)]
    distinct = _distinct([*singles, *_combinations(findings, patient, default)], patient)
    combined = [one for one in distinct if one.kind == "combination"][:MOST_COMBINATIONS]
    alone = [one for one in distinct if one.kind == "remedy"]
    room = max(most - len(whole), 1)
    first = alone[: max(room - len(combined), room // 2, 1)]
    kept = [*first, *combined][:room]
    return (*kept, *(whole if len(kept) < most else ()))


def _singles(findings: Sequence[Finding], patient: Recipe) -> Iterator[Patch]:
    """The first remedy of each finding, then the second of each, and so on."""
    deepest = max((len(one.remedies) for one in findings), default=0)
    for place in range(deepest):
        for finding in findings:
            remedies = [one for one in finding.remedies if one.changes]
            if place < len(remedies):
                remedy = remedies[place]
                recipe = patched(patient, remedy.changes)
                if recipe is not None:
                    name = f"{finding.code} {place + 1}"
                    yield Patch(name, "remedy", remedy.words, dict(remedy.changes), recipe, (finding.code,))


def _combinations(findings: Sequence[Finding], patient: Recipe, default: Recipe | None) -> Iterator[Patch]:
    """First remedies taken together, from two findings on; and with the default recipe's way of training."""
    firsts = [(one, next((r for r in one.remedies if r.changes), None)) for one in findings]
    known = [(finding, remedy) for finding, remedy in firsts if remedy is not None]
    training = {} if default is None else training_changes(default)
    if training:
        yield from _patch("default training", patient, training, [HOW_IT_TRAINS], ())
        yield from _joined("first remedy, default training", known[:1], patient, training)
    for many in sorted({2, 3, len(known)}):
        if 2 <= many <= len(known):
            yield from _joined(f"first {many} remedies", known[:many], patient, {})
    if training and len(known) > 1:
        yield from _joined("all first remedies, default training", known, patient, training)


def training_changes(default: Recipe) -> dict[str, Any]:
    """The slots by which the default recipe trains, as `Recipe.vary` takes them."""
    table = default.to_dict()
    return {slot: table[slot] for slot in TRAINING_SLOTS}


def _joined(
    name: str, chosen: Sequence[tuple[Finding, Remedy]], patient: Recipe, first: Mapping[str, Any]
) -> Iterator[Patch]:
    """Changes one after the other; of two that touch one slot the earlier finding's holds."""
    changes, words = dict(first), [HOW_IT_TRAINS] if first else []
    codes: list[str] = []
    for finding, remedy in chosen:
        taken = {path.split(".")[0] for path in changes}
        new = {path: value for path, value in remedy.changes.items() if path.split(".")[0] not in taken}
        if new:
            changes.update(new)
            words.append(remedy.words)
            codes.append(finding.code)
    if len(words) > 1:
        yield from _patch(name, patient, changes, words, tuple(codes))


def _patch(
    name: str, patient: Recipe, changes: Mapping[str, Any], words: Sequence[str], codes: tuple[str, ...]
) -> Iterator[Patch]:
    recipe = patched(patient, changes)
    if recipe is not None:
        yield Patch(name, "combination", " ".join(words), dict(changes), recipe, codes)


def _distinct(patches: Sequence[Patch], patient: Recipe) -> list[Patch]:
    """Without those that change nothing; equal ones are one that answers all their findings."""
    found: dict[str, Patch] = {}
    for one in patches:
        key = one.recipe.to_json()
        if one.recipe == patient:
            continue
        earlier = found.get(key)
        found[key] = one if earlier is None else replace(earlier, codes=tuple(dict.fromkeys(earlier.codes + one.codes)))
    return list(found.values())
