"""The result of a fit: to plain values, through JSON, and back."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from wellfit.statistics.comparison import Difference, PredictorScores
from wellfit.statistics.intervals import Estimate
from wellfit.statistics.result import Comparison, EnsemblePart, FitResult, SearchResult

SCORES = {"error_rate": 0.25, "log_loss": 0.5}
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
            (PredictorScores("one network", SCORES, {"error_rate": (0.1, 0.4)}), PredictorScores("constant", SCORES)),
            Difference("constant", "error_rate", 0.02, (0.01, 0.03)),
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
    scores = PredictorScores("one network", {"rmse": math.nan}, {"rmse": (math.nan, 1.0)})
    plain = replace(RESULT, comparisons=(Comparison("test", 2, (scores,)),)).to_plain()
    (line,) = plain["scores"][0]["predictors"]
    assert line["rmse"] is None and line["intervals_95"]["rmse"] == [None, 1.0]
    (again,) = FitResult.from_plain(plain).comparisons[0].predictors
    assert math.isnan(again.scores["rmse"]) and math.isnan(again.intervals["rmse"][0])


def test_the_recipe_of_a_part_is_that_of_its_candidate() -> None:
    assert SEARCH.recipe_of(SEARCH.ensemble[0]) == {"hidden": [4]}


def test_what_is_no_result_is_refused() -> None:
    with pytest.raises(KeyError):
        FitResult.from_plain({"seed": 1})
