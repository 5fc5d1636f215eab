"""Every study by its name: its question, where it is, and its own options, without loading any of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["flag", "whole", "number", "text", "wholes", "numbers", "texts"]
Recipes = Literal["one", "several", "none"]


@dataclass(frozen=True)
class Parameter:
    """One option of a study: a keyword in Python, and an option of the command.

    name: of the keyword; in the command with hyphens.
    kind: of the value; of "wholes", "numbers" and "texts" the command takes several with commas between.
    default: None where the study chooses.
    help: what it is, in a line.
    """

    name: str
    kind: Kind
    default: Any
    help: str


@dataclass(frozen=True)
class StudyEntry:
    """One study.

    name: of the function in `wellfit.studies`; in the command with hyphens.
    module: that holds the function.
    summary: what it does, in a line of the command's help.
    parameters: its own, in order.
    recipes: how many it takes as its first argument.
    table: whether it takes a table; without it the function takes keywords alone.
    """

    name: str
    module: str
    summary: str
    parameters: tuple[Parameter, ...] = ()
    recipes: Recipes = "one"
    table: bool = True


CATALOG: tuple[StudyEntry, ...] = (
    StudyEntry(
        "path",
        "wellfit.studies.recipes.path",
        "Weights, exact zeros and errors as the strength of a technique grows from zero.",
        (
            Parameter("slot", "text", "l2.strength", "The setting that grows, such as l1.strength or dropout."),
            Parameter("strengths", "numbers", None, "Its values, rising (default: by what the technique declares)."),
            Parameter("degree", "whole", None, "Of two number columns, read all products up to this degree."),
        ),
    ),
    StudyEntry(
        "ablation",
        "wellfit.studies.recipes.ablation",
        "What each technique of a recipe is worth, and the simplest recipe that is as good.",
        (
            Parameter(
                "leave_out", "texts", None, 'Slots to leave out, or "none" (default: all that hold a technique).'
            ),
            Parameter(
                "add", "texts", None, 'Slots to fill, or "none" (default: all empty ones); slot=technique names one.'
            ),
            Parameter("tuned", "flag", False, "Try several strengths of what is added, chosen on validation rows."),
        ),
    ),
    StudyEntry(
        "capacity",
        "wellfit.studies.generalisation.capacity",
        "Error against width and depth, beside the simplest predictors.",
        (
            Parameter("widths", "wholes", None, "Units of each hidden layer (default: 2 to 256 in powers of two)."),
            Parameter("depths", "wholes", None, "Hidden layers (default: those of the recipe)."),
        ),
    ),
)


def entry_of(name: str) -> StudyEntry | None:
    """The entry of a study; None where there is none. name: with hyphens or underscores."""
    plain = name.replace("-", "_")
    return next((entry for entry in CATALOG if entry.name == plain), None)
