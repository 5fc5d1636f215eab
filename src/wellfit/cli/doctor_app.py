"""The command `wellfit doctor` and its options, which are those of every study and its own."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Annotated, Any

import typer

from wellfit.cli.options import KeepTogether, LeaveOut, Mute, piped
from wellfit.cli.study_options import choices_of, signature_of
from wellfit.studies.catalog import Parameter, StudyEntry

INTERRUPTED = 130
DOCTOR = StudyEntry(
    "doctor", "wellfit.diagnosis.doctor",
    "Say what is wrong with a recipe or a table, try what may help, and say what did.",
    (
        Parameter("trial", "flag", True, "Train what the findings advise, and compare."),
        Parameter("random_patches", "flag", True, "Train as many random changes beside, to compare with."),
        Parameter("patches", "whole", 12, "Changes of the recipe to try at most, beside random ones."),
        Parameter("mute", "texts", None, "Codes of rules to leave out, such as clipping-never,drift."),
        Parameter("fail_on", "text", None, "Exit with 1 where something of this severity was found: problem, warning."),
        Parameter("later", "text", None, "Table of rows to predict, to compare its columns with."),
    ),
    seeds=3,
)  # fmt: skip
TABLE = Annotated[
    str | None,
    typer.Argument(metavar="TABLE", callback=piped, help="The table (default: that of --result).", show_default=False),
]
RESULT = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR", help="Output folder of wellfit fit: judge its best recipe on its table, read as it was there."
    ),
]
EXAMPLES = """\b
Examples:
  wellfit doctor snails.csv --target rings --recipe mine.toml
  wellfit doctor snails.csv --target rings --recipe mine.toml --time 2m
  wellfit doctor --result wellfit-snails
  wellfit doctor snails.csv --target rings --recipe mine.toml --no-trial --fail-on problem
"""
DESCRIPTION = """Say what is wrong with a recipe or a table, try what may help, and say what did.

The recipe is trained on folds, beside the default recipe. Rules judge what is seen; what they advise is trained on the
same folds from the same seeds, beside as many random changes. The change with the lowest loss on validation rows is
judged on test rows that no choice has seen. Writes diagnosis.json, tables, figures, the healed recipe, and a report.
"""


def add_doctor(app: typer.Typer) -> None:
    """Give an app the command."""

    def run(context: typer.Context, **given: Any) -> None:
        from wellfit.cli.cluster import cluster_of
        from wellfit.cli.doctor import diagnose_table

        try:
            with cluster_of(given["cluster"], given["jobs"], context.obj) as started:
                raise typer.Exit(diagnose_table(choices_of(DOCTOR, given), started))
        except KeyboardInterrupt:
            typer.echo("wellfit: interrupted before there was anything to show; --resume goes on from there.", err=True)
            raise typer.Exit(INTERRUPTED) from None

    own = [_adapted(one) for one in signature_of(DOCTOR).parameters.values()]
    lists = {"leave_out": LeaveOut, "keep_together": KeepTogether}
    own += [
        inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None, annotation=annotation)
        for name, annotation in lists.items()
    ]
    context = inspect.Parameter("context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
    # The parser reads a function's signature and annotations.
    run.__signature__ = inspect.Signature([context, *own])  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in (context, *own)}
    run.__doc__ = DESCRIPTION
    app.command("doctor", epilog=EXAMPLES, short_help=DOCTOR.summary)(run)


def _adapted(one: inspect.Parameter) -> inspect.Parameter:
    """The table may be left out where a result names it; --mute may be repeated."""
    if one.name == "table":
        return one.replace(annotation=TABLE, default=None)
    if one.name == "mute":
        return one.replace(annotation=Mute)
    return one.replace(annotation=RESULT) if one.name == "result" else one
