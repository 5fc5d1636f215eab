"""A report with every kind of block, whose texts are as bad as names can be."""

from __future__ import annotations

import math

import numpy as np

from tests.figures.examples import figures
from wellfit.figures import Axis, Figure, bar_figure, heat_figure, interval_figure, line_figure, scatter_figure
from wellfit.report.content import Code, Folded, Note, Report, ReportTable, Section

COLUMN = "<script>alert(1)</script>"
CLASS = 'it\'s "quoted" & </style> | *bold* `x` [link](http://example.com) </script>'
LONG = "a_very_long_column_name_without_any_space_at_all_" * 3


def example_figures() -> list[Figure]:
    """Of each kind one, as a fit's report has them, in ordinary words."""
    epoch = np.tile(np.arange(1, 31), 2)
    rows = np.repeat(["training", "validation"], 30)
    loss = np.concatenate([np.exp(-np.arange(30) / 8), 0.2 + np.exp(-np.arange(30) / 6)])
    curves = {"epoch": epoch, "loss": loss, "low": loss - 0.05, "high": loss + 0.05, "rows": rows}
    ends = {"low": "low", "high": "high"}
    draws = np.random.default_rng(0)
    points = {"observed": draws.normal(size=400), "predicted": draws.normal(size=400)}
    columns = [f"column {k}" for k in range(8)] + [COLUMN]
    importance = {"column": columns, "rise": np.linspace(0.5, 0.01, 9), "low": np.linspace(0.4, -0.02, 9),
                  "high": np.linspace(0.6, 0.04, 9)}  # fmt: skip
    classes = ["setosa", "versicolor", CLASS]
    table = {"true": np.repeat(classes, 3), "predicted": np.tile(classes, 3), "rows": [50, 2, 1, 3, 44, 5, 0, 4, 40]}
    names = Axis("true", "true class", scale="category"), Axis("predicted", "predicted class", scale="category")
    quantities = {"layer": ["hidden0", "hidden1", "output"] * 2, "share": [0.1, 0.2, 0.05, 0.3, 0.4, 0.1],
                  "kind": ["dead"] * 3 + ["saturated"] * 3}  # fmt: skip
    return [
        line_figure(curves, Axis("epoch", "epoch"), Axis("loss", "loss"), name="curves", series="rows", **ends,
                    title="The loss of training and validation rows by epoch: median and middle half of 30 networks."),
        scatter_figure(points, Axis("observed", "observed"), Axis("predicted", "predicted"), name="observed",
                       reference="equality", title="Observed and predicted numbers."),
        interval_figure(importance, Axis("rise", "rise of the loss"), "column", name="importance", **ends,
                        title="The loss rises when a column is shuffled."),
        heat_figure(table, *names, Axis("rows", "rows"), text=True, name="confusion", title="Confusion of classes."),
        bar_figure(quantities, Axis("layer", "layer"), Axis("share", "share of units"), series="kind", name="units",
                   title="Dead and saturated units by layer."),
    ]  # fmt: skip


def example_report() -> Report:
    """A report with every kind of block, also inside notes, and folded sections."""
    drawn = example_figures()
    rows = tuple((f"{name} {k}", f"{k / 7:.3f}", f"{k:,}") for k, name in enumerate([COLUMN, CLASS, LONG, "plain"]))
    table = ReportTable(f"The classes {CLASS}.", ("class", "error", "rows"), rows, (1, 2))
    wide = ReportTable("Many columns.", tuple(f"column {k}" for k in range(14)), (tuple("0.12345" for _ in range(14)),))
    remedy = Code("The healed recipe", 'activation = "relu"\nlearning_rate = 0.001\n```\n</code></script>', "toml")
    finding = Note("problem", f"Leaking column {COLUMN}", "It predicts the target alone.", (drawn[4], remedy, table))
    notes = tuple(Note(kind, f"A {kind} note", "Its text.") for kind in ("warning", "hint", "good", "plain"))
    inner = Note("plain", "Outside", "Its details hold a note.", (Note("hint", "Inside", LONG),))
    return Report(
        f"Fit of {COLUMN} in a table.csv", "fit",
        f"The networks predict {COLUMN} better than every simple model: the error is 0.21 (0.19 to 0.23).",
        {"test error": "0.21 (0.19 to 0.23)", "best simple model": "0.27", COLUMN: CLASS, "networks": "1,204"},
        (
            Section("contents", "Scores", ("A paragraph. " * 12, table, wide, *drawn[:2])),
            Section("trust", f"Trust {COLUMN}", drawn[2:4]),
            Section("findings", "Findings", (finding, *notes, inner), folded=True),
            Section("parts", "Closed parts", (Folded("Open it", ("Inside.", drawn[0], Note("hint", "Deeper", LONG))),)),
            Section("figures", "Every builder", tuple(one for _, one in figures()), folded=True),
            Section("repeat", "How to repeat it", (Code("The command", "wellfit fit table.csv " + "--drop x " * 30),)),
        ),
        {"fingerprint": "0123456789abcdef" * 4, COLUMN: CLASS, "seed": str(math.floor(7.5))},
    )  # fmt: skip
