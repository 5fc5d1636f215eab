"""The verdict of an ablation in a sentence or two, and its figures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from wellfit.figures import Axis, Figure, interval_figure
from wellfit.reprs import counted
from wellfit.statistics.paired import BETTER, SAME, UNKNOWN, WORSE, Comparison, Simplest, shown_value
from wellfit.studies.recipes.changes import Change

Found = Sequence[tuple[Change, Comparison]]


def verdict_of_ablation(
    changes: Sequence[Change], comparisons: Sequence[Comparison], simplest: Simplest, title: str
) -> str:
    """What the techniques are worth, and which recipe is the simplest that is as good, in words."""
    pairs = list(zip(changes, comparisons, strict=True))
    out = [(change, one) for change, one in pairs if change.kind == "left out"]
    more = [(change, one) for change, one in pairs if change.kind == "added"]
    parts = ([_on_left_out(out, title)] if out else []) + ([_on_added(more, title)] if more else [])
    return " ".join([*parts, _on_simplest(simplest)])


def _on_left_out(out: Found, title: str) -> str:
    helping = sorted((one for one in out if one[1].verdict == WORSE), key=lambda one: -_size(one[1]))
    same, harming, unknown = (sum(one.verdict == v for _, one in out) for v in (SAME, BETTER, UNKNOWN))
    rest = ", ".join(
        f"{count} {words}"
        for count, words in (
            (same, "makes practically no difference" if same == 1 else "make practically no difference"),
            (harming, "harms" if harming == 1 else "harm"),
            (unknown, "cannot be told"),
        )
        if count
    )  # fmt: skip
    if not helping:
        return f"None of {counted(len(out), 'technique')} of the recipe is shown to help: {rest}."
    change, one = helping[0]
    most = f"most of all {change.technique}, without which the {title} is higher by {shown_value(one.alone)}"
    many = counted(len(out), "technique")
    return f"Of {many} of the recipe {_helping(len(helping))}, {most}{f'; {rest}' if rest else ''}."


def _on_added(more: Found, title: str) -> str:
    helping = sorted((one for one in more if one[1].verdict == BETTER), key=lambda one: -_size(one[1]))
    if not helping:
        alone = "The technique that was added is not shown to help."
        return alone if len(more) == 1 else f"None of {len(more)} added is shown to help."
    change, one = helping[0]
    most = f"most of all {change.technique}: the {title} is lower by {shown_value(one.alone, flip=True)}"
    return f"Of {len(more)} added {_helping(len(helping))}, {most}."


def _on_simplest(simplest: Simplest) -> str:
    said = simplest.sentence
    if simplest.shown and simplest.name == simplest.best:
        said = f"{simplest.best} has the lowest loss of all, and none that was tried is simpler."
    return f"{said[0].upper()}{said[1:]}"


def _helping(count: int) -> str:
    return f"{count} {'helps' if count == 1 else 'help'}"


def _size(one: Comparison) -> float:
    size = abs(one.alone.value.mean)
    return math.inf if math.isnan(size) else size


def ablation_figures(
    rows: Sequence[dict[str, Any]], steps: Sequence[dict[str, Any]], margin: float, title: str
) -> tuple[Figure, ...]:
    """What each technique is worth, and how the loss grows as more of them are left out."""
    ranked = sorted(rows, key=lambda row: -row["worth"] if math.isfinite(row["worth"]) else -math.inf)
    groups = {False: "in the recipe, left out", True: "not in the recipe, added"}
    frame = [
        {
            "technique": row["technique"], "group": groups[row["change"].startswith("added")],
            "worth": row["worth"], "low": row["worth_low"], "high": row["worth_high"], "verdict": row["verdict"],
        }
        for row in sorted(ranked, key=lambda row: row["change"].startswith("added"))
    ]  # fmt: skip
    columns = {name: [row[name] for row in frame] for name in frame[0]}
    worth = interval_figure(
        columns, Axis("worth", f"worth: {title} without it less {title} with it"), "technique",
        name="worth", title="What each technique is worth (right of 0 it helps)", low="low", high="high",
        group="group", note="verdict", margin=margin or None,
    )  # fmt: skip
    if len(steps) < 2:
        return (worth,)
    return worth, _steps_figure(steps, margin, title)


def _steps_figure(steps: Sequence[dict[str, Any]], margin: float, title: str) -> Figure:
    """The difference from the recipe as one technique after the other is left out."""
    last = [row["without"].split(", ")[-1] for row in steps]
    labels = [f"{'without' if k == 1 else 'and'} {one}" if k else "the recipe" for k, one in enumerate(last)]
    names = ("difference", "difference_low", "difference_high", "verdict")
    return interval_figure(
        {"without": labels, **{name: [row[name] for row in steps] for name in names}},
        Axis("difference", f"{title} less that of the recipe"), "without", name="left-out-together",
        title="What it costs to leave out one technique after the other (right of 0: worse)",
        low="difference_low", high="difference_high", note="verdict", margin=margin or None,
    )  # fmt: skip
