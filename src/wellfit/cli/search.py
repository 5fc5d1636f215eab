"""`wellfit fit` without a recipe: search within a time limit, measure, save."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import Any

from rich.console import Console

from wellfit.cli.job import Job, introduce, prepared_of, remove_if_empty, say_where
from wellfit.cli.measure import Measured, measure_found
from wellfit.cli.on_all_rows import refitted
from wellfit.cli.options import FitOptions
from wellfit.cli.output import make_folder, result_table, write_results
from wellfit.cli.promise import Promise, promise_of
from wellfit.cli.racing import Racing, racing_display
from wellfit.cli.replay import read_earlier
from wellfit.cli.screen import clock, say, show_ensemble, show_scores
from wellfit.cli.search_or_bag import check_search
from wellfit.cli.search_task import Task
from wellfit.cli.smaller import taught, tell_of
from wellfit.engines.compiled.run.training_run import TrainingRun
from wellfit.errors import InputError
from wellfit.models.model import Model
from wellfit.search import Found, Small, needs_compiling, search
from wellfit.search.race.checkpoint import STATE
from wellfit.statistics.metrics import metric_of


def search_table(options: FitOptions, started: float | None = None) -> int:
    """Run the whole job. Returns the exit code: 0, or 130 after Ctrl-C (what there was is saved).

    Raises:
        InputError: anything wrong with what was given; nothing is then left behind.
        KeyboardInterrupt: Ctrl-C before there was anything to save.
    """
    check_search(options)
    earlier = None if options.replay is None else read_earlier(options.replay)
    if earlier is not None:
        options = earlier.options(options)
    job = Job(options, started)
    with _ended_by_sigterm():
        return _run(job, Task(job, prepared_of(options, None), earlier))


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
    return racing.race is not None and racing.race.population.interrupted


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


def _decide(population: TrainingRun) -> None:
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
    say_where(job)


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
