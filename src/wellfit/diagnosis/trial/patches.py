"""What is tried: each remedy of the findings alone, sensible combinations, and the default recipe's way of training."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from wellfit.diagnosis.base import Finding
from wellfit.errors import InputError
from wellfit.recipe import Recipe
from wellfit.reprs import short_repr

PatchKind = Literal["remedy", "combination", "default recipe", "random"]
MOST_PATCHES = 12
MOST_COMBINATIONS = 4
FEW = 7  # changes, below which those that heal several things at once are tried first
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
    findings: Sequence[Finding], patient: Recipe, default: Recipe | None = None, most: int = MOST_PATCHES,
    behind: bool = False,
) -> tuple[Patch, ...]:  # fmt: skip
    """The changes that are tried first: each remedy alone, then the default recipe's way of training, and that recipe.

    Room is left for combinations of what helps (`combinations_of`). Where few are tried, the first remedies together
    come first. The default recipe, which was trained before, does not count. There are none where no finding names a
    change of the recipe.

    findings: in order, the best supported cause first. patient: the recipe that is changed.
    default: the default recipe, which is tried as a whole and in part. None (default): it is not.
    most: patches of both kinds, 1 or more (default 12).
    behind: whether the recipe does worse than the default one, which is then tried without any remedy too.
    """
    singles = _distinct(list(_singles(findings, patient)), patient)
    if not singles and not behind:
        return ()
    training = [] if default is None else list(_patch("default training", patient, training_changes(default),
                                                      [HOW_IT_TRAINS], ()))  # fmt: skip
    whole = [] if default is None else [Patch("default recipe", "default recipe", DEFAULT_WORDS, {}, default)]
    if most < FEW:
        kept = [*_at_once(findings, singles, patient), *singles, *training]
    else:
        kept = [*singles[: most - MOST_COMBINATIONS - 1], *training]
    own = [one for one in _distinct(kept, patient) if one.recipe != default]
    return (*own[:most], *_distinct(whole, patient))


def _at_once(findings: Sequence[Finding], singles: Sequence[Patch], patient: Recipe) -> list[Patch]:
    """The first remedies of the graver findings together, which heals several things at once where little is tried."""
    grave = [one.code for one in findings if one.severity != "hint" and not one.explained_by]
    firsts = [next((one for one in singles if code in one.codes), None) for code in grave]
    return list(_joined("first remedies together", [one for one in firsts if one is not None], patient, {}))


def combinations_of(
    tried: Sequence[tuple[Patch, float]], patient_loss: float, patient: Recipe, default: Recipe | None,
    most: int = MOST_PATCHES,
) -> tuple[Patch, ...]:  # fmt: skip
    """What is tried next: of each finding the remedy that did best on validation rows, taken together.

    tried: changes with their mean validation losses. patient_loss: that of the recipe as it is.
    patient, default: as in `patches_of`. most: patches of both kinds, of which `tried` counts.
    """
    best: dict[str, tuple[Patch, float]] = {}
    for patch, loss in tried:
        for code in patch.codes if patch.kind == "remedy" else ():
            if code not in best or loss < best[code][1]:
                best[code] = (patch, loss)
    ranked = sorted({one.name: (one, loss) for one, loss in best.values()}.values(), key=lambda pair: pair[1])
    helping = [one for one, loss in ranked if loss < patient_loss] or [one for one, _ in ranked]
    training = {} if default is None else training_changes(default)
    found = [
        *_joined("best remedy, default training", helping[:1], patient, training),
        *_joined("all best remedies", helping, patient, {}),
        *_joined("best 2 remedies", helping[:2], patient, {}),
        *_joined("all best remedies, default training", helping, patient, training),
        *_joined("a remedy of each finding", [one for one, _ in ranked], patient, {}),
    ]
    known = {one.recipe.to_json() for one, _ in tried}
    new = [one for one in _distinct(found, patient) if one.recipe.to_json() not in known]
    return tuple(new[: max(min(most - len(tried), MOST_COMBINATIONS), 0)])


def _singles(findings: Sequence[Finding], patient: Recipe) -> Iterator[Patch]:
    """Remedies one by one: the second remedy of a finding has the place of the first one two findings later."""
    ranked = sorted(
        (
            (number + 2 * place, place, finding, remedy)
            for number, finding in enumerate(findings)
            for place, remedy in enumerate(one for one in finding.remedies if one.changes)
        ),
        key=lambda entry: entry[:2],
    )
    for _, place, finding, remedy in ranked:
        recipe = patched(patient, remedy.changes)
        if recipe is not None:
            name = f"{finding.code} {place + 1}"
            yield Patch(name, "remedy", remedy.words, dict(remedy.changes), recipe, (finding.code,))


def training_changes(default: Recipe) -> dict[str, Any]:
    """The slots by which the default recipe trains, as `Recipe.vary` takes them."""
    table = default.to_dict()
    return {slot: table[slot] for slot in TRAINING_SLOTS}


def _joined(name: str, chosen: Sequence[Patch], patient: Recipe, first: Mapping[str, Any]) -> Iterator[Patch]:
    """Changes one after the other; of two that touch one slot the earlier one holds."""
    changes, words = dict(first), [HOW_IT_TRAINS] if first else []
    codes: list[str] = []
    for patch in chosen:
        taken = {path.split(".")[0] for path in changes}
        new = {path: value for path, value in patch.changes.items() if path.split(".")[0] not in taken}
        if new:
            changes.update(new)
            words.append(patch.words)
            codes += patch.codes
    if len(words) > 1:
        yield from _patch(name, patient, changes, words, tuple(dict.fromkeys(codes)))


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
