"""Every technique has its card, its place in the registry, and defaults that are valid."""

from __future__ import annotations

import pytest

from wellfit.techniques.base import REGISTRY, Technique, all_techniques, technique
from wellfit.techniques.network.normalization import Normalization

ALL = list(all_techniques())


@pytest.mark.parametrize(("family", "name", "cls"), ALL, ids=[f"{family}-{name}" for family, name, _ in ALL])
def test_card_and_defaults(family: str, name: str, cls: type[Technique]) -> None:
    card = cls.card()
    assert card and card.splitlines()[0].rstrip().endswith((".", ":", ",", "none")) or "\n" in card
    settings = cls()
    assert settings == cls(**settings.model_dump())
    assert cls.family == family and getattr(settings, "name", family) == name
    for setting in set(cls.model_fields) - {"name"}:
        shared = any(setting in base.card() for base in cls.__mro__ if issubclass(base, Technique))
        assert shared or setting in ("learning_rate", "position"), f"the card of {name} does not tell of {setting}"


def test_two_techniques_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="are called 'batch': rename one"):

        @technique("normalization")
        class Again(Normalization):
            name: str = "batch"

    assert REGISTRY["normalization"]["batch"].__name__ == "BatchNormalization"
