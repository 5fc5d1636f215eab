"""One run of `wellfit fit`: what a search and a bag share."""

from __future__ import annotations

import time
from pathlib import Path

from wellfit.cli.folder import refuse_earlier_result
from wellfit.cli.options import FitOptions
from wellfit.cli.screen import counted, describe_target, say, screen, show_columns
from wellfit.cli.stages import Stages
from wellfit.engines.contract.budget import parse_seconds
from wellfit.engines.contract.start import Start
from wellfit.errors import InputError
from wellfit.numerics.cores import usable_cores
from wellfit.recipe import Recipe, as_recipe
from wellfit.tables import Schema
from wellfit.tables.split import SplitTable
from wellfit.training.refit import check_refit, refit_settings
from wellfit.training.transfer import Transfer, make_start

TABLE_ENDINGS = (".gz", ".csv", ".tsv", ".txt", ".parquet", ".pq", ".idx3-ubyte")


class Job:
    """One run of the command: its options, the screen, the clock, and the notes for result.json."""

    def __init__(self, options: FitOptions, started: float | None = None) -> None:
        self.options = options
        self.started = time.monotonic() if started is None else started
        self.limit = None if options.time is None else parse_seconds(options.time)
        self.recipe: Recipe = as_recipe(options.recipe)
        self.refit = refit_settings(options.refit)
        check_refit(self.refit, self.recipe)
        if options.folds is not None and options.bootstrap is not None:
            raise InputError("--folds splits the rows, --bootstrap draws them with replacement: give one of the two.")
        self.start, self.donor = _start(options, self.recipe)
        self.jobs = options.jobs or usable_cores()
        self.console = screen()
        self.notes: list[str] = []
        self.stages = Stages(self.started)
        self.interrupted = False
        self.folder = options.out or Path(f"wellfit-{table_name(options.table)}")
        refuse_earlier_result(self.folder, options.overwrite or options.resume)

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self.started

    def note(self, *notes: str) -> None:
        """Show a note, and keep it for result.json."""
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


def introduce(job: Job, data: SplitTable) -> None:
    """Show what was understood of table, target and columns."""
    rows = data.train.arrays.rows
    say(job.console, f"Table    {job.options.table}: {counted(rows, 'row')} to train on")
    say(job.console, f"Target   {job.options.target}: {describe_target(data.train.target)}")
    say(job.console, f"Task     {data.task}")
    say(job.console, f"Test     {data.test_source}")
    job.console.print()
    show_columns(job.console, data.schema.describe())
    job.note(*data.notes)


def show_files(job: Job) -> None:
    """Name the files that were written."""
    for name, what in (("model.wellfit", "Model"), ("result.json", "Results"), ("history.parquet", "History")):
        job.console.print(f"{what:<8} {job.folder / name}", soft_wrap=True)
