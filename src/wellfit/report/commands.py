"""The commands that a report prints: each reads the table as the fit did, and runs from the folder that it ran in."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from wellfit.errors import quoted
from wellfit.report.saved_fit import SavedFit
from wellfit.reprs import counted
from wellfit.shell import path_word, shell_line

# Options of `wellfit fit` that say what the rows and columns are; studies and the doctor have them too.
READING = (
    "task", "drop", "kind", "missing", "decimal", "dates", "skip_unknown_targets", "weight", "group", "time_column",
    "split_equal_rows", "no_header", "sheet", "images", "size", "colour",
)  # fmt: skip
SPLITTING = (
    "rows",
    "test",
    "test_target",
    "leave_out",
    "keep_together",
)  # those that say which rows are trained on: of `wellfit fit` alone
LISTS = ("leave_out", "keep_together")  # options that name rows by their numbers
TABLE_FACT = "table"  # of a study: where its table lies
FILES = ("table", "test", "test_target", *LISTS)
STREAMS = ("/dev/stdin", "/dev/fd/", "/proc/")  # names of what is there once


def option_words(options: Mapping[str, Any], names: Sequence[str]) -> Iterator[str]:
    """Some of a command's options as words, those that were given. options: their values by name."""
    for name in names:
        value, option = options.get(name), f"--{name.replace('_', '-')}"
        if name == "colour" and value is not None:
            yield "--colour" if value else "--grey"
        elif value is True:
            yield option
        elif value not in (None, False):
            for one in value if isinstance(value, (list, tuple)) else [value]:
                yield from (option, str(one))


def reading_words(options: Mapping[str, Any]) -> list[str]:
    """The targets, and all options that say how a table is read, as words."""
    given = options.get("targets") or options.get("target") or ()
    targets = [given] if isinstance(given, str) else given
    return [*(word for one in targets for word in ("--target", str(one))), *option_words(options, READING)]


def join(words: Sequence[str]) -> str:
    """A command as a shell takes it, on one line."""
    return shell_line(words)


def options_of(fit: SavedFit) -> dict[str, Any]:
    """The options of the fit; empty: not known, as of one in memory."""
    return dict(fit.facts.get("options") or {})


def of_the_table(fit: SavedFit, *command: str) -> list[str]:
    """A command on the table of the fit, read as the fit did. command: its words before the table."""
    return ["wellfit", *command, path_word(fit.table), *reading_words(options_of(fit))]


def fit_words(fit: SavedFit, *names: str) -> list[str]:
    """The command that fits the same rows. names: of further options that are taken over."""
    return [*of_the_table(fit, "fit"), *option_words(options_of(fit), (*SPLITTING, *names))]


def read_once(fit: SavedFit) -> str:
    """A file of the fit's that no command reads a second time, such as a pipe; "" where all can be."""
    named = (str(options_of(fit).get(name) or "") for name in FILES)
    return next((name for name in named if name and _is_stream(os.path.abspath(name))), "")


def _is_stream(path: str) -> bool:
    """A file that is not there is none: it may lie in the folder that the fit ran in."""
    return path.startswith(STREAMS) or (os.path.exists(path) and not (os.path.isfile(path) or os.path.isdir(path)))


def why_not(fit: SavedFit, command: str, takes_lists: bool = False) -> str:
    """Why a study or the doctor cannot read what the fit did; "" where it can. command: such as "the doctor".

    takes_lists: whether it leaves out and keeps together the rows that the fit's files name.
    """
    if not fit.table or fit.folder is None:
        return "The fit was made from Python, so that no command reads its table."
    if read_once(fit):
        return f"{quoted(read_once(fit))} cannot be read again, so that {command} cannot read what the fit did."
    lists = [f"--{name.replace('_', '-')}" for name in LISTS if options_of(fit).get(name)]
    if lists and not takes_lists:
        return f"The fit was given {' and '.join(lists)}, which {command} does not take: it would tell of other rows."
    drawn = fit.facts.get("drawn")
    if drawn:
        few, all_rows = counted(int(drawn["rows"]), "row"), f"{int(drawn['of']):,}"
        return f"The fit drew {few} of {all_rows}; {command} reads the whole table, so that it would tell of another."
    return ""


def table_path(table: str, folder: str) -> str:
    """Where a table lies, whatever it is called from where. folder: from which it was named; "": not known."""
    return os.path.realpath(os.path.join(folder, os.path.expanduser(table)))


def next_to(fit: SavedFit, ending: str) -> str:
    """A folder beside that of the fit, called like it; in it where that is the working folder or one above."""
    folder = fit.folder or Path()
    return str(folder / ending) if folder.name in ("", "..") else f"{folder}-{ending}"


def beside(fit: SavedFit, name: str) -> str:
    """A folder in that of the fit, for what a command writes."""
    return str((fit.folder or Path()) / name)
