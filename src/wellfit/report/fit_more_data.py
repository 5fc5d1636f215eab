"""Section of a fit's report on whether more rows would help: what a learning curve found, or how to train one.

A search trains every candidate on all rows of its folds, and stops those that fall behind after fewer updates: there
are no smaller samples of which it could tell.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from wellfit.errors import InputError, clean
from wellfit.parsing import NONSENSE
from wellfit.report.commands import (
    READING,
    TABLE_FACT,
    beside,
    join,
    of_the_table,
    option_words,
    options_of,
    reading_words,
    table_path,
    why_not,
)
from wellfit.report.content import Block, Code, Section
from wellfit.report.fit_limits import limit_of
from wellfit.report.saved_fit import SavedFit
from wellfit.shell import shell_word, shell_words
from wellfit.studies import Study
from wellfit.studies.base.study import STUDY

NAME, COMMAND = "learning_curve", "learning-curve"
LIKE = "What the losses of the fit's networks on known and on new rows tell: "
MOST_FOLDERS = 200  # that are looked into beside the fit's own
FLAGS = ("--no-header", "--skip-unknown-targets", "--split-equal-rows", "--colour", "--grey")


def more_data_section(fit: SavedFit) -> Section:
    """What a learning curve of the same table found; else what can be said, and the command that trains one."""
    title, found = "Would more data help?", learning_curve_of(fit)
    blocks = _of_study(*found) if found else _not_examined(fit)
    return Section("more-data", title, (*blocks, LIKE + limit_of(fit).sentence))


def _of_study(study: Study, folder: Path) -> tuple[Block, ...]:
    """The forecast with its interval, and where it comes from."""
    trained = f"So says the learning curve in {clean(str(folder))}, which trained {study.plan.words}."
    figures = study.figures[:1]
    return study.verdict, *figures, trained, *study.remarks, Code("The command of that study:", study.repeat)


def _not_examined(fit: SavedFit) -> tuple[Block, ...]:
    words = "Not examined: all networks were trained on about as many rows, so that there is nothing to compare."
    lacking = why_not(fit, "the study")
    if lacking and fit.folder is None:
        call = f"wellfit.studies.{NAME}(recipe, X, y)"
        title = "This study trains on growing parts of the rows, and says what more would bring."
        return words, Code(title, call, "python")
    if lacking:
        return (f"{words} {lacking}",)
    command = [*of_the_table(fit, "study", COMMAND), *option_words(options_of(fit), ("metric",))]
    command += ["--result", str(fit.folder), "--out", beside(fit, COMMAND)]
    title = (
        "This study trains on growing parts of the table, and says what more rows would bring. Afterwards wellfit "
        f"report {shell_word(str(fit.folder))} tells it here."
    )
    return words, Code(clean(title), join(command))


def learning_curve_of(fit: SavedFit) -> tuple[Study, Path] | None:
    """A learning curve of the same table, read alike, in a folder in that of the fit or beside it; the latest one.

    Tables of one name in several folders are told apart by where they lie, which both commands keep.
    """
    if fit.folder is None or why_not(fit, "the study"):  # it would tell of other rows
        return None
    own = table_path(fit.table, str(fit.facts.get("working_folder") or ""))
    wanted = _reading(reading_words(options_of(fit)))
    for folder in sorted(set(_folders(fit.folder)), key=lambda one: -(one / STUDY).stat().st_mtime):
        words, table = _command(folder)
        if words[:3] != ["wellfit", "study", COMMAND] or table != own or _reading(words[4:]) != wanted:
            continue
        try:
            return Study.load(folder), folder
        except InputError:  # damaged: as if there were none
            continue
    return None


def _folders(folder: Path) -> Iterator[Path]:
    """Those that hold a study, in a folder and beside it."""
    for within in (folder, folder.parent):
        yield from (file.parent for file in islice(within.glob(f"*/{STUDY}"), MOST_FOLDERS))


def _command(folder: Path) -> tuple[list[str], str]:
    """The words of the command that repeats a learning curve, and where its table lies; nothing of another study."""
    try:
        plain = json.loads((folder / STUDY).read_bytes())
        words = shell_words(str(plain["repeat"])) if plain["name"] == NAME else []
        table = str(plain["facts"].get(TABLE_FACT) or "")
    except (OSError, *NONSENSE):
        return [], ""
    # One that was saved by an earlier version is taken to be named from the present folder.
    return (words, table or table_path(words[3], "")) if len(words) > 3 else ([], "")


def _reading(words: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """The options among a command's words that say how the table is read, in any order; several targets as one."""
    names = {"--target", *(f"--{name.replace('_', '-')}" for name in READING)}
    pairs = [
        (word, after) for word, after in zip(words, (*words[1:], ""), strict=True) if word in names or word in FLAGS
    ]
    targets = ",".join(value for word, value in pairs if word == "--target")
    others = [(word,) if word in FLAGS else (word, value) for word, value in pairs if word != "--target"]
    return (targets,), *sorted(others)
