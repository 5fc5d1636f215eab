"""Double descent by rows: near the number of rows that can just be fitted, more rows make the error larger."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.figures import Axis, line_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference, ratio
from wellfit.lab.experiments.descent._made import made, mean_curves, peak_of

COLUMNS = 40  # of the linear model's tables
LINEAR = (20, 25, 30, 35, 38, 42, 46, 50, 60, 80, 120, 200)
NETWORK = (50, 100, 150, 200, 250, 300, 400, 600, 800, 1200)
Table = tuple[np.ndarray, np.ndarray]
CLAIMS = (
    Claim(
        "place", "The linear model's error peaks where there are as many rows as columns",
        "rows with the highest error between two lower ones over 40, the number of columns, geometric mean over groups "
        "of tables", least=1 / 1.25, most=1.25,
        published="Hastie et al. 2019: the risk of the least-norm fit is infinite at rows = columns",
    ),
    Claim(
        "linear", "The linear model does worse with the rows of the peak than with half as many",
        "root mean squared error at the peak minus at 20 rows, peak found on other tables, mean over groups of tables",
        least=0.0,
    ),
    Claim(
        "network", "A network does worse with the rows of its peak than with 50 rows",
        "test error rate at the peak minus at 50 rows, peak found on other tables, mean over groups of tables",
        least=0.0, published="Nakkiran et al. 2019: more rows can make a network's test error larger",
    ),
    Claim(
        "many", "Beyond the peak more rows help the network",
        "test error rate at the peak, found on other tables, minus at the most rows, mean over groups of tables",
        least=0.0,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """A linear model on tables of 40 columns, and a network of 16 units on noisy labels, with ever more rows."""
    groups, each = lab.pick(4, 6, 8), lab.pick(1, 1, 2)
    linear_rows, network_rows = lab.pick((20, 40, 80), LINEAR, LINEAR), lab.pick((50, 200, 600), NETWORK, NETWORK)
    descent = {"name": "momentum", "learning_rate": 0.02}
    linear = wellfit.Recipe.plain(
        hidden=(), initialization="zero", scaling="none", optimizer=descent, batch_size=200,
        epochs=lab.pick(300, 3000, 3000),
    )  # fmt: skip
    network = wellfit.Recipe.plain(hidden=(16,), optimizer=descent, batch_size=50, epochs=lab.pick(30, 500, 500))
    by_linear, by_network = [], []
    for k in range(groups * each):
        by_linear.append(_errors(linear, _numbers(k), linear_rows, 0.0, k, lab))
        by_network.append(_errors(network, made(NETWORK[-1] + 1000, seed=k), network_rows, 0.15, k, lab))
    straight, bent = (mean_curves(np.array(curves), groups) for curves in (by_linear, by_network))

    half = groups // 2  # the first half says where the peak is, the other half how high
    top, top_bent = (peak_of(curves[:half].mean(axis=0)) for curves in (straight, bent))
    found = {
        "place": ratio([linear_rows[peak_of(curve)] for curve in straight], [COLUMNS] * groups),
        "linear": difference(straight[half:, top], straight[half:, 0]),
        "network": difference(bent[half:, top_bent], bent[half:, 0]),
        "many": difference(bent[half:, top_bent], bent[half:, -1]),
    }
    rows = [
        {"model": model, "rows": count, "error": float(curves[:, k].mean())}
        for model, counts, curves in (("linear", linear_rows, straight), ("network", network_rows, bent))
        for k, count in enumerate(counts)
    ]  # fmt: skip
    figures = tuple(
        line_figure(
            ResultFrame([row for row in rows if row["model"] == model]), Axis("rows", "training rows", scale="log"),
            Axis("error", title), name=f"{model}-error-by-rows", title=words, marks=marks,
        )
        for model, title, words, marks in (
            ("linear", "root mean squared error", "A linear model of 40 columns.", [(COLUMNS, "rows = columns")]),
            ("network", "test error rate", "A network of 16 units, 15 % of the labels drawn anew.", []),
        )
    )  # fmt: skip
    networks = groups * each * (len(linear_rows) + len(network_rows))
    return Answer(rows, found, figures, networks, f"2 recipes on {groups * each} made tables with ever more rows")


def _errors(
    recipe: wellfit.Recipe, rows: Table, counts: tuple[int, ...], noise: float, seed: int, lab: Lab
) -> np.ndarray:
    """Test errors (counts,): the last 1,000 rows measure."""
    folds = np.where(np.arange(len(rows[1])) < len(rows[1]) - 1000, 1, 0)
    study = wellfit.studies.double_descent(
        recipe, *rows, over="rows", values=counts, label_noise=(noise,), effective=False, folds=folds, seeds=1,
        seed=seed, **lab.options,
    )  # fmt: skip
    return np.asarray(study.table["test_error"].to_numpy())


def _numbers(seed: int) -> Table:
    random = np.random.default_rng([seed, 29])
    X = random.normal(size=(1200, COLUMNS))
    return X, X @ random.normal(0, 0.15, COLUMNS) + random.normal(0, 0.5, len(X))


EXPERIMENT = Experiment(
    "Double descent by rows",
    "A model of fixed size is trained on ever more rows. Can its error on new rows rise with the number of rows?",
    CLAIMS, "Nakkiran et al. 2019, Deep double descent; Hastie et al. 2019", (1.0, 8.0, 25.0), run,
    "With as many rows as the model can just fit, its weights follow from the noise of every one of them and become "
    "large. With fewer rows a smaller fit would do, with more rows the noise averages out.",
)  # fmt: skip
