"""`wellfit evaluate`: the scores of a saved model on a table whose targets are known."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.cli.evaluate_figures import check_asked, write_figures
from wellfit.cli.known_targets import KnownTarget, known_targets
from wellfit.cli.later_table import read_later_table
from wellfit.cli.output import tell, write_out
from wellfit.cli.results import EVEN, uneven_weights
from wellfit.cli.rows import groups_of
from wellfit.cli.screen import counted, result_screen, say, simple_table
from wellfit.errors import InputError, quoted
from wellfit.models.inspection.known_rows import KnownRows
from wellfit.models.model import Model
from wellfit.numerics.cache import is_cold
from wellfit.numerics.cores import usable_cores
from wellfit.statistics.intervals import Estimate, effective_size
from wellfit.statistics.metrics import metric_of
from wellfit.statistics.scores import better, headline, score_title, scores, shown_score
from wellfit.tables import Table, check_weights
from wellfit.tables.arrays import Arrays, TargetKind

FURTHER: dict[TargetKind, tuple[str, ...]] = {"binary": ("auc",), "numbers": ("mae",), "counts": ("mae",)}


@dataclass(frozen=True)
class EvaluateOptions:
    """The options of `wellfit evaluate`, as given. target: columns with commas between; "": those of training."""

    table: str
    target: str = ""
    metric: str | None = None
    weight: str | None = None
    group: str | None = None
    as_json: bool = False
    jobs: int | None = None
    sheet: str | None = None
    figures: Path | None = None
    form: str | None = None


@dataclass(frozen=True)
class Scores:
    """The scores of one target: by metric, each with its interval.

    effective_rows: how many rows of equal weight tell as much. left_out: why rows were, and how many.
    """

    target: str
    rows: int
    effective_rows: float
    by_metric: dict[str, Estimate]
    left_out: dict[str, int]

    def to_plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        scores = {name: {"better": better(name), **one.to_plain()} for name, one in self.by_metric.items()}
        rows = {"rows": self.rows, "effective_rows": self.effective_rows, "left_out": self.left_out}
        return {"target": self.target, **rows, "scores": scores}


def evaluate_model(path: Path, o: EvaluateOptions) -> None:
    """Measure a model on a table, and print the scores.

    Raises:
        InputError: the model or the table cannot be read or do not fit, or no row has a target.
    """
    check_asked(o.figures, o.form)
    model = Model.load(path)
    for kind in [task.kind for task in model.tasks] or [model.kind]:
        metric_of(o.metric, kind)  # refuses one that does not suit the target
    table, arrays = read_later_table(model, o.table, o.sheet)
    targets = known_targets(model, table, o.target)
    table = table.beside or table
    weight, groups = _weights(table, o.weight), groups_of(table, o.group)
    if is_cold():
        tell("Compiling, once for this machine and version: about 10 s.")
    rows = [_rows_of(model, arrays, one, weight, groups, o) for one in targets]
    found = [_scores(one, known, o) for one, known in zip(targets, rows, strict=True)]
    written = []
    if o.figures is not None:
        named = [(one.name, known) for one, known in zip(targets, rows, strict=True)]
        written = write_figures(o.figures, o.form or "svg", named)
    if o.as_json:
        plain: dict[str, Any] = {"model": str(path), "table": o.table, "targets": [one.to_plain() for one in found]}
        if o.figures is not None:
            plain["figures"] = [str(one) for one in written]
        write_out(json.dumps(plain, indent=2, allow_nan=False) + "\n")
        return
    if _is_training_table(model, o.table):
        tell("Note: the model was trained on rows of this table, so that its scores here promise too much.")
    for one in found:
        _show(one, o.table)
    if written:
        tell(f"Wrote {counted(len(written), 'figure')} to {o.figures}.")


def _is_training_table(model: Model, table: str) -> bool:
    """Whether a table has the path, or is the file, that the model was trained on."""
    trained = model.info.get("table")
    return isinstance(trained, str) and Path(trained).expanduser().resolve() == Path(table).expanduser().resolve()


def _weights(table: Table, column: str | None) -> NDArray[np.float64]:
    if column is None:
        return np.ones(table.rows)
    return np.asarray(check_weights(table.column(column), table.rows, table.choices), np.float64)


def _rows_of(
    model: Model, arrays: Arrays, one: KnownTarget, weight: NDArray[np.float64], groups: Any, o: EvaluateOptions
) -> KnownRows:
    """The rows where a target is known and that weigh something.

    Raises:
        InputError: there is none.
    """
    kept = one.rows[weight[one.rows] > 0]
    if not len(kept):
        raise InputError(
            f"A model is measured on rows whose target is known, and {o.table} has none of {quoted(one.name)}."
        )
    predictor = model.task(one.task) if one.task else model
    target = one.target.take(np.flatnonzero(weight[one.rows] > 0))
    grouped = None if groups is None else groups[kept]
    return KnownRows(predictor, arrays.take(kept), target, weight[kept], grouped, o.jobs or usable_cores())


def _scores(one: KnownTarget, known: KnownRows, o: EvaluateOptions) -> Scores:
    """The scores of one target on its rows."""
    kind = known.target.kind
    names = (*headline(kind), *FURTHER.get(kind, ()))
    if o.metric is not None:
        names = (metric_of(o.metric, kind).name,)
    rows, left_out = known.arrays.rows, dict(one.left_out)
    if rows < len(one.rows):
        left_out["weigh nothing"] = len(one.rows) - rows
    values = known.predict(known.arrays)
    by_metric = scores(known.target, values, known.weight, names=names, groups=known.groups)
    return Scores(one.name, rows, effective_size(known.weight), by_metric, left_out)


def _show(found: Scores, table: str) -> None:
    console = result_screen()
    say(console, f"{found.target}, on {counted(found.rows, 'row')} of {table}:", style="bold")
    shown = simple_table("", "score", "95 % interval", right=(1, 2))
    for name, one in found.by_metric.items():
        span = f"{shown_score(name, one.low)} to {shown_score(name, one.high)}" if one.known else ""
        shown.add_row(score_title(name), shown_score(name, one.mean), span)
    console.print(shown)
    for name, one in found.by_metric.items():
        if one.remark:
            say(console, f"{score_title(name)}: {one.remark}.")
    if found.effective_rows < EVEN * found.rows:
        say(console, uneven_weights(found.effective_rows))
    for why, rows in found.left_out.items():
        say(console, f"Left out: {counted(rows, 'row')} that {why if rows > 1 else _singular(why)}.")
    console.print()


def _singular(why: str) -> str:
    verb, _, rest = why.partition(" ")
    return f"{'has' if verb == 'have' else verb + 's'} {rest}"
