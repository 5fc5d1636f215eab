"""Schedules of the learning rate against their formulas: power, exponential and linear decay."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

import wellfit
from wellfit.figures import Axis, Figure, line_figure, with_slider
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
SHOWN = (25, 50, S, 200)  # values of s in the figure


def schedules(s: int) -> dict[str, NDArray[np.float64]]:
    """The rates that `wellfit.optimize` used, which are those of training. Linear decay ends at tau = 3 s."""
    named = {
        "constant": "constant", "power": {"name": "power", "s": s}, "exponential": {"name": "exponential", "s": s},
        "linear": {"name": "linear", "tau": 3 * s}, "cosine": "cosine", "1cycle": "one_cycle",
    }  # fmt: skip
    rates = {}
    for name, schedule in named.items():
        recipe = wellfit.Recipe.plain(optimizer={"name": "momentum", "learning_rate": START}, schedule=schedule)
        rates[name] = wellfit.optimize(lambda w: 0.0, [0.0], recipe, updates=UPDATES, gradient=lambda w: 0 * w).rates
    return rates


def run(lab: Lab) -> Answer:
    """The rates of each update, by schedule and by s."""
    every = {s: schedules(s) for s in SHOWN}
    rates, t = every[S], np.arange(UPDATES)
    a = np.minimum(1, t / 300)
    straight = (1 - a) * START + a * START / 100
    times = np.arange(1, 5)
    found = {
        "half": exact(rates["power"][S] / START), "third": exact(rates["power"][2 * S] / START),
        "tenth": exact(np.abs(rates["exponential"][times * S] / START * 10.0**times - 1).max()),
        "linear": exact(np.abs(rates["linear"] / straight - 1).max()),
    }  # fmt: skip
    figures = [_figure(every[s], t[::8]) for s in SHOWN]
    figure = with_slider(
        figures, SHOWN, name="schedules", label="s (a third of tau)", shown=SHOWN.index(S),
        title="The learning rate over 400 updates by schedule; s says how soon it falls.",
    )  # fmt: skip
    table = [{"schedule": name, **{f"update {at}": float(one[at]) for at in (0, S, 2 * S, 4 * S)}}
             for name, one in rates.items()]  # fmt: skip
    return Answer(table, found, (figure,))


def _figure(rates: dict[str, NDArray[np.float64]], places: NDArray[np.int64]) -> Figure:
    """A line a schedule. places: updates that are drawn."""
    rows = [
        {"schedule": name, "update": int(at), "rate": float(one[at])} for name, one in rates.items() for at in places
    ]
    return line_figure(
        ResultFrame(rows), Axis("update", "update"), Axis("rate", "learning rate"), series="schedule",
        name="schedules", title="The learning rate.",
    )  # fmt: skip


EXPERIMENT = Experiment(
    "Schedules of the learning rate",
    "Power, exponential and linear decay begin at the same rate. What is left of it after 100 updates, after 200 and "
    "after 400?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 8.3.1", (0.3, 0.3, 0.3), run,
    "Power decay is lr / (1 + t / s): it falls ever more slowly. Exponential decay, lr 0.1^(t / s), divides by the "
    "same number in the same time, and linear decay takes away the same amount.",
)  # fmt: skip
