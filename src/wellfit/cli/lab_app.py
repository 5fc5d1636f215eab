"""The commands `wellfit lab list`, `run` and `all`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from wellfit.cli import options as option

INTERRUPTED = 130

lab_app = typer.Typer(
    help="Experiments of lectures on training networks, each of which checks its claims.", no_args_is_help=True,
    rich_markup_mode=None,
)  # fmt: skip

LIST_EXAMPLES = """\b
Examples:
  wellfit lab list
  wellfit lab list --published
"""
RUN_EXAMPLES = """\b
Examples:
  wellfit lab run dropout-rates
  wellfit lab run dropout-rates more-rows --quick
  wellfit lab run dropout-layers --data mnist/
  wellfit lab run --published --data mnist/
"""
ALL_EXAMPLES = """\b
Examples:
  wellfit lab all --quick
  wellfit lab all --out lab
"""
Data = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Folder with MNIST's idx files and other data.", show_default=False)
]
Quick = Annotated[bool, typer.Option("--quick", help="Fewer rows and repetitions: wider intervals, sooner.")]
Published = Annotated[bool, typer.Option("--published", help="Those that repeat published results; long.")]
Out = Annotated[Path, typer.Option(metavar="DIR", help="Folder to write to.")]
Resume = Annotated[bool, typer.Option("--resume", help="Keep what an earlier run has finished in the folder.")]
WRITTEN = Path("wellfit-lab")


@lab_app.callback()
def lab_options() -> None:
    """Experiments of lectures on training networks, each of which checks its claims."""


@lab_app.command("list", epilog=LIST_EXAMPLES)
def list_experiments(published: Published = False) -> None:
    """Show all experiments: name, what it is about, how many claims it checks, and what it costs."""
    from wellfit.cli.lab import show_list

    show_list(published)


@lab_app.command("run", epilog=RUN_EXAMPLES)
def run_some(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME...", help="Experiments, as wellfit lab list shows them.",
                                         show_default=False)
    ] = None,
    data: Data = None,
    quick: Quick = False,
    published: Published = False,
    jobs: option.Jobs = None,
    out: Out = WRITTEN,
    resume: Resume = False,
    overwrite: option.Overwrite = False,
) -> None:  # fmt: skip
    """Run experiments: the question, the verdict of each claim with its interval, figures, and a page each.

    Writes a folder an experiment: study.json, tables, figures, report.html, .md and .json. With --published and no name
    all of those are run, network by network; after Ctrl-C the same command with --resume goes on.
    """
    from wellfit.cli.lab import Choices, run_named

    _run(lambda: run_named(names or (), Choices(data, quick, published, jobs, out, resume, overwrite)))


@lab_app.command("all", epilog=ALL_EXAMPLES)
def run_all(
    data: Data = None,
    quick: Quick = False,
    jobs: option.Jobs = None,
    out: Out = WRITTEN,
    resume: Resume = False,
    overwrite: option.Overwrite = False,
) -> None:
    """Run all experiments but the published ones, and write the gallery: one page of all, and a table of the claims.

    Writes gallery.html, gallery.md, claims.csv, and a folder an experiment. Ctrl-C ends it: the gallery then has those
    that were finished, and the same command with --resume goes on.
    """
    from wellfit.cli.lab import Choices, run_everything

    _run(lambda: run_everything(Choices(data, quick, False, jobs, out, resume, overwrite)))


def _run(work: Callable[[], int]) -> None:
    """Exit with what the work returns, or with 130 after Ctrl-C."""
    try:
        raise typer.Exit(work())
    except KeyboardInterrupt:
        typer.echo("wellfit: interrupted; the same command with --resume goes on.", err=True)
        raise typer.Exit(INTERRUPTED) from None
