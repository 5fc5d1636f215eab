"""Transfer: layers trained on the digits 0 to 4 help to learn 5 to 9 from few labels."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.figures import Axis, line_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference
from wellfit.lab.base.data import digits, samples

CLAIMS = (
    Claim(
        "few", "With 5 labels a class, the lower layer of another task lowers the test error",
        "test error rate from random weights minus from the first layer of 0 to 4, mean over samples", least=0.0,
    ),
    Claim(
        "fades", "With 50 labels a class it helps less",
        "gain at 5 labels a class minus gain at 50, mean over samples of rows", least=0.0,
    ),
    Claim(
        "lower", "The lower layer alone serves the new task better than both layers",
        "test error rate from both layers minus from the first, with 5 labels a class, mean over samples", least=0.0,
        published="Yosinski et al. 2014: lower layers are general, higher ones specific to their task",
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """A donor on 0 to 4; networks on 5 to 9 from random weights, from its first layer, and from both."""
    X, y = digits()
    low, high = y < 5, y >= 5
    repeats, sizes = lab.pick(2, 5, 40), lab.pick((25, 250), (25, 250), (25, 50, 250))
    # Pixels as they are: the donor's scaling, fitted on 0 to 4, would blow up pixels that these hardly use.
    recipe = wellfit.Recipe.plain(
        hidden=(64, 64), epochs=lab.pick(20, 100, 100), batch_size=16, scaling="none",
        optimizer={"name": "adam", "learning_rate": 0.003},
    )  # fmt: skip
    donors = wellfit.train(recipe.vary(epochs=lab.pick(5, 20, 20)), X[low], y[low], seeds=range(repeats), **lab.options)
    names = ("random weights", "first layer of 0 to 4", "both layers of 0 to 4")
    error = np.zeros((len(names), len(sizes), repeats))
    for i, size in enumerate(sizes):
        for k, view in enumerate(samples(repeats, int(high.sum()), size, 500)):
            starts = [None, wellfit.Transfer(donors[k], layers=1), wellfit.Transfer(donors[k], layers=2)]
            population = wellfit.train(
                [recipe] * 3, X[high], y[high], views=view, seeds=k, start_from=starts, **lab.options
            )
            error[:, i, k] = population.evaluate("test")["error"].to_numpy()
    anew, first, both = error
    gain = anew - first
    found = {
        "few": difference(anew[0], first[0]), "fades": difference(gain[0], gain[-1]),
        "lower": difference(both[0], first[0]),
    }  # fmt: skip
    rows = [
        {"labels": size, "start": name, "error": float(error[k, i].mean())}
        for k, name in enumerate(names) for i, size in enumerate(sizes)
    ]  # fmt: skip
    figure = line_figure(
        ResultFrame(rows), Axis("labels", "labelled digits 5 to 9", scale="log"), Axis("error", "test error rate"),
        series="start", name="error-by-labels",
        title="Error by number of labels, from random weights and from layers of 0 to 4.",
    )  # fmt: skip
    networks = repeats * (1 + 3 * len(sizes))
    trained = f"{repeats} donors, and 3 networks on each of {repeats} samples of {len(sizes)} sizes"
    return Answer(rows, found, (figure,), networks, trained)


EXPERIMENT = Experiment(
    "From the digits 0 to 4 to the digits 5 to 9",
    "A network has learned 0 to 4 from many labels. Of 5 to 9 there are five labels each. How much do its hidden "
    "layers help, and is the help still there with fifty labels each?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 15.2; Yosinski et al. 2014", (0.3, 2.4, 30.0), run,
    "The second layer combines strokes for the classes of its own task, and is in the way of others. The first layer's "
    "strokes serve any digit; but digits of 64 pixels need few labels anyway, so that there is little to gain.",
)  # fmt: skip
