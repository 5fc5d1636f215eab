"""What `wellfit doctor --result DIR` takes of the fit: its table, and how that is read and split."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from wellfit.cli.study_options import StudyChoices
from wellfit.errors import InputError
from wellfit.parsing import NONSENSE
from wellfit.report.commands import LISTS, READING


def of_result(choices: StudyChoices) -> StudyChoices:
    """The choices with all that the fit said of its table, unless it is given anew.

    Raises:
        InputError: neither names a table.
    """
    o, table = dict(choices.others), choices.table
    known = {} if o["result"] is None else _options_of(Path(o["result"]), table is not None and bool(o["target"]))
    table = known.get("table") if table is None else table
    if table is None:
        raise InputError("Name a table, or the output folder of wellfit fit with --result, which names its own.")
    o["target"] = o["target"] or _listed(known.get("targets") or known.get("target"))
    for name in READING:
        value = known.get(name)
        if o[name] in (None, []) or (o[name] is False and name != "colour"):  # it was not given
            o[name] = _listed(value) if isinstance(value, list) else o[name] if value is None else value
    for name in LISTS:
        o[name] = known.get(name) if o[name] is None else o[name]
        o[name] = None if o[name] is None else Path(o[name])
    return replace(choices, table=str(table), others=o)


def _listed(value: Any) -> list[str] | None:
    if isinstance(value, list | tuple):
        return [str(one) for one in value] or None
    return None if value is None else [str(value)]


def _options_of(folder: Path, may_lack: bool) -> dict[str, Any]:
    """The options of the fit that wrote a folder. may_lack: none are needed, as of a folder of `wellfit.train`."""
    try:
        return dict(json.loads((folder / "result.json").read_bytes())["options"])
    except (OSError, *NONSENSE):
        if may_lack:
            return {}
        raise InputError(f"{str(folder)!r} holds no result.json of wellfit fit: name its output folder.") from None
