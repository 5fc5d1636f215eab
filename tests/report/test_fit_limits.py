"""What limits a fit, on records written by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from wellfit.frames import ResultFrame
from wellfit.report.fit_limits import fall_at_the_end, kept_losses, limit_of
from wellfit.report.fit_scores import scores_section
from wellfit.report.saved_fit import SavedFit
from wellfit.statistics.intervals import Estimate
from wellfit.statistics.result import FitResult, SearchResult
from wellfit.statistics.summary import why_worse_on_test


def candidate(updates: int, *losses: float | None, status: str = "finished") -> dict[str, Any]:
    return {"updates": updates, "losses": [list(losses)] if losses else [], "status": status}


def fitted(candidates: list[dict[str, Any]], training: float, validation: float) -> SavedFit:
    """A search whose two networks kept their weights of update 20; what came later does not count."""
    search = SearchResult("log_loss", Estimate(0.5), None, {}, (), {"search": {"candidates": candidates}})
    members = tuple({"best_update": 20, "status": "finished"} for _ in range(2))
    result = FitResult({"column": "y"}, {"training": 100}, (), {}, 0, members, search=search)
    rows = [(member, at, training, validation) for member in range(2) for at in (20, 40)]
    history = ResultFrame(
        {
            "member": [row[0] for row in rows],
            "update": [float(row[1]) for row in rows],
            "training_loss": [row[2] if row[1] == 20 else 9.0 for row in rows],
            "validation_loss": [row[3] if row[1] == 20 else 9.0 for row in rows],
        }
    )
    return SavedFit(result, {"chosen": {"members": [0, 1]}}, history)


DONE = [candidate(100, 1.0, 1.1), candidate(100, 1.1, 1.2), candidate(100, 1.2, 1.3)]


def test_a_fall_counts_where_it_is_beyond_its_error() -> None:
    assert fall_at_the_end([*DONE, candidate(100, 0.5, 0.6)]) == pytest.approx(1 - 0.55 / 1.05)
    assert fall_at_the_end([*DONE, candidate(100, 0.4, 1.65)]) == 0.0  # one fold better, one worse
    assert fall_at_the_end(DONE) == 0.0
    assert fall_at_the_end([candidate(100, 1.0, 1.0)]) is None
    assert fall_at_the_end([candidate(10, None, 1.0), candidate(90, 1.0, 1.0)]) is None


def test_time_comes_first() -> None:
    cut = [candidate(100, 1.0, 1.1), candidate(50, status="running")]
    assert limit_of(fitted(cut, 0.1, 1.0)).kind == "time"
    falling = [*DONE, candidate(100, 0.5, 0.6)]
    assert limit_of(fitted(falling, 0.1, 1.0)).kind == "time"
    interrupted = fitted(DONE, 0.1, 1.0)
    interrupted = replace(interrupted, result=replace(interrupted.result, interrupted=True))
    assert limit_of(interrupted).kind == "time"


@pytest.mark.parametrize(
    ("training", "kind"), [(0.2, "rows"), (0.7, "unclear"), (0.95, "columns")]
)  # of a validation loss of 1
def test_rows_or_columns(training: float, kind: str) -> None:
    fit = fitted(DONE, training, 1.0)
    assert kept_losses(fit) == pytest.approx((training, 1.0))
    assert limit_of(fit).kind == kind


def test_without_validation_nothing_is_claimed() -> None:
    fit = fitted(DONE, 0.2, float("nan"))
    assert kept_losses(fit) is None and limit_of(fit).kind == "unclear"


def measured(metric: str, score: tuple[float, float, float], source: str = "50 rows set aside") -> SavedFit:
    """A search that had little time and expects 0.8 (0.7 to 0.9). score: on the test rows, with its interval."""
    fit = fitted([candidate(50, status="running")], 0.1, 1.0)
    assert fit.result.search is not None
    search = replace(fit.result.search, metric=metric, estimate=Estimate(0.8, 0.7, 0.9), test_score=Estimate(*score))
    rows = {"training": 450, "test": 50, "test_source": source}
    return replace(fit, result=replace(fit.result, search=search, rows=rows))


@pytest.mark.parametrize(("metric", "score"), [("rmse", (1.6, 1.5, 1.7)), ("auc", (0.55, 0.5, 0.6))])
def test_time_is_not_the_limit_where_the_test_rows_contradict_the_estimate(
    metric: str, score: tuple[float, float, float]
) -> None:
    fit = measured(metric, score)
    said = {"code": "drift", "title": "Later rows differ", "sentence": "'pressure' differs.", "severity": "warning"}
    limit = limit_of(replace(fit, evidence={**fit.evidence, "examination": {"findings": [said]}}))
    assert limit.kind == "difference" and "--time" not in limit.sentence
    assert "unlike the training rows" in limit.sentence and limit.sentence.endswith("'pressure' differs.")
    assert "--group" in why_worse_on_test(fit.result)
    assert why_worse_on_test(fit.result) in str(scores_section(fit).blocks[0])
    later = why_worse_on_test(measured(metric, score, "the last 50 rows set aside").result)
    assert "latest" in later and "--group" not in later


@pytest.mark.parametrize(
    ("metric", "score"), [("rmse", (0.95, 0.85, 1.0)), ("rmse", (0.5, 0.4, 0.6)), ("auc", (0.97, 0.95, 0.99))]
)
def test_scores_that_agree_or_are_better_need_no_reason(metric: str, score: tuple[float, float, float]) -> None:
    fit = measured(metric, score)
    assert limit_of(fit).kind == "time" and why_worse_on_test(fit.result) == ""
