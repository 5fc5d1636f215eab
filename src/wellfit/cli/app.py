"""The commands and their options."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from wellfit.cli import options as option
from wellfit.cli.doctor_app import add_doctor
from wellfit.cli.lab_app import lab_app
from wellfit.cli.output import write_out
from wellfit.cli.recipe_app import recipe_app
from wellfit.cli.study_app import study_app

INTERRUPTED = 130

app = typer.Typer(
    help="Trains neural networks that generalise, on a table.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(recipe_app, name="recipe")
app.add_typer(study_app, name="study")
app.add_typer(lab_app, name="lab")

# "\b" keeps the lines of a paragraph as they are.
METRICS = """\b
Metrics (the first of each is the default):
  classes   log_loss, error, accuracy, balanced_error, balanced_accuracy,
            auc, brier
  labels    log_loss, error
  numbers   rmse, mae, r2, median_absolute_error
  counts    poisson_deviance, rmse, mae, r2
"""
FIT_EXAMPLES = f"""{METRICS}
\b
Examples:
  wellfit fit snails.csv --target rings
  wellfit fit people.parquet --target income --drop id --metric mae --out run1
  wellfit fit snails.csv --target rings --replay run1/result.json --out again
  wellfit fit snails.csv --target rings --recipe mine.toml --folds 10
  wellfit fit visits.csv --target cured --group patient --test later.csv
  wellfit fit few.csv --target cured --start-from many.wellfit --layers 2
  wellfit fit sales.xlsx --sheet 2024 --target amount --time-column date
  wellfit fit train-images-idx3-ubyte.gz --target train-labels-idx1-ubyte.gz
  wellfit fit leaves/ --size 48x48 --grey
"""
REPORT_EXAMPLES = """\
\b
Examples:
  wellfit report wellfit-snails
  wellfit report wellfit-snails --format md --out reports
  wellfit report wellfit-ablation-snails
"""
PREDICT_EXAMPLES = """\b
Examples:
  wellfit predict wellfit-snails/model.wellfit new.csv
  wellfit predict wellfit-snails/model.wellfit new.csv --out predicted.parquet
"""
EVALUATE_EXAMPLES = f"""{METRICS}
\b
Examples:
  wellfit evaluate wellfit-snails/model.wellfit later.csv
  wellfit evaluate wellfit-snails/model.wellfit later.csv --metric mae
"""
INFO_EXAMPLES = """\b
Examples:
  wellfit info wellfit-snails/model.wellfit
  wellfit info wellfit-snails/model.wellfit --json
  wellfit info --system
"""
WARM_EXAMPLES = """\b
Examples:
  wellfit warm
  WELLFIT_CACHE_DIR=kernels wellfit warm
"""
EXPORT_EXAMPLES = """\b
Examples:
  wellfit export wellfit-snails/model.wellfit snails.onnx
  wellfit export wellfit-snails/model.wellfit snails.onnx --check new.csv
"""


def command() -> Any:
    """The command as click sees it."""
    return typer.main.get_command(app)


@contextmanager
def _interruptible(when: str) -> Iterator[None]:
    """Ctrl-C inside ends the command with a sentence and exit code 130."""
    try:
        yield
    except KeyboardInterrupt:
        typer.echo(f"wellfit: interrupted {when}.", err=True)
        raise typer.Exit(INTERRUPTED) from None


def _version(given: bool) -> None:
    if given:
        import wellfit

        typer.echo(f"wellfit {wellfit.__version__}")
        raise typer.Exit


@app.callback(epilog="Start with: wellfit fit TABLE --target COLUMN")
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Trains neural networks that generalise, on a table."""


@app.command(epilog=FIT_EXAMPLES, short_help="Find the best networks for a table, and test them.")
def fit(
    context: typer.Context,
    table: option.Table,
    target: option.Target = None,
    recipe: option.Recipe = None,
    folds: option.Folds = None,
    bootstrap: option.Bootstrap = None,
    seeds: option.Seeds = 1,
    average: option.Average = "mean",
    refit: option.Refit = "none",
    time: option.Time = None,
    budget: option.Budget = None,
    metric: option.Metric = None,
    replay: option.Replay = None,
    resume: option.Resume = False,
    small: option.Small = False,
    seed: option.Seed = 0,
    task: option.Task = None,
    rows: option.Rows = None,
    drop: option.Drop = None,
    kind: option.Kind = None,
    missing: option.Missing = None,
    decimal: option.DecimalMark = None,
    dates: option.Dates = None,
    skip_unknown_targets: option.SkipUnknownTargets = False,
    start_from: option.StartFrom = None,
    layers: option.Layers = None,
    weight: option.Weight = None,
    group: option.Group = None,
    time_column: option.TimeColumn = None,
    leave_out: option.LeaveOut = None,
    keep_together: option.KeepTogether = None,
    split_equal_rows: option.SplitEqualRows = False,
    test: option.Test = None,
    test_target: option.TestTarget = None,
    no_header: option.NoHeader = False,
    sheet: option.Sheet = None,
    images: option.Images = None,
    size: option.Size = None,
    colour: option.Colour = None,
    probes: option.Probes = True,
    report: option.Report = "html,md,json",
    mute: option.Mute = None,
    jobs: option.Jobs = None,
    cluster: option.Cluster = None,
    out: option.Out = None,
    scratch: option.ScratchFolder = None,
    overwrite: option.Overwrite = False,
) -> None:
    """Find the best networks for a table within a time limit, test them on rows used for nothing else, and save them.

    With --recipe, or an option marked "One recipe", networks of one recipe are trained instead, one on each fold.
    Writes model.wellfit, result.json, history.parquet, probes.parquet and a report (report.html, .md and .json) to a
    folder. Ctrl-C ends the training and saves what there is.
    """
    with _interruptible("before there was anything to save"):
        from wellfit.cli.bag import bag_table
        from wellfit.cli.cluster import cluster_of
        from wellfit.cli.search import search_table
        from wellfit.cli.targets import split_targets

        targets = split_targets(tuple(target or ()), table, no_header, sheet)
        given = option.FitOptions(
            table=table, target=",".join(targets), task=task, drop=tuple(drop or ()), kind=tuple(kind or ()),
            weight=weight, group=group, test=test, test_target=test_target, recipe=recipe, folds=folds,
            bootstrap=bootstrap, seeds=seeds, average=average, refit=refit, start_from=start_from, layers=layers,
            time=time, budget=budget, metric=metric, replay=replay, resume=resume, small=small, seed=seed, jobs=jobs,
            out=out, overwrite=overwrite, no_header=no_header, sheet=sheet, missing=tuple(missing or ()),
            decimal=decimal, dates=dates, skip_unknown_targets=skip_unknown_targets, images=images, size=size,
            colour=colour, time_column=time_column, targets=targets, probes=probes, report=report, rows=rows,
            scratch=scratch, mute=option.codes_given(mute), leave_out=leave_out, keep_together=keep_together,
            split_equal_rows=split_equal_rows,
        )  # fmt: skip
        run = bag_table if option.bag_options(given) else search_table
        with cluster_of(cluster, jobs, context.obj) as started:
            raise typer.Exit(run(given, started))


@app.command(epilog=REPORT_EXAMPLES, name="report", short_help="Write the report of a result again.")
def write_again(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Folder that wellfit fit, wellfit study or wellfit doctor wrote.")
    ],
    form: Annotated[
        str, typer.Option("--format", metavar="KINDS", help="html, md, json with commas between.")
    ] = "html,md,json",
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Where to (default: beside the result).", show_default=False)
    ] = None,
) -> None:
    """Write the report of a fit, a study or a diagnosis again, from the saved files: report.html, .md and .json.

    Nothing is trained. What the time of a fit did not suffice for is measured now, and kept in report_data.json: which
    choices of the search mattered, from the saved files; findings about the table, worst rows, importance of columns
    and partial dependence on the test rows of the table, where it still lies where the fit read it. A learning curve
    of the same table in or beside the folder is told. report.html is one file that needs no network.
    """
    with _interruptible("before the report was written"):
        from wellfit.cli.fit_report import report_of

        write_out("".join(f"{path}\n" for path in report_of(folder, form, out)))


@app.command(epilog=PREDICT_EXAMPLES, short_help="Predict each row of a table with a saved model.")
def predict(
    model: option.Model,
    table: Annotated[
        str,
        typer.Argument(
            metavar="TABLE", callback=option.piped, help="Table with the columns of the training table, or images."
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A .csv, .tsv or .parquet file (default: CSV on standard output)."),
    ] = None,
    sheet: option.Sheet = None,
    jobs: option.Jobs = None,
) -> None:
    """Predict each row of a table, in order.

    The result has a column "prediction" and, for classes, a column "probability_<class>" for each class.
    """
    with _interruptible("before anything was written"):
        from wellfit.cli.saved_model import predict_table

        predict_table(model, table, out, jobs, sheet)


@app.command(epilog=EVALUATE_EXAMPLES, short_help="Measure a saved model on a table whose targets are known.")
def evaluate(
    model: option.Model,
    table: Annotated[
        str,
        typer.Argument(
            metavar="TABLE", callback=option.piped, help="Table with the columns of the training table and the target."
        ),
    ],
    target: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN", help="Column of the target (default: as in training). For images: their file."),
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="One metric instead of the usual ones; see below.", autocompletion=option.METRIC_NAMES
        ),
    ] = None,
    weight: option.Weight = None,
    group: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Column of groups: the interval is over groups, not rows.")
    ] = None,
    figures: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Draw the predictions, and what they depend on; see below.")
    ] = None,
    form: Annotated[
        str | None, typer.Option("--format", metavar="KIND", help="Of figures: svg, png, html or json (default: svg).")
    ] = None,
    as_json: option.AsJson = False,
    sheet: option.Sheet = None,
    jobs: option.Jobs = None,
) -> None:
    """Measure a saved model on a table whose targets are known: its scores, each with a 95 % interval.

    Rows without a target are left out, and counted. Several targets are measured one by one.

    Figures are the reliability of probabilities and the confusion of classes, or observed against predicted numbers
    and residuals; the importance of each column; partial dependence on the first few.
    """
    with _interruptible("before anything was measured"):
        from wellfit.cli.evaluate import EvaluateOptions, evaluate_model

        given = EvaluateOptions(
            table, ",".join(target or ()), metric, weight, group, as_json, jobs, sheet, figures, form
        )
        evaluate_model(model, given)


@app.command(epilog=INFO_EXAMPLES, short_help="Show what a saved model is, or what this installation runs on.")
def info(
    model: Annotated[
        Path | None, typer.Argument(metavar="MODEL", help="Model file that wellfit fit wrote.", show_default=False)
    ] = None,
    system: Annotated[
        bool, typer.Option("--system", help="Show versions, processor and compiled kernels instead.")
    ] = False,
    as_json: option.AsJson = False,
) -> None:
    """Show what a saved model is: its target, how each column is read, its networks, its score, its file."""
    from wellfit.errors import InputError

    if (model is None) != system:
        raise InputError("Give either a model file or --system.")
    if model is None:
        from wellfit.cli.system_info import show_system

        show_system(as_json)
    else:
        from wellfit.cli.model_info import show_model

        show_model(model, as_json)


@app.command(epilog=EXPORT_EXAMPLES, short_help="Write a saved model as an ONNX file.")
def export(
    model: option.Model,
    out: Annotated[Path, typer.Argument(metavar="FILE", help="File to write, whose name ends in .onnx.")],
    member: Annotated[
        int | None,
        typer.Option(metavar="N", help="Export one of its networks alone, counted from 0 (default: all).", min=0),
    ] = None,
    check: Annotated[
        str | None, typer.Option(metavar="TABLE", help="Table to compare the predictions of the file and the model on.")
    ] = None,
) -> None:
    """Write a saved model as an ONNX file, which predicts without wellfit: preprocessing, networks and their average.

    Needs the extra: pip install "wellfit[onnx]". Columns of text cannot be exported; the message names them.
    """
    with _interruptible("before anything was written"):
        from wellfit.cli.saved_model import export_model

        write_out("\n".join(export_model(model, out, member, check)) + "\n")


@app.command(epilog=WARM_EXAMPLES, short_help="Compile beforehand all that a search may try.")
def warm() -> None:
    """Compile beforehand all that a search may try, once for this machine and version.

    The first search does it otherwise, before its time begins: about a minute. Useful in an image of a container, on a
    new machine, and after an update.
    """
    with _interruptible("while compiling: what is compiled is kept"):
        from wellfit.cli.warm import warm_cache

        warm_cache()


add_doctor(app)
