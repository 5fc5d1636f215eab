"""Every technique has its card, its place in the registry, and defaults that are valid."""

from __future__ import annotations

import re

import pytest

from tests.contract.enrolment import all_techniques
from wellfit.techniques.base import REGISTRY, Technique, technique
from wellfit.techniques.network.normalization import Normalization

ALL = list(all_techniques())


@pytest.mark.parametrize(("family", "name", "cls"), ALL, ids=[f"{family}-{name}" for family, name, _ in ALL])
def test_card_and_defaults(family: str, name: str, cls: type[Technique]) -> None:
    card = cls.card()
    first = " ".join(card.partition("\n\n")[0].split())
    assert "__doc__" in vars(cls) and len(first.split()) > 1, f"{name} has no card of its own"
    assert not first[0].islower() and first.endswith((".", ":")), f"the card of {name} does not begin with a sentence"
    settings = cls()
    assert settings == cls(**settings.model_dump())
    assert cls.family == family and getattr(settings, "name", family) == name
    cards = " ".join(base.card() for base in cls.__mro__ if issubclass(base, Technique))
    for setting in set(cls.model_fields) - {"name"}:
        assert re.search(rf"\b{setting}\b", cards), f"the card of {name} does not tell of {setting}"


def test_two_techniques_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="are called 'batch': rename one"):

        @technique("normalization")
        class Again(Normalization):
            name: str = "batch"

    assert REGISTRY["normalization"]["batch"].__name__ == "BatchNormalization"
