"""Predictions averaged over masks: one mask, many, all of them, and the scaling rule that stands for them."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.figures import Axis, line_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference, mean_of
from wellfit.lab.experiments.dropout._digits import few_digits

CLAIMS = (
    Claim(
        "many", "Networks under many masks, averaged, are better than the network under one mask",
        "test error rate under one random mask minus that of all masks averaged, mean over samples of rows", least=0.0,
    ),
    Claim(
        "root", "The average over n random masks comes nearer to that over all as 1/sqrt(n)",
        "slope of ln(root mean square distance of probabilities) by ln(n), mean over samples of rows", -0.55, -0.45,
    ),
    Claim(
        "rule", "The scaling rule decides as the average over all masks does",
        "share of test rows with the same class, mean over samples of rows", least=0.95,
        published="Srivastava et al. 2014, figure 11: 50 masks match the rule on MNIST, more are slightly better",
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """A network with 12 hidden units, half of which are dropped: 2^12 masks, all of which can be averaged."""
    (X, y), views = few_digits(lab, 8)
    counts = lab.pick((1, 4, 16), (1, 4, 16, 64, 256), (1, 4, 16, 64, 256, 1024))
    recipe = wellfit.Recipe.plain(
        lab.pick(6, 10, 12), optimizer={"name": "adam", "learning_rate": 0.003}, epochs=lab.pick(20, 150, 150),
        batch_size=32, scaling="none", dropout=0.5,
    )  # fmt: skip
    population = wellfit.train(recipe, X, y, views=views, **lab.options)

    errors: dict[str, list[float]] = {"all masks": [], "one mask": [], "scaling rule": []}
    distances, same = [], []
    for member in population:
        model, test = member.model, X[member.view.test]
        every, rule = model.averaged(test, draws="all").mean, model.predict_proba(test)
        drawn = {n: model.averaged(test, draws=n, seed=n).mean for n in counts}
        wrong = {"all masks": every, "one mask": drawn[1], "scaling rule": rule}
        for name, p in wrong.items():
            errors[name].append(float((p.argmax(axis=1) != y[member.view.test]).mean()))
        same.append((every.argmax(axis=1) == rule.argmax(axis=1)).mean())
        distances.append([_distance(one, every) for one in (*drawn.values(), rule)])

    away = np.array(distances)
    slopes = [np.polyfit(np.log(counts), np.log(one[:-1]), 1)[0] for one in away]
    found = {
        "many": difference(errors["one mask"], errors["all masks"]), "root": mean_of(slopes), "rule": mean_of(same),
    }  # fmt: skip
    rows = [
        {"masks": n, "average": name, "distance": float(value)}
        for k, n in enumerate(counts)
        for name, value in (("random masks", away[:, k].mean()), ("scaling rule", away[:, -1].mean()))
    ]
    figure = line_figure(
        ResultFrame(rows), Axis("masks", "random masks averaged", scale="log"),
        Axis("distance", "distance from the average over all masks", scale="log"), series="average", name="distance",
        title="Random masks come ever nearer to the average over all masks; the scaling rule keeps its distance.",
    )  # fmt: skip
    table = [{"prediction": name, "test error": float(np.mean(values))} for name, values in errors.items()]
    trained = f"one recipe on {len(views)} samples of digits"
    return Answer(table, found, (figure,), len(views), trained, details={"distances": rows})


def _distance(one: np.ndarray, other: np.ndarray) -> float:
    """Root mean square difference of probabilities."""
    return float(np.sqrt(np.mean((one - other) ** 2)))


EXPERIMENT = Experiment(
    "One mask, many masks, all masks, and the rule",
    "A network trained with dropout predicts under random masks, and the predictions are averaged. How many masks does "
    "it take to be better than one, and does the scaling rule, which needs a single pass, decide as all masks would?",
    CLAIMS, "Srivastava et al., Dropout, 2014, section 7.5", (0.4, 8.0, 45), run,
    "Each mask is a network, and dropout trains them all with shared weights: an ensemble at the price of one network. "
    "Its average varies with the masks that are drawn, as any mean of n draws does.",
)  # fmt: skip
