"""The doctor: trains a recipe, says what is wrong with it, tries what may help, and says what did."""

from __future__ import annotations

from wellfit.diagnosis.doctor.diagnosing import diagnose
from wellfit.diagnosis.doctor.diagnosis import Diagnosis
from wellfit.diagnosis.doctor.results import examine_result
from wellfit.diagnosis.doctor.searches import examine_search

__all__ = ["Diagnosis", "diagnose", "examine_result", "examine_search"]
