"""Initialisation from data: where the kinks of a first layer lie."""

from __future__ import annotations

from typing import Any

import numpy as np

from docs.pictures.common import MAIN, QUIET, titled
from wellfit.engines.contract.initial import initial_parameters
from wellfit.engines.contract.layers import layer_plan
from wellfit.engines.contract.segments import make_segments
from wellfit.engines.numpy.data_initialization import start_from_data
from wellfit.numerics.random import seed_key
from wellfit.recipe import Recipe
from wellfit.tables.arrays import Arrays, Target
from wellfit.tables.encoding import fit_encoding

ROWS, UNITS = 300, 24


def draw(figure: Any, cls: type) -> str:
    """Rows of two numbers and, for each unit of the first layer, the line on which its pre-activation is 0."""
    name = titled(cls)
    rng = np.random.default_rng(0)
    x = (rng.normal(size=(ROWS, 2)) @ np.array([[1.0, 0.6], [0.0, 0.5]]) + [2.0, 1.0]).astype(np.float32)
    weight, bias = _first_layer(name, x)
    axes = figure.subplots()
    axes.scatter(*x.T, s=8, color=QUIET)
    line = np.array([-1.5, 5.5])
    for (a, b), c in zip(weight.T, bias, strict=True):
        axes.plot(line, -(c + a * line) / b, color=MAIN, linewidth=0.8)
    axes.set_xlim(-1.5, 5.5)
    axes.set_ylim(-2, 4)
    what = "drawn weights and biases of 0" if name == "none" else "weights and biases from the data"
    return f"Rows of two numbers, and the line on which each of {UNITS} units is 0: {what}."


def _first_layer(name: str, x: Any) -> tuple[Any, Any]:
    recipe = Recipe(hidden=(UNITS,), data_initialization=name, scaling="none")
    arrays, target = Arrays(x, np.zeros((ROWS, 0), np.int32)), Target("numbers", x[:, :1], ("y",))
    encoding = fit_encoding(arrays, target, np.arange(ROWS), np.ones(ROWS), recipe)
    plan = layer_plan(recipe, encoding.sizes, 1)
    segments, _, size = make_segments(recipe, plan)
    start = initial_parameters(recipe, encoding.sizes, segments, size, seed_key(0))
    parts = {s.name: start[s.begin : s.end].reshape(s.shape) for s in segments}
    if name != "none":
        start_from_data(recipe, plan, encoding, arrays, (np.arange(ROWS), np.ones(ROWS)), parts, seed_key(0))
    return parts["hidden0.weight"], parts["hidden0.bias"]
