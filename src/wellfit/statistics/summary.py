"""The result of a fit in a few lines of text, and as HTML for notebooks."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any

from wellfit.reprs import counted, cut, html_details, html_facts, html_table, names, significant
from wellfit.statistics.leaderboard import in_words
from wellfit.statistics.scores import better, score_title, shown_estimate, shown_score

if TYPE_CHECKING:
    from wellfit.statistics.result import Comparison, FitResult, SearchResult

MOST_PARTS = 5  # of an ensemble that are listed


def target_in_words(target: dict[str, Any]) -> str:
    """What was predicted."""
    column = target.get("column")
    name = names(column) if isinstance(column, (list, tuple)) else repr(column)
    if "classes" in target:
        return f"{name}, {len(target['classes'])} classes: {names(target['classes'])}"
    if "tasks" in target:
        return f"{name}, {counted(len(target['tasks']), 'task')}"
    return f"{name}, {target['kind']} from {significant(target['minimum'])} to {significant(target['maximum'])}"


def members_in_words(result: FitResult) -> str:
    """How many networks were trained, and how they ended."""
    ends = Counter(str(one["status"]).replace("_", " ") for one in result.members)
    return f"{counted(len(result.members), 'network')} trained: " + ", ".join(f"{n:,} {end}" for end, n in ends.items())


def estimate_in_words(search: SearchResult) -> str:
    """The score to expect on new rows."""
    if not math.isfinite(search.estimate.mean):
        return f"no estimate of the {score_title(search.metric)}: no row was held out"
    test = search.test_score
    tested = "" if test is None else f"; on the test rows {shown_estimate(search.metric, test)}"
    found = shown_estimate(search.metric, search.estimate)
    return f"{score_title(search.metric)} {found}, by cross-validation{tested}"


def worse_on_test(search: SearchResult) -> bool:
    """Whether the test score is worse than the cross-validated estimate, beyond both 95 % intervals."""
    estimate, test = search.estimate, search.test_score
    if test is None or not (estimate.known and test.known):
        return False
    if better(search.metric) == "higher":
        return test.high < estimate.low
    return test.low > estimate.high


def why_worse_on_test(result: FitResult) -> str:
    """What it means that the test rows contradict the estimate; "" where they do not."""
    if result.search is None or not worse_on_test(result.search):
        return ""
    first = "The test score is worse than the estimate, beyond both intervals: new rows are unlike the training rows"
    source = str(result.rows.get("test_source") or "")
    if source.startswith("the last ") and source.endswith(" set aside"):
        return (
            f"{first}. The test rows are the latest, and what is learned from earlier rows holds less for later ones "
            "(see the report's findings): of rows still later expect the test score at best."
        )
    return (
        f"{first}. They may come from elsewhere or from another time (see the report's findings), or rows that belong "
        "together were split apart (--group)."
    )


def facts(result: FitResult) -> dict[str, Any]:
    """What a summary tells, by name."""
    tested = f", {counted(result.rows['test'], 'test row')}" if result.rows.get("test") else ""
    seconds = result.seconds.get("all")
    found: dict[str, Any] = {
        "target": target_in_words(result.target),
        "rows": f"{counted(result.rows['training'], 'training row')}{tested}",
        "columns": counted(len(result.columns), "column"),
        "networks": members_in_words(result),
    }
    if result.search is not None:
        networks = sum(part.networks for part in result.search.ensemble)
        found["expected"] = estimate_in_words(result.search)
        found["test rows"] = why_worse_on_test(result) or None
        recipes = counted(len(result.search.ensemble), "candidate")
        found["model"] = "one small network" if result.search.small else f"{recipes}, {counted(networks, 'network')}"
    found["seconds"] = None if seconds is None else f"{seconds:.1f}"
    found["interrupted"] = "by Ctrl-C" if result.interrupted else None
    return found


def summary(result: FitResult) -> str:
    """The result in a few lines."""
    lines = [f"{name + ':':<12} {value}" for name, value in facts(result).items() if value is not None]
    lines += [f"scores:      {comparison_in_words(one)}" for one in result.comparisons]
    if result.search is not None:
        rows = _parts(result.search)
        lines += [
            f"  {row['weight']:>5.1%}  candidate {row['candidate']}, {counted(row['networks'], 'network')}: "
            f"{cut(row['recipe'], 80)}"
            for row in rows[:MOST_PARTS]
        ]
        lines += [f"  and {len(rows) - MOST_PARTS} more"] if len(rows) > MOST_PARTS else []
    return "\n".join([*lines, *(f"note:        {note}" for note in result.notes)])


def comparison_in_words(comparison: Comparison) -> str:
    """The networks' main score, and that of the best baseline."""
    first, *others = comparison.predictors
    name, score = next(iter(first.scores.items()))
    task = f"{comparison.task}: " if comparison.task else ""
    known = [(one.scores[name].mean, one.name) for one in others if name in one.scores]
    finite = [pair for pair in known if math.isfinite(pair[0])]
    best = (max if better(name) == "higher" else min)(finite, default=None)
    baseline = "" if best is None else f"; best baseline ({best[1]}) {shown_score(name, best[0])}"
    where = f"on {counted(comparison.rows, 'row')} ({comparison.where})"
    return f"{task}{first.name}: {score_title(name)} {shown_estimate(name, score)} {where}{baseline}"


def summary_html(result: FitResult) -> str:
    """The result in a notebook."""
    scores = html_table([{"scores": comparison_in_words(one)} for one in result.comparisons])
    parts = "" if result.search is None else html_table(_parts(result.search))
    notes = html_table([{"note": note} for note in result.notes])
    title = "Result of a search" if result.search is not None else "Result of a fit"
    return html_facts(title, facts(result)) + scores + parts + html_details(counted(len(result.notes), "note"), notes)


def _parts(search: SearchResult) -> list[dict[str, Any]]:
    """The ensemble's candidates, by falling weight."""
    return [
        {
            "weight": part.weight,
            "candidate": part.candidate,
            "networks": part.networks,
            f"held-out {score_title(search.metric)}": part.score,
            "recipe": in_words(search.recipe_of(part)),
        }
        for part in search.ensemble
    ]
