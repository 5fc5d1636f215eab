"""A page for each technique, made of its card, and one for each family."""

from __future__ import annotations

import inspect
import re
import sys
import textwrap

from docs.generator.markdown import code, escape, formula, formula_in_cell, label_of, link, page, table, toctree
from docs.generator.techniques import Entry, entries, families
from docs.generator.turning_on import CALLS
from wellfit.cli.recipes import default_of, inline, range_of
from wellfit.techniques.base import Technique

SECTIONS = (("departures", "Where it departs from its paper"), ("cost", "Cost"), ("avoid", "When not to use it"))


def technique_page(entry: Entry, caption: str) -> str:
    """The page of one technique. caption: what its picture shows."""
    card = entry.card
    texts = [f"## {heading}\n\n{escape(card.sections[key])}" for key, heading in SECTIONS if key in card.sections]
    shapes = f"Shapes: {escape(card.sections['shapes'])}" if "shapes" in card.sections else ""
    equations = vars(entry.cls).get("equations", ())
    parts = [words if words.startswith("```") else escape(words) for words in card.body]
    parts = [part for part in parts if not (equations and part.startswith("```"))]  # the same formula in plain text
    body = "\n\n".join([*parts, *([shapes] if shapes else [])])
    label = f"(family-{label_of(entry.family)})=\n\n({entry.label})=" if entry.alone else f"({entry.label})="
    return page(
        f"{label}\n# {escape(entry.title)}",
        escape(card.sense),
        _picture(entry, caption),
        _at_a_glance(entry),
        "## How it works" if body or equations else "",
        formula(equations),
        body,
        _turned_on(entry),
        _settings(entry),
        *texts,
        f"## Example\n\n{code(card.example, 'pycon')}" if card.example else "",
        f"## Source\n\n{escape(card.sections['source'])}" if "source" in card.sections else "",
    )


def _picture(entry: Entry, caption: str) -> str:
    name = entry.document.rpartition("/")[2]
    return f"```{{figure}} {name}.svg\n:alt: {caption.replace(chr(10), ' ')}\n\n{escape(caption)}\n```"


def _at_a_glance(entry: Entry) -> str:
    place, family = entry.cls, label_of(entry.family)
    slots = ", ".join(f"[`{slot}`](#slot-{label_of(slot)})" for slot in entry.slots()) or "none of its own"
    rows = [
        *([] if entry.alone else [("Family", link(place.title, f"family-{family}"))]),
        ("Slot of the recipe", slots),
        ("Seam of the training step", link(place.seam, f"seam-{label_of(place.seam)}")),
    ]
    if place.helps:
        mechanisms = (link(word, f"mechanism-{label_of(word)}") for word in place.mechanisms)
        symptoms = (link(word, f"symptom-{label_of(word)}") for word in place.symptoms)
        rows += [("How it helps", ", ".join(mechanisms)), ("Answers", ", ".join(symptoms))]
    else:
        rows.append(("How it helps", "It does not: it is there to compare with."))
    return table(("At a glance", ""), rows)


def _turned_on(entry: Entry) -> str:
    slots = entry.turned_on()
    if entry.family in CALLS and entry.name != "none":
        call = CALLS[entry.family].format(name=entry.name)
        return f"## Use it\n\nIt is no slot of the recipe, but a call of its own:\n\n{code(call, 'python')}"
    if not slots:
        return ""
    toml = "\n".join(f"{slot} = {inline(value)}" for slot, value in slots.items())
    python = f"Recipe({', '.join(f'{slot}={value!r}' for slot, value in slots.items())})".replace("'", '"')
    return "\n\n".join(
        [
            "## Turn it on",
            "In a recipe's file, for `wellfit fit --recipe`:",
            code(toml, "toml"),
            "In Python:",
            code(f"from wellfit import Recipe\n\nrecipe = {python}", "python"),
        ]
    )


def _settings(entry: Entry) -> str:
    fields = {name: field for name, field in entry.cls.__pydantic_fields__.items() if name != "name"}
    if not fields:
        return ""
    rows = []
    for name, field in fields.items():
        allowed = range_of(field).strip().removeprefix("(").removesuffix(")")
        words = entry.card.settings.get(name) or _inherited(entry.cls, name) or _mentioned(entry, name)
        rows.append((f"`{name}`", f"`{default_of(field)}`", escape(allowed), escape(words)))
    return "## Settings\n\n" + table(("setting", "default", "allowed", "meaning"), rows)


def _inherited(cls: type[Technique], setting: str) -> str:
    """What the card of a class above says of a setting."""
    from docs.generator.cards import parse

    for base in cls.__mro__[1:]:
        if issubclass(base, Technique):
            words = parse(base.__doc__ or "", cls.model_fields).settings.get(setting)
            if words:
                return words
    return ""


def _mentioned(entry: Entry, setting: str) -> str:
    """The clause of a card that names a setting in passing."""
    text = " ".join([entry.sense, *entry.card.body, *entry.card.settings.values()])
    clauses = re.split(r"(?<=[.;]) ", text)
    return next((clause for clause in clauses if re.search(rf"\b{setting}\b", clause)), "")


def family_document(family: str) -> str:
    """The page of a family; that of its technique where there is but one."""
    own = entries(family)
    return own[0].document if own[0].alone else f"techniques/{family}"


def family_page(family: str) -> str:
    """The page of a family: what it is for, and its techniques."""
    own = entries(family)
    title, text = own[0].cls.title, inspect.getdoc(sys.modules[own[0].cls.__module__]) or ""
    rows = [(link(escape(entry.title), entry.label), f"`{entry.name}`", _in_short(entry)) for entry in own]
    return page(
        f"(family-{label_of(family)})=\n# {title}",
        *(_paragraph(part) for part in text.split("\n\n")),
        table(("technique", "name in a recipe", "in one sentence"), rows),
        toctree([f"{family}/{entry.name}" for entry in own], "hidden"),
    )


def _in_short(entry: Entry) -> str:
    """A technique's sentence and formula, in a cell."""
    equations = formula_in_cell(vars(entry.cls).get("equations", ()))
    return escape(entry.sense) + (f"<br>{equations}" if equations else "")


def _paragraph(part: str) -> str:
    """A paragraph of a docstring; lines that are all set apart, such as formulas, keep their form."""
    if all(line.startswith("    ") for line in part.splitlines()):
        return code(textwrap.dedent(part), "text")
    return escape(" ".join(part.split()))


def contents_page() -> str:
    """The page that lists the families in the order of the training step."""
    rows = []
    for family in families():
        own = entries(family)
        names = ", ".join(link(escape(entry.title), entry.label) for entry in own)
        names = escape(own[0].sense) if own[0].alone else names
        rows.append((link(own[0].cls.title, f"family-{label_of(family)}"), names))
    return page(
        "# Techniques",
        "One page each, made from the technique's card and drawn by its own code, in the order in which they act.",
        table(("family", "techniques"), rows),
        toctree([family_document(family).removeprefix("techniques/") for family in families()], "hidden"),
    )
