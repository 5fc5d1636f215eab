"""All rules on a case: their order, what is muted, and what there is no time for."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from wellfit.diagnosis.base import RULES, Case, Finding, Judgement, Remedy, Rule, found
from wellfit.diagnosis.examination import Examination, examine, in_order
from wellfit.errors import InputError
from wellfit.recipe import Recipe
from wellfit.studies.base import study_table

CAUSES = {"cause": ("effect", "faint"), "other": (), "effect": (), "faint": ("other",)}


@pytest.fixture(autouse=True)
def rules() -> Iterator[None]:
    """Four rules in place of all others."""
    before = dict(RULES)
    RULES.clear()
    for code, explains in CAUSES.items():
        RULES[code] = Rule(code, code, ("recipe",), explains, lambda case: found("warning", "x", evidence={}))
    yield
    RULES.clear()
    RULES.update(before)


def one(code: str, severity: str, strength: float) -> Finding:
    return Finding(code, code, Judgement("found", code, {}, severity, strength))  # type: ignore[arg-type]


def codes(*findings: Finding) -> list[str]:
    return [each.code for each in in_order(findings)]


def test_causes_stand_before_what_follows_and_hints_explain_nothing_away() -> None:
    effect, cause, other = one("effect", "problem", 1.0), one("cause", "warning", 0.5), one("other", "problem", 0.2)
    assert codes(effect, cause, other) == ["other", "cause", "effect"]
    assert codes(effect, cause) == ["cause", "effect"]
    assert in_order([effect, cause])[1].explained_by == ("cause",)
    assert codes(other, one("faint", "hint", 1.0)) == ["other", "faint"]
    assert codes(one("other", "warning", 0.1), one("cause", "warning", 0.9)) == ["cause", "other"]


def test_rules_are_muted_and_chosen_by_code() -> None:
    case = Case(recipe=Recipe())
    assert [each.code for each in examine(case, mute="other").findings] == ["cause", "effect", "faint"]
    assert [each.code for each in examine(case, only=["other"]).findings] == ["other"]
    assert not examine(Case()).findings and len(examine(Case()).not_applicable) == 4
    with pytest.raises(InputError, match="no rule 'caus'; did you mean 'cause'"):
        examine(case, mute="caus")
    whole = examine(case)
    assert Examination.from_plain(whole.to_plain()) == whole


def test_rules_that_search_the_table_are_left_out_for_lack_of_time() -> None:
    RULES["drift"] = Rule("drift", "Drift", ("table",), (), lambda case: found("hint", "d", evidence={}))
    X = np.random.default_rng(0).normal(size=(30, 2))
    case = Case(recipe=Recipe(), table=study_table(X, X[:, 0] > 0, {}))
    assert "drift" in [each.code for each in examine(case, seconds=60.0).findings]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("wellfit.diagnosis.examination.time.process_time", lambda: 0.0)  # others have the processor
        assert "drift" in [each.code for each in examine(case, seconds=1.5).not_applicable]
    (left,) = examine(case, seconds=0.01).not_applicable
    assert left.code == "drift" and "lack of time" in left.judgement.sentence


def _rates(*rates: float) -> tuple[Remedy, ...]:
    return tuple(Remedy(f"{rate:g}", {"optimizer.learning_rate": rate}) for rate in rates)


@pytest.mark.parametrize(
    ("cause", "kept"), [((0.5, 0.05), ["0.5", "epochs"]), ((50.0,), ["50", "epochs"]), ((0.5, 50.0), None), ((), None)]
)
def test_a_remedy_that_its_cause_contradicts_is_dropped(cause: tuple[float, ...], kept: list[str] | None) -> None:
    """Of a learning rate of 5: what a cause wants lowered is not raised for what follows from it, nor the reverse."""
    remedies = {"cause": _rates(*cause), "effect": (*_rates(0.5, 50.0), Remedy("epochs", {"epochs": 99}))}
    for code, tried in remedies.items():
        judgement = found("problem", "x", evidence={}, remedies=tried)
        RULES[code] = Rule(code, code, ("recipe",), CAUSES[code], lambda case, judgement=judgement: judgement)
    recipe = Recipe(optimizer={"name": "sgd", "learning_rate": 5.0})
    examined = {each.code: each for each in examine(Case(recipe=recipe)).findings}
    assert [one.words for one in examined["effect"].remedies] == (kept or ["0.5", "50", "epochs"])
    assert examined["cause"].remedies == remedies["cause"]
