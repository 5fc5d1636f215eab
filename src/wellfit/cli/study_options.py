"""The options of `wellfit study NAME`, which are those of every study and its own."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer

from wellfit.cli import options as option
from wellfit.errors import InputError, quoted
from wellfit.studies.catalog import Parameter, StudyEntry

Recipe = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help='Recipe: a .toml or .json file, or "practice" or "plain" (default: wellfit\'s).'),
]
Recipes = Annotated[
    list[Path] | None,
    typer.Option("--recipe", metavar="FILE", help='A recipe: a file, or "practice" or "plain"; repeated for each.'),
]
Result = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Take the recipe that wellfit fit found: its output folder.")
]
Folds = Annotated[int, typer.Option(metavar="N", help="Folds; each one's rows measure once.", min=2)]
Partitions = Annotated[int, typer.Option(metavar="N", help="Different splits of the rows into folds.", min=1)]
Seeds = Annotated[int, typer.Option(metavar="N", help="Networks of each recipe on each fold.", min=1)]
Time = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="Limit, such as 5m, report included: whole rounds, one at least."),
]
Budget = Annotated[
    int | None, typer.Option(metavar="N", help="Limit in updates of all networks instead of --time.", min=1)
]
Metric = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Metric to compare by.", autocompletion=option.METRIC_NAMES),
]
Margin = Annotated[
    float | None,
    typer.Option(metavar="D", help="Differences up to this are practically none (default: 1 % of the mean loss)."),
]
Figure = Annotated[
    list[Path] | None, typer.Option(metavar="FILE", help="Also write the first figure to an .svg, .png or .html file.")
]
Out = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Folder to write to (default: wellfit-<study>-<name of the table>).")
]
Resume = Annotated[bool, typer.Option("--resume", help="Continue the interrupted study in the folder.")]

# In the order of the help: (name, annotation, default). Those of the table are left out of studies without one.
_OF_TABLE: tuple[tuple[str, Any, Any], ...] = (
    ("target", option.Target, None), ("task", option.Task, None), ("drop", option.Drop, None),
    ("kind", option.Kind, None), ("missing", option.Missing, None), ("decimal", option.DecimalMark, None),
    ("dates", option.Dates, None), ("skip_unknown_targets", option.SkipUnknownTargets, False),
    ("weight", option.Weight, None), ("group", option.Group, None), ("time_column", option.TimeColumn, None),
    ("split_equal_rows", option.SplitEqualRows, False),
    ("no_header", option.NoHeader, False), ("sheet", option.Sheet, None), ("images", option.Images, None),
    ("size", option.Size, None), ("colour", option.Colour, None), ("folds", Folds, 5), ("partitions", Partitions, 1),
    ("metric", Metric, None), ("margin", Margin, None),
)  # fmt: skip
_OF_RUN: tuple[tuple[str, Any, Any], ...] = (
    ("seeds", Seeds, 3), ("seed", option.Seed, 0), ("time", Time, None), ("budget", Budget, None),
    ("jobs", option.Jobs, None), ("cluster", option.Cluster, None), ("figure", Figure, None),
    ("report", option.Report, "html,md,json"), ("out", Out, None),
    ("resume", Resume, False), ("overwrite", option.Overwrite, False),
)  # fmt: skip
_TYPES: dict[str, Any] = {"flag": bool, "whole": int, "number": float}


@dataclass(frozen=True)
class StudyChoices:
    """The options of one study, as given.

    table: path; None where the study takes none. own: the study's own options by keyword. others: all others by name.
    given: those that were given, for the command that repeats it.
    """

    entry: StudyEntry
    table: str | None
    own: dict[str, Any]
    others: dict[str, Any] = field(default_factory=dict)


def signature_of(entry: StudyEntry) -> inspect.Signature:
    """What the parser takes for a study: the table, the recipes, its own options, and those of every study."""
    parameters: list[tuple[str, Any, Any]] = [("table", option.Table, inspect.Parameter.empty)] if entry.table else []
    if entry.recipes == "one":
        parameters += [("recipe", Recipe, None), ("result", Result, None)]
    elif entry.recipes == "several":
        parameters += [("recipe", Recipes, None)]
    parameters += [(one.name, _annotation(one), _default(one)) for one in entry.parameters if one.command]
    parameters += [*(_OF_TABLE if entry.table else ()), *_OF_RUN]
    parameters = [(name, kind, entry.seeds if name == "seeds" else default) for name, kind, default in parameters]
    return inspect.Signature(
        [
            inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=annotation)
            for name, annotation, default in parameters
        ]
    )


def _annotation(one: Parameter) -> Any:
    name = f"--{one.name.replace('_', '-')}"
    if one.kind == "flag":
        return Annotated[bool, typer.Option(f"{name}/--no-{name[2:]}", help=one.help)]
    several = one.kind in ("wholes", "numbers", "texts")
    metavar = "N" if one.kind in ("whole", "wholes") else "X" if one.kind in ("number", "numbers") else "NAME"
    if several:  # also one by one, which would otherwise leave the last alone
        return Annotated[list[str] | None, typer.Option(name, metavar=f"{metavar},...", help=one.help)]
    kind = _TYPES.get(one.kind, str)
    return Annotated[kind | None, typer.Option(name, metavar=metavar, help=one.help)]


def _default(one: Parameter) -> Any:
    if one.default is not None and one.kind in ("wholes", "numbers", "texts"):
        return [",".join(str(value) for value in one.default)]
    return one.default


def choices_of(entry: StudyEntry, given: dict[str, Any]) -> StudyChoices:
    """The options as the parser gives them, those with commas as tuples.

    Raises:
        InputError: a value that is no number where numbers are asked for.
    """
    own = {one.name: _value(one, given[one.name]) for one in entry.parameters if one.command}
    names = {"table", *own}
    return StudyChoices(
        entry, given.get("table"), own, {name: value for name, value in given.items() if name not in names}
    )


def _value(one: Parameter, text: Any) -> Any:
    if text is None or one.kind not in ("wholes", "numbers", "texts"):
        return text
    text = ",".join(text) if isinstance(text, list) else str(text)
    read: Callable[[str], Any] = {"wholes": int, "numbers": float}.get(one.kind, str)
    try:
        return tuple(read(part.strip()) for part in text.split(",") if part.strip())
    except ValueError:
        what = "whole numbers" if one.kind == "wholes" else "numbers"
        raise InputError(
            f"--{one.name.replace('_', '-')} takes {what} with commas between, such as 1,2,4; got {quoted(text)}."
        ) from None
