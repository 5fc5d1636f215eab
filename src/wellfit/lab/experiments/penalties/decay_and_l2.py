"""Weight decay and the L2 penalty: one thing under plain descent, two things under Adam."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.figures import Axis, line_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, exact, mean_of
from wellfit.lab.base.data import digits, samples

STRENGTHS = (1e-3, 1e-2, 1e-1)
CLAIMS = (
    Claim(
        "sgd", "Under plain stochastic gradient descent weight decay and L2 give the same network",
        "largest relative distance of their weights over strengths and samples of rows", most=1e-3,
    ),
    Claim(
        "adam", "Under Adam they give different networks",
        "relative distance of their weights at the strength 0.1, mean over samples of rows", least=0.1,
    ),
    Claim(
        "uneven", "L2 under Adam shrinks weights of a large gradient less, which weight decay does not",
        "ratio of the weights with gradients of size 1 and 0.01 after L2 over that after weight decay", least=2.0,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """Each optimiser with either form at three strengths; and two weights whose gradients are noise of known size."""
    X, y = digits()
    repeats = lab.pick(2, 6, 20)
    rates = {"sgd": 0.1, "adam": 0.001}
    recipes = {
        (name, strength, form): wellfit.Recipe.plain(
            (32,), optimizer={"name": name, "learning_rate": rate}, epochs=lab.pick(5, 20, 40), **{form: strength}
        )
        for name, rate in rates.items() for strength in STRENGTHS for form in ("l2", "weight_decay")
    }  # fmt: skip
    population = wellfit.train(list(recipes.values()), X, y, views=samples(repeats, len(y), 400, 0), **lab.options)
    weights = np.array([_weights(member) for member in population]).reshape(2, len(STRENGTHS), 2, repeats, -1)
    apart = np.linalg.norm(weights[:, :, 0] - weights[:, :, 1], axis=-1) / np.linalg.norm(weights[:, :, 1], axis=-1)

    rows = [
        {"optimiser": name, "strength": strength, "relative distance": apart[k, j].mean()}
        for k, name in enumerate(rates) for j, strength in enumerate(STRENGTHS)
    ]  # fmt: skip
    shrunk = {form: _two_weights(form) for form in ("l2", "weight_decay")}
    found = {
        "sgd": exact(apart[0].max()), "adam": mean_of(apart[1, -1]),
        "uneven": exact(shrunk["l2"][0] / shrunk["l2"][1] / (shrunk["weight_decay"][0] / shrunk["weight_decay"][1])),
    }  # fmt: skip
    figure = line_figure(
        ResultFrame(rows), Axis("strength", "strength", scale="log"),
        Axis("relative distance", "distance of the two networks' weights over their norm"), series="optimiser",
        name="distance", title="Under plain descent both forms agree; under Adam they part.",
    )  # fmt: skip
    return Answer(rows, found, (figure,), len(population), f"12 recipes on {repeats} samples of 400 digits")


def _weights(member: wellfit.training.TrainedMember) -> np.ndarray:
    found: np.ndarray = np.concatenate([one.ravel() for one in member.model.networks[0].weights().values()])
    return found


def _two_weights(form: str, updates: int = 1000) -> tuple[float, float]:
    """Two weights from 1 under Adam; their gradients are of size 1 and 0.01 and change sign at each update."""
    signs = iter(np.resize([1.0, -1.0], updates + 1))
    recipe = wellfit.Recipe.plain(optimizer={"name": "adam", "learning_rate": 0.001}, **{form: 0.3})

    def gradient(w: np.ndarray) -> np.ndarray:
        return np.array([1.0, 0.01]) * float(next(signs))

    end = wellfit.optimize(lambda w: 0.0, [1.0, 1.0], recipe, updates=updates, gradient=gradient).points[-1]
    return float(end[0]), float(end[1])


EXPERIMENT = Experiment(
    "Weight decay and L2",
    "L2 adds the strength times the weight to the gradient. Weight decay takes the learning rate times the strength "
    "times the weight off beside the optimiser. Under which optimisers do they come to the same network?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 7.1.1; Loshchilov & Hutter 2019", (0.3, 1, 5.4), run,
    "Plain descent multiplies the gradient by the learning rate and nothing else, so that both terms are the same. "
    "Adam divides the gradient, L2's part included, by its usual size: where that is large, L2 hardly acts.",
)  # fmt: skip
