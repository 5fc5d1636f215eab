"""One run of `wellfit fit`: what a search and a bag share."""

from __future__ import annotations

import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wellfit.cli.folder import check_name, refuse_earlier_result
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

TABLE_ENDINGS = (
    *(".gz", ".bz2", ".xz", ".zip", ".csv", ".tsv", ".txt", ".dat", ".data", ".json", ".jsonl", ".ndjson"),
    *(".parquet", ".pq", ".feather", ".arrow", ".ipc", ".xlsx", ".xls", ".xlsb", ".xlsm", ".ods", ".arff"),
    ".idx3-ubyte",
)


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
        check_name(self.folder)
        self._earlier = refuse_earlier_result(self.folder, options.overwrite or options.resume)

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self.started

    def resumes(self, saved: Path, state: str) -> bool:
        """Whether an interrupted run is gone on with; one that is not, and that --overwrite gives up, is removed.

        saved: the folder in which it would be. state: the file of it without which there is none.

        Raises:
            InputError: it is there without --resume or --overwrite, or there is a finished run and none to resume.
        """
        o, folder, there = self.options, repr(str(self.folder)), (saved / state).exists()
        if there and not (o.resume or o.overwrite):
            raise InputError(f"{folder} holds an interrupted run: continue it with --resume, or give --overwrite.")
        if o.resume and not there and self._earlier and not o.overwrite:
            raise InputError(f"{folder} holds a finished run, and none to resume: give --overwrite to train anew.")
        if o.resume and not there:
            self.note(f"There is no interrupted run in {folder}: this one starts anew.")
        if there and not o.resume:
            shutil.rmtree(saved)
        return there and o.resume

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
    of = "" if data.drawn is None else f", of {data.drawn.of:,}"
    say(job.console, f"Table    {job.options.table}: {counted(rows, 'row')} to train on{of}")
    say(job.console, f"Target   {job.options.target}: {describe_target(data.train.target)}")
    say(job.console, f"Task     {data.task}")
    say(job.console, f"Test     {data.test_source}")
    job.console.print()
    show_columns(job.console, data.schema.describe())
    job.note(*data.notes)


def show_files(job: Job) -> None:
    """Name the files that were written."""
    files = {"model.wellfit": "Model", "result.json": "Results", "history.parquet": "History"}
    if job.options.probes:
        files["probes.parquet"] = "Probes"
    files |= {name: "Report" for name in ("report.html", "report.md") if (job.folder / name).is_file()}
    for name, what in files.items():
        job.console.print(f"{what:<8} {job.folder / name}", soft_wrap=True)


@contextmanager
def ended_by_sigterm() -> Iterator[None]:
    """Inside, SIGTERM does what Ctrl-C does."""
    try:
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    except ValueError:  # not the main thread, which alone sees signals
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
