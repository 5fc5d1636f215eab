"""Irrelevant columns look useful by chance, the more of them there are."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.figures import Axis, line_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference, mean_of
from wellfit.tables.arrays import View

ROWS, NEW, CHOSEN = 60, 500, 10
CLAIMS = (
    Claim(
        "chance", "Of 500 irrelevant columns one is clearly correlated with the target in 60 rows",
        "largest absolute correlation in the training rows, mean over made tables", least=0.3,
    ),
    Claim(
        "gone", "The column with the largest correlation has almost none in new rows",
        "absolute correlation of the same column in 500 new rows, mean over made tables", most=0.1,
    ),
    Claim(
        "optimism", "Columns chosen on all rows make cross-validation much too optimistic",
        "error rate on new rows minus the cross-validated one, of a network on the 10 columns most correlated in all "
        "60 rows, mean over made tables", least=0.1,
    ),
    Claim(
        "coin", "On new rows the network on the chosen columns is no better than a coin",
        "error rate on new rows, mean over made tables", least=0.47, most=0.53,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """Made tables of normal columns and labels drawn by a coin: no column has anything to do with the target."""
    repeats = lab.pick(3, 10, 30)
    counts = lab.pick((10, 500), (10, 30, 100, 500), (10, 30, 100, 500))
    recipe = wellfit.Recipe.plain(hidden=(16,), optimizer="adam", batch_size=20, epochs=lab.pick(5, 40, 40))
    # Five folds of the 60 rows, and all of them with the new rows.
    old, new = np.arange(ROWS), np.arange(ROWS, ROWS + NEW)
    views = [View(old[old % 5 != k], test=old[old % 5 == k]) for k in range(5)] + [View(old, test=new)]
    rows = []
    for k in range(repeats):
        random = np.random.default_rng([k, 11])
        every, y = random.normal(size=(ROWS + NEW, counts[-1])), random.integers(0, 2, ROWS + NEW)
        for count in counts:
            inside, outside = (_correlations(every[part, :count], y[part]) for part in (old, new))
            X = every[:, np.argsort(-inside)[:CHOSEN]]
            error = wellfit.train(recipe, X, y, views=views, seeds=k, **lab.options).evaluate("test")["error"]
            rows.append({
                "columns": count, "largest correlation": inside.max(), "in new rows": outside[inside.argmax()],
                "cross-validated error": error[:5].mean(), "error on new rows": error[5],
            })  # fmt: skip

    frame = ResultFrame(rows)
    most = frame.filter(frame["columns"] == counts[-1])
    found = {
        "chance": mean_of(most["largest correlation"]),
        "gone": mean_of(most["in new rows"]),
        "optimism": difference(most["error on new rows"], most["cross-validated error"]),
        "coin": mean_of(most["error on new rows"]),
    }
    table = frame.group_by("columns", maintain_order=True).mean().to_dicts()
    lines = [
        {"columns": row["columns"], "error": row[name], "measured": name}
        for row in table for name in ("cross-validated error", "error on new rows")
    ]  # fmt: skip
    figure = line_figure(
        ResultFrame(lines), Axis("columns", "irrelevant columns to choose from", scale="log"),
        Axis("error", "error rate", ends=(0.0, 0.6)), series="measured", name="error-by-columns",
        title="Ten columns chosen before cross-validation: its error falls, that on new rows does not.",
    )  # fmt: skip
    return Answer(table, found, (figure,), 6 * len(rows), f"6 networks on each of {len(rows)} choices of 10 columns")


def _correlations(X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The absolute correlation of every column with the target."""
    return np.asarray(np.abs(np.corrcoef(X, y, rowvar=False)[-1, :-1]))


EXPERIMENT = Experiment(
    "Irrelevant columns that look useful",
    "Labels are drawn by a coin, and of 10 to 500 columns of random numbers the 10 most correlated with them in all 60 "
    "rows are kept. What error does cross-validation then show, and what is it on new rows?",
    CLAIMS, "Hastie, Tibshirani & Friedman, The Elements of Statistical Learning, 7.10.2", (0.5, 3.0, 8.0), run,
    "The largest of many correlations that are 0 in truth is far from 0 in few rows. Columns chosen with the held-out "
    "rows in sight carry these rows' labels into training: the choice belongs inside the folds.",
)  # fmt: skip
