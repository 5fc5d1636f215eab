"""A technique's card, which is its docstring, taken apart into the sections of its page.

A card's first sentence is its sense. A setting begins with its name and a colon; "Cost:", "Departs:", "Not for",
"Shapes:" and "Source:" begin the sections of those names, at the start of a sentence; lines with >>> are the example.
All else is how it works: the formula and what its symbols mean.
"""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, field

LABELS = {
    "cost": r"Costs?|Memory and time|Time and memory",
    "departures": r"Departs|Departures?|Departs from (?:its|the) papers?",
    "avoid": r"When not(?: to use it)?|Do not use it|Not for|Not with|Not where|Not to be used|Not to use",
    "shapes": r"Shapes?",
    "formula": r"Formula",
    "example": r"Examples?",
    "source": r"Sources?",
}
FENCE = ("```text\n", "\n```")
# Labels that are the beginning of their sentence, and so are kept in it.
SPOKEN = re.compile(r"(?P<departures>Departs from\b)|(?P<avoid>Not (?:for|with|where|to use|to be used)\b)")


@dataclass
class Card:
    """Sections of a card; empty where it has none."""

    sense: str = ""
    body: list[str] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)
    sections: dict[str, str] = field(default_factory=dict)
    example: str = ""


def parse(text: str, settings: Iterable[str]) -> Card:
    """The card of a docstring. settings: names of the technique's fields.

    >>> card = parse("It shrinks.\\n\\nw <- a w.\\nrate: a. Cost: none.\\nSource: A, 1999.", ["rate"])
    >>> card.sense, card.body, card.settings, card.sections
    ('It shrinks.', ['w <- a w.'], {'rate': 'a.'}, {'cost': 'None.', 'source': 'A, 1999.'})
    """
    card = Card()
    prose = _take_example(inspect.cleandoc(text), card)
    label = _label_pattern(settings)
    for number, paragraph in enumerate(part for part in re.split(r"\n\s*\n", prose) if part.strip()):
        if card.sense and all(line.startswith("    ") for line in paragraph.splitlines()):
            card.body.append(textwrap.dedent(paragraph).strip("\n").join(FENCE))  # a formula set apart
            continue
        plain = " ".join(paragraph.split())
        for name, words in _items(plain, label):
            if not name and number == 0 and not card.sense:
                card.sense, words = _first_sentence(words)
            _put(card, name, words)
    return card


def _label_pattern(settings: Iterable[str]) -> re.Pattern[str]:
    names = "|".join(sorted(map(re.escape, settings), key=len, reverse=True)) or r"(?!)"
    labels = "|".join(LABELS.values())
    settings_list = rf"(?:{names})(?:(?:, | and )(?:{names}))*"
    return re.compile(
        rf"(?:^|(?<=[.:;)\]] )|(?<=[.:;)\]])|(?<=, and ))\s*(?:({settings_list}|{labels}): |(?={SPOKEN.pattern}))"
    )


def _items(text: str, label: re.Pattern[str]) -> list[tuple[str, str]]:
    """Pairs of label ("" before the first) and words."""
    items, name, start = [], "", 0
    for match in label.finditer(text):
        if re.fullmatch(LABELS["source"], name) and match.group(1) and not _section_of(match.group(1)):
            continue  # "growth: Holzmueller 2024" says where the setting comes from
        items.append((name, text[start : match.start()].strip()))
        name, start = match.group(1) or ("Departs" if match["departures"] else "Not for"), match.end()
    items.append((name, text[start:].strip()))
    return [(name, words) for name, words in items if words]


def _section_of(label: str) -> str | None:
    return next((key for key, pattern in LABELS.items() if re.fullmatch(pattern, label)), None)


def _first_sentence(text: str) -> tuple[str, str]:
    end = re.search(r"(?<=[^.\d])\.(?=\s+[^a-z])|\.$", text)
    return (text[: end.end()], text[end.end() :].strip()) if end else (text, "")


def _put(card: Card, name: str, words: str) -> None:
    section = _section_of(name)
    if not words:
        return
    if not name:
        card.body.append(words)
    elif section == "formula":
        card.body.insert(0, words)
    elif section:
        symbol = re.match(r"[b-z]\b", words)  # begins with a symbol, which keeps its case
        text = words if symbol else words[:1].upper() + words[1:]
        card.sections[section] = f"{card.sections[section]} {text}" if section in card.sections else text
    else:
        for setting in re.split(r", | and ", name):
            before = card.settings.get(setting, "")
            card.settings[setting] = f"{before} {words}".strip()


def _take_example(text: str, card: Card) -> str:
    """Cut the lines of a doctest out of the text."""
    kept, example, inside = [], [], False
    for line in text.splitlines():
        inside = line.lstrip().startswith(">>>") or (inside and bool(line.strip()))
        (example if inside else kept).append(line)
    card.example = inspect.cleandoc("\n".join(example)) if example else ""
    return "\n".join(kept)
