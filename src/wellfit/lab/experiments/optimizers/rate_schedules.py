"""Schedules of the learning rate against their formulas: power, exponential and linear decay."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.figures import Axis, line_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, exact

S, START, UPDATES = 100, 0.4, 401
CLAIMS = (
    Claim(
        "half", "Power decay halves the rate after s updates", "rate after s updates over the first", least=0.4999,
        most=0.5001,
    ),
    Claim(
        "third", "Power decay leaves a third of the rate after 2 s updates", "rate after 2 s updates over the first",
        least=0.3333, most=0.3334,
    ),
    Claim(
        "tenth", "Exponential decay divides the rate by ten every s updates",
        "largest relative deviation from a tenth after s, 2 s, 3 s and 4 s updates", most=1e-4,
    ),
    Claim(
        "linear", "Linear decay goes straight down to a hundredth at tau and stays there",
        "largest relative deviation from (1 - a) lr + a lr / 100 with a = min(1, t / tau)", most=1e-4,
    ),
)  # fmt: skip
SCHEDULES = {
    "constant": "constant", "power": {"name": "power", "s": S}, "exponential": {"name": "exponential", "s": S},
    "linear": {"name": "linear", "tau": 300}, "cosine": "cosine", "1cycle": "one_cycle",
}  # fmt: skip


def run(lab: Lab) -> Answer:
    """The rates that `wellfit.optimize` used, which are those of training."""
    rates = {}
    for name, schedule in SCHEDULES.items():
        recipe = wellfit.Recipe.plain(optimizer={"name": "momentum", "learning_rate": START}, schedule=schedule)
        rates[name] = wellfit.optimize(lambda w: 0.0, [0.0], recipe, updates=UPDATES, gradient=lambda w: 0 * w).rates
    t = np.arange(UPDATES)
    a = np.minimum(1, t / 300)
    straight = (1 - a) * START + a * START / 100
    times = np.arange(1, 5)
    found = {
        "half": exact(rates["power"][S] / START), "third": exact(rates["power"][2 * S] / START),
        "tenth": exact(np.abs(rates["exponential"][times * S] / START * 10.0**times - 1).max()),
        "linear": exact(np.abs(rates["linear"] / straight - 1).max()),
    }  # fmt: skip
    rows = [
        {"schedule": name, "update": int(at), "rate": float(one[at])} for name, one in rates.items() for at in t[::8]
    ]
    figure = line_figure(
        ResultFrame(rows), Axis("update", "update"), Axis("rate", "learning rate"), series="schedule",
        name="schedules", title="The learning rate over 400 updates by schedule.",
    )  # fmt: skip
    table = [{"schedule": name, **{f"update {at}": float(one[at]) for at in (0, S, 2 * S, 4 * S)}}
             for name, one in rates.items()]  # fmt: skip
    return Answer(table, found, (figure,))


EXPERIMENT = Experiment(
    "Schedules of the learning rate",
    "Power, exponential and linear decay begin at the same rate. What is left of it after 100 updates, after 200 and "
    "after 400?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 8.3.1", (0.3, 0.3, 0.3), run,
    "Power decay is lr / (1 + t / s): it falls ever more slowly. Exponential decay, lr 0.1^(t / s), divides by the "
    "same number in the same time, and linear decay takes away the same amount.",
)  # fmt: skip
