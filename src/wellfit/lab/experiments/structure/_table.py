"""The learned table of an embedding, in the order of the categories' names."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.training import TrainedMember


def embedding_table(member: TrainedMember, names: list[str]) -> NDArray[Any]:
    """The rows of the only embedded column of a member (categories, size); NaN for what it never saw.

    names: of the categories, in the order of the rows that are returned.
    """
    network, column = member.model.networks[0], member.model.schema.columns[0]
    table = network.weights()["input.categories"]
    codes = {name: code for code, name in enumerate(column.vocabulary)}
    found = np.full((len(names), table.shape[1]), np.nan)
    for row, name in enumerate(names):
        place = int(network.encoding.places[0][codes[name] + 1]) if name in codes else -1
        if place >= 0:  # the first row is that of categories which training did not show
            found[row] = table[place + 1]
    return found
