"""The tables of `accuracy.py --summary`, as aligned text or as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from accuracy_summary import SHIFT, Results, compare, mean_ranks, relative
from printing import number, print_markdown, print_table

Printer = Callable[[str, Sequence[str], Sequence[Sequence[str]], int], None]


def summarise(results: Results, metric: str, against: str | None, markdown: bool) -> None:
    """Print all tables."""
    put = print_markdown if markdown else print_table
    put_errors(results, metric, put, markdown)
    put_seconds(results, put)
    ours = against or next((name for name in results.systems if name.startswith("wellfit")), None)
    if ours is None:
        return
    if ours not in results.systems:
        raise SystemExit(f"--against names a column, and {ours!r} is none of {', '.join(results.systems)}.")
    put_comparisons(results, ours, metric, put)


def put_errors(results: Results, metric: str, put: Printer, bold: bool) -> None:
    """Task by system, then ranks, relative errors and costs."""
    rows = []
    for task, kind, errors in zip(results.tasks, results.kinds, results.errors, strict=True):
        best = np.nanmin(errors)
        rows.append([task, kind, *(cell(error, bold and error == best) for error in errors)])
    whole = ~np.isnan(results.errors).any(axis=1)
    summary: list[tuple[str, list[str]]] = []
    if whole.any():
        errors = results.errors[whole]
        summary.append(("mean rank", [f"{rank:.2f}" for rank in mean_ranks(errors)]))
        summary.append(("error to the best's", [f"{ratio:.3f}" for ratio in relative(errors)]))
    summary.append(("failed", [str(count) for count in np.isinf(results.errors).sum(axis=0)]))
    summary.append(("seconds, median", medians(results.seconds)))
    summary.append(("core-seconds, median", medians(results.core_seconds)))
    rows += [[name, "", *cells] for name, cells in summary]
    what = "error rate, or 1 - R2" if metric == "error" else "log-loss"
    put(f"On the test rows: {what}", ["task", "kind", *results.systems], rows, 2)
    print(
        f"\nRanks over the {whole.sum()} of {len(whole)} tasks that all systems ran. "
        f"Error to the best's: geometric mean over them of (error + {SHIFT}) / (the task's best + {SHIFT})."
    )


def put_seconds(results: Results, put: Printer) -> None:
    """What the seconds of a search went on, for systems that say so."""
    parts = list(dict.fromkeys(part for found in results.seconds_on.values() for part in found))
    if parts:
        rows = [
            [name, *(number(float(np.median(found[part]))) if part in found else "-" for part in parts)]
            for name, found in results.seconds_on.items()
        ]
        put("Seconds of a fit, median, went on", ["system", *parts], rows, 1)


def put_comparisons(results: Results, ours: str, metric: str, put: Printer) -> None:
    """One line a rival."""
    rows = []
    for theirs in results.systems:
        if theirs != ours:
            found = compare(results, ours, theirs, metric)
            rows.append(
                [
                    theirs,
                    f"{found.wins} of {found.tasks}",
                    str(found.losses),
                    str(found.clear_wins),
                    str(found.clear_losses),
                    f"{found.ratio:.3f}",
                    f"{found.p:.2g}",
                ]
            )
    header = ["rival", "lower error", "higher", "clearly lower", "clearly higher", "error ratio", "p (Wilcoxon)"]
    put(f"{ours} against each rival", header, rows, 1)
    print(
        "\nClearly: p < 0.05 over the task's test rows, McNemar's test for right or wrong and a paired t test for "
        "losses. They say nothing of other training rows; Wilcoxon's p is over tasks."
    )


def cell(error: float, bold: bool) -> str:
    """An error as the table shows it."""
    if np.isnan(error):
        return "-"
    text = "failed" if np.isinf(error) else f"{error:.4f}"
    return f"**{text}**" if bold else text


def medians(values: np.ndarray) -> list[str]:
    """Median of each column over the tasks that ran and did not fail."""
    kept = [column[np.isfinite(column)] for column in values.T]
    return [number(float(np.median(column))) if len(column) else "-" for column in kept]
