"""Cards are taken apart without losing a word, and every setting is told of on its page."""

from __future__ import annotations

import re

import pytest
from docs.generator.cards import parse
from docs.generator.technique_pages import technique_page
from docs.generator.techniques import Entry, entries

ALL = entries()
IDS = [entry.key for entry in ALL]


def words_of(text: str) -> set[str]:
    return set(re.findall(r"[a-z]{3,}", text.lower()))


@pytest.mark.parametrize("entry", ALL, ids=IDS)
def test_no_word_of_a_card_is_lost(entry: Entry) -> None:
    card = entry.card
    kept = " ".join([card.sense, *card.body, *card.settings, *card.settings.values(), *card.sections.values()])
    labels = words_of("cost costs source sources not departs departure departures shapes formula example when use")
    assert words_of(entry.cls.card()) - words_of(kept + card.example) - labels == set()


@pytest.mark.parametrize("entry", ALL, ids=IDS)
def test_a_page_tells_of_sense_place_and_every_setting(entry: Entry) -> None:
    text = technique_page(entry, "A caption.")
    assert card_sense_is_short(entry)
    for setting in entry.cls.model_fields:
        if setting != "name":
            row = next(line for line in text.splitlines() if line.startswith(f"| `{setting}` |"))
            meaning = row.split(" | ")[-1].strip(" |")
            assert meaning, f"the card of {entry.key} does not say what {setting} is"


def card_sense_is_short(entry: Entry) -> bool:
    return 3 < len(entry.sense) < 260 and entry.sense[-1] in ".:)"


@pytest.mark.parametrize("entry", ALL, ids=IDS)
def test_a_card_is_whole(entry: Entry) -> None:
    """Sense, cost, when not, example, source: the template of CONTRIBUTING. What is off needs the sense alone."""
    card = entry.card
    has = {
        "Cost: ...": card.sections.get("cost"),
        "When not: ... (or Not for ...)": card.sections.get("avoid"),
        "Source: ...": card.sections.get("source"),
        ">>> an example": card.example,
    }
    missing = [label for label, words in has.items() if not words]
    assert missing == [] or entry.name == "none", f"the card of {entry.key} lacks these"


def test_labels_inside_a_sentence_are_not_sections() -> None:
    card = parse("Sense here. The cost: is not a label, nor is rate: this.\n\nrate: the rate.", ["rate"])
    assert card.settings == {"rate": "the rate."} and card.sections == {}


def test_settings_named_together_share_their_words() -> None:
    assert parse("S.\n\na, b: both.", ["a", "b"]).settings == {"a": "both.", "b": "both."}


def test_an_example_is_cut_out_whole() -> None:
    card = parse("Sense.\n\nMore.\n\n    >>> 1 + 1\n    2\n    >>> 3\n    3\n\nSource: A, 1999.", [])
    assert card.example == ">>> 1 + 1\n2\n>>> 3\n3"
    assert card.body == ["More."] and card.sections == {"source": "A, 1999."}


def test_what_a_technique_is_not_for_keeps_its_words() -> None:
    assert parse("Sense. Cost: little. Not for trees.", []).sections["avoid"] == "Not for trees."
