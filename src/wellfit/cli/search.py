"""`wellfit fit` without a recipe: search within a time limit, measure, save."""

from __future__ import annotations

import shutil
from dataclasses import asdict, replace

from wellfit.cli.after_search import distilled, trained_on_all_rows
from wellfit.cli.checked import caveats
from wellfit.cli.fit_report import check_report, write_fit_report
from wellfit.cli.folder import make_folder, model_info, remove_if_empty, write_results
from wellfit.cli.job import Job, ended_by_sigterm, introduce, show_files
from wellfit.cli.live_scores import LiveScores
from wellfit.cli.options import FitOptions, check_search
from wellfit.cli.prepare import prepare
from wellfit.cli.replay import read_earlier
from wellfit.cli.results import estimate_in_words, show_ensemble, show_scores, small_in_words
from wellfit.cli.row_sample import draw_of, drawn_facts, note_on_draw
from wellfit.cli.scratch import Scratch
from wellfit.cli.screen import clock, counted, error_screen, say
from wellfit.cli.search_progress import SearchDisplay, search_display
from wellfit.cli.search_task import SECONDS, Task
from wellfit.errors import InputError
from wellfit.models.model import Model
from wellfit.recipe import Recipe
from wellfit.search import ChosenEnsemble, SmallNetwork, needs_compiling, search
from wellfit.search.race.checkpoint import STATE
from wellfit.search.result import result_of_search
from wellfit.statistics.intervals import Estimate
from wellfit.statistics.metrics import metric_of
from wellfit.statistics.result import Comparison, FitResult
from wellfit.statistics.scores import measured
from wellfit.statistics.summary import why_worse_on_test
from wellfit.studies.base import StudyTable
from wellfit.tables.split import seen_in_training
from wellfit.training.measure import measure_predictions, predictions_of_model

MUCH = 0.5  # of the limit, for what comes before the search
PLAIN = Recipe()  # whose encoding of the columns the baselines get


def search_table(options: FitOptions, started: float | None = None) -> int:
    """Run the whole job. Returns the exit code: 0, or 130 after Ctrl-C (what there was is saved).

    Raises:
        InputError: anything wrong with what was given; nothing is then left behind.
        KeyboardInterrupt: Ctrl-C before there was anything to save.
    """
    check_search(options)
    check_report(options)
    earlier = None if options.replay is None else read_earlier(options.replay)
    if earlier is not None:
        options = earlier.options(options)
    job = Job(options, started)
    job.stages.end("starting")
    with ended_by_sigterm(), Scratch(job.folder, options.scratch) as scratch:
        data = prepare(options, draw=draw_of(job, earlier, SECONDS), scratch=scratch)
        data = replace(data, notes=[*note_on_draw(job, data, SECONDS), *data.notes])
        job.stages.end("reading")
        return _run(job, Task(job, data, earlier))


def _run(job: Job, task: Task) -> int:
    """Search, train on all rows or distil where asked for, measure, save, show."""
    o, data = job.options, task.data
    metric_of(o.metric, data.train.target.kind)
    if task.earlier is not None:
        task.earlier.check(o, task.fingerprint)
    if task.resumes:
        say(job.console, f"Continuing the interrupted search in {job.folder}.")
    new = make_folder(job.folder)
    ensemble: ChosenEnsemble | None = None
    try:
        introduce(job, data)
        ensemble = _search(task)
        job.stages.end("preparing", ensemble.record["seconds"])
        record = None if task.earlier is None else task.earlier.record
        seconds_left = task.time.on_all_rows(job.seconds - ensemble.searched.compile_seconds)
        ensemble = trained_on_all_rows(job, ensemble, data.schema, seconds_left, record)
        searched = job.seconds
        job.stages.end("choosing" if o.refit == "none" else "training on all rows")
        small = distilled(job, ensemble, task.time.small_network)
        model = (small or ensemble).model(data.schema, model_info(o))
        job.interrupted |= ensemble.interrupted
        job.stages.end("distilling" if o.small else "choosing")
        result = _result(task, ensemble, model, small)
        job.stages.end("measuring")
        seconds = {"all": job.seconds, "until_trained": searched, **job.stages.seconds}
        result = replace(result, notes=tuple(job.notes), seconds=seconds, interrupted=job.interrupted)
        facts = {"data": task.fingerprint, **drawn_facts(data)}
        write_results(job.folder, model, result, ensemble.population, asdict(o), **facts)
        job.stages.end("writing")
        if not ensemble.interrupted:
            shutil.rmtree(task.saved, ignore_errors=True)
        write_fit_report(job, data, ensemble.population, model, result, task.time.report_seconds, ensemble, facts)
        job.stages.end("writing the report")
    except KeyboardInterrupt:
        if ensemble is not None:
            ensemble.searched.save()
        if not (task.saved / STATE).exists():
            remove_if_empty(job.folder, new, task.saved)
            raise
        say(job.console, f"Interrupted. What was trained is kept in {task.saved}.")
        say(job.console, "Continue with the same options and --resume.")
        return 130
    except BaseException:
        remove_if_empty(job.folder, new, task.saved)
        raise
    _conclude(job, ensemble, result, small)
    return 130 if job.interrupted else 0


def _search(task: Task) -> ChosenEnsemble:
    """The search, shown while it runs."""
    job, train = task.job, task.data.train
    settings = task.settings()
    cores = counted(job.jobs, "core")
    record = None if task.earlier is None else task.earlier.record
    if record is not None:
        say(job.console, f"Repeating the search in {job.options.replay} on {cores}.")
        whole = float(sum(dict(pair for one in record["search"]["rounds"] for pair in one["until"]).values()))
    elif settings.updates is not None:
        say(job.console, f"Searching with {counted(settings.updates, 'update')} on {cores}.")
        whole = float(settings.updates)
    else:
        whole = settings.seconds or 0.0
        _say_what_is_left(job, whole)
        say(job.console, f"Searching for {clock(whole)} on {cores}.")
    if needs_compiling(train.arrays, train.target):
        say(job.console, "Compiling all that the search may try, once for this machine and version: about a minute.")
    scores = LiveScores(metric_of(settings.metric, train.target.kind), train.target, train.weight)
    table = StudyTable(task.data.schema, train)
    with search_display(error_screen(), whole, settings.updates is None, scores, table) as display:
        settings = replace(settings, on_round=display.on_round)
        try:
            ensemble = search(
                train.arrays, train.target, train.weight, settings, record=record, observers=[display.observe]
            )
        except InputError:
            if _interrupted(display):  # there is nothing yet to save
                raise KeyboardInterrupt from None
            raise
    job.note(*ensemble.notes)
    checkpoint = ensemble.searched.checkpoint
    if checkpoint is not None and checkpoint.failure:
        job.note(f"The search could not be saved on its way ({checkpoint.failure}); what it found is complete.")
    return ensemble


def _say_what_is_left(job: Job, whole: float) -> None:
    """Say before the search where starting and reading took most of the limit."""
    limit = job.limit or SECONDS
    if job.seconds > MUCH * limit:
        say(
            job.console,
            f"Starting and reading the table took {job.seconds:.1f} s of the {limit:g} s: the search has "
            f"{whole:.1f} s. On a machine that is less busy, or with more time, it finds better networks.",
        )


def _interrupted(display: SearchDisplay) -> bool:
    return display.race is not None and display.race.population.interrupted


def _result(task: Task, ensemble: ChosenEnsemble, model: Model, small: SmallNetwork | None) -> FitResult:
    """The result of the search, with the scores on the test rows."""
    job, data = task.job, task.data
    comparisons: list[Comparison] = []
    test_score: Estimate | None = None
    if data.test is not None:
        target, seed = data.test.target, job.options.seed
        own = predictions_of_model(model, data.test.arrays, "ensemble", job.jobs)
        seconds, skip = task.time.baselines, job.interrupted
        comparisons += [
            measure_predictions(
                own, data.train, data.test, PLAIN, seed=seed, seconds=seconds, skip=skip, metric=job.options.metric
            )
        ]
        comparisons = [replace(comparisons[0], seen=seen_in_training(data))]
        job.interrupted |= comparisons[0].baselines_skipped
        test_score = measured(ensemble.metric, target, own.values, data.test.weight, data.test.units)
    return result_of_search(
        data, ensemble, model, seed=job.options.seed, comparisons=comparisons, small=small, test_score=test_score
    )


def _conclude(job: Job, ensemble: ChosenEnsemble, result: FitResult, small: SmallNetwork | None) -> None:
    searched = result.search
    if searched is None:
        return
    tried = len(searched.record["search"]["candidates"])
    ended = "Interrupted; the best so far is kept" if job.interrupted else "Done"
    networks = f"{counted(tried, 'candidate')}, {counted(len(ensemble.population), 'network')}"
    say(job.console, f"{ended}: {networks}. Time in all: {clock(job.seconds)}.")
    say(job.console, job.stages.in_words())
    if ensemble.interrupted:
        say(job.console, "Continue with the same options and --resume.")
    job.console.print()
    show_ensemble(job.console, searched)
    if small is not None:
        say(job.console, small_in_words(small, searched.metric))
        job.console.print()
    for one in result.comparisons:
        show_scores(job.console, one)
    say(job.console, f"{estimate_in_words(searched)} {why_worse_on_test(result)}".rstrip())
    for sentence in caveats(result.checks):
        say(job.console, sentence)
    if ensemble.refitted is not None:
        say(job.console, "The estimate is that of the networks before they were trained on all rows.")
    job.console.print()
    show_files(job)
