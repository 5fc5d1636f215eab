"""The embeddings that a network has learned of a column of categories."""

from __future__ import annotations

import numpy as np

from wellfit.engines.contract.network import Network
from wellfit.engines.numpy.encode import table_row
from wellfit.errors import InputError, quoted
from wellfit.tables import Schema
from wellfit.tables.arrays import Float32


def embedding_of(schema: Schema, network: Network, column: str) -> dict[str | None, Float32]:
    """The vector of each category of a column that the network has seen; that of all others under None.

    Raises:
        InputError: the network has no embedding of such a column.
    """
    tables = network.encoding.tables
    embedded = [name for name, rows in zip(schema.code_names, tables, strict=True) if rows]
    if column not in embedded:
        raise InputError(
            f"The network has no embedding of {quoted(column)}; it has: "
            f"{', '.join(map(quoted, embedded)) or 'none, since few categories become a column each'} "
            "(see `categories` in the recipe)."
        )
    place = schema.code_names.index(column)
    first = sum(tables[:place])
    vectors = network.weights()["input.categories"][first : first + tables[place]]
    (vocabulary,) = (one.vocabulary for one in schema.columns if one.name == column)
    rows = table_row(np.arange(len(vocabulary), dtype=np.int32), network.encoding.places[place])[:, 0].astype(int)
    seen = [(name, row) for name, row in zip(vocabulary, rows, strict=True) if row]
    return {name: vectors[row].copy() for name, row in [*seen, (None, 0)]}
