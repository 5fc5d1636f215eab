"""The lab's samples of rows."""

from __future__ import annotations

import numpy as np

from wellfit.lab.base.data import apart


def test_views_of_made_tables_share_no_row() -> None:
    views = apart(3, 4, 2, validation=1)
    rows = [np.concatenate([view.training, view.validation, view.test]) for view in views]
    assert [len(view.training) for view in views] == [4, 4, 4] and sorted(np.concatenate(rows)) == list(range(21))
