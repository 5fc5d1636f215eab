"""What dropout changes inside a network: co-adaptation, how many units are active, and the size of the weights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

import wellfit
from wellfit.figures import Axis, interval_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference, mean_of, ratio
from wellfit.lab.experiments.dropout._digits import LARGE, few_digits

CLAIMS = (
    Claim(
        "adapted", "Units that were trained with dropout depend less on one another",
        "test error rate while a random half of the hidden units is off, of the network trained without dropout minus "
        "that of the one trained with it, mean over samples of rows", least=0.0,
    ),
    Claim(
        "dense", "Dropout makes patterns of activations denser",
        "share of units of the last hidden layer that are above 0 on test rows, with dropout minus without, mean over "
        "samples of rows", least=0.0,
        published="lectures say denser; Srivastava et al. 2014, section 7.2, find sparser activations of autoencoders",
    ),
    Claim(
        "weights", "Dropout makes weights smaller",
        "norm of all weights with dropout over that without, geometric mean over samples of rows", most=1.0,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """The same network with and without dropout; then both predict with half of their hidden units off."""
    (X, y), views = few_digits(lab, 12)
    recipes = [LARGE.vary(epochs=lab.pick(3, 100, 100), dropout=rate) for rate in (0.0, 0.5)]
    population = wellfit.train(recipes, X, y, views=views, **lab.options)
    rows = [_measured(member, X, y, lab.pick(2, 10, 20)) for member in population]

    names = ("error", "error with half off", "active units", "weight norm")
    values = {name: np.array([row[name] for row in rows]).reshape(2, len(views)) for name in names}
    without, with_dropout = 0, 1
    off, active, norm = values["error with half off"], values["active units"], values["weight norm"]
    found = {
        "adapted": difference(off[without], off[with_dropout]),
        "dense": difference(active[with_dropout], active[without]),
        "weights": ratio(norm[with_dropout], norm[without]),
    }
    shown = [
        {"measured": name, "trained": trained, "value": one.mean, "low": one.low, "high": one.high}
        for name in names for trained, value in zip(("without dropout", "with dropout"), values[name], strict=True)
        for one in [mean_of(value)]
    ]  # fmt: skip
    figure = interval_figure(
        ResultFrame([row for row in shown if row["measured"] != "weight norm"]), Axis("value", "error rate or share"),
        "trained", group="measured", low="low", high="high", zero=None, name="inside",
        title="With dropout the network bears the loss of half of its units.",
    )  # fmt: skip
    return Answer(shown, found, (figure,), len(population), f"2 recipes on {len(views)} samples of digits")


def _measured(member: wellfit.training.TrainedMember, X: np.ndarray, y: np.ndarray, masks: int) -> dict[str, float]:
    """Errors on the member's test rows with all units and under masks, and what its layers look like."""
    test, model = member.view.test, member.model
    network = model.networks[0]
    halved = replace(model, networks=(replace(network, recipe=network.recipe.vary(dropout=0.5)),))
    under = [halved.averaged(X[test], draws=1, seed=k).mean for k in range(masks)]
    weights = [value for name, value in network.weights().items() if value.ndim == 2]
    return {
        "error": float((model.predict(X[test]) != y[test]).mean()),
        "error with half off": float(np.mean([p.argmax(axis=1) != y[test] for p in under])),
        "active units": 1 - model.activation_sparsity(X[test])[0].zeros["hidden1"],
        "weight norm": float(np.sqrt(sum(np.sum(value.astype(float) ** 2) for value in weights))),
    }


EXPERIMENT = Experiment(
    "What dropout changes inside a network",
    "A network is trained with and without dropout. Which of the two suffers more when half of its hidden units are "
    "switched off, which has more active units on a row, and which has the larger weights?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 7.12; Srivastava et al., Dropout, 2014, section 7",
    (0.5, 10, 50), run,
    "A unit that may miss any of its inputs cannot correct the mistakes of one particular other unit. In the inverted "
    "form, units that are kept count double in training, which asks for smaller weights for the same output.",
)  # fmt: skip
