"""More training rows: the gap between training and test error shrinks."""

from __future__ import annotations

import wellfit
from wellfit.figures import Axis, line_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference
from wellfit.lab.base.data import digits, samples

CLAIMS = (
    Claim(
        "gap", "More training rows shrink the gap between test and training error",
        "gap of the error rates at the fewest rows minus that at the most, mean over samples of rows", least=0.0,
    ),
    Claim(
        "test", "More training rows lower the test error",
        "test error rate at the fewest rows minus that at the most, mean over samples of rows", least=0.0,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """Networks without regularisation on random samples of digits; a sample of more rows holds that of fewer."""
    X, y = digits()
    sizes = lab.pick((100, 400), (50, 100, 200, 400, 800), (50, 100, 200, 400, 800, 1200))
    repeats = lab.pick(3, 6, 16)
    recipe = wellfit.Recipe.plain(hidden=(64,), optimizer="adam", epochs=lab.pick(15, 60, 60), batch_size=32)

    training, test = {}, {}
    for size in sizes:
        views = samples(repeats, len(y), size, 300)
        population = wellfit.train(recipe, X, y, views=views, **lab.options)
        training[size] = population.evaluate("training")["error"].to_numpy()
        test[size] = population.evaluate("test")["error"].to_numpy()

    few, many = sizes[0], sizes[-1]
    found = {
        "gap": difference(test[few] - training[few], test[many] - training[many]),
        "test": difference(test[few], test[many]),
    }
    rows = [
        {"rows": size, "measured on": part, "error": float(error[size].mean())}
        for part, error in (("training rows", training), ("new rows", test)) for size in sizes
    ]  # fmt: skip
    figure = line_figure(
        ResultFrame(rows), Axis("rows", "training rows", scale="log"), Axis("error", "error rate"),
        series="measured on", name="error-by-rows",
        title="With more rows the errors on training rows and on new rows come together.",
    )  # fmt: skip
    trained = f"one recipe on {repeats} samples of digits at {len(sizes)} sizes"
    return Answer(rows, found, (figure,), repeats * len(sizes), trained)


EXPERIMENT = Experiment(
    "Errors by number of training rows",
    "A network that can fit everything is trained on ever more rows. Which of its errors changes more, that on the "
    "training rows or that on new rows, and what becomes of the gap between them?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 5.2 and 7.4", (0.5, 2.0, 5.5), run,
    "A network with thousands of weights fits few rows without error, by rules that hold for these rows alone. More "
    "rows leave fewer such rules.",
)  # fmt: skip
