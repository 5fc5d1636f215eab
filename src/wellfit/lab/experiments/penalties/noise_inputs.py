"""L1 drops columns that say nothing, L2 does not; the elastic net lies between them and keeps both of two twins."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.figures import Axis, scatter_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference, exact, mean_of
from wellfit.lab.base.data import apart
from wellfit.statistics.intervals import SHARE

DATA, STRENGTH, NOISE = 100, 0.1, 20
CLAIMS = (
    Claim(
        "dropped", "L1 drops most columns of noise",
        "share of 20 noise columns whose weight is exactly 0, mean over samples of rows", least=0.5,
    ),
    Claim("none", "L2 drops none", "largest share of noise columns whose weight is exactly 0", most=1e-9),
    Claim(
        "between", "The elastic net drops fewer than L1",
        "share of noise columns dropped by L1 minus that by the elastic net, mean over samples of rows", least=0.0,
    ),
    Claim(
        "twins", "Of two columns that say nearly the same, the elastic net shares the weight more evenly than L1",
        "smaller weight over larger one, elastic net minus L1, mean over samples of rows", least=0.2,
    ),
    Claim(
        "test", "On new rows L1 errs less than L2 of the strength that errs least",
        "test error (squared, in units of the noise's variance) of L2 minus that of L1, mean over samples of rows",
        least=0.0,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """A linear network; columns 0 and 1 are twins, 2 and 3 say something of their own, 20 more are noise."""
    repeats = lab.pick(3, 24, 120)
    X, y = _table(repeats * (DATA + 300))
    plain = wellfit.Recipe.plain(
        (),
        batch_size="all",
        epochs=lab.pick(300, 800, 800),
        stopping={"name": "none", "every": 500},
        optimizer={"name": "sgd", "learning_rate": 0.2},
    )
    # Exact zeros need the proximal form; the elastic net is half of either penalty.
    recipes = {
        "L1": plain.vary(l1={"strength": STRENGTH, "proximal": True}),
        "elastic net": plain.vary(l1={"strength": STRENGTH / 2, "proximal": True}, l2=STRENGTH / 2),
        **{f"L2 {strength:g}": plain.vary(l2=strength) for strength in (0.03, 0.1, 0.3)},
    }
    population = wellfit.train(list(recipes.values()), X, y, views=apart(repeats, DATA, 300), **lab.options)
    weights = np.array([one.model.networks[0].weights()["output.weight"][:, 0] for one in population])
    weights = weights.reshape(len(recipes), repeats, -1)
    test = dict(zip(recipes, population.evaluate()["error"].to_numpy().reshape(len(recipes), -1), strict=True))
    dropped = dict(zip(recipes, (weights[..., 4:] == 0).mean(axis=-1), strict=True))
    twins = abs(weights[..., :2])
    even = dict(zip(recipes, twins.min(axis=-1) / np.maximum(twins.max(axis=-1), 1e-12), strict=True))
    ridge = min((name for name in recipes if "L2" in name), key=lambda name: test[name].mean())
    found = {
        "dropped": mean_of(dropped["L1"], SHARE), "none": exact(max(dropped[n].max() for n in recipes if "L2" in n)),
        "between": difference(dropped["L1"], dropped["elastic net"]),
        "twins": difference(even["elastic net"], even["L1"]),
        "test": difference(test[ridge], test["L1"]),
    }  # fmt: skip
    rows = [
        {"penalty": name, "noise columns dropped": dropped[name].mean(), "smaller twin over larger": even[name].mean(),
         "test error": test[name].mean()}
        for name in recipes
    ]  # fmt: skip
    sizes = [
        {"column": place, "penalty": name, "size": float(abs(weights[k, 0, place]))}
        for k, name in enumerate(recipes) if name in ("L1", "elastic net", ridge) for place in range(X.shape[1])
    ]  # fmt: skip
    figure = scatter_figure(
        ResultFrame(sizes), Axis("column", "column (0 and 1 twins, 2 and 3 informative, others noise)"),
        Axis("size", "size of the weight"), series="penalty", name="weights",
        title="L1 leaves few columns, L2 a little of all.",
    )  # fmt: skip
    return Answer(rows, found, (figure,), len(population), f"5 recipes on {repeats} samples of {DATA} made rows")


def _table(rows: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(rows, 4 + NOISE))
    X[:, 1] = 0.99 * X[:, 0] + np.sqrt(1 - 0.99**2) * X[:, 1]
    return X, X[:, :4].sum(axis=1) + rng.normal(size=rows)


EXPERIMENT = Experiment(
    "Columns of noise",
    "A linear network reads two columns that are nearly the same, two others that matter, and 20 columns of noise. "
    "Which weights become exactly 0 under L1, under L2, and under half of each?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 7.1.2; Zou & Hastie 2005", (0.2, 1.4, 7.7), run,
    "L1 pulls at a weight equally hard however small it is, and so to 0. L2 pulls in proportion to the weight. L2 "
    "prefers two half weights to one whole, which is why the elastic net keeps both twins.",
)  # fmt: skip
