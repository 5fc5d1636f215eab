"""`wellfit fit` without a recipe: search within a time limit, measure, save."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console

from wellfit.cli.fit import FitOptions, Job, asks_for_bag, introduce, prepared_of, remove_if_empty
from wellfit.cli.measure import Measured, measure_found
from wellfit.cli.on_all_rows import REFIT_SHARE, refitted
from wellfit.cli.output import make_folder, result_table, write_results
from wellfit.cli.prepare import Prepared
from wellfit.cli.promise import Promise, promise_of
from wellfit.cli.racing import Racing, racing_display
from wellfit.cli.replay import Earlier, fingerprint, read_earlier
from wellfit.cli.screen import clock, say, show_ensemble, show_scores
from wellfit.cli.smaller import SMALL_SHARE, taught, tell_of
from wellfit.engine.budget import parse_seconds
from wellfit.engine.population import Population
from wellfit.errors import InputError
from wellfit.metrics import metric_of
from wellfit.model import Model
from wellfit.search import Found, Settings, Small, needs_compiling, search
from wellfit.search.saving import STATE

SAVED = "search"  # the folder of a search that is not over, inside that of the results
SECONDS = 60.0  # where no limit is given
LEAST_SEARCH_SECONDS = 0.5
FIXED_SECONDS = 0.5  # for the files, and the screen
BASELINE_SHARE, MOST_BASELINE_SECONDS = 0.05, 3.0  # of the limit
ROWS_A_SECOND = 30_000  # that are predicted and compared, on one core


def asks_for_search(options: FitOptions) -> bool:
    """Whether nothing was asked for that only a bag of one recipe has."""
    return not asks_for_bag(options)


def search_table(options: FitOptions, started: float | None = None) -> int:
    """Run the whole job. Returns the exit code: 0, or 130 after Ctrl-C (what there was is saved).

    Raises:
        InputError: anything wrong with what was given; nothing is then left behind.
        KeyboardInterrupt: Ctrl-C before there was anything to save.
    """
    check_options(options)
    earlier = None if options.replay is None else read_earlier(options.replay)
    if earlier is not None:
        options = earlier.options(options)
    job = Job(options, started)
    with _ended_by_sigterm():
        return _run(job, Task(job, prepared_of(options, None), earlier))


def check_options(o: FitOptions) -> None:
    """Refuse options that exclude each other.

    Raises:
        InputError: they do.
    """
    if o.budget is not None and o.time is not None:
        raise InputError("--time ends the search by the clock, --budget after so many updates: give one of the two.")
    given = {"--time": o.time, "--budget": o.budget, "--metric": o.metric, "--folds": o.folds}
    told = [name for name, value in given.items() if value is not None]
    if o.replay is not None and o.resume:
        raise InputError("--replay repeats a search, --resume goes on with one: give one of the two.")
    if o.small and o.refit != "none":
        raise InputError("--small teaches one network on all rows, --refit trains the ensemble on them: give one.")
    if o.replay is not None and told:
        raise InputError(f"--replay repeats an earlier search with its own settings: leave {' and '.join(told)} out.")


@dataclass(frozen=True)
class Task:
    """What is searched for, on which rows. earlier: the search that is repeated."""

    job: Job
    prepared: Prepared
    earlier: Earlier | None

    @property
    def limit(self) -> float | None:
        """Seconds of the whole run; None where a budget or an earlier search says when to end."""
        o = self.job.options
        if o.budget is not None or self.earlier is not None:
            return None
        return SECONDS if o.time is None else parse_seconds(o.time)

    @property
    def baseline_seconds(self) -> float | None:
        """That the baselines may take."""
        return None if self.limit is None else min(BASELINE_SHARE * self.limit, MOST_BASELINE_SECONDS)

    @property
    def seconds(self) -> float | None:
        """That are left for the search: without what was spent, and what comes after it."""
        if self.limit is None:
            return None
        after = self.last_seconds
        after += SMALL_SHARE * self.limit if self.job.options.small else 0.0
        after += REFIT_SHARE * self.limit if self.job.options.refit != "none" else 0.0
        left = self.limit - self.job.seconds - min(after, 0.5 * self.limit)
        return max(left, LEAST_SEARCH_SECONDS)

    @property
    def small_seconds(self) -> float | None:
        """That teaching a small network may take."""
        return None if self.limit is None else SMALL_SHARE * self.limit

    @property
    def last_seconds(self) -> float:
        """For the files, the test rows and the baselines."""
        tested = 0 if self.prepared.test is None else self.prepared.test.arrays.rows
        return FIXED_SECONDS + tested / ROWS_A_SECOND + ((self.baseline_seconds or 0.0) if tested else 0.0)

    @property
    def refit_seconds(self) -> float | None:
        """That are left for training on all rows."""
        return None if self.limit is None else max(self.limit - self.job.seconds - self.last_seconds, 0.0)

    @property
    def settings(self) -> Settings:
        """Those of the search."""
        o = self.job.options
        settings = Settings(
            self.seconds, o.budget, o.metric, o.seed, o.folds, self.prepared.groups, self.job.jobs
        )  # fmt: skip
        if self.earlier is not None:
            return replace(settings, updates=1)
        mark = f"{self.fingerprint()} seed {o.seed} folds {o.folds}"
        return replace(settings, folder=self.saved, mark=mark, resume=o.resume)

    @property
    def saved(self) -> Path:
        """Where the search lies while it runs."""
        return self.job.folder / SAVED

    def check_saved(self) -> None:
        """Refuse to go on with nothing, and to forget an interrupted search without being asked to.

        Raises:
            InputError: one of the two.
        """
        o, there = self.job.options, (self.saved / STATE).exists()
        if o.resume and not there:
            raise InputError(f"{str(self.job.folder)!r} holds no interrupted search: leave --resume out.")
        if there and not (o.resume or o.overwrite):
            raise InputError(
                f"{str(self.job.folder)!r} holds an interrupted search: go on with --resume, or give --overwrite."
            )
        if there and not o.resume:
            shutil.rmtree(self.saved)

    def fingerprint(self) -> str:
        """Of what is learned from."""
        return fingerprint(self.prepared.train, self.prepared.groups)


def _run(job: Job, task: Task) -> int:
    o, prepared = job.options, task.prepared
    metric_of(o.metric, prepared.train.target.kind)
    if task.earlier is not None:
        task.earlier.check(o, task.fingerprint())
    task.check_saved()
    new = make_folder(job.folder)
    found: Found | None = None
    try:
        introduce(job, prepared)
        found = _search(task)
        record = None if task.earlier is None else task.earlier.record
        found = refitted(job, found, prepared.schema, task.refit_seconds, record)
        searched = job.seconds
        small = taught(job, found, task.small_seconds)
        model = (small or found).model(prepared.schema, {"target": o.target, "table": o.table, "seed": o.seed})
        job.interrupted |= found.interrupted
        measured, promise = _measure(task, found, model)
        promise = promise if small is None else replace(promise, promised=small.loss)
        seconds = {"all": job.seconds, "until_trained": searched}
        result = _result(task, found, model, measured, promise, seconds)
        result["small"] = None if small is None else small.to_plain()
        write_results(job.folder, model, result, found.population)
        if not found.interrupted:
            shutil.rmtree(task.saved, ignore_errors=True)
    except KeyboardInterrupt:
        if found is not None:
            found.searched.save()
        if not (task.saved / STATE).exists():
            remove_if_empty(job.folder, new)
            raise
        say(job.console, f"Interrupted. What was trained is kept in {task.saved}.")
        say(job.console, "Go on with the same options and --resume.")
        return 130
    except BaseException:
        remove_if_empty(job.folder, new)
        raise
    _conclude(job, found, measured, promise, small)
    return 130 if job.interrupted else 0


def _search(task: Task) -> Found:
    """The search, shown while it runs."""
    job, train = task.job, task.prepared.train
    settings = task.settings
    cores = "1 core" if job.jobs == 1 else f"{job.jobs} cores"
    record = None if task.earlier is None else task.earlier.record
    if record is not None:
        say(job.console, f"Repeating the search of {job.options.replay} on {cores}.")
        whole = float(sum(dict(pair for one in record["search"]["rounds"] for pair in one["until"]).values()))
    elif settings.updates is not None:
        say(job.console, f"Searching for {settings.updates:,} updates on {cores}.")
        whole = float(settings.updates)
    else:
        whole = settings.seconds or 0.0
        say(job.console, f"Searching for {clock(whole)} on {cores}.")
    if needs_compiling(train.arrays, train.target):
        say(job.console, "First all that it may try is compiled, once for this machine and version: about a minute.")
    errors = Console(stderr=True, highlight=False)
    with racing_display(errors, whole, settings.updates is None) as racing:
        settings = replace(settings, watch=racing.watch)
        try:
            found = search(
                train.arrays, train.target, train.weight, settings, record=record, observers=[racing.observe]
            )
        except InputError:
            if _interrupted(racing):  # there is nothing yet to save
                raise KeyboardInterrupt from None
            raise
    job.note(*found.notes)
    return found


def _interrupted(racing: Racing) -> bool:
    return racing.race is not None and racing.race.pool.interrupted


def _measure(task: Task, found: Found, model: Model) -> tuple[list[Measured], Promise]:
    """On the test rows, and what cross-validation had promised."""
    job, prepared = task.job, task.prepared
    measured, said = measure_found(
        prepared, found.population, model, job.options.seed, job.jobs, task.baseline_seconds, job.interrupted
    )
    return measured, promise_of(found, prepared, said, job.options.seed)


def _result(
    task: Task, found: Found, model: Model, measured: list[Measured], promise: Promise, seconds: dict[str, float]
) -> dict[str, Any]:
    job, population = task.job, found.population
    _decide(population)
    result = result_table(asdict(job.options), task.prepared, population, model, measured, job.notes, seconds)
    return {
        **result,
        "interrupted": job.interrupted,
        "metric": promise.metric.name,
        "promise": promise.to_plain(),
        "ensemble": [one.to_plain() for one in promise.chosen],
        "data": task.fingerprint(),
        "record": found.record,
    }


def _decide(population: Population) -> None:
    """How each network ended."""
    population.decisions = [
        {"member": index, "updates": member.update, "status": member.status, "by": "search"}
        for index, member in enumerate(population.members)
    ]


def _conclude(job: Job, found: Found, measured: list[Measured], promise: Promise, small: Small | None) -> None:
    tried = len(found.record["search"]["candidates"])
    ended = "Interrupted: this is the best there was" if job.interrupted else "Done"
    say(
        job.console,
        f"{ended}, of {tried} candidates ({len(found.population)} networks). All took {clock(job.seconds)}.",
    )
    if found.interrupted:
        say(job.console, "Go on with the same options and --resume.")
    job.console.print()
    show_ensemble(job.console, promise)
    if small is not None:
        tell_of(job, small, promise.name)
    for one in measured:
        show_scores(job.console, one)
    say(job.console, promise.sentence)
    if found.refitted is not None:
        say(job.console, "The promise is that of the networks before they were trained on all rows.")
    job.console.print()
    for name, what in (("model.wellfit", "Model"), ("result.json", "Results"), ("history.parquet", "History")):
        job.console.print(f"{what:<8} {job.folder / name}", soft_wrap=True)


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
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
