"""The report of what a folder holds: a fit, a study or a diagnosis."""

from __future__ import annotations

from pathlib import Path

from wellfit.diagnosis.doctor import Diagnosis
from wellfit.diagnosis.doctor.diagnosis import DIAGNOSIS
from wellfit.errors import InputError, quoted
from wellfit.report.content import Report
from wellfit.report.diagnosis import diagnosis_report
from wellfit.report.fit import fit_report
from wellfit.report.saved_fit import RESULT
from wellfit.report.study import study_report
from wellfit.studies import Study
from wellfit.studies.base.study import STUDY


def report_of_folder(folder: str | Path) -> Report:
    """The report of what wellfit wrote to a folder, made from its files alone.

    Raises:
        InputError: it holds no result, or a damaged one.
    """
    folder = Path(folder)
    if (folder / RESULT).is_file():
        return fit_report(folder)
    if (folder / STUDY).is_file():
        return study_report(Study.load(folder))
    if (folder / DIAGNOSIS).is_file():
        return diagnosis_report(Diagnosis.load(folder))
    raise InputError(
        f"{quoted(str(folder))} holds no result: name a folder that wellfit fit, wellfit study or wellfit doctor wrote."
    )
