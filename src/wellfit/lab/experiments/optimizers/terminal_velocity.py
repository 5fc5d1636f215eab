"""Under a constant gradient g, momentum speeds up to the terminal velocity lr g / (1 - a): ten times at a = 0.9."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.figures import Axis, line_figure, with_slider
from wellfit.lab.base import Answer, Claim, Experiment, Lab, exact

CLAIMS = (
    Claim(
        "tenfold", "With a momentum of 0.9 the steps become ten times those of gradient descent",
        "length of the last step over the learning rate times the gradient", least=9.99, most=10.01,
    ),
    Claim(
        "limit", "With any momentum a they become 1 / (1 - a) times those of gradient descent",
        "largest relative deviation of the last step from lr g / (1 - a) among 0, 0.5, 0.8, 0.9, 0.95 and 0.99",
        most=1e-3,
    ),
)  # fmt: skip
MOMENTA = (0.0, 0.5, 0.8, 0.9, 0.95, 0.99)
RATE, SLOPE = 0.01, 2.0


def run(lab: Lab) -> Answer:
    """Steps down an inclined line, f(w) = 2 w."""
    rows, figures, lasts = [], [], []
    for momentum in MOMENTA:
        recipe = wellfit.Recipe.plain(optimizer={"name": "momentum", "momentum": momentum, "learning_rate": RATE})
        path = wellfit.optimize(lambda w: SLOPE * w[0], [0.0], recipe, updates=1000, gradient=lambda w: [SLOPE])
        steps = -np.diff(path.points[:, 0]) / (RATE * SLOPE)
        lasts.append(float(steps[-1]))
        rows.append({"momentum": momentum, "last step": lasts[-1], "1 / (1 - a)": 1 / (1 - momentum)})
        shown = np.arange(0, 200, 4)
        figures.append(
            line_figure(
                {"update": shown + 1, "step": steps[shown]}, Axis("update", "update", ends=(0, 200)),
                Axis("step", "step over lr g", ends=(0, 105)), name=f"velocity-{momentum}",
                title=f"Steps at momentum {momentum}.",
            )
        )  # fmt: skip
    deviations = [abs(last * (1 - a) - 1) for a, last in zip(MOMENTA, lasts, strict=True)]
    figure = with_slider(
        figures, MOMENTA, name="velocity", label="momentum a", shown=3,
        title="Steps of momentum grow to 1 / (1 - a) times lr g.",
    )  # fmt: skip
    return Answer(rows, {"tenfold": exact(lasts[3]), "limit": exact(max(deviations))}, (figure,))


EXPERIMENT = Experiment(
    "Terminal velocity of momentum",
    "On an inclined line the gradient is the same everywhere. How long do the steps of momentum become, compared with "
    "those of gradient descent at the same learning rate?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 8.3.2", (0.2, 0.2, 0.2), run,
    "The velocity is v = a v - lr g at every update. Where g stays the same, v stops changing at -lr g / (1 - a), as a "
    "body that falls through a liquid does when the friction equals its weight.",
)  # fmt: skip
