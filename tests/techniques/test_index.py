"""Every technique says where it acts, how it helps and what it answers, in words of the fixed lists."""

from __future__ import annotations

import pytest

from tests.contract.enrolment import all_techniques
from wellfit.techniques.base import MECHANISMS, REGISTRY, SEAMS, SYMPTOMS, Technique
from wellfit.techniques.index import families, members

ALL = [pytest.param(cls, id=f"{family}-{name}") for family, name, cls in all_techniques()]


@pytest.mark.parametrize("cls", ALL)
def test_every_technique_declares_seam_mechanisms_and_symptoms(cls: type[Technique]) -> None:
    assert cls.title and cls.seam in SEAMS
    assert cls.mechanisms and set(cls.mechanisms) <= set(MECHANISMS)
    assert cls.symptoms and set(cls.symptoms) <= set(SYMPTOMS)


def test_families_stand_in_the_order_of_the_step() -> None:
    order = [SEAMS.index(cls.seam) for cls in families().values()]
    assert set(families()) == set(REGISTRY) and order == sorted(order)


def test_what_is_there_to_compare_answers_no_symptom() -> None:
    assert "zero" not in members(symptom="explodes")["initialization"]
    assert "zero" in members(seam="before training")["initialization"]


def test_what_is_off_answers_no_symptom() -> None:
    assert "none" not in members(symptom="explodes")["clipping"]
    assert "none" in members(seam="clip")["clipping"]


def test_a_technique_answers_what_it_declares_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(REGISTRY["activation"]["relu"], "symptoms", ("slow",))
    assert "relu" in members(symptom="slow")["activation"]
    assert "elu" not in members(symptom="slow").get("activation", [])


@pytest.mark.parametrize("word", SYMPTOMS)
def test_every_symptom_of_the_lectures_has_an_answer(word: str) -> None:
    assert members(symptom=word)
