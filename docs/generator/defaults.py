"""The tables of the page "What is on by default", read off the recipes and the estimators.

`python -m docs.generator.defaults` writes them anew, and a test says when it must.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterable
from typing import Any

import wellfit
from docs.generator.markdown import escape, table
from docs.generator.source_map import REPOSITORY
from wellfit.cli.recipes import OF_RECIPES
from wellfit.recipe import Recipe
from wellfit.recipe.brief import brief_slot
from wellfit.techniques.index import families

PAGE = REPOSITORY / "docs" / "source" / "defaults.md"
BEGIN, END = "<!-- {}: python -m docs.generator.defaults -->", "<!-- end of {} -->"
# Slots that are no technique to turn on or off, but what a network is made of.
NEEDED = (
    "hidden",
    "activation",
    "batch_size",
    "epochs",
    "initialization",
    "scaling",
    "categories",
    "loss",
    "optimizer",
)
ESTIMATORS = ("WellfitClassifier", "NetworkClassifier")


def tables() -> dict[str, str]:
    """The page's tables by name."""
    default, plain = Recipe(), Recipe.plain()
    on = [slot for slot in Recipe.model_fields if slot not in NEEDED and getattr(default, slot) != getattr(plain, slot)]
    off = [slot for slot in Recipe.model_fields if slot not in (*NEEDED, *on)]
    return {
        "needed": _slots(NEEDED),
        "on": _slots(on),
        "off": textwrap.fill(", ".join(f"`{slot}`" for slot in off) + ".", 120),
        **{name: _parameters(name) for name in ESTIMATORS},
    }


def _slots(slots: Iterable[str]) -> str:
    """A line a slot: what it is, and what it holds in each recipe with a name."""
    recipes = Recipe(), Recipe.plain(), Recipe.named("practice")
    titles = {family: first.title for family, first in families().items()}
    rows = [
        (f"`{slot}`", escape(titles.get(slot) or OF_RECIPES[slot]), *(_code(brief_slot(r, slot)) for r in recipes))
        for slot in slots
    ]
    return table(("slot", "what", "by default", "`Recipe.plain()`", '"practice"'), rows)


def _code(value: Any) -> str:
    return f"`{value}`"


def _parameters(name: str) -> str:
    """Parameters of an estimator with their defaults, without those that are none."""
    signature = inspect.signature(getattr(wellfit, name).__init__)
    known = {key: one.default for key, one in signature.parameters.items() if key != "self"}
    rows = [(f"`{key}`", _code(repr(value))) for key, value in known.items() if value is not None]
    return table(("parameter", "by default"), rows)


def with_tables(text: str) -> str:
    """The page with its tables as they are now.

    Raises:
        ValueError: a table's place is not on the page.
    """
    for name, content in tables().items():
        begin, end = BEGIN.format(name), END.format(name)
        before, found, rest = text.partition(begin)
        _, closed, after = rest.partition(end)
        if not (found and closed):
            raise ValueError(f"The page has no place for the table {name!r}: put {begin} and {end} there.")
        text = f"{before}{begin}\n\n{content}\n\n{end}{after}"
    return text


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
