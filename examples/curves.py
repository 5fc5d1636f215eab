"""Draws docs/curves.svg: the three losses of a training run, with and without dropout.

Twenty networks a setting, on the table beside this file. It takes half a minute, and matplotlib:
`.venv/bin/pip install -c constraints-dev.txt -e '.[docs]'`, then `.venv/bin/python examples/curves.py`.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib
import polars as pl

import wellfit

HERE = Path(__file__).parent
NETWORKS = 20
LINES = {
    "running_loss": ("running loss, as most tools show it", "tab:gray", "dotted"),
    "training_loss": ("training rows, in evaluation mode", "tab:blue", "solid"),
    "validation_loss": ("validation rows, in evaluation mode", "tab:red", "solid"),
}


def histories() -> dict[float, pl.DataFrame]:
    """The histories of networks without and with dropout, a constant rate of learning, no early end."""
    table = pl.read_csv(HERE / "abalone.csv")
    rates = (0.0, 0.3)
    recipes = [
        wellfit.Recipe(epochs=40, dropout=rate, schedule="constant", skip="none", weight_decay=0.0).vary(
            {"optimizer.learning_rate": 0.003}
        )
        for rate in rates
    ]
    population = wellfit.train(
        recipes, table.drop("rings"), table["rings"].to_numpy(), kind="number", seeds=range(NETWORKS), n_jobs=2
    )
    parts = [population.history.filter(pl.col("member") // NETWORKS == k) for k in range(len(rates))]
    return dict(zip(rates, parts, strict=True))


def draw(parts: dict[float, pl.DataFrame], path: Path) -> None:
    """A panel a dropout rate: medians over networks, with the band that holds the middle half of them."""
    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "wellfit"
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(1, len(parts), figsize=(9, 3.4), sharey=True, layout="constrained")
    for panel, (rate, history) in zip(panels, parts.items(), strict=True):
        for column, (label, color, style) in LINES.items():
            by_epoch = history.group_by("epoch").agg(
                pl.col(column).median().alias("middle"),
                pl.col(column).quantile(0.25).alias("low"),
                pl.col(column).quantile(0.75).alias("high"),
            )
            band = by_epoch.sort("epoch")
            panel.plot(band["epoch"], band["middle"], color=color, linestyle=style, label=label)
            panel.fill_between(band["epoch"], band["low"], band["high"], color=color, alpha=0.2, linewidth=0)
        panel.set(title=f"dropout {rate:g}", xlabel="epoch", ylim=(3, 7))
        panel.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel("mean squared error (rings squared)")
    panels[0].legend(frameon=False, fontsize=8)
    figure.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    draw(histories(), HERE.parent / "docs" / "curves.svg")
