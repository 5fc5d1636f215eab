"""Optimisers by how soon they reach a loss and where they end, after equal tuning of their learning rates."""

from __future__ import annotations

import wellfit
from wellfit.figures import Axis, interval_figure, line_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab
from wellfit.lab.base.data import digits
from wellfit.statistics.intervals import Estimate

NAMES = {
    "sgd": "gradient descent", "momentum": "momentum", "nesterov": "Nesterov", "adagrad": "AdaGrad",
    "rmsprop": "RMSProp", "adadelta": "AdaDelta", "adam": "Adam", "nadam": "NAdam",
}  # fmt: skip
SOONER = ("momentum", "nesterov", "rmsprop", "adam", "nadam")
SHARE = (
    "updates to a validation loss of 0.5 as a share of those of gradient descent, corrected 95 % interval over folds"
)
CLAIMS = (
    *(
        Claim(
            key, f"{NAMES[key][0].upper()}{NAMES[key][1:]} is at a loss of 0.5 in fewer updates than gradient descent",
            SHARE, most=1.0,
        )
        for key in SOONER
    ),
    Claim(
        "adagrad", "AdaGrad ends at a higher test loss than gradient descent",
        "test loss of AdaGrad minus that of gradient descent, corrected 95 % interval over folds", least=0.0,
    ),
    Claim(
        "adam_ends", "Adam does not end at a lower test loss than gradient descent",
        "test loss of Adam minus that of gradient descent, corrected 95 % interval over folds", least=0.0,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """`studies.compare` with each optimiser at six rates around a common choice for it."""
    X, y = digits()
    X, y = X[:800], y[:800]
    # Evaluated often, so that updates are counted finely; unscaled pixels, on which directions differ in curvature.
    plain = wellfit.Recipe.plain(
        hidden=(32,) * 3,
        epochs=lab.pick(10, 15, 20),
        batch_size=32,
        scaling="none",
        stopping={"name": "none", "every": 8},
    )
    chosen = ("sgd", "adagrad", *SOONER) if lab.size == "smallest" else tuple(NAMES)
    recipes = {NAMES[name]: plain.vary(optimizer=name) for name in chosen}
    study = wellfit.studies.compare(
        recipes, X, y, tune_rates=True, target_loss=0.5, folds=lab.pick(2, 4, 5), partitions=lab.pick(1, 1, 2),
        seeds=1, **lab.options,
    )  # fmt: skip
    speed = {row["recipe"]: row for row in study.details["speed"].to_dicts()}
    loss = {row["recipe"]: row for row in study.table.to_dicts()}

    def of(row: dict[str, float], column: str) -> Estimate:
        return Estimate(row[column], row[f"{column}_low"], row[f"{column}_high"])

    found = {name: of(speed[NAMES[name]], "share") for name in SOONER}
    found |= {"adagrad": of(loss["AdaGrad"], "difference"), "adam_ends": of(loss["Adam"], "difference")}
    bars = [
        {"optimiser": name, **{column: row[column] for column in ("share", "share_low", "share_high")}}
        for name, row in speed.items() if name in loss
    ]  # fmt: skip
    shares = interval_figure(
        ResultFrame(bars), Axis("share", "updates to a loss of 0.5 over those of gradient descent", scale="log"),
        "optimiser", low="share_low", high="share_high", zero=1.0, name="speed",
        title="How soon optimisers reach a validation loss of 0.5, rates tuned equally.",
    )  # fmt: skip
    curves = line_figure(
        study.details["curves"], Axis("update", "update"),
        Axis("validation_loss", "lowest validation loss so far", scale="log"),
        series="recipe", name="curves", title="Validation losses at the tuned rates.",
    )  # fmt: skip
    return Answer(study.table.to_dicts(), found, (shares, curves), study.plan.networks, study.plan.words, study.remarks)


EXPERIMENT = Experiment(
    "Optimisers by speed and quality",
    "Eight optimisers are tried at six learning rates each, and each keeps its best. Which of them reach a loss of "
    "0.5 sooner than gradient descent, and which end at a higher loss than it?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 8.5; Wilson et al. 2017", (1.5, 8.0, 40.0), run,
    "Momentum and adaptive rates make up for directions of different curvature. With equal tuning the differences are "
    "smaller than with default rates, and depend on how long all are trained.",
)  # fmt: skip
