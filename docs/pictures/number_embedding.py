"""Embeddings of numbers: what the network gets of one number."""

from __future__ import annotations

from typing import Any

import numpy as np

from docs.pictures.common import MAIN, QUIET, SECOND, THIRD, titled
from wellfit.engines.contract.initial import embedding_start
from wellfit.engines.contract.inputs import embedding_parts
from wellfit.engines.numpy.embed import embed
from wellfit.numerics.random import seed_key
from wellfit.recipe import Recipe
from wellfit.tables.arrays import Arrays, Target
from wellfit.tables.encoding import fit_encoding

ROWS = 400
SHOWN: dict[str, dict[str, Any]] = {
    "none": {},
    "piecewise": {"bins": 6},
    "periodic": {"frequencies": 3, "sd": 0.2},
    "periodic_bias": {"frequencies": 16, "sd": 0.2},
}


def draw(figure: Any, cls: type) -> str:
    """Each column of the embedding over the scaled number, at the start of training."""
    name = titled(cls)
    x = np.sort(np.random.default_rng(0).normal(size=ROWS)).astype(np.float32)[:, None]
    columns = _embedded(name, x)
    axes = figure.subplots()
    axes.plot(x, x, color=QUIET, linestyle="dotted", label="the number itself")
    for k in range(columns.shape[1]):
        axes.plot(x, columns[:, k], color=(MAIN, SECOND, THIRD)[k % 3])
    axes.set_ylim(-2.5, 2.5)
    axes.set_xlabel("scaled number")
    axes.legend(loc="lower right")
    return (
        f"Columns that {name.replace('_', ' ')} makes of one number, as the network gets them before its first update."
    )


def _embedded(name: str, x: Any) -> Any:
    recipe = Recipe(number_embedding={"name": name, **SHOWN[name]}, scaling="none")
    arrays = Arrays(x, np.zeros((ROWS, 0), np.int32))
    encoding = fit_encoding(arrays, Target("numbers", x), np.arange(ROWS), np.ones(ROWS), recipe)
    weights = {
        part.removeprefix("input."): embedding_start(recipe, encoding.sizes, part, shape, seed_key(0)).reshape(shape)
        for part, shape, _ in embedding_parts(recipe, encoding.sizes)
    }
    return embed(recipe.number_embedding, encoding, weights, x)
