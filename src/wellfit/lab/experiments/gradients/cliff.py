"""A cliff in the loss: one step from its wall leads descent far away, unless the gradient is clipped."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.figures import Axis, path_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference, ratio

CLAIMS = (
    Claim(
        "thrown", "From the wall of a cliff plain descent makes a step many times as long as with clipping",
        "longest step without clipping over that with, geometric mean over starts on the wall", least=5.0,
    ),
    Claim(
        "reached", "With clipping descent ends lower",
        "value after 12 updates without clipping minus with, mean over starts on the wall", least=0.0,
    ),
)  # fmt: skip
RECIPES = {"plain": {}, "clipped to norm 1": {"clipping": {"name": "norm", "limit": 1.0}}}
RATE, HEIGHT, STEEP = 0.5, 4.0, 10.0


def cliff(w: np.ndarray) -> np.ndarray:
    """A bowl around (0, 0) that ends at a wall: from 0 to 4 within a fifth of a unit at x = 1.5. w (..., 2)."""
    x, y = w[..., 0], w[..., 1]
    return np.asarray(0.1 * x**2 + 0.1 * y**2 + HEIGHT / (1 + np.exp(np.clip(-STEEP * (x - 1.5), -500, 500))))


def slope(w: np.ndarray) -> np.ndarray:
    """Its gradient. w (2,)."""
    wall = 1 / (1 + np.exp(np.clip(-STEEP * (w[0] - 1.5), -500, 500)))
    return np.array([0.2 * w[0] + HEIGHT * STEEP * wall * (1 - wall), 0.2 * w[1]])


def run(lab: Lab) -> Answer:
    """Descent from starts on the wall, with clipping and without."""
    count, updates = lab.pick(5, 20, 60), 12
    rng = np.random.default_rng(0)
    starts = np.stack([rng.uniform(1.35, 1.65, count), rng.uniform(-1.0, 1.0, count)], axis=1)
    longest, ends, steps, rows = {}, {}, [], []
    for name, changes in RECIPES.items():
        recipe = wellfit.Recipe.plain(optimizer={"name": "sgd", "learning_rate": RATE}, **changes)
        paths = [
            wellfit.optimize(lambda w: float(cliff(w)), start, recipe, updates=updates, gradient=slope)
            for start in starts
        ]
        longest[name] = [np.linalg.norm(np.diff(path.points, axis=0), axis=1).max() for path in paths]
        ends[name] = [path.values[-1] for path in paths]
        rows.append({"descent": name, "longest step": float(np.mean(longest[name])),
                     "last value": float(np.mean(ends[name]))})  # fmt: skip
        steps += [
            {"x": float(x), "y": float(y), "descent": name, "start": k}
            for k, path in enumerate(paths[:12]) for x, y in path.points
        ]  # fmt: skip
    plain, clipped = RECIPES
    found = {"thrown": ratio(longest[plain], longest[clipped]), "reached": difference(ends[plain], ends[clipped])}
    x, y = (one.ravel() for one in np.meshgrid(np.linspace(-4.5, 2.5, 30), np.linspace(-2, 2, 12)))
    grid = {"x": x, "y": y, "value": cliff(np.stack([x, y], axis=1))}
    figure = path_figure(
        grid, ResultFrame(steps), Axis("x", "first parameter"), Axis("y", "second parameter"), Axis("value", "loss"),
        series="descent", start="start", name="paths", title="From the wall plain descent jumps across the bowl; the "
        "clipped one goes down in short steps.",
    )  # fmt: skip
    return Answer(rows, found, (figure,))


EXPERIMENT = Experiment(
    "A cliff with and without clipping",
    "Descent stands on the wall of a cliff, where the gradient is many times as large as elsewhere. Where does the "
    "next step lead, and what does clipping change?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 8.2.4 and 10.11.1", (0.1, 0.4, 1.0), run,
    "The gradient tells the steepest direction, not how far it holds. On the wall it is large and holds for a tiny "
    "step only. Clipping keeps the direction and bounds the step.",
)  # fmt: skip
