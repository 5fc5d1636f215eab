"""Five activations after equal tuning: is the order ELU, leaky ReLU, ReLU, tanh, logistic?"""

from __future__ import annotations

from itertools import pairwise

import wellfit
from wellfit.figures import Axis, interval_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference, mean_of
from wellfit.lab.base.data import digits, samples
from wellfit.lab.base.tuning import tuned

ORDER = {"ELU": "elu", "leaky ReLU": "leaky_relu", "ReLU": "relu", "tanh": "tanh", "logistic": "sigmoid"}
PAIRS = tuple(pairwise(ORDER))
CLAIMS = (
    *(
        Claim(
            ORDER[first], f"{first} has a lower test error than {second}",
            f"test error rate with {second} minus that with {first}, mean over samples of rows", least=0.0,
        )
        for first, second in PAIRS
    ),
    Claim(
        "ends", "ELU, the first of the order, has a lower test error than the logistic function, the last",
        "test error rate with the logistic function minus that with ELU, mean over samples of rows", least=0.0,
    ),
)  # fmt: skip
RATES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)


def run(lab: Lab) -> Answer:
    """Networks of two hidden layers on samples of digits, each at the best of the same learning rates."""
    X, y = digits()
    repeats, rates = lab.pick(2, 4, 16), lab.pick(RATES[2:4], RATES[1:], RATES)
    plain = wellfit.Recipe.plain(hidden=(64, 64), epochs=lab.pick(5, 40, 60), batch_size=32)
    recipes = {name: plain.vary(activation=activation) for name, activation in ORDER.items()}
    views = samples(repeats, len(y), 300, 600, validation=200)
    errors, chosen = tuned(recipes, rates, X, y, views, lab)

    found = {ORDER[first]: difference(errors[second], errors[first]) for first, second in PAIRS}
    found["ends"] = difference(errors["logistic"], errors["ELU"])
    rows = []
    for name in ORDER:
        mean = mean_of(errors[name])
        usual = f"{min(chosen[name]):g} to {max(chosen[name]):g}"
        rows.append({"activation": name, "test error": mean.mean, "low": mean.low, "high": mean.high, "rates": usual})
    figure = interval_figure(
        ResultFrame(rows), Axis("test error", "test error rate, mean over samples"), "activation", low="low",
        high="high", zero=None, name="activations", title="Test errors by activation, each at its best learning rate.",
    )  # fmt: skip
    networks = len(recipes) * len(rates) * repeats
    return Answer(rows, found, (figure,), networks, f"5 recipes at {len(rates)} rates on {repeats} samples of digits")


EXPERIMENT = Experiment(
    "Which activation is best?",
    "ELU, leaky ReLU, ReLU, tanh and the logistic function are often ranked in this order. In networks of two hidden "
    "layers whose learning rates were tuned equally, which of these four steps can be seen?",
    CLAIMS, "Clevert, Unterthiner & Hochreiter, ELU, 2016; Goodfellow, Bengio & Courville, Deep Learning, 6.3",
    (0.5, 5.0, 50.0), run,
    "The logistic function has a slope of at most 1/4 and outputs that are never negative, so that deep networks of it "
    "learn slowly. Between the others differences are small, and depend on the task and on how the rate was tuned.",
)  # fmt: skip
