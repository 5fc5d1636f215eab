"""Every technique has its place in the indexes, in words of the fixed lists."""

from __future__ import annotations

import pytest

from wellfit.techniques import families
from wellfit.techniques.base import REGISTRY, all_techniques
from wellfit.techniques.families import FAMILIES, MECHANISMS, OVERRIDES, SEAMS, SYMPTOMS, TO_COMPARE, members, place_of

ALL = [(family, name) for family, name, _ in all_techniques()]


@pytest.mark.parametrize(("family", "name"), ALL, ids=[f"{family}-{name}" for family, name in ALL])
def test_every_technique_has_seam_mechanisms_and_symptoms(family: str, name: str) -> None:
    assert family in FAMILIES, f"add a line for the family {family!r} to src/wellfit/techniques/families.py"
    place = place_of(family, name)
    assert place.title and place.seam in SEAMS
    assert place.mechanisms and set(place.mechanisms) <= set(MECHANISMS)
    assert place.symptoms and set(place.symptoms) <= set(SYMPTOMS)


def test_no_line_is_left_of_a_technique_that_is_gone() -> None:
    assert set(FAMILIES) <= set(REGISTRY)
    assert set(OVERRIDES) | TO_COMPARE <= {f"{family}.{name}" for family, name in ALL}


def test_an_override_changes_what_it_names_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(OVERRIDES, "activation.relu", {"symptoms": ("slow",)})
    assert place_of("activation", "relu").symptoms == ("slow",)
    assert place_of("activation", "relu").seam == FAMILIES["activation"].seam
    assert "relu" in members(symptom="slow")["activation"]
    assert "elu" not in members(symptom="slow").get("activation", [])


def test_what_is_there_to_compare_answers_no_symptom() -> None:
    assert "zero" not in members(symptom="explodes")["initialization"]
    assert "zero" in members(seam="before training")["initialization"]


def test_what_is_off_answers_no_symptom() -> None:
    assert "none" not in members(symptom="explodes")["clipping"]
    assert "none" in members(seam="clip")["clipping"]


def test_a_family_without_a_line_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(families, "FAMILIES", {k: v for k, v in FAMILIES.items() if k != "dropout"})
    with pytest.raises(KeyError, match="dropout"):
        families.place_of("dropout", "dropout")


@pytest.mark.parametrize("word", SYMPTOMS)
def test_every_symptom_of_the_lectures_has_an_answer(word: str) -> None:
    assert members(symptom=word)
