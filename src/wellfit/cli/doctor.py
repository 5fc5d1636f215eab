"""`wellfit doctor`: read the table, diagnose, show and save what was found."""

from __future__ import annotations

import shutil
import time
from dataclasses import replace
from pathlib import Path

import wellfit
from wellfit.cli.doctor_result import of_result
from wellfit.cli.doctor_screen import show_diagnosis
from wellfit.cli.fit_report import report_forms
from wellfit.cli.folder import check_name, make_folder, remove_if_empty
from wellfit.cli.job import table_name
from wellfit.cli.row_lists import with_earlier
from wellfit.cli.screen import error_screen, say, screen
from wellfit.cli.study import (
    common_options,
    recipe_of_choices,
    repeat_command,
    show_table,
    table_of_choices,
    write_report_files,
)
from wellfit.cli.study_options import StudyChoices
from wellfit.cli.study_progress import study_progress, time_in_all
from wellfit.cli.study_result import check_figure
from wellfit.diagnosis.base.finding import SEVERITIES, TableChange
from wellfit.diagnosis.doctor import Diagnosis, examine_result
from wellfit.diagnosis.doctor.diagnosis import DIAGNOSIS, HEALED, KEEP_TOGETHER, LEAVE_OUT
from wellfit.diagnosis.examination import check_codes
from wellfit.errors import InputError, quoted
from wellfit.numerics.kernel import compile_seconds
from wellfit.recipe.reading import as_recipe
from wellfit.report.commands import LISTS, option_words, reading_words
from wellfit.report.diagnosis import HEALED_COMMAND, diagnosis_report
from wellfit.shell import path_word, shell_line
from wellfit.studies.base import StudyTable
from wellfit.studies.base.rounds import was_interrupted

SAVED = "unfinished-diagnosis"
INTERRUPTED, FOUND = 130, 1
FAILING = ("problem", "warning", "hint")


def diagnose_table(choices: StudyChoices, started: float | None = None) -> int:
    """Diagnose. Returns the exit code: 0; 1 where --fail-on is given and something so grave was found.

    started: the moment from which a time limit counts (default: now).

    Raises:
        InputError: anything wrong with what was given; nothing is then left behind.
        KeyboardInterrupt: Ctrl-C before there was anything to show.
    """
    start = time.monotonic() if started is None else started
    choices = of_result(choices)
    _check(choices)
    forms = report_forms(choices.others["report"])
    folder = _folder(choices)
    console = screen()
    table = table_of_choices(choices)
    assert table is not None
    show_table(console, choices, table)
    if choices.others["result"] is not None:
        words = [*reading_words(choices.others), *option_words(choices.others, LISTS)]
        say(console, f"Read with {shell_line(words)}.")
        console.print()
    saved, new = folder / SAVED, make_folder(folder)
    if choices.others["resume"] and not saved.is_dir():
        say(console, f"Note: There is no interrupted diagnosis in {str(folder)!r}: this one starts anew.")
    try:
        if saved.is_dir() and not choices.others["resume"]:
            shutil.rmtree(saved)
        found = _in_file_rows(_run(choices, table, saved, start), table, choices)
        command = healed_command(choices, found, folder)
        found = replace(found, facts={**found.facts, HEALED_COMMAND: command} if command else found.facts)
        found.save(folder)
        write_report_files(diagnosis_report(found), folder, forms, choices.others["time"])
        for file in (choices.others["figure"] or ()) if found.figures else ():
            found.display().save(file)
        unfinished = was_interrupted(saved)
        if not unfinished:
            shutil.rmtree(saved, ignore_errors=True)
    except BaseException:
        remove_if_empty(folder, new, saved)
        raise
    show_diagnosis(console, found, folder, command, forms, table.notes)
    if unfinished:
        say(console, "Interrupted: this is what was found so far. Continue with the same command and --resume.")
    say(console, time_in_all(time.monotonic() - start, choices.others["time"], compile_seconds()))
    return INTERRUPTED if unfinished else _code(choices, found)


def _check(choices: StudyChoices) -> None:
    """Refuse wrong codes, severities and recipes before the table is read."""
    fail_on = choices.own["fail_on"]
    if fail_on is not None and fail_on not in FAILING:
        raise InputError(f"--fail-on takes {', '.join(FAILING)}; got {quoted(fail_on)}.")
    check_codes(choices.own["mute"])
    as_recipe(recipe_of_choices(choices.others))
    for file in choices.others["figure"] or ():
        check_figure(file)


def _folder(choices: StudyChoices) -> Path:
    """Where the diagnosis is written; refused where it holds another."""
    o = choices.others
    folder = Path(o["out"] or f"wellfit-doctor-{table_name(str(choices.table))}")
    check_name(folder)
    saved, shown = folder / SAVED, repr(str(folder))
    if saved.is_dir() and not (o["resume"] or o["overwrite"]):
        raise InputError(f"{shown} holds an interrupted diagnosis: continue it with --resume, or give --overwrite.")
    done = (folder / DIAGNOSIS).exists()
    if done and o["resume"] and not (saved.is_dir() or o["overwrite"]):
        raise InputError(f"{shown} holds a finished diagnosis, and none to resume: give --overwrite to run it anew.")
    if done and not (o["resume"] or o["overwrite"]):
        raise InputError(
            f"The folder {shown} already holds {DIAGNOSIS}: choose another with --out, or give --overwrite."
        )
    return folder


def _run(choices: StudyChoices, table: StudyTable, saved: Path, start: float) -> Diagnosis:
    """The diagnosis, with its progress on the screen."""
    own = choices.own
    if choices.others["result"] is not None and not own["trial"]:
        found = examine_result(choices.others["result"], table, mute=own["mute"] or ())
        return found.with_repeat(_repeat(choices))
    with study_progress(error_screen(), table) as (observer, announce):
        found = wellfit.diagnose(
            recipe_of_choices(choices.others), table, None, mute=own["mute"] or (), trial=own["trial"],
            random_patches=own["random_patches"], patches=own["patches"], later=own["later"],
            **common_options(choices.others, saved, start), observers=[observer], announce=announce,
        )  # fmt: skip
    return found.with_repeat(_repeat(choices))


def _repeat(choices: StudyChoices) -> str:
    """The command that repeats it, without what is on by default."""
    own = {name: value for name, value in choices.own.items() if value is not True}
    return repeat_command(replace(choices, own=own), ("doctor",))


def _in_file_rows(found: Diagnosis, table: StudyTable, choices: StudyChoices) -> Diagnosis:
    """The same, rows of the advised change counted as in the file, of which some may not have been read, and beside
    those that were left out or kept together before.
    """
    change, numbers, o = found.table_change, table.rows.numbers, choices.others
    if change is None:
        return found
    change = change if numbers is None else change.numbered(numbers.tolist())
    return replace(found, table_change=with_earlier(change, o["leave_out"], o["keep_together"]))


def healed_command(choices: StudyChoices, found: Diagnosis, folder: Path) -> str:
    """The command that trains the healed recipe on the table with the changes that are advised; "" without any."""
    o, change = choices.others, found.table_change
    if found.healed is None and change is None:
        return ""
    change = change or TableChange()
    dropped = (*(o["drop"] or ()), *change.drop_columns)
    words = ["wellfit", "fit", path_word(str(choices.table)), *reading_words({**o, "drop": dropped})]
    leave_out = folder / LEAVE_OUT if change.drop_rows else o["leave_out"]
    keep_together = folder / KEEP_TOGETHER if change.keep_together else o["keep_together"]
    if leave_out is not None:
        words += ["--leave-out", str(leave_out)]
    if keep_together is not None and o["time_column"] is None:  # in time rows are split otherwise
        words += ["--keep-together", str(keep_together)]
    if found.healed is not None:
        words += ["--recipe", str(folder / HEALED)]
    elif o["recipe"] is not None:
        words += ["--recipe", str(o["recipe"])]
    return shell_line(words)


def _code(choices: StudyChoices, found: Diagnosis) -> int:
    fail_on = choices.own["fail_on"]
    if fail_on is None:
        return 0
    grave = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
    return FOUND if any(one.severity in grave for one in found.examination.findings) else 0
