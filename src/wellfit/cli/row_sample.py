"""Which rows of a large table `wellfit fit` trains and tests on: --rows, or what the limit allows; and what is said."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from wellfit.cli.folder import SAVED_SEARCH
from wellfit.cli.job import Job
from wellfit.cli.replay import Earlier
from wellfit.cli.screen import clock
from wellfit.errors import InputError, quoted
from wellfit.parsing import NONSENSE
from wellfit.search.race.checkpoint import STATE
from wellfit.search.sample_size import CUT_FROM, FEWEST_ROWS, sample_size
from wellfit.tables.reading.drawn_rows import Draw
from wellfit.tables.split import SplitTable
from wellfit.training.checkpoint.sealed import read_json

ALL = "all"


def rows_given(rows: str | None) -> int | None:
    """The number that --rows gives; None: it says "all", or is not given.

    Raises:
        InputError: it is neither a number of rows nor "all".
    """
    if rows is None or rows == ALL:
        return None
    plain = rows.replace(",", "").replace("_", "")
    if not plain.isdecimal() or int(plain) < FEWEST_ROWS:
        raise InputError(f"--rows takes a number of rows, {FEWEST_ROWS} or more, or all; got {quoted(rows)}.")
    return int(plain)


def draw_of(job: Job, earlier: Earlier | None, seconds: float) -> Draw | None:
    """What a search draws from its table; None: every row is used.

    earlier: the search that is repeated, with the rows that it drew. seconds: the limit where none is given.
    """
    o = job.options
    given = rows_given(o.rows)
    if given is not None:
        return Draw(given, o.seed)
    if o.rows == ALL:
        return None
    if earlier is not None:
        return None if earlier.drawn is None else Draw(earlier.drawn, o.seed)
    if o.resume and (job.folder / SAVED_SEARCH / STATE).exists():
        drawn = drawn_before(job.folder / SAVED_SEARCH / STATE)
        return None if drawn is None else Draw(drawn, o.seed)
    most = sample_size(seconds if job.limit is None else job.limit, o.budget, job.jobs)
    return None if most is None else Draw(most, o.seed, CUT_FROM * most)


def drawn_before(state: Path) -> int | None:
    """How many rows an interrupted search drew; None: all, or the file cannot be read, which resuming then says."""
    try:
        drawn = read_json(state, "The state of the search").get("rows_drawn")
        return None if drawn is None else int(drawn)
    except (OSError, *NONSENSE):
        return None


def drawn_facts(data: SplitTable) -> dict[str, Any]:
    """How many rows were drawn, for result.json; nothing where all are used."""
    return {} if data.drawn is None else {"drawn": asdict(data.drawn)}


def note_on_draw(job: Job, data: SplitTable, seconds: float = 0.0) -> list[str]:
    """That not all rows are used, and the way to use them. seconds: the limit of a search where none is given."""
    if data.drawn is None:
        return []
    some = f"{data.drawn.rows:,} of {data.drawn.of:,} rows, drawn at random, are used"
    if job.options.rows is not None:
        return [f"{some}, as --rows asks."]
    limit = f"{job.options.budget:,} updates" if job.options.budget else clock(job.limit or seconds)
    return [
        f"{some}: within {limit} networks learn more from several passes over these than from one over all. What is "
        "said of columns and rows holds for these. A longer limit takes more rows, --rows all every one."
    ]
