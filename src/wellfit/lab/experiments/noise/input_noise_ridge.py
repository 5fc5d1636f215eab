"""Noise on the inputs of a linear model is, in expectation, the ridge penalty."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.figures import Axis, scatter_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, exact, ratio

COLUMNS, ROWS, SD = 8, 60, 0.7
CLAIMS = (
    Claim(
        "expectation", "The squared error with noise of variance s^2 is, in expectation, that without plus s^2 |w|^2",
        "largest relative difference of both sides, over random weights", most=1e-9,
    ),
    Claim(
        "trained", "A linear model trained with noise comes to the ridge solution",
        "distance of the weights from ridge over their distance from least squares, geometric mean over samples",
        most=0.25,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """Linear models on small made tables, trained with noise; ridge and least squares in closed form beside them."""
    samples, epochs = lab.pick(2, 6, 20), lab.pick(200, 1000, 4000)
    # The noise never ends, so that weights go on moving: their mean over the last epochs is what they move around.
    recipe = wellfit.Recipe.plain(
        hidden=(), scaling="standard", input_noise=SD, epochs=epochs, batch_size="all",
        averaging={"name": "swa", "start": 0.2}, optimizer={"name": "sgd", "learning_rate": 0.1},
    )  # fmt: skip
    view = wellfit.View(np.arange(ROWS), np.arange(0), np.arange(0))
    rows, to_ridge, to_least = [], [], []
    for k in range(samples):
        X, y = _made(np.random.default_rng(k))
        member = wellfit.train(recipe, X, y, views=view, seeds=k, **lab.options)[0]
        w = member.model.networks[0].weights()["output.weight"][:, 0].astype(float)
        ridge, least = closed_form(X, y, SD), closed_form(X, y, 0.0)
        to_ridge.append(np.linalg.norm(w - ridge))
        to_least.append(np.linalg.norm(w - least))
        rows += [
            {"sample": k, "trained with noise": float(a), "closed form": float(b), "solution": name}
            for name, other in (("ridge", ridge), ("least squares", least)) for a, b in zip(w, other, strict=True)
        ]  # fmt: skip
    found = {"expectation": exact(_expectation()), "trained": ratio(to_ridge, to_least)}
    figure = scatter_figure(
        ResultFrame(rows[:160]), Axis("closed form", "weight in closed form"),
        Axis("trained with noise", "weight trained with noise"), series="solution", reference="equality",
        name="weights", title="Weights trained with noise lie on the ridge solution, not on least squares.",
    )  # fmt: skip
    return Answer(rows, found, (figure,), samples, f"a linear model on {samples} made tables of {ROWS} rows")


def closed_form(X: np.ndarray, y: np.ndarray, sd: float) -> np.ndarray:
    """Weights of the scaled columns (n,) that minimise |y - X w|^2 / N + sd^2 |w|^2. X (rows, n), y (rows,)."""
    Z, t = (X - X.mean(axis=0)) / X.std(axis=0), (y - y.mean()) / y.std()
    return np.asarray(np.linalg.solve(Z.T @ Z / len(Z) + sd**2 * np.eye(Z.shape[1]), Z.T @ t / len(Z)))


def _made(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    X = rng.normal(size=(ROWS, COLUMNS)) @ (np.eye(COLUMNS) + 0.3 * rng.normal(size=(COLUMNS, COLUMNS)))
    return X, X @ rng.normal(size=COLUMNS) + 2.0 * rng.normal(size=ROWS)


def _expectation() -> float:
    """Noise of plus and minus s sqrt(n) along an axis drawn at random has the covariance s^2 I: the mean is a sum."""
    X, y = _made(np.random.default_rng(0))
    noise = SD * np.sqrt(COLUMNS) * np.concatenate([np.eye(COLUMNS), -np.eye(COLUMNS)])
    worst = 0.0
    for w in np.random.default_rng(1).normal(size=(20, COLUMNS)):
        noisy = np.mean([np.mean((y - (X + one) @ w) ** 2) for one in noise])
        penalised = np.mean((y - X @ w) ** 2) + SD**2 * (w @ w)
        worst = max(worst, abs(noisy / penalised - 1))
    return worst


EXPERIMENT = Experiment(
    "Input noise is ridge for a linear model",
    "A linear model is trained on inputs to which fresh noise is added at each update. Its weights are pulled away "
    "from least squares: whereto?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 7.5; Bishop 1995", (0.1, 1.3, 20.0), run,
    "E (y - (x + n) w)^2 = (y - x w)^2 + s^2 |w|^2 for noise n of mean 0 and covariance s^2 I: the mixed term "
    "vanishes. So the expected gradient is that of ridge.",
)  # fmt: skip
