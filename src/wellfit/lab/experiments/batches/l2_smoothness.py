"""The L2 penalty makes the learned function smoother, its minimum flatter, and the cost curve calmer."""

from __future__ import annotations

import numpy as np
import polars as pl

import wellfit
from wellfit.figures import Axis, Figure, line_figure, with_slider
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, ratio
from wellfit.lab.base.data import digits, samples

STRENGTHS = (0.0, 0.0003, 0.003, 0.03)
CLAIMS = (
    Claim(
        "function", "With the L2 penalty the function has a smaller slope",
        "norm of the input gradient without penalty over that with 0.03, geometric mean over samples", least=1.0,
    ),
    Claim(
        "roughness", "and bends less",
        "root mean square of the second derivative between rows without over with, geometric mean over samples", 1.0,
    ),
    Claim(
        "curve", "The cost on new rows jumps less from epoch to epoch",
        "mean absolute second difference of the validation loss over epochs without over with, geometric mean", 1.0,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """The study of smoothness over strengths of the penalty, and the cost curves of the same recipes."""
    X, y = digits()
    repeats = lab.pick(2, 4, 8)
    recipe = wellfit.Recipe.plain(
        hidden=(64, 64), epochs=lab.pick(5, 40, 50), batch_size=32, optimizer={"name": "adam", "learning_rate": 0.003}
    )
    strengths = lab.pick((0.0, 0.03), STRENGTHS, STRENGTHS)
    views = samples(repeats, len(y), 300, 300, validation=300)
    study = wellfit.studies.smoothness(
        recipe, X, y, slot="l2.strength", values=strengths, folds=[(one.training, one.test) for one in views], seeds=1,
        **lab.options,
    )  # fmt: skip
    networks = pl.DataFrame(study.details["networks"].to_dict(as_series=False))

    def measured(strength: float, column: str) -> np.ndarray:
        return networks.filter(pl.col("recipe") == f"{strength:g}").sort("fold")[column].to_numpy()

    recipes = [recipe.vary(l2=strength) for strength in strengths]
    history = wellfit.train(recipes, X, y, views=views, **lab.options).history
    histories = history.partition_by("member", maintain_order=True)
    curves = [one["validation_loss"].to_numpy() for one in histories]
    jumps = np.array([np.abs(np.diff(curve, 2)).mean() for curve in curves]).reshape(len(recipes), repeats)
    last = strengths[-1]
    found = {
        "function": ratio(measured(0.0, "input_gradient"), measured(last, "input_gradient")),
        "roughness": ratio(measured(0.0, "roughness"), measured(last, "roughness")),
        "curve": ratio(jumps[0], jumps[-1]),
    }
    rows = [
        {"strength": strength, "input gradient": float(measured(strength, "input_gradient").mean()),
         "roughness": float(measured(strength, "roughness").mean()), "jumps": float(jumps[k].mean())}
        for k, strength in enumerate(strengths)
    ]  # fmt: skip
    curve = with_slider(
        [_curves(histories[k * repeats]) for k in range(len(strengths))], strengths, label="strength of L2",
        name="cost-curves", title="The cost over training, by strength of the penalty.",
    )  # fmt: skip
    trained = f"{len(strengths)} recipes on {repeats} samples of 300 digits, twice"
    return Answer(rows, found, (curve, *study.figures), 2 * len(curves), trained)


def _curves(history: pl.DataFrame) -> Figure:
    """Cost on training rows and on new ones by epoch, of one network."""
    rows = [
        {"epoch": row["epoch"], "loss": row[column], "measured on": part}
        for column, part in (("training_loss", "training rows"), ("validation_loss", "new rows"))
        for row in history.iter_rows(named=True)
    ]
    across, up = Axis("epoch", "epoch"), Axis("loss", "log-loss", ends=(0.0, 1.2))
    return line_figure(ResultFrame(rows), across, up, series="measured on", name="cost", title="Cost by epoch.")


EXPERIMENT = Experiment(
    "L2 and smoothness",
    "A penalty holds the weights small. What does it do to the slope of the learned function, to its bends, and to the "
    "curve of the cost during training?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 7.1.1", (0.4, 2.9, 6.0), run,
    "The slope of a network is bounded by the product of its layers' weights, and small weights keep units in their "
    "near-linear part. The curve of the cost is another matter: once the plain network fits all training rows its "
    "gradients vanish and it stands still, while the penalty keeps the other one moving.",
)  # fmt: skip
