"""Section of a fit's report on its search: what was tried, against score and cost, and which choices mattered."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from wellfit.figures import Axis, Figure, interval_figure, line_figure
from wellfit.figures.results.search import ENDED, search_figures
from wellfit.report.content import Block, ReportTable, Section
from wellfit.report.fit_networks import recipe_words
from wellfit.report.frames import frame_of
from wellfit.report.lacking import lacking
from wellfit.report.saved_fit import SavedFit
from wellfit.reprs import counted, cut, significant
from wellfit.statistics.result import SearchResult

LISTED = 10  # candidates
MOST_CHOICES = 15


def search_section(fit: SavedFit) -> Section | None:
    """None where one recipe was trained."""
    search = fit.result.search
    if search is None:
        return None
    record = search.record["search"]
    ends: dict[str, int] = {}
    for one in record["candidates"]:
        ends[one["status"]] = ends.get(one["status"], 0) + 1
    told = ", ".join(f"{many} {ENDED.get(end, end)}" for end, many in ends.items())
    blocks: list[Block] = [
        f"{counted(len(record['candidates']), 'candidate')}: {told}. A candidate is a recipe trained on every fold; "
        "those that fall behind are stopped early, so that the time goes to the better ones."
    ]
    blocks += [*search_figures(search), *_progress(search)]
    blocks.append(_board(search))
    found = fit.evidence.get("choices")
    blocks += _choices(found) if found else lacking(fit, "choices", "Which choices of the recipe mattered were")
    return Section("search", "What did the search try?", tuple(blocks))


def _progress(search: SearchResult) -> list[Figure]:
    """The best loss so far over the updates of all networks."""
    rows: list[dict[str, Any]] = []
    spent, best = 0.0, math.inf
    for one in search.record["search"]["candidates"]:
        spent += float(one["updates"])
        last = one["losses"][-1] if one["losses"] else []
        loss = float(np.mean(last)) if last and None not in last else math.inf
        if loss < best:
            rows += [{**rows[-1], "updates": spent}] if rows else []  # a step
            best = loss
            rows.append({"updates": spent, "loss": best, "candidate": one["number"]})
    if len(rows) < 2:
        return []
    rows.append({**rows[-1], "updates": spent})
    return [
        line_figure(
            frame_of(rows), Axis("updates", "updates of all networks", format="~s"),
            Axis("loss", "best cross-validated loss so far"), name="search-progress",
            title="The best cross-validated loss while the search went on: where it is flat, more time brings little.",
        )
    ]  # fmt: skip


def _board(search: SearchResult) -> ReportTable:
    """The best candidates."""
    board, recipes = search.leaderboard(), search.record["search"]["candidates"]
    rows = tuple(
        (
            str(one["candidate"]), _loss(one), ENDED.get(one["status"], one["status"]),
            f"{one['weight']:.1%}" if one["weight"] else "", f"{one['cost']:,.0f}",
            recipe_words(recipes[one["candidate"]]["recipe"]),
        )
        for one in board.head(LISTED).iter_rows(named=True)
    )  # fmt: skip
    of = f"The best {LISTED} of {board.height} candidates" if board.height > LISTED else "The candidates"
    heads = ("candidate", "cross-validated loss", "ended", "weight", "multiply-adds a row", "recipe")
    title = f"{of}, those that came to their end first, by loss, which chose the kept weights and flatters a little."
    return ReportTable(title, heads, rows, (0, 3, 4))


def _loss(one: Mapping[str, Any]) -> str:
    if one["loss"] is None:
        return ""
    known = one["low"] is not None and one["high"] is not None
    interval = f" ({significant(one['low'])} to {significant(one['high'])})" if known else ""
    return f"{significant(one['loss'])}{interval}"


def _choices(found: Mapping[str, Any]) -> list[Block]:
    """Which settings of the recipes mattered."""
    if not found["recipes"]:
        return ["Which choices of the recipe mattered cannot be told: a dozen recipes would have to come equally far."]
    if not found["explained"]["low"] > 0:
        return [
            f"Which choices mattered cannot be told from these {found['recipes']} recipes: what a forest predicts of "
            "their scores from their settings is no better than their mean."
        ]
    rows = [
        {**one, "name": cut(str(one["name"]), 40)} for one in found["choices"] if one["importance"] is not None
    ][:MOST_CHOICES]  # fmt: skip
    shown = interval_figure(
        frame_of(rows), Axis("importance", "importance: share of the differences that it explains"), "name",
        low="low", high="high",
        name="importance-of-choices",
        title="Which settings of the recipes mattered for the score, among those that the search tried.",
        description="Permutation importance of a forest that predicts scores from settings, with 95 % intervals over "
        "recipes drawn anew. It tells what mattered where the search looked, which is mostly near the best.",
    )  # fmt: skip
    explained = found["explained"]
    words = (
        f"A forest that reads the settings explains {explained['mean']:.0%} (95 % interval {explained['low']:.0%} to "
        f"{explained['high']:.0%}) of the differences between {found['recipes']} recipes, compared where they came "
        f"equally far (rung {found['rung']} of {found['rungs']})."
    )
    return [words, shown]
