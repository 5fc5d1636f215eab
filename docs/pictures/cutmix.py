"""Mixed cells: a batch before and after, and its targets."""

from __future__ import annotations

from typing import Any

import numpy as np

from docs.pictures.rows_of_cells import BY_CELL, ROWS, TARGETS, X, changed, show
from wellfit.techniques.rows.mixing import cut_and_mix_rows

ALPHA = 1.0


def draw(figure: Any, cls: type) -> str:
    """Eight rows: which row each cell comes from, and the targets by the share of cells."""
    y = np.arange(1.0, ROWS + 1)
    cells, targets = changed(cut_and_mix_rows, (ALPHA, 1.0), y, **BY_CELL, **TARGETS)
    show(figure, [("as they are", X), ("after", cells), ("targets after", targets[:, None])], "")
    return (
        "A colour is a row of origin. Some cells come from the next row; the target moves towards the next row's by "
        "the share of cells taken."
    )
