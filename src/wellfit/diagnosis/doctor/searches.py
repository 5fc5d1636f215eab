"""The rules run on a finished search, for the report of a fit."""

from __future__ import annotations

import time
from typing import Any

from wellfit.diagnosis.evidence.searches import case_of_search
from wellfit.diagnosis.examination import Examination, examine
from wellfit.search.choose.chosen_ensemble import ChosenEnsemble
from wellfit.tables.split import SplitTable


def examine_search(
    ensemble: ChosenEnsemble, data: SplitTable, *, mute: Any = (), seconds: float | None = None
) -> Examination:
    """What the rules say of the best candidate of a search, of its table and of its test rows. Nothing is trained.

    ensemble: that the search chose, with its networks in memory. data: the table that it was fitted on.
    mute: codes of rules to leave out (default: none).
    seconds: of wall time, about; rules that would take longer are reported as not applicable. None (default): no limit.

    Raises:
        InputError: there is no rule of such a code.
    """
    began = time.monotonic()
    case = case_of_search(ensemble, data, seconds)
    left = None if seconds is None else max(seconds - (time.monotonic() - began), 0.0)
    return examine(case, mute=mute, seconds=left).numbered(data.train.numbers)
