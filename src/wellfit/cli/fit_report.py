"""The report of `wellfit fit`: what is measured for it, within a small part of the time, and its files."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from wellfit.cli.fit_command import command_of
from wellfit.cli.folder import facts_of
from wellfit.cli.job import Job
from wellfit.cli.options import FitOptions
from wellfit.cli.screen import say
from wellfit.engines.compiled.run.training_run import TrainingRun
from wellfit.errors import InputError, quoted
from wellfit.frames import ResultFrame
from wellfit.models.model import Model
from wellfit.search import ChosenEnsemble
from wellfit.search.time_shares import slowness
from wellfit.shell import shell_word
from wellfit.statistics.result import FitResult
from wellfit.tables.split import SplitTable

FORMS = ("html", "md", "json")
MEASURING_SHARE = 0.5  # of the report's seconds; the rest is for its files
INTERRUPTED_SECONDS = 0.5  # at most, after Ctrl-C
PICTURE_SECONDS = 1.0  # of work, that figures take which are also drawn for readers without JavaScript
DRAWN = 8


def report_forms(given: str, option: str = "--report") -> tuple[str, ...]:
    """The kinds of files that are wanted; none where "none" is given. option: that they were given by.

    Raises:
        InputError: there is no such kind.
    """
    names = tuple(dict.fromkeys(part.strip().lower() for part in given.split(",") if part.strip()))
    if names == ("none",):
        return ()
    wrong = [name for name in names if name not in FORMS]
    if wrong or not names:
        raise InputError(f"{option} takes {', '.join(FORMS)}, with commas between, or none; got {quoted(given)}.")
    return names


def check_report(o: FitOptions) -> None:
    """Refuse kinds of files and codes of rules that there are not, before anything is read.

    Raises:
        InputError: there is no such kind, or no such rule.
    """
    report_forms(o.report)
    if o.mute:
        from wellfit.diagnosis.examination import check_codes

        check_codes(o.mute)


def write_fit_report(
    job: Job, data: SplitTable, run: TrainingRun, model: Model, result: FitResult, seconds: float | None,
    ensemble: ChosenEnsemble | None = None, extra: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Measure, and write report_data.json and the report beside the other files. Ctrl-C leaves it out.

    seconds: that all of it may take; None: as many as it takes. ensemble: of a search. extra: further facts.
    """
    forms = report_forms(job.options.report)
    if not forms:
        return
    say(job.console, "Writing the report.")
    if job.interrupted:
        seconds = INTERRUPTED_SECONDS if seconds is None else min(seconds, INTERRUPTED_SECONDS)
    try:
        if "html" in forms:
            job.started += _prepare_page(job)
        _write(job, (data, run, model, ensemble), result, forms, seconds, extra or {})
    except KeyboardInterrupt:
        job.interrupted = True
        job.note(f"The report was interrupted: wellfit report {shell_word(str(job.folder))} writes it.")
    except InputError as error:  # the model and the results are saved already
        job.note(f"The report could not be written: {error}")


def _prepare_page(job: Job) -> float:
    """Put together what draws figures in a browser. Returns the seconds, which as those of compiling do not count."""
    from wellfit.figures.rendering import javascript, needs_bundling

    if not needs_bundling():
        return 0.0
    started = time.monotonic()
    say(job.console, "Preparing what draws figures in a page, once for this machine and version: seconds.")
    javascript()
    return time.monotonic() - started


def _write(
    job: Job, trained: tuple[SplitTable, TrainingRun, Model, ChosenEnsemble | None], result: FitResult,
    forms: tuple[str, ...], seconds: float | None, extra: Mapping[str, Any],
) -> None:  # fmt: skip
    """Measure and write. trained: the rows, every network, the model, and what a search chose."""
    from wellfit.report.evidence.clock import Clock
    from wellfit.report.evidence.collect import TrainedFit, collect
    from wellfit.report.fit import fit_report
    from wellfit.report.saved_fit import SavedFit, write_evidence
    from wellfit.report.write import write_report

    o, (data, run, model, ensemble) = job.options, trained
    clock, worked = Clock(seconds), time.process_time()
    measuring = None if seconds is None else MEASURING_SHARE * clock.left
    evidence = collect(TrainedFit(data, run, model, ensemble, o.metric, job.jobs, o.mute), measuring)
    command = command_of(o)
    write_evidence(job.folder, evidence, command)
    fit = SavedFit(
        result, evidence, ResultFrame(run.history), None if run.probed_every is None else ResultFrame(run.probes),
        {**facts_of(asdict(o)), **extra}, command, job.folder,
    )  # fmt: skip
    report = fit_report(fit)
    left = None if seconds is None else clock.left
    slow = slowness(clock.spent, time.process_time() - worked)
    drawn = DRAWN if left is None or left >= PICTURE_SECONDS * slow else 0
    write_report(report, job.folder, forms, drawn=drawn, seconds=left)


def report_of(folder: Path, forms: str, out: Path | None) -> tuple[Path, ...]:
    """`wellfit report`: write the report of a folder again from its files; of a fit, measure first what it lacks.

    Raises:
        InputError: the folder holds no result, or the report cannot be written.
    """
    from wellfit.cli.report_again import complete
    from wellfit.report.fit import fit_report
    from wellfit.report.saved import report_of_folder
    from wellfit.report.saved_fit import RESULT, read_fit
    from wellfit.report.write import write_report

    wanted = report_forms(forms, "--format")
    if not wanted:
        raise InputError(f"--format takes {', '.join(FORMS)}, with commas between; got none.")
    is_fit = (folder / RESULT).is_file()
    command = complete(folder) if is_fit else ""
    report = fit_report(replace(read_fit(folder), command=command)) if is_fit else report_of_folder(folder)
    target = out or folder
    if not target.is_dir():
        target.mkdir(parents=True, exist_ok=True)
    return write_report(report, target, wanted)
