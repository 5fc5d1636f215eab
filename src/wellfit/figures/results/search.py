"""The result of a fit: recipes that were tried against score and cost, and the networks beside the baselines."""

from __future__ import annotations

import polars

from wellfit.figures.axis import Axis
from wellfit.figures.figure import Figure
from wellfit.figures.intervals import interval_figure
from wellfit.figures.look import file_name
from wellfit.figures.scatter import scatter_figure
from wellfit.frames import ResultFrame
from wellfit.reprs import counted, cut
from wellfit.statistics.result import Comparison, FitResult, SearchResult
from wellfit.statistics.scores import better, score_title

MOST_CANDIDATES = 15
ENDED = {"pruned": "stopped early", "running": "out of time"}
MOST_RECIPE = 70  # letters of a recipe beside its interval


def result_figures(result: FitResult) -> list[Figure]:
    """The figures of a fit's result: of a search its candidates, by cost and by loss; and the comparisons with the
    baselines, one for each score.
    """
    found: list[Figure] = []
    if result.search is not None:
        found += search_figures(result.search)
    for comparison in result.comparisons:
        found += comparison_figures(comparison)
    return found


def search_figures(search: SearchResult) -> list[Figure]:
    """The candidates of a search, by cost and by loss; none where no candidate came to its first comparison."""
    board = search.leaderboard().filter(polars.col("loss").is_not_null())
    if not board.height:
        return []
    ended = polars.col("status").replace(ENDED)
    role = polars.when(polars.col("weight") > 0).then(polars.lit("in the ensemble")).otherwise(ended)
    shown = ResultFrame(board.with_columns(role=role).sort("weight", descending=True, maintain_order=True))
    candidates = counted(board.height, "candidate")
    chosen = counted(int((board["weight"] > 0).sum()), "candidate")
    cost = scatter_figure(
        shown, Axis("cost", "cost of a prediction", "multiply-adds a row", scale="log"),
        Axis("loss", "cross-validated loss"), series="role", name="search-by-cost",
        title=f"Loss and cost of {candidates}, of which the ensemble averages {chosen}.",
        description=f"Each of {candidates} as a point: its loss over folds against what a prediction costs. Losses of "
        "candidates that were stopped early are those of their last rung.",
    )  # fmt: skip
    return [cost, _best_candidates(board)]


def _best_candidates(board: polars.DataFrame) -> Figure:
    """The best candidates with their intervals."""
    best = board.head(MOST_CANDIDATES)
    names = [f"{one['candidate']}: {cut(_recipe(one['recipe']), MOST_RECIPE)}" for one in best.iter_rows(named=True)]
    notes = [f"weight {weight:.2f}" if weight > 0 else "" for weight in best["weight"].to_list()]
    columns = ResultFrame(best.with_columns(polars.Series("name", names), polars.Series("note", notes)))
    several = f"The best {best.height} of {board.height} candidates" if best.height < board.height else "The candidates"
    return interval_figure(
        columns, Axis("loss", "cross-validated loss"), "name", low="low", high="high",
        note="note", zero=None, name="search-candidates",
        title=f"{several} by loss, and their weights in the ensemble.",
    )  # fmt: skip


def _recipe(words: str) -> str:
    """A recipe's settings without the name of its class."""
    return words.removeprefix("Recipe(").removesuffix(")") or "the default recipe"


def comparison_figures(comparison: Comparison) -> list[Figure]:
    """Networks and baselines with intervals, a figure for each score."""
    found = []
    where = {"test": "test rows", "cross-validation": "held-out rows", "out-of-bag": "out-of-bag rows"}
    for name in comparison.predictors[0].scores if comparison.predictors else ():
        each = [(one.name, one.scores[name]) for one in comparison.predictors if name in one.scores]
        columns = {
            "predictor": [predictor for predictor, _ in each],
            "score": [score.mean for _, score in each],
            "low": [score.low for _, score in each],
            "high": [score.high for _, score in each],
        }
        task = f"{comparison.task}: " if comparison.task else ""
        title = score_title(name)
        found.append(
            interval_figure(
                columns,
                Axis("score", title, f"{better(name)} is better"),
                "predictor",
                low="low",
                high="high",
                zero=None,
                name=file_name(f"{comparison.where}-{name}-{comparison.task}"),
                title=f"{task}{title[:1].upper()}{title[1:]} of the networks and the baselines on {comparison.rows:,} "
                f"{where.get(comparison.where, comparison.where)}, with 95 % intervals.",
            )  # fmt: skip
        )
    return found
