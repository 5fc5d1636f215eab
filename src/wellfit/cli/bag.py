"""`wellfit fit` with a recipe: train a bag over folds, measure, save."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from wellfit.cli.checked import caveats
from wellfit.cli.fit_report import check_report, write_fit_report
from wellfit.cli.folder import SAVED_BAG, make_folder, model_info, remove_if_empty, write_results
from wellfit.cli.job import Job, ended_by_sigterm, introduce, show_files
from wellfit.cli.live_findings import LiveFindings
from wellfit.cli.live_scores import loss_shown
from wellfit.cli.options import FitOptions, bag_options, check_bag
from wellfit.cli.prepare import prepare
from wellfit.cli.progress import training_display
from wellfit.cli.results import notes_on_weights, show_scores
from wellfit.cli.row_sample import drawn_facts, note_on_draw, rows_given
from wellfit.cli.rows import periods
from wellfit.cli.scratch import Scratch
from wellfit.cli.screen import clock, counted, error_screen, say
from wellfit.engines.compiled.run.training_run import TrainingRun, make_training_run, train_plans, train_run
from wellfit.engines.compiled.run.workers import load_training
from wellfit.engines.contract.budget import Budget
from wellfit.engines.contract.plan import Plan
from wellfit.engines.contract.probes import probe_distance
from wellfit.errors import InputError
from wellfit.models.ensemble import bag, predicting_members, snapshot_notes
from wellfit.models.model import Average, Model
from wellfit.models.model.averaging import check_average
from wellfit.numerics.cache import is_cold
from wellfit.search.time_shares import TimeShares
from wellfit.statistics.result import FitResult
from wellfit.studies.base import StudyTable
from wellfit.tables import bootstrap, k_fold
from wellfit.tables.arrays import View
from wellfit.tables.reading.drawn_rows import Draw
from wellfit.tables.split import LabelledRows, SplitTable
from wellfit.techniques.run.refit import NoRefit
from wellfit.training import Population
from wellfit.training.checkpoint.saved_members import KEY, SavedMembers
from wellfit.training.measure import measure_population
from wellfit.training.refit import refit
from wellfit.training.result import result_of_training

LEAST_TRAINING_SECONDS = 1.0
FOLDS = 5


def bag_table(options: FitOptions, started: float | None = None) -> int:
    """Train a bag of one recipe. Returns the exit code: 0, or 130 after Ctrl-C (what there was is saved).

    started: the moment from which a time limit counts (default: now).

    Raises:
        InputError: anything wrong with what was given; nothing is then left behind.
        KeyboardInterrupt: Ctrl-C before there was anything to save.
    """
    check_bag(options)
    check_report(options)
    job = Job(options, started)
    job.stages.end("starting")
    given = rows_given(options.rows)
    draw = None if given is None else Draw(given, options.seed)
    with ended_by_sigterm(), Scratch(job.folder, options.scratch) as scratch:
        data = prepare(options, job.donor, draw, scratch)
        data = replace(data, notes=[*note_on_draw(job, data), *data.notes])
        job.stages.end("reading")
        return _run(job, data)


def _run(job: Job, data: SplitTable) -> int:
    """Train the bag, measure, save, show."""
    o = job.options
    _note_why_a_bag(job)
    average: Any = o.average
    check_average(average, data.train.target.kind)
    saved = job.folder / SAVED_BAG
    resumes = job.resumes(saved, KEY)
    new = make_folder(job.folder)
    try:
        introduce(job, data)
        population = _train(job, data, resumes)
        trained = job.seconds
        job.stages.end("training")
        model = _assemble(job, data, population, average)
        job.note(*notes_on_weights(population, model))
        job.stages.end("putting together" if isinstance(job.refit, NoRefit) else "training on all rows")
        comparisons = measure_population(data, population, model, seed=o.seed, n_jobs=job.jobs)
        job.interrupted |= population.interrupted or any(one.baselines_skipped for one in comparisons)
        result = result_of_training(data, population, model, seed=o.seed, comparisons=comparisons)
        job.stages.end("measuring")
        seconds = {"all": job.seconds, "until_trained": trained, **job.stages.seconds}
        result = replace(result, notes=tuple(job.notes), seconds=seconds, interrupted=job.interrupted)
        facts = {"data": data.train.fingerprint(), **drawn_facts(data)}
        write_results(job.folder, model, result, population, asdict(o), **facts)
        job.stages.end("writing")
        if not population.interrupted:
            shutil.rmtree(saved, ignore_errors=True)
        left = TimeShares(job.limit).report_seconds
        write_fit_report(job, data, population, model, result, left, extra=facts)
        job.stages.end("writing the report")
    except BaseException:
        remove_if_empty(job.folder, new, saved)
        raise
    _conclude(job, population, result)
    return 130 if job.interrupted else 0


def _note_why_a_bag(job: Job) -> None:
    """Note that one recipe is trained in place of a search, where none was named."""
    named = bag_options(job.options)
    if job.options.recipe is None and named:
        job.note(
            f"No search: {' and '.join(named)} {'trains' if len(named) == 1 and named[0][0] == '-' else 'train'} a bag "
            "of one recipe, here the default one."
        )


def _assemble(job: Job, data: SplitTable, population: TrainingRun, average: Average) -> Model:
    """The bag of what was trained, or of networks trained once more on all rows."""
    o = job.options
    info = model_info(o)
    model = bag(population, data.schema, average=average, members=predicting_members(population), info=info)
    if isinstance(job.refit, NoRefit) or population.interrupted:
        return model
    if not all(member.validates for member in population.members):
        job.note("Nothing was held out: all rows have been trained on already, and --refit has nothing to do.")
        return model
    say(job.console, "Training once more, on all rows.")
    try:
        again = refit(Population(population, data.schema), job.refit, average=average, n_jobs=job.jobs).model
    except KeyboardInterrupt:
        job.interrupted = True
        job.note("Training on all rows was interrupted: the networks that were trained before it are kept.")
        return model
    except InputError as error:  # nothing that was trained is thrown away for it
        job.note(f"Training on all rows failed, and the networks that were trained before it are kept. {error}")
        return model
    return replace(again, info={**info, **again.info})


def _train(job: Job, data: SplitTable, resumes: bool) -> TrainingRun:
    """Train a network on each fold or bootstrap sample, from each seed. resumes: from where they were saved."""
    train, seed, o = data.train, job.options.seed, job.options
    if o.bootstrap is not None:
        views = bootstrap(train.target, o.bootstrap, seed, train.together if train.groups is None else train.groups)
    elif train.order is not None:
        views = periods(train.order, o.folds, train.weight)
    else:
        views = k_fold(train.target, o.folds or FOLDS, seed, groups=train.groups, copies=train.together)
    job.note(*views.notes, *snapshot_notes(job.recipe))
    plans = [Plan(job.recipe, view, seed + k, job.start) for view in views for k in range(o.seeds)]
    if is_cold():
        say(job.console, "Compiling the training step, once for this machine and version: about 10 s.")
    job.stages.end("preparing")
    job.started += _warm_up(plans[0], train)  # kernels that only this recipe needs may be missing still
    job.stages.end("compiling")
    say(job.console, f"Training {counted(len(plans), 'network')} on {counted(job.jobs, 'core')}.")
    run = make_training_run(plans, train.arrays, train.target, train.weight, probe_distance(o.probes))
    members = SavedMembers(job.folder / SAVED_BAG, train.fingerprint(), plans)
    if resumes:
        members.restore(run)
    report = (TimeShares(job.limit).report_seconds or 0.0) if o.report != "none" else 0.0
    left = None if job.limit is None else max(job.limit - job.seconds - report, LEAST_TRAINING_SECONDS)
    loss = loss_shown(train.target.kind, job.recipe.loss.name)
    findings = LiveFindings(StudyTable(data.schema, train))
    with training_display(error_screen(), _names(plans), loss, findings) as observer:
        population = train_run(run, Budget(left), job.jobs, members, [observer])
    if not any(member.update for member in population.members):
        if population.interrupted:
            raise KeyboardInterrupt
        raise InputError(f"--time {job.options.time} was over before the first update: give more time.")
    return population


def _names(plans: Sequence[Plan]) -> list[str]:
    """Of networks: of the view each learns, and its seed where there are several."""
    several = len({plan.seed for plan in plans}) > 1
    return [f"{plan.view.name}, seed {plan.seed}" if several else plan.view.name for plan in plans]


def _warm_up(plan: Plan, train: LabelledRows) -> float:
    """Compile what the recipe needs by one update on a few rows. Returns the seconds, which do not count for --time."""
    start = time.monotonic()
    few = View(plan.view.training[:64], plan.view.validation[:64])
    load_training()
    tried = train_plans([replace(plan, view=few)], train.arrays, train.target, train.weight, budget=1)
    if tried.interrupted:
        raise KeyboardInterrupt
    return time.monotonic() - start


def _conclude(job: Job, population: TrainingRun, result: FitResult) -> None:
    comparisons = result.comparisons
    say(job.console, f"{_ending(population)} Time in all: {clock(job.seconds)}.")
    say(job.console, job.stages.in_words())
    if population.interrupted:
        say(job.console, "Continue with the same options and --resume.")
    job.console.print()
    names = _names([member.plan for member in population.members])
    diverged = [name for name, member in zip(names, population.members, strict=True) if member.status == "diverged"]
    if diverged:
        say(job.console, f"Left out, because they diverged: {', '.join(diverged)}. Lower the learning rate, or clip.")
    for one in comparisons:
        show_scores(job.console, one)
    for sentence in caveats(result.checks):
        say(job.console, sentence)
    if not comparisons:
        say(job.console, "No row was held out, so nothing was measured.")
        job.console.print()
    show_files(job)


def _ending(population: TrainingRun) -> str:
    """How training ended, in a sentence."""
    members = population.members
    shares = [member.update / member.horizon.updates for member in members]
    if population.interrupted:
        return f"Interrupted after {_range(shares, '.0%')} of the updates; the networks are kept as they were then."
    cut = sum(member.status == "out_of_budget" for member in members)
    if cut:
        return f"The time limit ended {counted(cut, 'network')} after {_range(shares, '.0%')} of the updates."
    if not all(member.validates for member in members):
        return f"Trained {counted(len(members), 'network')}."
    best = [member.best_update / member.horizon.per_epoch for member in members]
    whole = [member.horizon.updates / member.horizon.per_epoch for member in members]  # a rule may count updates
    after = f"{_range(best, '.0f')} of {_range(whole, '.0f')}"
    return f"Trained {counted(len(members), 'network')}; the weights kept are those after epoch {after}."


def _range(values: list[float], form: str) -> str:
    low, high = format(min(values), form), format(max(values), form)
    return low if low == high else f"{low} to {high}"
