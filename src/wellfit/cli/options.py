"""The options of `wellfit fit`: what each may be, as the parser knows it, and which exclude each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from wellfit.errors import InputError

METRICS = (
    "log_loss", "error", "accuracy", "balanced_error", "balanced_accuracy", "auc", "brier", "rmse", "mae", "r2",
    "median_absolute_error", "poisson_deviance",
)  # fmt: skip


def _among(*choices: str) -> Callable[[str], list[str]]:
    """What the shell completes a beginning of a value to."""
    return lambda incomplete: [one for one in choices if one.startswith(incomplete)]


METRIC_NAMES = _among(*METRICS)


def piped(table: str | None) -> str | None:
    """The name of a table as it is given, where - is standard input, as for other commands."""
    return "/dev/stdin" if table == "-" else table


# One a parameter of `wellfit.cli.app.fit`, in the order of its help.
Table = Annotated[
    str,
    typer.Argument(
        metavar="TABLE", callback=piped, help="CSV, TSV, JSON, Parquet, Feather, Excel, ARFF or idx file; - is a pipe."
    ),
]
Model = Annotated[Path, typer.Argument(metavar="MODEL", help="Model file that wellfit fit wrote.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Target = Annotated[
    list[str] | None,
    typer.Option(metavar="COLUMN", help="Column to predict; may be repeated. For idx images: file with their labels."),
]
Recipe = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help='One recipe instead of a search: a .toml or .json file, or "practice".'),
]
Folds = Annotated[
    int | None,
    typer.Option(metavar="N", help="Cross-validation folds (default: 5; a search of under 1,000 rows: 8).", min=2),
]
Bootstrap = Annotated[
    int | None,
    typer.Option(metavar="N", help="One recipe: bootstrap samples instead of folds (bagging).", min=2),
]
Seeds = Annotated[
    int, typer.Option(metavar="N", help="One recipe: networks on each fold, each initialised anew.", min=1)
]
Average = Annotated[
    str,
    typer.Option(
        metavar="KIND",
        help="One recipe: average by mean, logits, majority (classes), median (numbers).",
        autocompletion=_among("mean", "logits", "majority", "median"),
    ),
]
Refit = Annotated[
    str,
    typer.Option(
        metavar="WAY",
        help="Finally train on all rows, from_scratch or continue.",
        autocompletion=_among("none", "from_scratch", "continue"),
    ),
]
Time = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="Time limit, such as 30s, 5m or 1h30m (default: 60s; one recipe: none)."),
]
Budget = Annotated[
    int | None,
    typer.Option(metavar="N", help="Limit in updates of all networks instead of --time; repeatable exactly.", min=1),
]
Metric = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Metric that the ensemble is chosen by; see below.", autocompletion=METRIC_NAMES),
]
Replay = Annotated[Path | None, typer.Option(metavar="RESULT", help="Repeat the search recorded in a result.json.")]
Resume = Annotated[
    bool, typer.Option("--resume", help="Continue the interrupted run in the folder, with a new --time.")
]
Small = Annotated[
    bool, typer.Option("--small", help="Save one small network distilled from the ensemble; shows both losses.")
]
Seed = Annotated[int, typer.Option(metavar="N", help="Seed of all random numbers.", min=0)]
Task = Annotated[
    str | None,
    typer.Option(
        metavar="KIND",
        help="Predict a class, number or count; of several targets COLUMN=KIND,...",
        autocompletion=_among("class", "number", "count"),
    ),
]
Rows = Annotated[
    str | None,
    typer.Option(
        metavar="N|all",
        help="Rows that are drawn at random, or all (default: of a very large table as many as the time allows).",
    ),
]
Drop = Annotated[list[str] | None, typer.Option(metavar="COLUMN", help="Column to leave out; may be repeated.")]
Kind = Annotated[
    list[str] | None,
    typer.Option(metavar="COLUMN=KIND", help="Read a column as number, category, date or text; may be repeated."),
]
Missing = Annotated[
    list[str] | None,
    typer.Option(
        metavar="MARKS",
        help="Cells that count as missing, with commas between; default: the usual marks; none: empty cells alone.",
    ),
]
DecimalMark = Annotated[
    str | None,
    typer.Option(
        "--decimal",
        metavar="MARK",
        help="Mark of fractions, comma or point, where 7,404 leaves it open.",
        autocompletion=_among("comma", "point"),
    ),
]
Dates = Annotated[
    str | None,
    typer.Option(
        metavar="ORDER",
        help="Dates are day-first, month-first, or in a format such as %d/%m/%y.",
        autocompletion=_among("day-first", "month-first"),
    ),
]
SkipUnknownTargets = Annotated[
    bool, typer.Option("--skip-unknown-targets", help="Leave out rows whose target is missing or no number.")
]
SplitEqualRows = Annotated[
    bool,
    typer.Option("--split-equal-rows", help="Split equal rows at random too: for tables whose rows will occur again."),
]
StartFrom = Annotated[
    Path | None, typer.Option(metavar="MODEL", help="Saved model whose hidden layers the networks start from.")
]
Layers = Annotated[
    int | None,
    typer.Option(metavar="N", help="How many of its hidden layers, from the input side (default: all).", min=1),
]
Weight = Annotated[str | None, typer.Option(metavar="COLUMN", help="Column of row weights, 0 or more.")]
Group = Annotated[
    str | None, typer.Option(metavar="COLUMN", help="Column of groups: rows with equal values are never split apart.")
]
LeaveOut = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="CSV file whose column row names rows that do not train, counted from 0."),
]
KeepTogether = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="CSV file with columns row and group: rows of a group are never split apart."),
]
Test = Annotated[
    str | None,
    typer.Option(metavar="TABLE|none", help="Table to test on, or none (default: 10 % of the rows, set aside)."),
]
TestTarget = Annotated[str | None, typer.Option(metavar="FILE", help="File with the labels of the images of --test.")]
Images = Annotated[
    str | None, typer.Option(metavar="COLUMN", help="Column with paths of images, relative to the table's folder.")
]
Size = Annotated[str | None, typer.Option(metavar="HxW", help="Height and width that image files are scaled to.")]
Colour = Annotated[
    bool | None, typer.Option("--colour/--grey", help="Image files in colour or grey (default: grey if all are).")
]
TimeColumn = Annotated[
    str | None,
    typer.Option(metavar="COLUMN", help="Order rows in time: earlier ones train, later ones validate, the last test."),
]
NoHeader = Annotated[
    bool, typer.Option("--no-header", help="The file has no line of names: columns are column 1, column 2, ...")
]
Sheet = Annotated[str | None, typer.Option(metavar="NAME", help="Sheet of a workbook (default: the first with cells).")]
Jobs = Annotated[
    int | None, typer.Option(metavar="N", help="Threads (default: all cores this process may use).", min=1)
]
Cluster = Annotated[
    str | None,
    typer.Option(
        metavar="WHERE",
        help="Train on a Ray cluster: local, auto, or the address of its head.",
        autocompletion=_among("local", "auto"),
    ),
]
Probes = Annotated[
    bool, typer.Option("--probes/--no-probes", help="Look inside the networks while they train: probes.parquet.")
]
Out = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Folder to write to (default: wellfit-<name of the table>).")
]
Report = Annotated[
    str,
    typer.Option(
        metavar="KINDS",
        help="Files of the report: html, md, json with commas between, or none.",
        autocompletion=_among("html", "md", "json", "none"),
    ),
]
Mute = Annotated[
    list[str] | None,
    typer.Option(metavar="CODE,...", help="Rules to leave out of the findings, by their codes; may be repeated."),
]
ScratchFolder = Annotated[
    Path | None,
    typer.Option(
        "--scratch",
        metavar="DIR",
        help="Folder for the columns of a Parquet file that does not fit in memory, while it runs (default: --out).",
        show_default=False,
    ),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace an earlier result in the folder.")]


@dataclass(frozen=True)
class FitOptions:
    """The options of `wellfit fit`, as given.

    target: the names of targets with commas between, or a file of labels. targets: the names one by one.
    """

    table: str
    target: str
    recipe: Path | None
    folds: int | None
    bootstrap: int | None
    seeds: int
    average: str
    refit: str
    time: str | None
    seed: int
    task: str | None
    drop: tuple[str, ...]
    kind: tuple[str, ...]
    weight: str | None
    group: str | None
    test: str | None
    test_target: str | None
    jobs: int | None
    out: Path | None
    overwrite: bool
    start_from: Path | None = None
    layers: int | None = None
    budget: int | None = None
    metric: str | None = None
    replay: Path | None = None
    resume: bool = False
    small: bool = False
    no_header: bool = False
    sheet: str | None = None
    images: str | None = None
    size: str | None = None
    colour: bool | None = None
    time_column: str | None = None
    missing: tuple[str, ...] = ()
    decimal: str | None = None
    dates: str | None = None
    skip_unknown_targets: bool = False
    targets: tuple[str, ...] = ()
    probes: bool = True
    report: str = "html,md,json"
    rows: str | None = None
    scratch: Path | None = None
    mute: tuple[str, ...] = ()
    leave_out: Path | None = None
    keep_together: Path | None = None
    split_equal_rows: bool = False


def codes_given(mute: Sequence[str] | None) -> tuple[str, ...]:
    """The codes of --mute, which may be repeated and may hold several with commas between, each once."""
    return tuple(dict.fromkeys(part.strip() for one in mute or () for part in one.split(",") if part.strip()))


def bag_options(o: FitOptions) -> list[str]:
    """The options given that only a bag of one recipe has; empty where a search can do everything."""
    given = {
        "--recipe": o.recipe is not None,
        "--bootstrap": o.bootstrap is not None,
        "--seeds": o.seeds != 1,
        "--average": o.average != "mean",
        "--start-from": o.start_from is not None,
        "--layers": o.layers is not None,
        "several targets": len(o.targets) > 1,
    }
    return [name for name, is_given in given.items() if is_given]


def check_search(o: FitOptions) -> None:
    """Refuse options of a search that exclude each other.

    Raises:
        InputError: two of those given exclude each other.
    """
    if o.budget is not None and o.time is not None:
        raise InputError("--time limits the search by the clock, --budget by updates: give one of the two.")
    given = {"--time": o.time, "--budget": o.budget, "--metric": o.metric, "--folds": o.folds}
    named = [name for name, value in given.items() if value is not None]
    if o.replay is not None and o.resume:
        raise InputError("--replay repeats a search, --resume continues one: give one of the two.")
    if o.small and o.refit != "none":
        raise InputError("--small trains one small network on all rows, --refit the ensemble: give one of the two.")
    if o.replay is not None and named:
        raise InputError(f"--replay repeats an earlier search with its own settings: leave {' and '.join(named)} out.")


def check_bag(o: FitOptions) -> None:
    """Refuse options that only a search has.

    Raises:
        InputError: there are some.
    """
    given = {
        "--budget": o.budget,
        "--metric": o.metric,
        "--replay": o.replay,
        "--small": o.small or None,
    }
    named = [name for name, value in given.items() if value is not None]
    if named:
        raise InputError(
            f"{' and '.join(named)} {'belongs' if len(named) == 1 else 'belong'} to a search, and "
            f"{' and '.join(bag_options(o))} to one recipe: leave one or the other out."
        )
