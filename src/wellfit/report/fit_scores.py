"""Sections of a fit's report: the scores beside the baselines, whether predictions can be trusted, what they use."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from wellfit.figures.results import (
    confusion_figure,
    reliability_figure,
    residual_figures,
)
from wellfit.figures.results.search import comparison_figures
from wellfit.report.content import Block, Note, ReportTable, Section
from wellfit.report.finding_pictures import check_picture
from wellfit.report.fit_targets import of_each_target
from wellfit.report.fit_verdict import short_estimate
from wellfit.report.frames import frame_of
from wellfit.report.lacking import lacking
from wellfit.report.saved_fit import SavedFit
from wellfit.reprs import counted, cut, significant
from wellfit.statistics.intervals import Estimate
from wellfit.statistics.result import Comparison, FitResult
from wellfit.statistics.scores import better, score_title, shown_estimate
from wellfit.statistics.summary import why_worse_on_test

WHERE = {
    "test": "The networks and simple models on {rows:,} test rows, which were used for nothing else.",
    "cross-validation": "Each of {rows:,} training rows predicted by networks that did not train on it.",
    "out-of-bag": "Each of {rows:,} training rows predicted by networks whose sample did not hold it.",
}
MOST_CLASSES = 15  # in the table of classes
MOST_FIGURES = 2  # of scores


def scores_section(fit: SavedFit) -> Section:
    """The test score beside the cross-validated estimate and the baselines."""
    blocks: list[Block] = [*_estimate(fit)]
    for one in fit.result.comparisons:
        blocks.append(_table(one))
        blocks += comparison_figures(one)[:MOST_FIGURES]
    for number, check in enumerate(fit.result.checks, 1):
        picture = check_picture(check, number)
        shown = () if picture is None else (picture,)
        blocks.append(Note("warning", _check_title(str(check.get("code", ""))), str(check["sentence"]), shown))
    if not blocks:
        blocks.append("No row was held out, so that no score is known.")
    return Section("scores", "How good is it?", tuple(blocks))


def _check_title(code: str) -> str:
    return code.replace("-", " ").capitalize() or "A check of the table"


def _estimate(fit: SavedFit) -> list[Block]:
    search = fit.result.search
    if search is None:
        return []
    title = score_title(search.metric)
    if not math.isfinite(search.estimate.mean):
        return [f"There is no cross-validated estimate of the {title}: no row was held out."]
    words = (
        f"Expected on new rows, by cross-validation: {title} {shown_estimate(search.metric, search.estimate)}. The "
        "optimism of having chosen the best of many is taken off."
    )
    if search.test_score is None:
        return [words]
    test = search.test_score
    tested = f"On the test rows, which had no part in any choice: {shown_estimate(search.metric, test)}."
    return [f"{words} {tested} {_agree(fit.result, search.estimate, test)}".rstrip()]


def _agree(result: FitResult, estimate: Estimate, test: Estimate) -> str:
    """Whether the two scores fit together."""
    if not (estimate.known and test.known):
        return ""
    if estimate.low <= test.high and test.low <= estimate.high:
        return "The two agree within their intervals."
    return why_worse_on_test(result) or (
        "The test score is better than that: test rows are predicted by all networks together, each held-out row "
        "only by those that did not train on it."
    )


def _table(one: Comparison) -> ReportTable:
    names = list(one.predictors[0].scores)
    heads = ("", *(f"{score_title(name)} ({better(name)} is better)" for name in names), "")
    rows = [
        (p.name, *(short_estimate(name, p.scores[name]) if name in p.scores else "" for name in names), p.remark)
        for p in one.predictors
    ]
    if not any(row[-1] for row in rows):
        heads, rows = heads[:-1], [row[:-1] for row in rows]
    task = f"{one.task}: " if one.task else ""
    words = WHERE.get(one.where, "{rows:,} rows.").format(rows=one.rows)
    return ReportTable(f"{task}{words} In brackets 95 % intervals.", heads, tuple(rows))


def trust_section(fit: SavedFit) -> Section:
    """Reliability and confusion, or residuals; and the rows that cost most."""
    return Section("trust", "Where is it wrong?", tuple(of_each_target(fit, _trust, "predictions")))


def _trust(fit: SavedFit) -> list[Block]:
    kept: Mapping[str, Any] = fit.evidence.get("predictions") or {}
    if not kept:
        return lacking(fit, "predictions", "")
    blocks: list[Block] = [f"Measured on {counted(int(kept['rows']), 'row')}: {kept['source']}."]
    if "reliability" in kept:
        blocks.append(reliability_figure(frame_of(kept["reliability"])))
    if "classes" in kept:
        blocks += _of_classes(kept)
    if "residuals" in kept:
        points = kept["residuals"]
        observed, predicted = (np.asarray(points[name], np.float64) for name in ("observed", "predicted"))
        blocks += residual_figures(observed, predicted, points["outputs"])
    return [*blocks, *_worst(fit)]


def _of_classes(kept: Mapping[str, Any]) -> list[Block]:
    found: list[Block] = []
    if "confusion" in kept:
        found.append(confusion_figure(frame_of(kept["confusion"])))
    if kept["pairs"]:
        rows = tuple(
            (cut(one["true"], 40), cut(one["predicted"], 40), f"{one['rows']:,.0f}", f"{one['share']:.1%}")
            for one in kept["pairs"]
        )
        heads = ("true class", "predicted as", "rows", "share of the true class")
        found.append(ReportTable("The most frequent mistakes.", heads, rows, (2, 3)))
    classes = sorted(kept["classes"], key=lambda one: one["right"])
    if len(classes) > 2:
        some = classes[:MOST_CLASSES]
        title = "Classes by how often they are recognised, the hardest first"
        title += f": {len(some)} of {len(classes)}." if len(some) < len(classes) else "."
        cells = tuple((cut(one["class"], 40), f"{one['rows']:,.0f}", f"{one['right']:.1%}") for one in some)
        found.append(ReportTable(title, ("class", "rows", "recognised"), cells, (1, 2)))
    return found


def _worst(fit: SavedFit) -> list[Block]:
    worst = fit.evidence.get("worst") or []
    if not worst:
        return []
    columns = list(worst[0]["cells"])
    heads = ("row", "true", "predicted", "loss", "share of all loss", *(cut(name, 24) for name in columns))
    rows = tuple(
        (
            f"{one['row']:,}", one["true"], one["predicted"], significant(one["loss"] + 0.0, 3),
            "" if one["share"] is None else f"{one['share']:.1%}", *(one["cells"][name] for name in columns),
        )
        for one in worst
    )  # fmt: skip
    share = sum(one["share"] or 0.0 for one in worst)
    words = (
        f"The {len(worst)} rows that cost most make up {share:.1%} of the whole loss. A row whose prediction is far "
        "off may hold a wrong target, or be unlike all others: look at these first."
    )
    title = f"The worst rows, by their number in {_source(fit)} (the first row of data is 1)."
    return [words, ReportTable(title, heads, rows, (0, 3, 4))]


def _source(fit: SavedFit) -> str:
    """The file that the shown rows are in."""
    options = dict(fit.facts.get("options") or {})
    test = options.get("test")
    predictions = fit.evidence.get("predictions") or {}
    own = test if test not in (None, "none") and predictions.get("source") == "test rows" else options.get("table")
    return cut(str(own or "the table"))
