"""What a recipe holds and what it lacks: each technique left out, and each absent one added, as changed recipes."""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from wellfit.errors import InputError, quoted
from wellfit.recipe import Recipe
from wellfit.recipe.brief import brief
from wellfit.reprs import short_repr
from wellfit.tables.reading.tables import nearest
from wellfit.techniques.base import REGISTRY, Technique
from wellfit.techniques.index import turned_on

Kind = Literal["left out", "added"]

# Slots of the size, the run and the problem, which are no techniques that could be left out.
NO_TECHNIQUES = ("hidden", "batch_size", "epochs", "class_weight", "sampling", "categories", "loss", "tasks")
# Slots that always hold one of several: left out they hold the plain one, and nothing is added to them.
CHOICES = ("activation", "initialization", "scaling", "optimizer")
UNSEEN = {
    "snapshots": "snapshots are for ensembles, and change no single network",
    "layer_rates": "rates of single layers are for networks that start from another one",
}
FACTORS = (0.1, 0.3, 1.0, 3.0, 10.0)  # of the default strength, where it is tuned
FACTORS_OF_SHARES = (0.3, 1.0, 3.0)  # of a share or probability


@dataclass(frozen=True)
class Change:
    """One technique more or less.

    name: what is changed, such as "without dropout". technique: which, such as "dropout". kind: "left out" or "added".
    how: the same in few words, such as "added at 0.1". slot: of the recipe.
    recipes: the changed recipe by its name; of a tuned strength several, of which validation rows choose.
    """

    name: str
    technique: str
    kind: Kind
    how: str
    slot: str
    recipes: Mapping[str, Recipe]

    __repr__ = short_repr


@dataclass(frozen=True)
class Changes:
    """The changes of a recipe that make sense, and why others do not. skipped: a sentence each."""

    possible: tuple[Change, ...]
    skipped: tuple[str, ...]

    __repr__ = short_repr


def complexity(recipe: Recipe) -> int:
    """How many of its slots hold a technique that a plain network lacks."""
    return sum(is_on(recipe, slot) for slot in technique_slots())


def technique_slots() -> Iterator[str]:
    """The slots of a recipe that hold techniques, in the order of the step."""
    return (slot for slot in Recipe.model_fields if slot not in (*NO_TECHNIQUES, *UNSEEN))


@functools.cache
def _plain() -> Recipe:
    return Recipe.plain()


def is_on(recipe: Recipe, slot: str) -> bool:
    """Whether a slot holds something else than in a plain network (`Recipe.plain`)."""
    value, off = getattr(recipe, slot), getattr(_plain(), slot)
    if not isinstance(value, Technique):
        return bool(value != off)
    fields = type(value).model_fields
    if "name" in fields:
        return bool(value.name != off.name)  # type: ignore[attr-defined]
    return any(getattr(value, name) != getattr(off, name) for name in _strengths(type(value)))


def _strengths(cls: type[Technique]) -> list[str]:
    """The settings of a technique without a name that turn it on."""
    fields = cls.model_fields
    ranged = [k for k, f in fields.items() if isinstance(f.json_schema_extra, dict) and "low" in f.json_schema_extra]
    return [k for k in fields if k == cls.main or k in ranged and fields[k].default == 0] or list(fields)


def left_out(recipe: Recipe, slot: str, tuned: bool = False) -> Change:
    """The change that leaves a technique out: its slot holds what it holds in a plain network.

    tuned: of an optimiser also try other learning rates (default False).

    Raises:
        InputError: the rest does not make sense without it.
    """
    off = getattr(_plain(), slot)
    had = title_of(slot, getattr(recipe, slot))
    how = f"{off.name} instead" if slot in CHOICES else "left out"
    name = f"{off.name} in place of {had.removeprefix(slot).strip()}" if slot in CHOICES else f"without {had}"
    changed = varied(recipe, {slot: off})
    if not (tuned and slot == "optimizer"):
        return Change(name, had, "left out", how, slot, {name: changed})
    rates = [off.learning_rate * factor for factor in FACTORS]
    tried = {f"{name}, rate {rate:g}": varied(changed, {"optimizer.learning_rate": rate}) for rate in rates}
    return Change(name, had, "left out", how, slot, tried)


def added(recipe: Recipe, slot: str, technique: str = "", tuned: bool = False) -> Change:
    """The change that adds a technique at its default: what it declares as its example, or a small strength.

    technique: its name; "" (default): that of the slot, of several the one that is advised first.
    tuned: whether to try several strengths, where it has one (default False).

    Raises:
        InputError: the recipe cannot hold it.
    """
    if slot == "skip":
        value: Any = technique or "residual"
        name = f"with skip {value}"
        return Change(name, f"skip {value}", "added", "added", slot, {name: varied(recipe, {slot: value})})
    cls = _class_of(slot, technique)
    value = _layerwise(cls.example.get(slot, turned_on(cls)), recipe)
    first = varied(recipe, {slot: value})
    title = title_of(slot, getattr(first, slot))
    values = _tried(getattr(first, slot), slot) if tuned else []
    if not values:
        at = _short(getattr(first, slot))
        name, how = (f"with {title} {at}", f"added at {at}") if at else (f"with {title}", "added")
        return Change(name, title, "added", how, slot, {name: first})
    (setting, strengths) = values
    tried = {f"with {title} {one:g}": varied(first, {f"{slot}.{setting}": one}) for one in strengths}
    return Change(f"with {title}, tuned", title, "added", "added, tuned", slot, tried)


def varied(recipe: Recipe, changes: Mapping[str, Any]) -> Recipe:
    """The recipe with changes; what it would warn of is not said."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return recipe.vary(changes)


def title_of(slot: str, value: Any) -> str:
    """A technique in words: its slot, and its name where the slot takes several."""
    words = slot.replace("_", " ")
    if isinstance(value, tuple):
        return f"{words} of several kinds"
    if isinstance(value, Technique) and "name" not in type(value).model_fields:
        return words
    return f"{words} {getattr(value, 'name', value)}"


def _short(value: Technique) -> str:
    """A technique's main setting, where it has one."""
    main = type(value).main
    return str(brief(getattr(value, main))) if main else ""


def _class_of(slot: str, technique: str) -> type[Technique]:
    """The technique of a slot by its name; without one that which is advised first, else the first that helps."""
    family = type(getattr(_plain(), slot)).family
    known = REGISTRY[family]
    if technique:
        if technique not in known:
            raise InputError(f"The slot {slot} takes {', '.join(known)}; got {quoted(technique)}.")
        return known[technique]
    if len(known) == 1:
        return next(iter(known.values()))
    helping = [one for one in known.values() if one.helps]
    return min(helping, key=lambda one: min([rank for rank, _ in vars(one).get("try_first", {}).values()], default=9))


def _layerwise(value: Any, recipe: Recipe) -> Any:
    """A list of one value a layer made to fit the recipe: the first for hidden layers, the last for the output."""
    return [value[0]] * len(recipe.hidden) + [value[-1]] if isinstance(value, list) else value


def _tried(value: Technique, slot: str) -> Any:
    """The setting and the strengths that are tried in place of one; () where it has no strength."""
    fields: dict[str, Any] = type(value).__pydantic_fields__
    main = type(value).main
    if not main or not isinstance(default := getattr(value, main), float):
        return ()
    extra = fields[main].json_schema_extra or {}
    factors = FACTORS_OF_SHARES if extra.get("high", math.inf) <= 1 else FACTORS
    return main, [default * factor for factor in factors]


def changes_of(recipe: Recipe, leave_out: Sequence[str] | None, add: Sequence[str] | None, tuned: bool) -> Changes:
    """All changes that are asked for.

    leave_out: slots; None: all that hold a technique. add: slots, or "slot=technique"; None: all that hold none.
    tuned: whether added techniques are tried at several strengths.

    Raises:
        InputError: a name that is no slot of a technique, or no technique of the slot.
    """
    slots = list(technique_slots())
    held = [slot for slot in slots if is_on(recipe, slot)]
    lacking = [slot for slot in slots if slot not in held and slot not in CHOICES]
    wanted: list[tuple[str, Callable[[], Change]]] = []
    for slot in _asked("leave_out", leave_out, held):
        if slot not in held:
            raise InputError(
                f"leave_out names techniques that the recipe holds: {', '.join(held)}; got {quoted(slot)}."
            )
        wanted.append((f"without {slot}", functools.partial(left_out, recipe, slot, tuned)))
    for asked in _asked("add", add, lacking):
        slot, _, technique = asked.partition("=")
        if slot != "skip":
            _class_of(slot, technique)
        wanted.append((f"with {asked}", functools.partial(added, recipe, slot, technique, tuned)))
    possible, skipped = [], []
    for name, make in wanted:
        try:
            possible.append(make())
        except InputError as error:
            skipped.append(f"Not tried, {name}: {error}")
    return Changes(tuple(possible), tuple(skipped))


def _asked(option: str, names: Sequence[str] | None, default: list[str]) -> list[str]:
    """Slots as they are asked for, checked."""
    if names is None:
        return default
    asked = [one for one in ([names] if isinstance(names, str) else names) if one != "none"]
    known = list(technique_slots())
    for name in asked:
        slot = name.partition("=")[0]
        if slot not in known:
            near = nearest(slot, known)
            hint = f"did you mean {near!r}?" if near else f"they are {', '.join(known)}."
            raise InputError(f"{option} names slots of techniques; got {quoted(name)}: {hint}")
    return list(dict.fromkeys(asked))
