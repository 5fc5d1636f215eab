"""The page of rules: no word of a card is lost, and every rule has a section that can be linked to."""

from __future__ import annotations

import re

import pytest
from docs.generator.rule_pages import PARTS, parsed, rules_page

from wellfit.diagnosis.base import Rule
from wellfit.diagnosis.examination import every_rule

RULES = list(every_rule().values())


@pytest.mark.parametrize("one", RULES, ids=[one.code for one in RULES])
def test_no_word_of_a_card_is_lost_and_each_says_how_sure_it_is(one: Rule) -> None:
    sense, parts, meanings = parsed(one.card, tuple(one.thresholds))
    kept = " ".join([sense, *parts.values(), *meanings.values(), *PARTS, *one.thresholds])
    words = set(re.findall(r"[a-z]{3,}", one.card.lower()))
    assert words <= set(re.findall(r"[a-z]{3,}", kept.lower()))
    assert sense and all(parts.get(part) for part in PARTS), list(parts)
    assert set(meanings) == set(one.thresholds), "each threshold has its reason"


def test_every_rule_has_a_section_that_can_be_linked_to() -> None:
    text = rules_page()
    for one in RULES:
        assert f"(rule-{one.code})=\n## {one.title}" in text
        assert f"<rule-{one.code}>" in text
