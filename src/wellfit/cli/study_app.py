"""The commands `wellfit study ...`, one a study, made of the catalog."""

from __future__ import annotations

import inspect
from typing import Any

import typer

from wellfit.cli.study_options import choices_of, signature_of
from wellfit.studies.catalog import CATALOG, StudyEntry

INTERRUPTED = 130

study_app = typer.Typer(
    help="Answer one question about networks on a table, with an interval.", no_args_is_help=True, rich_markup_mode=None
)

STUDY_EXAMPLES = """\b
Examples:
  wellfit study capacity snails.csv --target rings --widths 4,16,64
  wellfit study capacity snails.csv --target rings --recipe mine.toml --time 2m
"""


@study_app.callback(epilog=STUDY_EXAMPLES)
def study_options() -> None:
    """Answer one question about networks on a table: train many side by side, and say how sure the answer is."""


def _command_of(entry: StudyEntry) -> Any:
    def run(context: typer.Context, **given: Any) -> None:
        from wellfit.cli.cluster import cluster_of
        from wellfit.cli.study import study_table_of

        try:
            with cluster_of(given["cluster"], given["jobs"], context.obj) as started:
                raise typer.Exit(study_table_of(choices_of(entry, given), started))
        except KeyboardInterrupt:
            typer.echo("wellfit: interrupted before there was anything to show; --resume goes on from there.", err=True)
            raise typer.Exit(INTERRUPTED) from None

    own = list(signature_of(entry).parameters.values())
    context = inspect.Parameter("context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
    # The parser reads a function's signature and annotations, which differ from study to study.
    run.__signature__ = inspect.Signature([context, *own])  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in (context, *own)}
    run.__doc__ = entry.summary
    return run


for _entry in CATALOG:
    study_app.command(_entry.name.replace("_", "-"), short_help=_entry.summary)(_command_of(_entry))
