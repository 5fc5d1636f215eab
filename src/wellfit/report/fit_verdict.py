"""The verdict on a fit: is it better than simple models, by how much, what limits it; and the numbers that matter."""

from __future__ import annotations

import math

from wellfit.report.fit_limits import limit_of
from wellfit.report.saved_fit import SavedFit
from wellfit.reprs import counted
from wellfit.statistics.comparison import Difference, PredictorScores
from wellfit.statistics.intervals import Estimate
from wellfit.statistics.result import Comparison, FitResult
from wellfit.statistics.scores import better, score_title, shown_difference, shown_estimate, shown_score

WHERE = {"test": "test rows", "cross-validation": "held-out rows", "out-of-bag": "out-of-bag rows"}


def verdict(fit: SavedFit) -> str:
    """One to four sentences."""
    sentences = [_against_simple_models(fit.result), limit_of(fit).sentence]
    problems = [one["title"] for one in _found(fit) if one["severity"] == "problem"]
    if problems:
        sentences.append(f"Look at this first: {'; '.join(problems[:3])}.")
    return " ".join(filter(None, sentences))


def _found(fit: SavedFit) -> list[dict[str, str]]:
    return list((fit.evidence.get("examination") or {}).get("findings", ()))


def _against_simple_models(result: FitResult) -> str:
    if not result.comparisons:
        if result.search is None or not math.isfinite(result.search.estimate.mean):
            return "Nothing was measured: no row was held out."
        estimate = shown_estimate(result.search.metric, result.search.estimate)
        return (
            f"On new rows a {score_title(result.search.metric)} of {estimate} is to be expected, by cross-validation. "
            "No test rows were set aside, so that it was not compared with simple models."
        )
    first = result.comparisons[0]
    shown = [one for one in result.comparisons if one.where == first.where] if first.task else [first]
    return " ".join(map(compared, shown))


def compared(one: Comparison) -> str:
    """Whether the networks are better than the best simple model, in a sentence."""
    task = f"{one.task}: " if one.task else ""
    several = one.predictors[0].name != "one network"
    who, reach = ("the networks", "reach") if several else ("the network", "reaches")
    on = f"{one.rows:,} {WHERE.get(one.where, one.where)}"
    own = _own_score(one.predictors[0])
    if one.difference is None:
        return f"{task}On {on} {who} {reach} {own}; there is no simple model to compare with."
    gap = one.difference
    simple = f"the best simple model ({gap.baseline}) {_score_of(one, gap)}"
    low, high, size = gap.value.low, gap.value.high, gap.value.mean
    if not gap.value.known:
        return f"{task}On {on} {who} {reach} {own}, {simple}: how sure the difference is cannot be told of so few rows."
    if low <= 0 <= high:
        return (
            f"{task}On {on} {who} {reach} {own}, {simple}: the difference is within its uncertainty{_interval(gap)}; "
            "the simple model may be as good here."
        )
    word = f"{'are' if several else 'is'} {'better' if size > 0 else 'worse'} than simple models"
    unit = " points" if shown_difference(gap.score, 1.0) == "100" else ""
    up = "higher" if (better(gap.score) == "higher") == (size > 0) else "lower"
    by = f"{shown_difference(gap.score, abs(size))}{unit}"
    return f"{task}On {on} {who} {word}: {own}, {simple}; {up} by {by}{_interval(gap)}."


def _score_of(one: Comparison, gap: Difference) -> str:
    """The best simple model's score."""
    scores = {p.name: p.scores[gap.score].mean for p in one.predictors if gap.score in p.scores}
    return shown_score(gap.score, scores.get(gap.baseline, math.nan))


def _interval(gap: Difference) -> str:
    low, high = gap.value.low, gap.value.high
    if gap.value.mean < 0:
        low, high = -high, -low
    return f" (95 % interval {shown_difference(gap.score, low)} to {shown_difference(gap.score, high)})"


def _own_score(own: PredictorScores) -> str:
    name, score = next(iter(own.scores.items()))
    return f"{score_title(name)} {shown_score(name, score.mean)}" if math.isfinite(score.mean) else "no known score"


def short_estimate(name: str, estimate: Estimate) -> str:
    """A score with its interval in brackets, or the reason why it is missing."""
    if not math.isfinite(estimate.mean):
        return estimate.remark or "not known"
    interval = f" ({shown_score(name, estimate.low)} to {shown_score(name, estimate.high)})" if estimate.known else ""
    return f"{shown_score(name, estimate.mean)}{interval}"


def capital(text: str) -> str:
    """Text with a capital first letter."""
    return text[:1].upper() + text[1:]


def key_numbers(fit: SavedFit) -> dict[str, str]:
    """The few numbers that matter, by name."""
    result = fit.result
    found: dict[str, str] = {}
    if result.comparisons and not result.comparisons[0].task:
        first = result.comparisons[0]
        name, score = next(iter(first.predictors[0].scores.items()))
        title = f"{capital(score_title(name))} on {WHERE.get(first.where, first.where)} (95 % interval)"
        found[title] = short_estimate(name, score)
        if first.difference is not None:
            simple = next(p for p in first.predictors if p.name == first.difference.baseline)
            found[f"Best simple model: {simple.name}"] = short_estimate(name, simple.scores[name])
    if result.search is not None and math.isfinite(result.search.estimate.mean):
        title = f"Expected {score_title(result.search.metric)} on new rows"
        found[title] = short_estimate(result.search.metric, result.search.estimate)
    found["Rows"] = f"{result.rows['training']:,} to train on, {result.rows.get('test') or 0:,} to test on"
    if result.search is not None:
        tried = len(result.search.record["search"]["candidates"])
        networks = sum(part.networks for part in result.search.ensemble)
        found["Tried"] = f"{counted(tried, 'candidate')}, {counted(len(result.members), 'network')}"
        small = result.search.small is not None
        found["Model"] = "one small network" if small else counted(networks, "network")
    if "all" in result.seconds:
        found["Time"] = f"{result.seconds['all']:.1f} s"
    return found
