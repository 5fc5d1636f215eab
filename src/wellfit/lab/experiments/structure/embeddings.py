"""Embeddings of numbers and of categories: what the first layer sees of a column."""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy.spatial.distance import pdist
from scipy.stats import spearmanr

import wellfit
from wellfit.figures import Axis, line_figure, scatter_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, mean_of, ratio
from wellfit.lab.base.data import apart

DATA, TEST, CITIES = 2000, 600, 120
NAMES = [f"city {k}" for k in range(CITIES)]
NUMBERS = {
    "number as it is": "none", "piecewise linear": {"name": "piecewise", "bins": 32},
    "periodic": {"name": "periodic", "sd": 1.0},
}  # fmt: skip
CATEGORIES = {
    "one column a category": {"one_hot_up_to": CITIES}, "embedding of 2": {"one_hot_up_to": 2, "embedding": 2}
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
    repeats = lab.pick(2, 4, 6)
    views = apart(repeats, DATA, TEST)
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, repeats * (DATA + TEST))
    wave = np.sin(20 * x) + 0.1 * rng.normal(size=len(x))
    network = wellfit.Recipe.plain((64, 64), optimizer="adam", batch_size=32, epochs=lab.pick(2, 40, 60))
    numbers = [network.vary(number_embedding=embedding) for embedding in NUMBERS.values()]
    seen = wellfit.train(numbers, x[:, None], wave, views=views, **lab.options)

    places, city = rng.uniform(-1, 1, CITIES), rng.integers(CITIES, size=len(x))
    table = pl.DataFrame({"city": [NAMES[k] for k in city], "number": x})
    price = 2 * places[city] * x + 0.3 * rng.normal(size=len(x))
    named = [network.vary(categories=categories) for categories in CATEGORIES.values()]
    cities = wellfit.train(named, table, price, views=views, column_kinds={"city": "category"}, **lab.options)
    errors = np.concatenate([one.evaluate()["error"].to_numpy().reshape(-1, repeats) for one in (seen, cities)])
    error = dict(zip((*NUMBERS, *CATEGORIES), errors, strict=True))
    raw, one_hot, embedded = "number as it is", "one column a category", "embedding of 2"
    found = {
        "periodic": ratio(error[raw], error["periodic"]), "piecewise": ratio(error[raw], error["piecewise linear"]),
        "categories": ratio(error[one_hot], error[embedded]),
        "near": mean_of([_alike(member, places) for member in cities[repeats:]]),
    }  # fmt: skip
    rows = [{"columns": name, "test error": values.mean()} for name, values in error.items()]
    at = np.linspace(-1, 1, 121)
    curves = [
        {"x": float(one), "y": float(value), "embedding": name}
        for k, name in enumerate(NUMBERS)
        for one, value in zip(at, seen[k * repeats].predict(at[:, None]), strict=True)
    ]
    waves = line_figure(
        ResultFrame(curves), Axis("x", "number"), Axis("y", "predicted"), panel="embedding", name="waves",
        title="With an embedding the network follows the wave.",
    )  # fmt: skip
    learned = _learned(cities[repeats])
    where = np.array(["left", "middle", "right"])[np.digitize(places[list(learned)], (-0.33, 0.33))]
    map_ = scatter_figure(
        {"one": [v[0] for v in learned.values()], "two": [v[1] for v in learned.values()], "where": where},
        Axis("one", "first column of the embedding"), Axis("two", "second column"), series="where", name="cities",
        title="Where the cities came to lie in the embedding, by their hidden places.",
    )  # fmt: skip
    networks, how = len(seen) + len(cities), f"5 recipes on {repeats} samples of {DATA} made rows"
    return Answer(rows, found, (waves, map_), networks, how)


def _learned(member: wellfit.training.TrainedMember) -> dict[int, np.ndarray]:
    vectors = member.model.embedding("city")
    return {k: vectors[name] for k, name in enumerate(NAMES) if name in vectors}


def _alike(member: wellfit.training.TrainedMember, places: np.ndarray) -> float:
    seen = _learned(member)
    return float(spearmanr(pdist(list(seen.values())), pdist(places[list(seen), None])).statistic)


EXPERIMENT = Experiment(
    "Embeddings",
    "A network reads one number, on which the target depends as a wave of short period; then the name of one of 120 "
    "cities, of which alike ones have alike prices. What changes when numbers are cut into bins or waves, and names "
    "become two learned numbers each?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 12.4; Gorishniy et al. 2022", (0.5, 6, 14), run,
    "Networks learn slow changes along an input first: bins and waves offer the quick ones ready-made. Embedded names "
    "start at random places, and the layers above can learn to read them there: nothing makes alike ones meet.",
)  # fmt: skip
