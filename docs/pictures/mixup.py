"""Mixed rows: the share that stays a row's own, and a batch before and after."""

from __future__ import annotations

from typing import Any

import numpy as np

from docs.pictures.common import MAIN, SECOND, THIRD
from docs.pictures.rows_of_cells import CELLS, ROWS, TARGETS, X, changed, show
from wellfit.numerics.draws import larger_share
from wellfit.numerics.random import purpose_key, seed_key
from wellfit.techniques.rows.mixing import MIXUP, mix_rows

ALPHA, DRAWS = 1.0, 4000


def draw(figure: Any, cls: type) -> str:
    """How large the own share is for three alphas; a batch mixed at one update."""
    left, right = figure.subfigures(1, 2, width_ratios=(1.2, 1))
    axes = left.subplots()
    key1 = seed_key(0)
    key2 = purpose_key(MIXUP, 0, 0, key1)
    for alpha, color in ((0.2, MAIN), (1.0, SECOND), (4.0, THIRD)):
        shares = [larger_share(alpha, k, key1, key2) for k in range(DRAWS)]
        axes.hist(shares, bins=np.linspace(0.5, 1, 26), histtype="step", color=color, label=f"alpha {alpha:g}")
    axes.set_xlabel("a row's own share")
    axes.set_ylabel(f"of {DRAWS} draws")
    axes.legend(loc="upper center")
    mixed, _ = changed(mix_rows, (ALPHA, 1.0, 0.0, float(CELLS)), np.zeros(ROWS), run_count=1, runs=2, **TARGETS)
    show(right, [("as they are", X), ("mixed, by row", mixed)], "")
    return (
        "The larger share is a row's own: near 1 for small alpha, near 1/2 for large. Right: each row's colour moves "
        "towards that of the next."
    )
