"""From the encoded input to the network's inputs: their number, which columns become what, and the learned parts.

The network's inputs in order: each number's embedding, the encoded columns that are passed on as they are (numbers too,
where they are not embedded or stand beside), a row of the table of each categorical column that has one.
"""

from __future__ import annotations

from typing import Any

from wellfit.recipe import Recipe
from wellfit.tables.encoding import Encoding, InputSizes
from wellfit.techniques.network.embedding import NumberEmbedding


def embeds(recipe: Recipe, sizes: InputSizes) -> bool:
    """Whether the network's inputs are anything but the encoded columns."""
    return bool(sizes.tables) or (recipe.number_embedding.name != "none" and sizes.numbers > 0)


def bins_of(sizes: InputSizes) -> tuple[int, ...]:
    """Bins of each number; 0 of each where an embedding needs none."""
    return sizes.bins if len(sizes.bins) == sizes.numbers else (0,) * sizes.numbers


def network_inputs(recipe: Recipe, sizes: InputSizes) -> int:
    """How many columns the first layer sees."""
    if not embeds(recipe, sizes):
        return sizes.encoded
    chosen, bins = recipe.number_embedding, bins_of(sizes)
    numbers = sum(chosen.width(count) for count in bins)
    passed = sizes.encoded - len(sizes.tables) - (0 if chosen.raw else sizes.numbers)
    return int(numbers + passed + len(sizes.tables) * recipe.categories.embedding)


def passed_columns(chosen: NumberEmbedding, encoding: Encoding) -> list[int]:
    """The encoded columns that are passed on as they are."""
    numbers = 0 if chosen.raw else len(encoding.centre)
    return [column for column in range(numbers, encoding.width) if column not in encoding.index_columns]


def embedding_parts(recipe: Recipe, sizes: InputSizes) -> list[tuple[str, tuple[int, ...], Any]]:
    """Name, shape and factor of the learning rate of each part that embeddings learn."""
    chosen: Any = recipe.number_embedding
    found: list[tuple[str, tuple[int, ...], Any]] = []
    features = sum(chosen.features(count) for count in bins_of(sizes))
    if features and chosen.learns:
        found.append(("input.frequencies", (sizes.numbers, chosen.frequencies), chosen.rate))
        if chosen.name == "periodic_bias":
            found.append(("input.phases", (sizes.numbers, chosen.frequencies), chosen.rate))
    if features and chosen.size:
        outputs = sum(chosen.width(count) for count in bins_of(sizes))
        found.append(("input.map", (features * chosen.size,), chosen.rate))
        found.append(("input.offset", (outputs,), chosen.rate))
    if sizes.tables:
        found.append(("input.categories", (sum(sizes.tables), recipe.categories.embedding), 1.0))
    return found
