"""Embeddings of numbers and of categories: what the first layer sees of a column."""

from __future__ import annotations

import numpy as np
from scipy.stats import spearmanr

import wellfit
from wellfit.figures import Axis, line_figure, scatter_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, mean_of, ratio
from wellfit.lab.base.data import apart

DATA, TEST, CITIES = 600, 600, 120
NUMBERS = {
    "number as it is": "none", "piecewise linear": {"name": "piecewise", "bins": 32},
    "periodic": {"name": "periodic", "sd": 1.0},
}  # fmt: skip
CATEGORIES = {
    "one column a category": {"one_hot_up_to": CITIES}, "embedding of 4": {"one_hot_up_to": 2, "embedding": 4}
}  # fmt: skip
CLAIMS = (
    Claim(
        "periodic", "On a wave of short period a periodic embedding halves the error",
        "test error (squared), number as it is over periodic, geometric mean over samples of rows", least=2.0,
    ),
    Claim(
        "piecewise", "A piecewise linear embedding lowers it too",
        "test error (squared), number as it is over piecewise, geometric mean over samples of rows", least=1.0,
    ),
    Claim(
        "categories", "An embedding of 120 categories errs less than one column for each",
        "test error (squared), one column a category over embedding, geometric mean over samples of rows", least=1.0,
    ),
    Claim(
        "near", "Categories that are alike come to lie near each other",
        "rank correlation of the distances in the embedding with those of the hidden places, mean over samples of rows",
        least=0.2,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """A wave of one number; then cities, of which the table has the names but not the place on a line."""
    repeats = lab.pick(2, 4, 12)
    views = apart(repeats, DATA, TEST)
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, repeats * (DATA + TEST))
    wave = np.sin(20 * x) + 0.1 * rng.normal(size=len(x))
    network = wellfit.Recipe.plain((64, 64), optimizer="adam", batch_size=32, epochs=lab.pick(5, 60, 80))
    numbers = [network.vary(number_embedding=embedding) for embedding in NUMBERS.values()]
    seen = wellfit.train(numbers, x[:, None], wave, views=views, **lab.options)

    places, city = rng.uniform(-1, 1, CITIES), rng.integers(CITIES, size=len(x))
    table = {"city": [f"city {k}" for k in city], "number": x}
    price = np.sin(4 * places[city]) * x * 2 + 0.3 * rng.normal(size=len(x))
    named = [network.vary(categories=categories) for categories in CATEGORIES.values()]
    cities = wellfit.train(named, table, price, views=views, column_kinds={"city": "category"}, **lab.options)

    errors = np.concatenate([one.evaluate()["error"].to_numpy().reshape(-1, repeats) for one in (seen, cities)])
    error = dict(zip((*NUMBERS, *CATEGORIES), errors, strict=True))
    raw, one_hot, embedded = "number as it is", "one column a category", "embedding of 4"
    alike = [_alike(member, places) for member in cities[repeats:]]
    found = {
        "periodic": ratio(error[raw], error["periodic"]), "piecewise": ratio(error[raw], error["piecewise linear"]),
        "categories": ratio(error[one_hot], error[embedded]), "near": mean_of(alike),
    }  # fmt: skip
    return Answer([], found, ())
