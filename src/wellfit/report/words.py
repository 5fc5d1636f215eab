"""Words that a report has on every page."""

from __future__ import annotations

NOTE_WORDS = {"problem": "Problem", "warning": "Warning", "hint": "Hint", "good": "Fine"}  # "plain" has none
KIND_WORDS = {"fit": "Fit", "study": "Study", "diagnosis": "Diagnosis", "lab": "Lab"}
