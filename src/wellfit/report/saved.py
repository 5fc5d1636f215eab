"""The report of what a folder holds: a fit, a study or a diagnosis."""

from __future__ import annotations

from pathlib import Path

from wellfit.errors import InputError, quoted
from wellfit.report.content import Report
from wellfit.report.fit import fit_report
from wellfit.report.saved_fit import RESULT


def report_of_folder(folder: str | Path) -> Report:
    """The report of what wellfit wrote to a folder, made from its files alone.

    Raises:
        InputError: it holds no result, or a damaged one.
    """
    folder = Path(folder)
    if (folder / RESULT).is_file():
        return fit_report(folder)
    raise InputError(f"{quoted(str(folder))} holds no result: name the folder that wellfit fit wrote.")
