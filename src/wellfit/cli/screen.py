"""What the command shows before and after training: columns, target, scores."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from wellfit.cli.scores import TITLES, Difference, Interval

if TYPE_CHECKING:
    from wellfit.cli.measure import Measured
    from wellfit.cli.promise import Promise
    from wellfit.tables.arrays import Target

MOST_COLUMNS_SHOWN = 40
MOST_LEFT_OUT_SHOWN = 12
MOST_CLASSES_SHOWN = 6
LONGEST_NAME = 32
USED = ("number", "category", "date", "text")


def simple_table(*columns: str, right: tuple[int, ...] = (), wrapped: tuple[int, ...] = ()) -> Table:
    """A table without frames; some columns aligned to the right, some that may break into lines."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for k, column in enumerate(columns):
        table.add_column(column, justify="right" if k in right else "left", no_wrap=k not in wrapped)
    return table


def printable(text: object, longest: int = 0) -> Text:
    """Text from a file: nothing in it is taken as a command to the terminal; cut if too long."""
    clean = "".join(letter if letter.isprintable() else "?" for letter in str(text))
    return Text(clean if not longest or len(clean) <= longest else f"{clean[: longest - 3]}...")


def say(console: Console, text: str, style: str = "") -> None:
    """A sentence. A terminal breaks it between words; elsewhere it stays one line, so that it can be searched."""
    console.print(printable(text), style=style or None, soft_wrap=not console.is_terminal)


def show_columns(console: Console, described: list[dict[str, Any]]) -> None:
    """What was understood of each column; those left out below, with the reason."""
    used = [row for row in described if row["kind"] in USED]
    table = simple_table("column", "kind", "distinct", "missing", "example", right=(2, 3), wrapped=(4,))
    for row in used[:MOST_COLUMNS_SHOWN]:
        example = printable(row["example"])
        if row["note"]:
            example.append(f"{'  ' if len(example) else ''}({row['note']})", style="dim")
        counts = (f"{row[key]:,}" if row[key] else "" for key in ("distinct", "missing"))
        table.add_row(printable(row["column"], LONGEST_NAME), row["kind"], *counts, example)
    console.print(table)
    if len(used) > MOST_COLUMNS_SHOWN:
        say(console, f"... and {len(used) - MOST_COLUMNS_SHOWN:,} more; result.json has them all.")
    left_out = [row for row in described if row["kind"] not in USED]
    if left_out:
        console.print()
    reasons: dict[str, list[str]] = {}
    for row in left_out:
        reasons.setdefault(str(row["note"] or row["kind"]), []).append(str(row["column"]))
    for reason, names in reasons.items():
        more = f" and {len(names) - MOST_LEFT_OUT_SHOWN:,} more" if len(names) > MOST_LEFT_OUT_SHOWN else ""
        say(console, f"{', '.join(names[:MOST_LEFT_OUT_SHOWN])}{more}: {reason}.")
    console.print()


def describe_target(target: Target) -> str:
    """A few words on the target: classes with their shares, or the range of numbers."""
    if target.tasks:
        known = [(t.name, int((~np.isnan(target.of_task(t).values).any(axis=1)).sum())) for t in target.tasks]
        return ", ".join(f"{name} known in {count:,}" for name, count in known)
    if target.kind in ("binary", "classes"):
        counts = np.bincount(target.values[:, 0].astype(np.int64), minlength=len(target.labels))
        order = np.argsort(-counts, kind="stable")
        shares = [f"{target.labels[k]} {counts[k] / counts.sum():.1%}" for k in order[:MOST_CLASSES_SHOWN]]
        more = f" and {len(order) - MOST_CLASSES_SHOWN} more" if len(order) > MOST_CLASSES_SHOWN else ""
        return f"{len(target.labels)} classes: {', '.join(shares)}{more}"
    values = target.values
    return f"{values.min():g} to {values.max():g}, mean {values.mean():.4g}, standard deviation {values.std():.4g}"


def clock(seconds: float) -> str:
    """Seconds for people: 8s, 3m 05s."""
    whole = max(round(seconds), 0)
    if whole >= 3600:
        return f"{whole // 3600}h {whole % 3600 // 60:02d}m"
    return f"{whole}s" if whole < 60 else f"{whole // 60}m {whole % 60:02d}s"


def shown_score(name: str, value: float) -> str:
    """A score in its usual unit: an error rate in percent."""
    if not math.isfinite(value):
        return ""
    return f"{value:.2%}" if name == "error_rate" else f"{value:.4g}" if name == "rmse" else f"{value:.4f}"


def show_scores(console: Console, measured: Measured) -> None:
    """The predictors' scores on the same rows, a line each, and the verdict."""
    where = {
        "test": f"On {measured.rows:,} test rows, which nothing has seen",
        "cross-validation": f"On the {measured.rows:,} training rows, by cross-validation",
        "out-of-bag": f"On {measured.rows:,} training rows, out of bag",
    }
    of_task = f"{measured.task}: " if measured.task else ""
    say(console, f"{of_task}{where[measured.where]}:", style="bold")
    names = list(measured.lines[0].scores)
    heads = [TITLES[names[0]], "95 % interval", *(TITLES[name] for name in names[1:])]
    table = simple_table("", *heads, right=tuple(range(1, 1 + len(heads))))
    for line in measured.lines:
        scores = [shown_score(name, line.scores.get(name, math.nan)) for name in names]
        table.add_row(line.name, scores[0], _span(names[0], line.intervals.get(names[0])), *scores[1:])
    console.print(table)
    for line in measured.lines:
        if line.remark:
            say(console, f"{line.name}: {line.remark}.", style="dim")
    if measured.skipped:
        say(console, "The baselines were left out after Ctrl-C.", style="dim")
    if measured.difference is not None:
        say(console, verdict(measured.difference))
    console.print()


def show_ensemble(console: Console, promise: Promise) -> None:
    """The chosen candidates, a line each: weight, held-out score, and what differs from the default recipe."""
    say(console, "The ensemble:", style="bold")
    table = simple_table(
        "weight", "networks", f"held-out {promise.name}", "candidate", "recipe", right=(0, 1, 2, 3), wrapped=(4,)
    )
    for one in promise.chosen:
        score = f"{one.score:.4g}" if math.isfinite(one.score) else ""
        table.add_row(f"{one.weight:.1%}", str(one.networks), score, str(one.candidate), printable(one.recipe))
    console.print(table)
    console.print()


def _span(name: str, interval: Interval | None) -> str:
    if interval is None or not all(map(math.isfinite, interval)):
        return ""
    return f"{shown_score(name, interval[0])} to {shown_score(name, interval[1])}"


def verdict(gap: Difference) -> str:
    """One sentence: whether the networks were worth it."""
    low, high = gap.interval
    unit, factor = (" points", 100) if gap.score == "error_rate" else ("", 1)
    size = f"{'lower' if gap.value >= 0 else 'higher'} by {abs(gap.value) * factor:.3g}{unit}"
    lower = f"{TITLES[gap.score]} {size if gap.value else 'the same'}"
    low, high = (low, high) if gap.value >= 0 else (-high, -low)
    span = f"95 % interval {low * factor + 0.0:.3g} to {high * factor + 0.0:.3g}"
    if low <= 0 <= high:
        return (
            f"Not distinguishable from the best baseline ({gap.baseline}): {lower}, {span}. "
            "Here the simpler method may be as good."
        )
    side = "better" if gap.value > 0 else "worse"
    return f"The networks do {side} than the best baseline ({gap.baseline}): {lower}, {span}."
