"""One run of `wellfit fit`: what a search and a bag have in common."""

from __future__ import annotations

import time
from pathlib import Path

from rich.console import Console

from wellfit.cli.options import FitOptions
from wellfit.cli.output import refuse_earlier_result
from wellfit.cli.pictures import prepare_images
from wellfit.cli.prepare import Prepared, prepare
from wellfit.cli.screen import describe_target, say, show_columns
from wellfit.engines.contract.budget import parse_seconds
from wellfit.engines.contract.start import Start
from wellfit.errors import InputError
from wellfit.numerics.cores import usable_cores
from wellfit.recipe import Recipe, as_recipe
from wellfit.tables import Schema, read_table
from wellfit.tables.reading.images import image_of
from wellfit.training.refit import check_refit, refit_settings
from wellfit.training.transfer import Transfer, make_start

TABLE_ENDINGS = (".gz", ".csv", ".tsv", ".txt", ".parquet", ".pq", ".idx3-ubyte")


class Job:
    """One run of the command: what was asked for, the screen, the clock, and what there is to remember."""

    def __init__(self, options: FitOptions, started: float | None = None) -> None:
        self.options = options
        self.started = time.monotonic() if started is None else started
        self.limit = None if options.time is None else parse_seconds(options.time)
        self.recipe: Recipe = as_recipe(options.recipe)
        self.refit = refit_settings(options.refit)
        check_refit(self.refit, self.recipe)
        if options.folds is not None and options.bootstrap is not None:
            raise InputError("--folds deals rows out, --bootstrap draws them with replacement: give one of the two.")
        self.start, self.donor = _start(options, self.recipe)
        self.jobs = options.jobs or usable_cores()
        self.console = Console(highlight=False, markup=False, emoji=False)
        self.notes: list[str] = []
        self.interrupted = False
        self.folder = options.out or Path(f"wellfit-{table_name(options.table)}")
        refuse_earlier_result(self.folder, options.overwrite or options.resume)

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self.started

    def note(self, *notes: str) -> None:
        """Say something, and keep it for result.json."""
        self.notes += notes
        for note in notes:
            say(self.console, f"Note: {note}")


def table_name(path: str) -> str:
    """The name of a table's file without its endings."""
    name = Path(path).name
    while name.lower().endswith(TABLE_ENDINGS) and Path(name).suffix:
        name = Path(name).stem
    return name or "table"


def _start(o: FitOptions, recipe: Recipe) -> tuple[Start | None, Schema | None]:
    """What the networks start from, and how the columns are then read."""
    if o.start_from is None and o.layers is not None:
        raise InputError("--layers says how many layers of --start-from are used: give both, or neither.")
    return make_start(None if o.start_from is None else Transfer(o.start_from, o.layers), recipe)


def prepared_of(o: FitOptions, donor: Schema | None) -> Prepared:
    """The table or the images that the options name, split. donor: how their columns are read, where there is one."""
    table = read_table(o.table) if donor is None else donor.read(o.table)
    if donor is not None and donor.image != (None if table.images is None else image_of(table.images)):
        raise InputError(f"{o.start_from} was trained on other images, or on a table: start from a model of such rows.")
    if table.images is not None:
        columns = {"drop": o.drop, "kind": o.kind, "weight": o.weight, "group": o.group}
        return prepare_images(table, o.target, o.task, o.test, o.test_target, o.seed, **columns)
    if o.test_target is not None:
        raise InputError("--test-target is for images: the table of --test has the target among its own columns.")
    return prepare(table, o.target, o.task, o.drop, o.kind, o.weight, o.group, o.test, o.seed, donor)


def introduce(job: Job, prepared: Prepared) -> None:
    """Say what was understood of table, target and columns."""
    rows = prepared.train.arrays.rows
    say(job.console, f"Table    {job.options.table}: {rows:,} rows to train on")
    say(job.console, f"Target   {job.options.target}: {describe_target(prepared.train.target)}")
    say(job.console, f"Task     {prepared.task}")
    say(job.console, f"Test     {prepared.test_source}")
    job.console.print()
    show_columns(job.console, prepared.schema.describe())
    job.note(*prepared.notes)


def say_where(job: Job) -> None:
    """Name the files that were written."""
    for name, what in (("model.wellfit", "Model"), ("result.json", "Results"), ("history.parquet", "History")):
        job.console.print(f"{what:<8} {job.folder / name}", soft_wrap=True)


def remove_if_empty(folder: Path, new: bool) -> None:
    """Leave no folder behind that was made for nothing."""
    if new and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
