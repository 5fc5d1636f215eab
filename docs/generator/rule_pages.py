"""The page of the doctor's rules, made of their cards: a section each."""

from __future__ import annotations

import re

from docs.generator.markdown import escape, label_of, link, page, table
from wellfit.diagnosis.base import Rule
from wellfit.diagnosis.examination import every_rule

PARTS = ("Detected", "Why it matters", "What to do", "How sure")
NEEDS = {
    "recipe": "a recipe", "table": "a table", "training": "trained networks",
    "references": "networks of another recipe on the same rows", "search": "a search",
    "later rows": "rows to predict",
}  # fmt: skip


def parsed(card: str, thresholds: tuple[str, ...] = ()) -> tuple[str, dict[str, str], dict[str, str]]:
    """A card's first sentence, its parts by heading, and the words on its thresholds.

    >>> parsed("Too hot.\\n\\nDetected: it\\nglows.\\nHow sure: quite.\\n\\nheat: in\\n    degrees.", ("heat",))
    ('Too hot.', {'Detected': 'it glows.', 'How sure': 'quite.'}, {'heat': 'in degrees.'})
    """
    heads = "|".join(re.escape(one) for one in (*PARTS, *thresholds))
    pieces = re.split(rf"^({heads}): ?", card, flags=re.MULTILINE)
    said = {head: " ".join(text.split()) for head, text in zip(pieces[1::2], pieces[2::2], strict=True)}
    parts = {head: text for head, text in said.items() if head in PARTS}
    return " ".join(pieces[0].split()), parts, {name: said[name] for name in thresholds if name in said}


def rules_page() -> str:
    """Every rule: how it is detected, why it matters, what to do, how sure it is."""
    rules = every_rule()
    rows = [
        (link(escape(one.title), f"rule-{one.code}"), f"`{one.code}`", escape(parsed(one.card)[0]))
        for one in sorted(rules.values(), key=lambda one: one.title)
    ]
    return page(
        "# Rules",
        f"What [the doctor](doctor.md) looks for: {len(rules)} rules. Each is a function of what is known, and says "
        "found, fine or not applicable with its evidence. `mute` leaves one out by its code: "
        '`wellfit.diagnose(..., mute="clipping-never")`, `wellfit doctor ... --mute clipping-never`. Thresholds are '
        "arguments of the functions.",
        table(("rule", "code", "what it finds"), rows),
        *(_section(one) for one in rules.values()),
    )


def _section(one: Rule) -> str:
    sense, parts, meanings = parsed(one.card, tuple(one.thresholds))
    thresholds = [(f"`{name}`", f"`{value}`", escape(meanings.get(name, ""))) for name, value in one.thresholds.items()]
    follows = [link(escape(every_rule()[code].title), f"rule-{code}") for code in one.explains if code in every_rule()]
    needs = ", ".join(NEEDS[need] for need in one.needs)
    return page(
        f"(rule-{label_of(one.code)})=\n## {escape(one.title)}",
        f"`{one.code}`. {escape(sense)}",
        *(f"**{head}.** {_capital(escape(text))}" for head, text in parts.items()),
        f"It needs {needs}." + (f" It may explain: {', '.join(follows)}." if follows else ""),
        table(("threshold", "default", "meaning"), thresholds) if thresholds else "",
    ).rstrip()


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
