"""What limits a fit: the time, the recipe, the rows or their columns, as far as its own numbers show."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars
from numpy.typing import NDArray

from wellfit.report.saved_fit import SavedFit
from wellfit.reprs import significant
from wellfit.statistics.result import FitResult, SearchResult
from wellfit.statistics.scores import score_title, shown_score
from wellfit.statistics.summary import worse_on_test

STILL_FALLING = 0.02  # of the best loss, in the last third of the updates: more time would likely bring more
FEW_FINISHED = 3  # candidates that came to their end: below it the search has hardly begun
FAR_APART = 0.5  # training loss over validation loss of the kept weights, below which rows are too few
CLOSE = 0.85  # above which the networks leave as much on the rows that they train on
LAST = 1 / 3  # of all updates

Kind = Literal["difference", "time", "recipe", "rows", "columns", "unclear"]


@dataclass(frozen=True)
class Limit:
    """What most likely limits the fit. sentence: in words, with the numbers that it rests on."""

    kind: Kind
    sentence: str


def limit_of(fit: SavedFit) -> Limit:
    """What would most likely help: rows like the new ones, more time, more rows, or better columns."""
    search = fit.result.search
    if search is not None and worse_on_test(search):
        return Limit("difference", _unlike(fit, search))
    if search is not None:
        short = _short_of_time(fit.result, search)
        if short:
            return Limit("time", short)
    elif any(one["status"] == "out_of_budget" for one in fit.result.members):
        return Limit("time", "The time limit ended the training before its last epoch: more time would likely help.")
    if _beaten(fit.result):
        return Limit(
            "recipe",
            "A simple model does better, so that neither rows nor columns are the limit: the recipe is, or how long it "
            "is trained. The findings may say why.",
        )
    return _rows_or_columns(fit)


def _unlike(fit: SavedFit, search: SearchResult) -> str:
    """That the test rows are not like the training rows, and how, where a rule found it."""
    title, test = score_title(search.metric), search.test_score
    came = shown_score(search.metric, math.nan if test is None else test.mean)
    words = (
        f"{title} {shown_score(search.metric, search.estimate.mean)} was expected of the test rows, and {came} came "
        "out, beyond both intervals: they are unlike the training rows, and that limits the fit more than its time."
    )
    found = (fit.evidence.get("examination") or {}).get("findings", ())
    return " ".join([words, *(str(one["sentence"]) for one in found if one["code"] == "drift")])


def _beaten(result: FitResult) -> bool:
    """Whether the best simple model is clearly better than the networks."""
    gap = result.comparisons[0].difference if result.comparisons else None
    return gap is not None and gap.value.known and gap.value.high < 0


def _short_of_time(result: FitResult, search: SearchResult) -> str:
    """Why more time would likely help; "" where nothing shows it."""
    candidates = search.record["search"]["candidates"]
    if result.interrupted:
        return "The search was interrupted: with the whole time it would likely find better networks."
    finished = sum(one["status"] == "finished" for one in candidates)
    if finished < FEW_FINISHED:
        few = "no candidate" if not finished else f"only {finished} of {len(candidates)} candidates"
        return (
            f"Time limits the search: {few} came to the end of {'its' if finished < 2 else 'their'} training, and a "
            "longer --time may well find better networks."
        )
    fall = fall_at_the_end(candidates)
    if fall is not None and fall > STILL_FALLING:
        return (
            f"The best cross-validated loss still fell by {fall:.1%} in the last third of the search: a longer --time "
            "would likely bring more."
        )
    return ""


def fall_at_the_end(candidates: Sequence[Mapping[str, Any]]) -> float | None:
    """The share by which the best loss fell in the last third of all updates; None where it is not known.

    A fall within its own standard error, over the folds, counts as none.

    candidates: of a search's record, in the order in which they began; a candidate counts where its updates end.
    """
    upto = np.cumsum([float(one["updates"]) for one in candidates])
    losses = [_losses(one) for one in candidates]
    early = [one for one, at in zip(losses, upto, strict=True) if len(one) and at <= (1 - LAST) * upto[-1]]
    if not early:
        return None
    before = min(early, key=np.mean)
    after = min((one for one in losses if len(one)), key=np.mean)
    fall = float(before.mean() - after.mean())
    if not before.mean() > 0:
        return None
    spread = _standard_error(before, after)
    return fall / float(before.mean()) if fall > spread else 0.0


def _losses(one: Mapping[str, Any]) -> NDArray[np.float64]:
    """A candidate's losses of the folds at its last rung; none where one of them is not finite."""
    last = one["losses"][-1] if one["losses"] else []
    return np.array([] if None in last else last, np.float64)


def _standard_error(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Of the mean difference of two candidates' losses, fold by fold."""
    if len(one) != len(other) or len(one) < 2:
        return math.inf
    return float(np.std(one - other, ddof=1) / math.sqrt(len(one)))


def _rows_or_columns(fit: SavedFit) -> Limit:
    """By how far the losses of training and of held-out rows are apart."""
    losses = kept_losses(fit)
    if losses is None:
        return Limit("unclear", "What limits the fit cannot be told: its networks were not validated.")
    training, validation = losses
    if training <= 0 or validation <= 0:  # as losses of counts may be, which have no floor at 0
        return Limit("unclear", "What limits the fit cannot be told from losses that may fall below 0.")
    ratio = training / validation
    pair = f"loss {significant(training, 3)} on the rows they train on, {significant(validation, 3)} on new ones"
    if ratio < FAR_APART:
        words = f"The networks do much better on rows they know ({pair}): more rows would likely help most."
        return Limit("rows", words)
    if ratio > CLOSE:
        return Limit(
            "columns",
            f"The networks do about as well on new rows as on those they train on ({pair}){_flat(fit)}: what is left "
            "is likely noise in the target, or needs columns that the table does not have.",
        )
    return Limit(
        "unclear",
        f"The networks do somewhat better on rows they know ({pair}): more rows would help a little, as would columns "
        "that tell more of the target. More time alone would likely bring little.",
    )


def _flat(fit: SavedFit) -> str:
    return "" if fit.result.search is None else ", and the search no longer improves"


def kept_losses(fit: SavedFit) -> tuple[float, float] | None:
    """The mean losses of training and validation rows of the shown networks' kept weights; None where not known."""
    members = list(map(int, dict(fit.evidence.get("chosen") or {}).get("members", range(len(fit.result.members)))))
    if not fit.history.height or not members:
        return None
    kept = {index: int(fit.result.members[index]["best_update"]) for index in members}
    rows = fit.history.filter(polars.col("member").is_in(members))
    rows = rows.filter(polars.col("update") == polars.col("member").replace_strict(kept, return_dtype=polars.Float64))
    pairs = rows.select("training_loss", "validation_loss").drop_nans().drop_nulls()
    if not pairs.height:
        return None
    training, validation = pairs.mean().row(0)
    return (float(training), float(validation)) if math.isfinite(training) and math.isfinite(validation) else None
