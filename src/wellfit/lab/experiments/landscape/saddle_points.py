"""On its way descent passes places where the gradient is small and the loss curves up and down: saddle points."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.figures import Axis, line_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, ratio, share

ROWS = 200
CLAIMS = (
    Claim(
        "saddle", "Where the gradient is small on the way, the Hessian has eigenvalues of both signs",
        "share of runs whose place of the smallest gradient norm before the last has eigenvalues below -0.001 and "
        "above 0.001, independent tables and seeds", least=0.5,
    ),
    Claim(
        "small", "A saddle lies at the start: near 0 the gradient is smaller than later",
        "largest gradient norm on the way over that of the first weights, geometric mean over runs", least=3.0,
    ),
    Claim(
        "left", "Descent leaves it",
        "loss at the first weights over that at the last, geometric mean over runs", least=1.5,
    ),
    Claim(
        "end", "At the end the loss curves down much less than up",
        "largest eigenvalue over the size of the smallest at the last weights, geometric mean over runs", least=10.0,
        published="Dauphin et al. 2014: the lower the loss, the smaller the share of directions that curve down",
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """Networks of 4 units from very small weights, by gradient descent on all rows; curvature at six places."""
    repeats, epochs = lab.pick(3, 8, 24), lab.pick(300, 2000, 2000)
    recipe = wellfit.Recipe.plain(
        hidden=(4,), activation="tanh", initialization={"name": "normal", "sd": 0.01}, batch_size=ROWS, epochs=epochs,
        optimizer={"name": "sgd", "learning_rate": 0.1}, stopping={"name": "none", "every": epochs},
    )  # fmt: skip
    ways = []
    for k in range(repeats):
        study = wellfit.studies.landscape(
            recipe, *_table(k), widths=[4], folds=2, seeds=1, seed=100 * k, resolution=3, kind="number", **lab.options
        )
        ways.append(study.details["path"])

    gradients = np.array([way["gradient_norm"].to_numpy() for way in ways])  # (runs, places)
    least, most = (np.array([way[end].to_numpy() for way in ways]) for end in ("smallest", "largest"))
    losses = np.array([way["objective"].to_numpy() for way in ways])
    place = gradients[:, :-1].argmin(axis=1)
    each = np.arange(repeats)
    both = (least[each, place] < -0.001) & (most[each, place] > 0.001)
    found = {
        "saddle": share(int(both.sum()), repeats),
        "small": ratio(gradients.max(axis=1), gradients[:, 0]),
        "left": ratio(losses[:, 0], losses[:, -1]),
        "end": ratio(most[:, -1], np.abs(least[:, -1])),
    }
    rows = [
        {"update": int(update), "loss": float(losses[:, k].mean()), "gradient norm": float(gradients[:, k].mean()),
         "smallest eigenvalue": float(least[:, k].mean()), "largest eigenvalue": float(most[:, k].mean())}
        for k, update in enumerate(ways[0]["update"])
    ]  # fmt: skip
    names = ["loss", "gradient norm", "smallest eigenvalue", "largest eigenvalue"]
    lines = [{"update": row["update"] + 1, "value": row[name], "measure": name} for row in rows for name in names]
    figure = line_figure(
        ResultFrame(lines), Axis("update", "update, counted from 1", scale="log"), Axis("value", "mean over runs"),
        series="measure", name="way", title="Loss, gradient and curvature on the way of descent from near 0.",
    )  # fmt: skip
    return Answer(rows, found, (figure,), 2 * repeats, f"one recipe on {repeats} made tables")


def _table(seed: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng([seed, 41])
    X = random.normal(size=(2 * ROWS, 5))
    return X, np.sin(1.5 * X[:, 0]) + X[:, 1] * X[:, 2] + random.normal(0, 0.3, len(X))


EXPERIMENT = Experiment(
    "Saddle points on the way",
    "A network starts from weights near 0. Is the gradient there large or small, and does the loss curve up or down "
    "around that place?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 8.2.3; Dauphin et al. 2014", (1.0, 5.0, 16.0), run,
    "With all weights 0 no weight of one layer matters while the other's are 0: the gradient is small though the loss "
    "is not. It curves down where both layers grow together and up where they oppose each other, so descent leaves.",
)  # fmt: skip
