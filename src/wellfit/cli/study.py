"""`wellfit study`: read the table, run one study, show and save its answer."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from rich.console import Console

import wellfit.studies
from wellfit.cli.fit_report import FORMS, report_forms
from wellfit.cli.folder import as_text, check_name, make_folder, remove_if_empty
from wellfit.cli.job import table_name
from wellfit.cli.options import FitOptions
from wellfit.cli.prepare import prepare
from wellfit.cli.screen import describe_target, error_screen, say, screen
from wellfit.cli.study_options import StudyChoices
from wellfit.cli.study_progress import study_progress, time_in_all
from wellfit.cli.study_result import check_figure, recipe_of_result, show_study
from wellfit.cli.targets import split_targets
from wellfit.engines.contract.budget import parse_seconds
from wellfit.errors import InputError
from wellfit.numerics.kernel import compile_seconds
from wellfit.report.commands import TABLE_FACT, table_path
from wellfit.report.content import Report
from wellfit.report.study import study_report
from wellfit.report.write import write_report
from wellfit.search.time_shares import TimeShares
from wellfit.shell import path_word, shell_line
from wellfit.studies import Study
from wellfit.studies.base import StudyTable
from wellfit.studies.base.rounds import was_interrupted
from wellfit.studies.base.study import STUDY

SAVED = "unfinished-study"
INTERRUPTED = 130
# Options that change no result, or by chance.
NOT_REPEATED = ("out", "overwrite", "resume", "figure", "report", "jobs", "time", "cluster")


def study_table_of(choices: StudyChoices, started: float | None = None) -> int:
    """Run the study. Returns the exit code.

    started: the moment from which a time limit counts (default: now).

    Raises:
        InputError: anything wrong with what was given; nothing is then left behind.
        KeyboardInterrupt: Ctrl-C before there was anything to show.
    """
    o, start = choices.others, time.monotonic() if started is None else started
    forms = report_forms(o["report"])
    folder = _folder(choices)
    figures = list(o["figure"] or ())
    for file in figures:
        check_figure(file)
    console = screen()
    table = table_of_choices(choices)
    if table is not None:
        show_table(console, choices, table)
    saved = folder / SAVED
    new = make_folder(folder)
    if o["resume"] and not saved.is_dir():
        say(console, f"Note: There is no interrupted study in {str(folder)!r}: this one starts anew.")
    try:
        if saved.is_dir() and not o["resume"]:
            shutil.rmtree(saved)
        study = _run(choices, table, saved, start)
        study.save(folder)
        write_report_files(study_report(study), folder, forms, o["time"])
        for file in figures if study.figures else ():
            study.display().save(file)
        unfinished = was_interrupted(saved)
        if not unfinished:
            shutil.rmtree(saved, ignore_errors=True)
    except BaseException:
        remove_if_empty(folder, new, saved)
        raise
    show_study(console, study, folder, forms, () if table is None else table.notes)
    if figures and not study.figures:
        say(console, "The study has no figure, so that none was written.")
    if unfinished:
        say(console, "Interrupted: this is the answer so far. Continue with the same command and --resume.")
    say(console, time_in_all(time.monotonic() - start, o["time"], compile_seconds()))
    return INTERRUPTED if unfinished else 0


def _folder(choices: StudyChoices) -> Path:
    """Where the study is written; refused where it holds another."""
    o = choices.others
    name = choices.entry.name.replace("_", "-")
    default = f"wellfit-{name}" + ("" if choices.table is None else f"-{table_name(choices.table)}")
    folder = Path(o["out"] or default)
    check_name(folder)
    saved, shown = folder / SAVED, repr(str(folder))
    if saved.is_dir() and not (o["resume"] or o["overwrite"]):
        raise InputError(f"{shown} holds an interrupted study: continue it with --resume, or give --overwrite.")
    if (folder / STUDY).exists() and o["resume"] and not (saved.is_dir() or o["overwrite"]):
        raise InputError(f"{shown} holds a finished study, and none to resume: give --overwrite to run it anew.")
    if (folder / STUDY).exists() and not (o["resume"] or o["overwrite"]):
        raise InputError(f"The folder {shown} already holds {STUDY}: choose another with --out, or give --overwrite.")
    return folder


def show_table(console: Console, choices: StudyChoices, table: StudyTable) -> None:
    """What was read, and what was assumed to read it."""
    say(console, f"Table    {choices.table}: {table.rows.arrays.rows:,} rows")
    say(console, f"Target   {table.target}: {describe_target(table.rows.target)}")
    for note in table.notes:
        say(console, f"Note: {note}")
    console.print()


def table_of_choices(choices: StudyChoices) -> StudyTable | None:
    """The table as `wellfit fit` would read it, all rows to train on; None for a study without one.

    Raises:
        InputError: anything wrong with it.
    """
    if choices.table is None:
        return None
    o = choices.others
    targets = split_targets(tuple(o["target"] or ()), choices.table, o["no_header"], o["sheet"])
    data = prepare(_as_fit_options(choices, targets))
    return StudyTable(data.schema, data.train, table_name(choices.table), data.column, tuple(data.notes))


def _as_fit_options(choices: StudyChoices, targets: tuple[str, ...]) -> FitOptions:
    """The options by which `wellfit fit` reads a table, with all rows to train on."""
    o = choices.others
    return FitOptions(
        table=str(choices.table), target=",".join(targets), targets=targets, recipe=None, folds=None, bootstrap=None,
        seeds=1, average="mean", refit="none", time=None, seed=o["seed"], task=o["task"], drop=tuple(o["drop"] or ()),
        kind=tuple(o["kind"] or ()), weight=o["weight"], group=o["group"], test="none", test_target=None,
        jobs=o["jobs"], out=None, overwrite=False, no_header=o["no_header"], sheet=o["sheet"], images=o["images"],
        size=o["size"], colour=o["colour"], time_column=o["time_column"], missing=tuple(o["missing"] or ()),
        decimal=o["decimal"], dates=o["dates"], skip_unknown_targets=o["skip_unknown_targets"],
        leave_out=o.get("leave_out"), keep_together=o.get("keep_together"),
        split_equal_rows=o.get("split_equal_rows", False),
    )  # fmt: skip


def _run(choices: StudyChoices, table: StudyTable | None, saved: Path, start: float) -> Study:
    """The study, with its progress on the screen."""
    o, entry = choices.others, choices.entry
    function: Any = getattr(wellfit.studies, entry.name)
    given: list[Any] = []
    if entry.recipes == "one":
        given.append(recipe_of_choices(o))
    elif entry.recipes == "several":
        given.append([str(one) for one in o["recipe"] or ()])
    given += [table, None] if entry.table else []
    common = common_options(o, saved, start)
    with study_progress(error_screen(), table) as (observer, announce):
        study: Study = function(*given, **choices.own, **common, observers=[observer], announce=announce)
    if choices.table is not None:  # by which the report of a fit knows it, whatever it is called from elsewhere
        path = table_path(as_text(choices.table), as_text(os.getcwd()))
        study = replace(study, facts={**study.facts, TABLE_FACT: path})
    return study.with_repeat(repeat_command(choices, ("study", entry.name.replace("_", "-"))))


def common_options(o: dict[str, Any], saved: Path, start: float) -> dict[str, Any]:
    """The options of every study as keywords. saved: folder for checkpoints. start: from which a time limit counts."""
    names = ("folds", "partitions", "metric", "margin", "seeds", "seed")
    common: dict[str, Any] = {name: o[name] for name in names if name in o}
    common |= {"budget": o["budget"], "n_jobs": o["jobs"], "folder": saved}
    if o["time"] is not None:
        common["time"] = _left(o["time"], start, report=bool(report_forms(o["report"])))
    return common


def write_report_files(report: Report, folder: Path, forms: tuple[str, ...], limit: str | None) -> None:
    """Write the report in the forms that are asked for; those that an earlier run left are removed. limit: --time."""
    for form in FORMS:
        (folder / f"report.{form}").unlink(missing_ok=True)
    if forms:
        write_report(report, folder, forms, seconds=None if limit is None else _report_seconds(limit))


def recipe_of_choices(o: dict[str, Any]) -> Any:
    """The recipe that is asked for: a name, a path, or that of an earlier result.

    Raises:
        InputError: two are given, or the result holds none.
    """
    if o["result"] is not None and o["recipe"] is not None:
        raise InputError("--recipe and --result both say which recipe: give one of the two.")
    if o["result"] is not None:
        return recipe_of_result(o["result"])
    return "wellfit" if o["recipe"] is None else str(o["recipe"])


def _report_seconds(limit: str) -> float:
    """What the report may take of a limit."""
    return TimeShares(parse_seconds(limit)).report_seconds or 0.0


def _left(limit: str, start: float, report: bool) -> timedelta:
    """What reading the table, and the report where one is written, leave of the time."""
    left = parse_seconds(limit) - (time.monotonic() - start) - (_report_seconds(limit) if report else 0.0)
    return timedelta(seconds=max(left, 0.001))


def repeat_command(choices: StudyChoices, command: tuple[str, ...]) -> str:
    """The command that repeats it. command: its words after "wellfit"."""
    words = ["wellfit", *command]
    words += [] if choices.table is None else [path_word(choices.table)]
    on_by_default = [one.name for one in choices.entry.parameters if one.default is True]
    for name, value in {**choices.others, **choices.own}.items():
        option = f"--{name.replace('_', '-')}"
        if value is False and name in on_by_default:
            words.append(f"--no-{option[2:]}")
        if name == "colour" and value is False:
            words.append("--grey")
        if name in NOT_REPEATED or value is False or value in (None, (), []):
            continue
        if value is True:
            words.append(option)
        elif isinstance(value, list):
            words += [word for one in value for word in (option, str(one))]
        else:
            text = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
            words += [option, text]
    return shell_line(words)
