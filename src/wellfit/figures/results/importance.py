"""What predictions depend on: importance of columns, and partial dependence on one of them."""

from __future__ import annotations

import polars

from wellfit.errors import clean
from wellfit.figures.axis import Axis
from wellfit.figures.bars import bar_figure
from wellfit.figures.figure import Figure
from wellfit.figures.intervals import interval_figure
from wellfit.figures.lines import line_figure
from wellfit.figures.look import file_name
from wellfit.frames import ResultFrame
from wellfit.reprs import cut

MOST_COLUMNS = 25
MOST_CLASSES = 6


def importance_figure(table: ResultFrame, loss: str, repeats: int, remark: str = "") -> Figure:
    """Columns by importance.

    table: of `wellfit.statistics.inspection.importance.permutation_importance`. loss: what rises, in words.
    repeats: how often each column was shuffled. remark: a sentence that is added to the description.
    """
    first = f"The {MOST_COLUMNS} most important of {table.height} columns" if table.height > MOST_COLUMNS else "Columns"
    return interval_figure(
        ResultFrame(table.head(MOST_COLUMNS)), Axis("importance", f"rise of the {loss}"), "column",
        low="low", high="high", name="importance",
        title=f"{first} by importance: how much the {loss} rises when a column's cells are shuffled.",
        description=f"{first} by permutation importance, the mean of {repeats} repeats, with the 95 % interval on new "
        f"rows. Columns that tell the same stand in for one another, so that each seems to be worth little.{remark}",
    )  # fmt: skip


def dependence_figure(table: ResultFrame, column: str, what: str, numbers: bool) -> Figure:
    """Partial dependence on one column: a line over numbers, bars over categories.

    table: columns value, prediction and output. column: its name. what: that is predicted, in words.
    numbers: whether the column holds numbers.
    """
    outputs = table["output"].unique(maintain_order=True).to_list()
    shown = ResultFrame(table.filter(polars.col("output").is_in(outputs[:MOST_CLASSES])))
    series = "output" if len(outputs) > 1 else None
    named = cut(clean(column), 60)
    about = {
        "name": f"dependence-{file_name(column)}",
        "title": f"Partial dependence on {named}: the mean {what} when all rows have this value.",
        "series": series,
    }
    x, y = Axis("value", named), Axis("prediction", f"mean {what}")
    return line_figure(shown, x, y, **about) if numbers else bar_figure(shown, x, y, **about)  # type: ignore[arg-type]
