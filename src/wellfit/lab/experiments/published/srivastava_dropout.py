"""Dropout against L2, L1 and max-norm on MNIST: the table of Srivastava et al. 2014, in its order."""

from __future__ import annotations

from typing import Any

import numpy as np

import wellfit
from wellfit.figures import Axis, interval_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference, mean_of
from wellfit.lab.base.data import mnist
from wellfit.lab.experiments.published._resumable import trained
from wellfit.statistics.intervals import Range
from wellfit.tables.arrays import View

# Test errors in %, Srivastava et al. 2014, table 9: all 60,000 rows, about a million updates.
PUBLISHED = {"L2": 1.62, "L2 and L1": 1.60, "max-norm": 1.35, "dropout and L2": 1.25, "dropout and max-norm": 1.05}
DROPOUT = {"rate": 0.5, "input_rate": 0.2}
REGULARISERS: dict[str, dict[str, Any]] = {
    "L2": {"l2": 5e-4},
    "L2 and L1": {"l2": 5e-4, "l1": 1e-5},
    "max-norm": {"max_norm": 2.0},
    "dropout and L2": {"dropout": DROPOUT, "l2": 1e-5},
    "dropout and max-norm": {"dropout": DROPOUT, "max_norm": 2.0},
}
PERCENT = Range(0.0, 100.0)
CLAIMS = (
    Claim(
        "max_norm", "Max-norm alone is better than L2 alone",
        "test error in % with L2 minus that with max-norm, mean over disjoint samples of training rows", least=0.0,
        published="Srivastava et al. 2014: 1.62 % and 1.35 %",
    ),
    Claim(
        "dropout", "Dropout with L2 and dropout with max-norm are both better than all without dropout",
        "test error in % of the best without dropout minus the worse of the two with it, mean over the same samples",
        least=0.0, published="Srivastava et al. 2014: 1.35 % and 1.25 %",
    ),
    Claim(
        "best", "Dropout with max-norm is better than dropout with L2",
        "test error in % of dropout with L2 minus that of dropout with max-norm, mean over the same samples", least=0.0,
        published="Srivastava et al. 2014: 1.25 % and 1.05 %",
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """Five regularisers on disjoint samples of MNIST's training rows, all measured on its 10,000 test rows."""
    training, test = mnist(lab.data)
    repeats, rows, tests = lab.pick(2, 3, 3), lab.pick(200, 1000, 10_000), lab.pick(500, 10_000, 10_000)
    base = wellfit.Recipe.plain(
        hidden=lab.pick((32, 32, 64), (256, 256, 512), (1024, 1024, 2048)), scaling="none", batch_size=100,
        optimizer={"name": "momentum", "learning_rate": 0.03}, schedule="linear", epochs=lab.pick(2, 60, 60),
    )  # fmt: skip
    recipes = [base.vary(slots) for slots in REGULARISERS.values()]
    order = np.random.default_rng(0).permutation(len(training.y))
    view = View(np.arange(rows), test=np.arange(rows, rows + tests))
    errors = np.empty((len(recipes), repeats))
    for k in range(repeats):
        mine = order[k * rows : (k + 1) * rows]
        X, y = np.concatenate([training.X[mine], test.X[:tests]]), np.concatenate([training.y[mine], test.y[:tests]])
        population = trained(lab, f"srivastava-{k}", recipes, X, y, view)
        errors[:, k] = 100 * population.evaluate("test")["error"].to_numpy()

    of = dict(zip(REGULARISERS, errors, strict=True))
    without, with_dropout = list(REGULARISERS)[:3], list(REGULARISERS)[3:]
    best, worse = min(without, key=lambda name: of[name].mean()), max(with_dropout, key=lambda name: of[name].mean())
    found = {
        "max_norm": difference(of["L2"], of["max-norm"]), "dropout": difference(of[best], of[worse]),
        "best": difference(of["dropout and L2"], of["dropout and max-norm"]),
    }  # fmt: skip
    table = [
        {"regulariser": name, "test error (%)": one.mean, "low": one.low, "high": one.high,
         "published (%)": PUBLISHED[name], "note": f"published {PUBLISHED[name]:.2f} %"}
        for name, error in of.items() for one in [mean_of(error, PERCENT)]
    ]  # fmt: skip
    figure = interval_figure(
        ResultFrame(table), Axis("test error (%)", "test error", "%"), "regulariser", low="low", high="high", zero=None,
        note="note", name="error-by-regulariser", title="Test error by regulariser, and what was published.",
    )  # fmt: skip
    shape = "-".join(str(units) for units in base.hidden)
    remark = (
        f"Networks 784-{shape}-10, {rows:,} training rows a sample and {base.epochs} epochs: errors are higher than "
    )
    return Answer(
        table, found, (figure,), errors.size, f"5 recipes on {repeats} disjoint samples of {rows:,} rows",
        remarks=(remark + "the published ones, of 60,000 rows and a million updates; the order is what is compared.",),
    )  # fmt: skip


EXPERIMENT = Experiment(
    "MNIST: dropout, max-norm, L2 and L1",
    "A network of 1024, 1024 and 2048 units learns MNIST with L2, L2 and L1, max-norm, dropout and L2, or dropout and "
    "max-norm. In which order do the five test errors come out?",
    CLAIMS, "Srivastava et al., Dropout, 2014, table 9", (5, 90, 6_300), run,
    "Dropout and a limit on the weights regularise by different means, and together allow large steps that the limit "
    "keeps from growing without end.",
    data="needs MNIST; goes on where it was interrupted", published=True,
)  # fmt: skip
