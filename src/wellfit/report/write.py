"""A report as files: report.html, report.md and report.json."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from wellfit.errors import InputError, quoted
from wellfit.files import write_atomically
from wellfit.report.content import Report

FORMS = ("html", "md", "json")


def write_report(
    report: Report, folder: str | Path, forms: Sequence[str] = FORMS, *, drawn: int = 8, seconds: float | None = None
) -> tuple[Path, ...]:
    """Write report.html, report.md and report.json, each whole or not at all. Returns the files.

    report: what it says.
    folder: where to; it is made where it is not there. Earlier files of these names are replaced.
    forms: of "html", "md" and "json" (default: all).
    drawn: how many figures the page also holds as pictures, for printing and readers without JavaScript (default 8).
    seconds: no further picture is begun after so many (default None: all are drawn).

    Raises:
        InputError: a form that there is not, or the files cannot be written.
    """
    unknown = [form for form in forms if form not in FORMS]
    if unknown:
        raise InputError(f"A report is written as {', '.join(FORMS)}; got {quoted(unknown[0])}.")
    content: dict[str, Callable[[], str]] = {
        "html": lambda: _page(report, drawn, seconds),
        "md": lambda: _markdown(report),
        "json": lambda: _json(report),
    }
    folder = Path(folder)
    texts = {folder / f"report.{form}": content[form]() for form in FORMS if form in forms}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in texts.items():
            write_atomically(path, text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise InputError(f"The folder {quoted(str(folder))} cannot be written: {error.strerror or error}.") from None
    return tuple(texts)


def _page(report: Report, drawn: int, seconds: float | None) -> str:
    from wellfit.report.page import page

    return page(report, drawn=drawn, seconds=seconds)


def _markdown(report: Report) -> str:
    from wellfit.report.markdown import markdown

    return markdown(report)


def _json(report: Report) -> str:
    from wellfit.report.plain import to_plain

    return json.dumps(to_plain(report), indent=1, allow_nan=False) + "\n"
