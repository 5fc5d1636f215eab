"""Max-norm holds each unit's incoming weights at or below a length, which high learning rates need."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.figures import Axis, density_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference, exact, mean_of
from wellfit.lab.base.data import digits, samples
from wellfit.statistics.intervals import SHARE

LIMIT = 3.0
CLAIMS = (
    Claim(
        "bound", "No unit's incoming weights are longer than the limit",
        "longest norm of a hidden unit's weights over the limit, less 1", most=1e-5,
    ),
    Claim("unit", "Unit norm makes all lengths 1", "largest difference of a norm from 1", most=1e-5),
    Claim(
        "free", "Without max-norm at least a tenth of the units get longer than the limit",
        "share of hidden units, mean over samples of rows", least=0.1,
    ),
    Claim(
        "test", "With dropout and a high learning rate, max-norm lowers the test error",
        "test error rate without minus with, mean over samples of rows", least=0.0,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """Two hidden layers with dropout at a high learning rate; the output's weights are free."""
    X, y = digits()
    repeats = lab.pick(3, 6, 16)
    free = wellfit.Recipe.plain(
        (128, 128), dropout=0.5, epochs=lab.pick(30, 40, 60), batch_size=32,
        optimizer={"name": "momentum", "learning_rate": 0.025, "momentum": 0.95},
    )  # fmt: skip
    kinds = {
        "no limit": free, "max-norm": free.vary(max_norm=[LIMIT, LIMIT, 0.0]),
        "unit norm": free.vary(unit_norm=[1.0, 1.0, 0.0]),
    }  # fmt: skip
    population = wellfit.train(list(kinds.values()), X, y, views=samples(repeats, len(y), 400, 600), **lab.options)
    error = dict(zip(kinds, population.evaluate()["error"].to_numpy().reshape(3, -1), strict=True))

    norms = {}
    for k, name in enumerate(kinds):
        weights = [member.model.networks[0].weights() for member in population[k * repeats : (k + 1) * repeats]]
        norms[name] = np.array([
            [np.linalg.norm(one[f"hidden{layer}.weight"], axis=0) for layer in (0, 1)] for one in weights
        ]).reshape(repeats, -1)  # fmt: skip
    found = {
        "bound": exact(norms["max-norm"].max() / LIMIT - 1), "unit": exact(abs(norms["unit norm"] - 1).max()),
        "free": mean_of((norms["no limit"] > LIMIT).mean(axis=1), SHARE),
        "test": difference(error["no limit"], error["max-norm"]),
    }  # fmt: skip
    rows = [
        {"recipe": name, "longest": norms[name].max(), "mean length": norms[name].mean(),
         "test error": error[name].mean()}
        for name in kinds
    ]  # fmt: skip
    shown = [{"norm": float(one), "recipe": name} for name in ("no limit", "max-norm") for one in norms[name].ravel()]
    figure = density_figure(
        ResultFrame(shown), Axis("norm", "length of a unit's incoming weights"), series="recipe", name="lengths",
        title=f"Max-norm gathers the long units at the limit {LIMIT:g}.",
    )  # fmt: skip
    return Answer(rows, found, (figure,), len(population), f"3 recipes on {repeats} samples of 400 digits")


EXPERIMENT = Experiment(
    "Max-norm",
    "A network with dropout is trained at a high learning rate. After each update, units whose incoming weights are "
    "longer than 3 are scaled back to 3. How long are the weights of the units with and without the limit, and what "
    "does it do to the test error?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 7.2; Srivastava et al. 2014, 5.1", (1.1, 2.8, 10.7), run,
    "The limit acts on nothing but units that are too long, so that it can go with a learning rate that would let "
    "weights grow without end. Srivastava et al. found it useful with dropout for this reason.",
)  # fmt: skip
