"""The most probable weights under a prior are those of a penalty: Gaussian is L2, Laplace is L1."""

from __future__ import annotations

from typing import Any

import numpy as np

import wellfit
from wellfit.figures import Axis, bar_figure, scatter_figure, with_slider
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, exact
from wellfit.lab.base.data import apart
from wellfit.lab.experiments.penalties._made import linear

DATA = 80
CLAIMS = (
    Claim(
        "gaussian", "A Gaussian prior of standard deviation a gives the weights of L2 with 1 / (N a^2)",
        "largest difference of two weights, over samples and priors", most=1e-6,
    ),
    Claim(
        "laplace", "A Laplace prior of scale b gives the weights of L1 with 1 / (N b)",
        "largest difference of two weights, over samples and priors", most=1e-6,
    ),
    Claim(
        "posterior", "Both Gaussian ones are the mean of the posterior distribution by its formula",
        "largest difference of a weight from the formula, over samples and standard deviations", most=1e-3,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """Linear networks on a target whose noise is known, variance 1; N rows each."""
    repeats, sizes = lab.pick(1, 4, 12), (0.03, 0.1, 0.3, 1.0)
    X, y = linear(repeats * DATA, informative=3, noise=3)
    views = apart(repeats, DATA, 0)
    plain = wellfit.Recipe.plain(
        (),
        batch_size="all",
        epochs=lab.pick(500, 1500, 1500),
        stopping={"name": "none", "every": 500},
        optimizer={"name": "sgd", "learning_rate": 0.2},
    )
    found, rows, far = {}, [], []
    drawn: dict[float, list[dict[str, Any]]] = {size: [] for size in sizes}  # weights of the first sample
    for name, norm, setting in (("gaussian", "l2", "sd"), ("laplace", "l1", "scale")):
        apart_ = 0.0
        for size in sizes:
            prior = {"name": name, setting: size, "noise": 1.0}
            for view in views:
                believed = wellfit.train(plain.vary(prior=prior), X, y, views=view, **lab.options)[0]
                # The network's target is y / sd(y): so is the noise.
                variance = 1 / np.var(y[view.training])
                strength = variance / (DATA * (size**2 if name == "gaussian" else size))
                penalised = wellfit.train(plain.vary({norm: strength}), X, y, views=view, **lab.options)[0]
                w, v = (one.model.networks[0].weights()["output.weight"][:, 0] for one in (believed, penalised))
                if view is views[0]:
                    drawn[size] += [
                        {"column": f"{k}", "weight": float(v), "prior": name.title()} for k, v in enumerate(w)
                    ]
                apart_ = max(apart_, float(abs(w - v).max()))
                if name == "gaussian":
                    formula = _posterior_mean(X[view.training], y[view.training], size)
                    far.append(float(abs(w - formula).max()))
                    rows += [
                        {"standard deviation": size, "formula": float(f), "trained": float(t)}
                        for f, t in zip(formula, w, strict=True)
                    ]
        found[name] = exact(apart_)
    found["posterior"] = exact(max(far))
    figure = scatter_figure(
        ResultFrame([{**row, "prior": f"{row['standard deviation']:g}"} for row in rows]),
        Axis("formula", "mean of the posterior by the formula"), Axis("trained", "weight after training"),
        series="prior", reference="equality", name="weights",
        title="Trained weights are the most probable ones, whatever the prior's standard deviation.",
    )  # fmt: skip
    bars = with_slider(
        [
            bar_figure(one, Axis("column", "column (3 to 5 say nothing)"), Axis("weight", "weight after training"),
                       series="prior", name="bars", title="")
            for one in map(ResultFrame, drawn.values())
        ], sizes, name="weights-by-size", label="standard deviation or scale",
        title="A narrow prior holds weights near 0: a Gaussian one all alike, a Laplace one the small ones most.",
    )  # fmt: skip
    networks = 4 * len(sizes) * repeats
    return Answer(
        rows, found, (figure, bars), networks, f"{networks} linear networks on {repeats} samples of made rows"
    )


def _posterior_mean(X: np.ndarray, y: np.ndarray, sd: float) -> np.ndarray:
    """Of the weights on scaled columns and target: (X'X + v / sd^2)^-1 X'y with the noise's variance v."""
    x, t = (X - X.mean(axis=0)) / X.std(axis=0), (y - y.mean()) / y.std()
    found: np.ndarray = np.linalg.solve(x.T @ x + np.eye(x.shape[1]) / (y.var() * sd**2), x.T @ t)
    return found


EXPERIMENT = Experiment(
    "Priors on the weights",
    "Before any row is seen, each weight is believed to be normal around 0 with standard deviation a. Which penalty "
    "gives the weights that are most probable once the rows are seen, and how does its strength depend on a and on the "
    "number of rows?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 5.6.1 and 7.1.2", (0.3, 2, 5.3), run,
    "The logarithm of the prior is, but for its sign and a constant, the penalty. The rows' likelihood is a sum over "
    "them and the loss a mean, so that more rows weaken the penalty.",
)  # fmt: skip
