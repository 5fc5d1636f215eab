"""Every registered technique is in the contract: it has a case, an oracle, and a change that the oracle must notice."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import pytest

from tests.contract import enrolment
from tests.contract.cases import Case, all_cases
from wellfit.techniques.base import REGISTRY, Technique
from wellfit.techniques.update.schedule import Strength, strength

CASES = all_cases()


def has_oracle(case: Case) -> bool:
    return case.check is not None


def has_break(case: Case) -> bool:
    return case.check is not None and case.break_it is not None


def test_every_technique_has_a_case() -> None:
    assert enrolment.not_exempt(enrolment.without_case(CASES), enrolment.NO_CASE) == []


def test_every_technique_has_an_oracle() -> None:
    assert enrolment.not_exempt(enrolment.without(has_oracle, CASES), enrolment.NO_ORACLE) == []


def test_every_technique_has_a_change_that_its_oracle_must_notice() -> None:
    assert enrolment.not_exempt(enrolment.without(has_break, CASES), enrolment.NO_BREAK) == []


def test_every_strength_is_turned_off_and_on() -> None:
    assert list(enrolment.without_zero(CASES)) == []


def test_every_case_is_of_a_registered_technique_and_has_a_name_of_its_own() -> None:
    assert list(enrolment.unknown(CASES)) == []
    names = [case.name for case in CASES]
    assert sorted(set(names)) == sorted(names)


def test_no_exemption_is_stale() -> None:
    assert enrolment.stale(enrolment.without_case(CASES), enrolment.NO_CASE) == []
    assert enrolment.stale(enrolment.without(has_oracle, CASES), enrolment.NO_ORACLE) == []
    assert enrolment.stale(enrolment.without(has_break, CASES), enrolment.NO_BREAK) == []


def test_an_exemption_has_a_reason() -> None:
    for exempt in (enrolment.NO_CASE, enrolment.NO_ORACLE, enrolment.NO_BREAK):
        assert all(len(reason.split()) > 4 for reason in exempt.values())


class Unheard(Technique):
    """A technique that nobody tests."""

    amount: Strength = strength(default=0.0)
    kind: ClassVar[str] = ""


@pytest.fixture
def unheard(monkeypatch: pytest.MonkeyPatch) -> str:
    """A technique that was registered without a case."""
    monkeypatch.setitem(REGISTRY, "unheard", {"unheard": Unheard})
    return "unheard.unheard"


def test_a_technique_without_a_case_is_named(unheard: str) -> None:
    assert enrolment.not_exempt(enrolment.without_case(CASES), enrolment.NO_CASE) == [unheard]


def test_a_technique_without_an_oracle_or_a_breaking_change_is_named(unheard: str) -> None:
    bare = Case("unheard", (unheard,), lambda s: {})
    assert unheard in enrolment.without(has_oracle, [*CASES, bare])
    checked = replace(bare, check=lambda bench: None)
    assert unheard not in enrolment.without(has_oracle, [*CASES, checked])
    assert unheard in enrolment.without(has_break, [*CASES, checked])


def test_a_strength_that_no_case_turns_is_named() -> None:
    """Dropout's rate of the inputs, where only that of the hidden layers has a case."""
    cases = [case for case in CASES if case.name == "dropout"]
    assert list(enrolment.without_zero(cases)) == ["dropout.dropout: input_rate"]


def test_a_stale_exemption_is_named(unheard: str) -> None:
    exempt = {unheard: "it is new", "dropout.*": "it has a case", "forgotten.*": "it is gone"}
    assert enrolment.stale(enrolment.without_case(CASES), exempt) == ["dropout.*", "forgotten.*"]
