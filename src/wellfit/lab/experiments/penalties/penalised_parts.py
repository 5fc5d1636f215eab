"""What is penalised: weights, not biases; and each layer may have a strength of its own."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.figures import Axis, line_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference, exact, mean_of, ratio
from wellfit.lab.base.data import apart

DATA, STRENGTHS = 300, (0.0, 0.1, 1.0, 10.0)
CLAIMS = (
    Claim(
        "free", "With free biases the mean predicted probability stays the share of the class, however strong L2 is",
        "largest difference of the two on the training rows, over strengths and samples", most=1e-3,
    ),
    Claim(
        "held", "Penalised biases pull the predicted probability of a rare class up, towards one half",
        "mean predicted probability minus the share of the class at the strength 1, mean over samples of rows",
        least=0.1,
    ),
    Claim(
        "layers", "A strength on the first hidden layer alone makes its weights smaller beside those of the others",
        "norm of the weights of the first layer over that of the others, with the strength over without, mean over "
        "samples of rows", most=0.8,
    ),
    Claim(
        "loss", "On new rows free biases cost less than penalised ones at the strength 1",
        "test loss (nats) with penalised biases minus with free ones, mean over samples of rows", least=0.0,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """Logistic regression on a class of about one row in ten, its biases free or penalised; then a deeper network."""
    repeats, epochs = lab.pick(2, 6, 24), lab.pick(500, 1000, 1000)
    rng = np.random.default_rng(0)
    X = rng.normal(size=(repeats * (DATA + 300), 5))
    y = (X[:, 0] + rng.normal(size=len(X)) > 1.8).astype(int)
    views = apart(repeats, DATA, 300)
    descent = {
        "batch_size": "all",
        "optimizer": {"name": "momentum", "learning_rate": 0.1},
        "epochs": epochs,
        "stopping": {"name": "none", "every": 500},
    }
    recipes = [
        wellfit.Recipe.plain((), l2={"strength": strength, "biases": biases}, **descent)
        for biases in (False, True) for strength in STRENGTHS
    ]  # fmt: skip
    population = wellfit.train(recipes, X, y, views=views, **lab.options)
    moved = np.array([
        member.predict_proba(X[member.view.training])[:, 1].mean() - y[member.view.training].mean()
        for member in population
    ]).reshape(2, len(STRENGTHS), repeats)  # fmt: skip
    loss = population.evaluate()["loss"].to_numpy().reshape(moved.shape)

    network = wellfit.Recipe.plain((16, 16), optimizer="adam", epochs=lab.pick(10, 100, 100))
    layered = wellfit.train([network, network.vary(l2=[0.1, 0.0, 0.0])], X, y, views=views, **lab.options)
    first = np.array([_share_of_first(member) for member in layered]).reshape(2, repeats)
    found = {
        "free": exact(abs(moved[0]).max()), "held": mean_of(moved[1, 2]), "layers": ratio(first[1], first[0]),
        "loss": difference(loss[1, 2], loss[0, 2]),
    }  # fmt: skip
    base = float(np.mean([y[view.training].mean() for view in views]))
    rows = [
        {"strength": strength, "biases": ("free", "penalised")[b], "predicted": base + moved[b, k].mean(),
         "test loss": loss[b, k].mean()}
        for b in (0, 1) for k, strength in enumerate(STRENGTHS)
    ]  # fmt: skip
    figure = line_figure(
        ResultFrame([row for row in rows if row["strength"] > 0]), Axis("strength", "strength of L2", scale="log"),
        Axis("predicted", "mean predicted probability of the rare class"), series="biases", name="probability",
        title="Penalised biases forget how rare the class is.",
    )  # fmt: skip
    trained = f"8 linear and 2 deeper recipes on {repeats} samples of {DATA} made rows"
    return Answer(rows, found, (figure,), len(population) + len(layered), trained)


def _share_of_first(member: wellfit.training.TrainedMember) -> float:
    """The norm of the first layer's weights over that of the others."""
    weights = member.model.networks[0].weights()
    others = np.concatenate([weights[f"{name}.weight"].ravel() for name in ("hidden1", "output")])
    return float(np.linalg.norm(weights["hidden0.weight"]) / np.linalg.norm(others))


EXPERIMENT = Experiment(
    "What a penalty acts on",
    "Logistic regression on a class of one row in ten is trained with ever stronger L2, once on the weights alone and "
    "once on the bias too. Which probability of the class does each predict in the mean when the penalty is strong?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 7.1", (0.4, 2.1, 8.3), run,
    "A bias says how common a class is, not how the columns bear on it: it needs few rows and cannot bend the "
    "function. Held near 0 it leaves the network wrong in the mean.",
)  # fmt: skip
