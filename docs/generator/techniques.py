"""What the pages need to know of each technique: card, title, place, slot, and how a recipe turns it on."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any, get_args

from docs.generator import cards
from wellfit.errors import InputError
from wellfit.recipe import Recipe
from wellfit.techniques import index
from wellfit.techniques.base import REGISTRY, Technique


@dataclass(frozen=True)
class Entry:
    """One technique as the documentation sees it."""

    family: str
    name: str
    cls: type[Technique]

    @property
    def key(self) -> str:
        """Its name among all techniques."""
        return f"{self.family}.{self.name}"

    @property
    def label(self) -> str:
        """The label of its page."""
        return f"technique-{self.key}".replace("_", "-").replace(".", "-")

    @property
    def document(self) -> str:
        """Its page's path without suffix, from the site's root."""
        return f"techniques/{self.family}/{self.name}"

    @property
    def alone(self) -> bool:
        """Whether its family has no other technique."""
        return len(REGISTRY[self.family]) == 1

    @functools.cached_property
    def card(self) -> cards.Card:
        """Its card, taken apart."""
        return cards.parse(self.cls.card(), self.cls.model_fields)

    @property
    def title(self) -> str:
        """A heading: one written for it, or the words before the card's first colon where they are few, or its name."""
        if self.cls.heading:
            return self.cls.heading
        if self.alone:
            return self.cls.title
        if self.name == "none":
            return f"None ({self.cls.title.lower()})"
        head, colon, _ = self.card.sense.partition(": ")
        plain = colon and len(head.split()) <= 5 and not set(head) & set("(){}=`")
        return head if plain else self.name.replace("_", " ").capitalize()

    @property
    def sense(self) -> str:
        """The card's first sentence."""
        return self.card.sense

    def slots(self) -> list[str]:
        """The recipe's slots that take it."""
        return [slot for slot, field in Recipe.model_fields.items() if self.cls in _techniques_in(field.annotation)]

    def turned_on(self) -> dict[str, Any]:
        """Slots of a recipe that has it, as plain values; empty where no slot takes it."""
        if self.cls.example:
            return self.cls.example
        slots = self.slots()
        if not slots:
            return {}
        line = {slots[0]: index.turned_on(self.cls)}
        return next((trial for trial in ({**line, **more} for more in COMPANIONS) if _is_recipe(trial)), line)


# What a technique may need beside it, tried in this order.
COMPANIONS: tuple[dict[str, Any], ...] = ({}, {"schedule": "constant"}, {"skip": "none"}, {"normalization": "batch"})


def _is_recipe(slots: dict[str, Any]) -> bool:
    try:
        Recipe(**slots)
    except InputError:
        return False
    return True


def _techniques_in(annotation: Any) -> set[type]:
    """Classes of techniques named anywhere in a type."""
    if isinstance(annotation, type) and issubclass(annotation, Technique):
        return {annotation}
    return set().union(*(_techniques_in(part) for part in get_args(annotation)), set())


def entries(family: str | None = None) -> list[Entry]:
    """All techniques, families in the order of the step; or those of one family."""
    names = [family] if family else list(index.families())
    return [Entry(name, key, cls) for name in names for key, cls in REGISTRY.get(name, {}).items()]


def families() -> list[str]:
    """The families in the order of the step."""
    return list(index.families())
