"""Networks to average: from several starts, from one run's restarts, and the weights of one run."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import log_loss

import wellfit
from wellfit.figures import Axis, interval_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference
from wellfit.lab.base.data import digits, samples
from wellfit.models.ensemble import bag

CLAIMS = (
    Claim(
        "starts", "The average of five networks from different starts is better than one of them",
        "test loss (nats) of one network minus that of the average, mean over samples of rows", least=0.0,
    ),
    Claim(
        "checkpoints", "The average of one run's five checkpoints is better than its last network",
        "test loss (nats) of the last network minus that of the average, mean over samples of rows", least=0.0,
        published="Huang et al. 2017: lower errors on CIFAR and SVHN than one network of the same cost",
    ),
    Claim(
        "more", "Different starts bring more than checkpoints of one run",
        "test loss (nats) of the average of checkpoints minus that of starts, mean over samples of rows", least=0.0,
    ),
    Claim(
        "running", "A running average of the weights of a noisy run is better than its last weights",
        "test loss (nats) of the last weights minus that of the running average, mean over samples of rows", least=0.0,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """Runs with restarts, whose networks are averaged; and runs at a constant rate, whose weights are averaged."""
    X, y = digits()
    views = samples(lab.pick(2, 4, 16), len(y), 400, 600)
    plain = wellfit.Recipe.plain(hidden=(64,), batch_size=8, scaling="none", epochs=lab.pick(5, 50, 50))
    restarts = plain.vary(
        optimizer={"name": "momentum", "learning_rate": 0.05},
        schedule={"name": "cosine", "cycles": 5},
        snapshots="cycles",
    )
    noisy = plain.vary(optimizer={"name": "sgd", "learning_rate": 0.5}, dropout=0.5)
    started = wellfit.train(restarts, X, y, views=views, seeds=range(5), **lab.options)
    both = [noisy, noisy.vary(averaging={"name": "ema", "half_life": 2})]
    averaged = wellfit.train(both, X, y, views=views, **lab.options)

    losses: dict[str, list[float]] = {"one network": [], "five starts": [], "five checkpoints": []}
    for k, view in enumerate(views):
        mine = range(5 * k, 5 * k + 5)
        models = {
            "one network": started[5 * k].model, "five starts": bag(started, members=mine),
            "five checkpoints": bag(started, members=[5 * k], snapshots=True),
        }  # fmt: skip
        for name, model in models.items():
            losses[name].append(log_loss(y[view.test], model.predict_proba(X[view.test]), labels=model.labels))
    last, running = averaged.evaluate("test")["loss"].to_numpy().reshape(2, len(views))

    one, starts, checkpoints = (np.array(values) for values in losses.values())
    found = {
        "starts": difference(one, starts), "checkpoints": difference(one, checkpoints),
        "more": difference(checkpoints, starts), "running": difference(last, running),
    }  # fmt: skip
    names = {
        "starts": "five starts, against one network", "checkpoints": "five checkpoints, against the last",
        "more": "five starts, against five checkpoints", "running": "running average of weights, against the last",
    }  # fmt: skip
    rows = [{"average": names[key], "gain": it.mean, "low": it.low, "high": it.high} for key, it in found.items()]
    figure = interval_figure(
        ResultFrame(rows), Axis("gain", "by how much the test loss is lower", "nats"), "average", low="low",
        high="high", name="gains", title="What averaging brings.",
    )  # fmt: skip
    means = {**losses, "last weights, constant rate": last, "running average, constant rate": running}
    table = [{"prediction": name, "test loss": float(np.asarray(values).mean())} for name, values in means.items()]
    trained = f"a recipe with restarts from 5 seeds and 2 at a constant rate, on {len(views)} samples of digits"
    return Answer(table, found, (figure,), len(started) + len(averaged), trained, details={"gains": rows})


EXPERIMENT = Experiment(
    "What may be averaged: starts, checkpoints, weights",
    "Five networks can be had from five starts, or from five points of one run. Which five are worth more in an "
    "average, and what does averaging the weights of a single run bring?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 7.11 and 8.7.3", (0.9, 4.0, 18), run,
    "An average gains by what its members do differently. Checkpoints of one run resemble one another more than runs "
    "do; averaged weights cost one network, and take the noise of the last updates away.",
)  # fmt: skip
