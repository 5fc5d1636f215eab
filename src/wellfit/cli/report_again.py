"""`wellfit report` of a fit: what its report lacks is measured from the saved files, and on the table it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from wellfit.cli.fit_command import command_of
from wellfit.cli.options import FitOptions
from wellfit.cli.output import tell
from wellfit.cli.prepare import prepare
from wellfit.cli.scratch import Scratch
from wellfit.errors import InputError, quoted
from wellfit.models.model import Model
from wellfit.numerics.cores import usable_cores
from wellfit.parsing import NONSENSE
from wellfit.report.commands import options_of, read_once
from wellfit.report.evidence.choices import choices
from wellfit.report.evidence.clock import Clock
from wellfit.report.evidence.findings import examined_again, late_rules, with_late_rules
from wellfit.report.evidence.of_rows import Looking, of_rows, of_several, test_rows_of
from wellfit.report.evidence.parts import OVER, Parts
from wellfit.report.lacking import OF_ROWS, has_test_rows
from wellfit.report.saved_fit import SavedFit, read_fit, write_evidence
from wellfit.statistics.result import SearchResult, as_json_values
from wellfit.tables.reading.drawn_rows import Draw
from wellfit.tables.split import SplitTable

ENOUGH = 1_000  # rows of importance, of which more change little
UNREAD = "The test rows cannot be read again: "
PATHS = ("recipe", "out", "start_from", "replay", "scratch", "leave_out", "keep_together")


def complete(folder: Path) -> str:
    """Measure what the report of a fit lacks, and keep it in report_data.json. Says what it does, or why it cannot.

    Returns:
        The command of the fit, also where it wrote no report itself; "": not known.

    Raises:
        InputError: the folder holds no result, or a file is damaged.
    """
    fit = read_fit(folder)
    left_out = fit.evidence.get("left_out")
    parts = Parts(dict(fit.evidence), Clock(None), dict(left_out) if isinstance(left_out, dict) else {})
    before = dict(parts.found)
    search = fit.result.search
    if search is not None and "choices" not in parts.found:
        parts.add("choices", lambda: choices(search.record, Clock(None)))
    if search is not None and search.ensemble and "chosen" not in parts.found:
        parts.found["chosen"] = _chosen(search)
    if _lacks_rows(fit):
        _of_the_table(fit, parts)
    command = fit.command or _command(fit)
    if parts.found == before and parts.left_out == (left_out or {}) and command == fit.command:
        return command
    try:
        write_evidence(folder, as_json_values({**parts.found, "left_out": parts.left_out}), command)
    except InputError as error:  # the report is made of what can be read
        tell(f"Note: {error}")
    return command


def _command(fit: SavedFit) -> str:
    """The command of a fit from its options."""
    try:
        return command_of(_options(options_of(fit)))
    except NONSENSE:  # they are not there, or damaged
        return ""


def _lacks_rows(fit: SavedFit) -> bool:
    """Whether something is missing that test rows tell, or importance was measured on few of them."""
    if not has_test_rows(fit):
        return False
    found = fit.evidence
    if late_rules(found.get("examination")):
        return True
    return any(_lacking(one) for one in (found.get("targets") or [{}] if fit.several else [found]))


def _lacking(one: Mapping[str, Any]) -> bool:
    """Of what was measured for one target: whether a part is missing for lack of time."""
    left_out = one.get("left_out") or {}
    why = left_out.values() if isinstance(left_out, dict) else [OVER]  # an earlier version wrote a list
    if "predictions" not in one or any(str(words).startswith((OVER, UNREAD)) for words in why):
        return True
    measured = one.get("importance") or {}
    return bool(measured) and int(measured["rows"]) < min(ENOUGH, int(one["predictions"]["rows"]))


def _of_the_table(fit: SavedFit, parts: Parts) -> None:
    """Read the table as the fit did, and measure the model on its test rows."""
    assert fit.folder is not None
    try:
        if read_once(fit):  # reading would wait for what nobody sends
            raise InputError(f"{quoted(read_once(fit))} is no file that is there a second time.")
        model = Model.load(fit.folder / "model.wellfit")
        options = _options(options_of(fit))
        with Scratch(fit.folder, options.scratch) as scratch:
            _on_rows(fit, parts, model, _read(fit, options, scratch))
    except (InputError, *NONSENSE) as error:
        tell(f"Note: {UNREAD}{error}")
        parts.left_out.update({name: f"{UNREAD}{error}" for name in OF_ROWS if name not in parts.found})


def _on_rows(fit: SavedFit, parts: Parts, model: Model, data: SplitTable) -> None:
    """Measure the model on the test rows."""
    assert data.test is not None
    tell(f"Measuring the model on {data.test.arrays.rows:,} test rows.")
    jobs = usable_cores()
    _examine(fit, parts, data)
    if data.test.target.tasks:
        of_several(parts, model, data.test, jobs)
        return
    own = Parts({}, Clock(None))
    of_rows(own, Looking(model.schema, options_of(fit).get("metric")), test_rows_of(model, data.test, jobs))
    parts.found.update({name: one for name, one in own.found.items() if name != "diversity" or name not in parts.found})
    for name in (*own.found, *own.left_out):
        parts.left_out.pop(name, None)
    parts.left_out.update(own.left_out)


def _examine(fit: SavedFit, parts: Parts, data: SplitTable) -> None:
    """Run the rules for which there was no time, or all where none ran."""
    assert fit.folder is not None
    known = parts.found.get("examination")
    mute = options_of(fit).get("mute") or ()
    plain = examined_again(fit.folder, data, mute) if known is None else with_late_rules(known, data)
    parts.found["examination"] = as_json_values(plain)
    parts.left_out.pop("examination", None)


def _chosen(search: SearchResult) -> dict[str, Any]:
    """The networks that stand for the others: those of the candidate that weighs most."""
    heaviest = max(search.ensemble, key=lambda part: part.weight)
    members = search.record["search"]["candidates"][heaviest.candidate]["members"]
    return {"candidate": heaviest.candidate, "members": list(members)}


def _read(fit: SavedFit, options: FitOptions, scratch: Scratch) -> SplitTable:
    """The table as the fit read and split it.

    Raises:
        InputError: it cannot be read, or has other rows than the fit had.
    """
    drawn = fit.facts.get("drawn")
    draw = None if drawn is None else Draw(int(drawn["rows"]), fit.result.seed)
    data = prepare(options, draw=draw, scratch=scratch)
    same = data.train.fingerprint() == fit.facts.get("data")
    if not same or data.test is None or data.test.arrays.rows != fit.result.rows.get("test"):
        raise InputError(f"{quoted(options.table)} has other rows or columns than the fit read.")
    return data


def _options(plain: dict[str, Any]) -> FitOptions:
    """The options of a fit from result.json; those that a later version has are left out."""
    given: dict[str, Any] = {}
    for field in fields(FitOptions):
        value = plain.get(field.name)
        if isinstance(value, list):
            value = tuple(value)
        elif field.name in PATHS and value is not None:
            value = Path(value)
        if field.name in plain:
            given[field.name] = value
    return FitOptions(**given)
