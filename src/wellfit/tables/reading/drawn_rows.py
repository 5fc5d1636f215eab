"""Which rows of a large table are drawn as it is read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wellfit.tables.arrays import Int64


@dataclass(frozen=True)
class Draw:
    """So many rows of a table, drawn at random and left in their order; all of a table that has no more.

    most: rows, at least 1. seed: of the draw. unless: a table of no more rows than that is read whole (default: of no
    more than `most`).
    """

    most: int
    seed: int = 0
    unless: int = 0

    def rows(self, of: int) -> Int64 | None:
        """The rows drawn, rising; None: all. of: rows of the table.

        >>> Draw(3).rows(3) is None, len(Draw(3).rows(10))
        (True, 3)
        """
        if of <= max(self.most, self.unless):
            return None
        random = np.random.default_rng([self.seed & 0xFFFFFFFF, of])
        return np.sort(random.choice(of, self.most, replace=False, shuffle=False)).astype(np.int64)
