"""The result of a fit: to plain values, through JSON, and back."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from wellfit.statistics.comparison import Difference, PredictorScores
from wellfit.statistics.intervals import Estimate
from wellfit.statistics.result import Comparison, EnsemblePart, FitResult, SearchResult

SCORES = {"error": Estimate(0.25, 0.1, 0.4), "log_loss": Estimate(0.5, 0.3, 0.8, "a remark")}
RESULT = FitResult(
    target={"column": "y", "kind": "binary", "classes": ["no", "yes"], "training_counts": [3, 1]},
    rows={"training": 4, "test": 2, "test_source": "2 rows set aside"},
    columns=({"column": "x", "kind": "number"},),
    recipe={"hidden": [8]},
    seed=3,
    members=({"member": 0, "status": "finished"},),
    comparisons=(
        Comparison(
            "test",
            2,
            1.5,
            (PredictorScores("one network", SCORES), PredictorScores("constant", SCORES)),
            Difference("constant", "error", Estimate(0.02, 0.01, 0.03)),
            task="y",
        ),
    ),
    model_info={"out_of_bag": {"rows": 4}},
    notes=("A note.",),
    seconds={"all": 1.5, "until_trained": 1.0},
)
SEARCH = SearchResult(
    "log_loss",
    Estimate(0.5, 0.4, 0.6),
    Estimate(0.55),
    {"error": Estimate(0.1, 0.05, 0.2)},
    (EnsemblePart(0, 1.0, 2, math.inf),),
    {"search": {"candidates": [{"recipe": {"hidden": [4]}}]}},
)


@pytest.mark.parametrize("result", [RESULT, replace(RESULT, search=replace(SEARCH, test_score=None), interrupted=True)])
def test_through_json_and_back(result: FitResult) -> None:
    again = FitResult.from_plain(json.loads(json.dumps(result.to_plain(), allow_nan=False)))
    if result.search is not None:
        assert again.search is not None and math.isnan(again.search.ensemble[0].score)
        parts = (replace(again.search.ensemble[0], score=math.inf),)
        again = replace(again, search=replace(again.search, ensemble=parts))
        assert math.isnan(again.search.estimate.low) is False
    assert again == result


def test_what_is_not_known_is_null_and_nan() -> None:
    scores = PredictorScores("one network", {"r2": Estimate(math.nan, remark="cannot be measured: why")})
    plain = replace(RESULT, comparisons=(Comparison("test", 2, 2.0, (scores,)),)).to_plain()
    (line,) = plain["scores"][0]["predictors"]
    unknown = {"better": "higher", "mean": None, "interval_95": None, "remark": "cannot be measured: why"}
    assert line["scores"] == {"r2": unknown}
    (again,) = FitResult.from_plain(plain).comparisons[0].predictors
    assert math.isnan(again.scores["r2"].mean) and not again.scores["r2"].known


def test_the_recipe_of_a_part_is_that_of_its_candidate() -> None:
    assert SEARCH.recipe_of(SEARCH.ensemble[0]) == {"hidden": [4]}


def test_what_is_no_result_is_refused() -> None:
    with pytest.raises(KeyError):
        FitResult.from_plain({"seed": 1})
