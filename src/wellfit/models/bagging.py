"""The out-of-bag estimate: bags over bootstrap samples, measured on the rows that each member did not draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.run.training_run import TrainingRun
from wellfit.errors import InputError
from wellfit.models.ensemble import TrainedPopulation, held_out_predictions
from wellfit.models.model import Average
from wellfit.reprs import short_repr
from wellfit.statistics.intervals import POSITIVE, SHARE, UNBOUNDED, Estimate, effective_size, over_rows
from wellfit.statistics.row_losses import row_losses
from wellfit.statistics.scores import better, headline, scores

Float64 = NDArray[np.float64]


@dataclass(frozen=True)
class OutOfBag:
    """Predictions of rows that members did not draw, and how good they are.

    predictions: (rows, columns) probabilities (also two columns for two classes) or numbers; NaN in rows that every
        member drew.
    network_counts: (rows,) how many networks predicted each row.
    loss: mean over the rows measured, weighted, with a 95 % interval that takes rows as independent: log-loss in nats,
        squared error, or Poisson loss for counts.
        Lower is better.
    error: the same: share of wrong classes or labels, squared error otherwise.
    scores: what people know, by name: "error" and "log_loss" of classes and labels, "r2" (higher is better) and "rmse"
        of numbers and counts.
    rows: how many were measured.
    effective_rows: how many rows of equal weight tell as much (Kish's effective sample size).
    never_out_of_bag: numbers of the rows that took part but were out of no bag, and are not measured.
    """

    predictions: Float64
    network_counts: NDArray[np.int64]
    loss: Estimate
    error: Estimate
    scores: dict[str, Estimate]
    rows: int
    effective_rows: float
    never_out_of_bag: NDArray[np.int64]

    __repr__ = short_repr

    def __str__(self) -> str:
        left = f"; {len(self.never_out_of_bag)} rows were never out of bag" if len(self.never_out_of_bag) else ""
        return f"loss {self.loss}, error {self.error}, on {self.rows} rows{left}"

    def to_plain(self) -> dict[str, Any]:
        """As a model's info keeps it."""
        return {
            "loss": self.loss.to_plain(),
            "error": self.error.to_plain(),
            "scores": {name: {"better": better(name), **one.to_plain()} for name, one in self.scores.items()},
            "rows": self.rows,
            "effective_rows": self.effective_rows,
            "never_out_of_bag": len(self.never_out_of_bag),
        }


def out_of_bag(population: TrainingRun | TrainedPopulation, *, average: Average = "mean", n_jobs: int = 1) -> OutOfBag:
    """The out-of-bag estimate: each row predicted by those members alone that did not draw it.

    Rows that a member's view holds as validation or as test rows count as not drawn; where they were validation rows
    they have chosen the kept weights, which flatters a little: `bootstrap(..., part="test")` leaves them untouched.
    About 37 % of the members predict each row, so that the estimate is that of a smaller bag, and a little pessimistic.
    Sample weights count; rows of weight 0 do not.

    population: trained on `wellfit.tables.bootstrap` views.
    average: of the members: "mean" (default) of probabilities or numbers, "logits", "majority" or "median".
    n_jobs: int, threads, 1 or more (default 1).

    Returns:
        An `OutOfBag`: predictions, loss and error with intervals.

    Raises:
        InputError: no member holds out a row, or the average does not suit the target.

    >>> import numpy as np
    >>> import wellfit
    >>> from wellfit.tables import bootstrap, make_target
    >>> X = np.random.default_rng(0).normal(size=(200, 3))
    >>> y = X[:, 0] > 0
    >>> recipe = wellfit.Recipe(hidden=(8,), epochs=10)
    >>> bag = wellfit.train(recipe, X, y, views=bootstrap(make_target(y), samples=20))
    >>> wellfit.out_of_bag(bag).rows
    200

    Source: Breiman, "Bagging predictors", 1996, and "Out-of-bag estimation", 1996.
    """
    engine = population if isinstance(population, TrainingRun) else population.engine
    if engine.target.tasks:
        raise InputError("The out-of-bag estimate is that of one target, and this population has several tasks.")
    predicted, counts = held_out_predictions(engine, ("validation", "test"), average=average, n_jobs=n_jobs)
    parts = [getattr(m.plan.view, part) for m in engine.members for part in ("training", "validation", "test")]
    part_of = np.zeros(engine.arrays.rows, dtype=bool)
    part_of[np.concatenate(parts)] = True
    counting = part_of & (engine.weight > 0)
    rows = np.flatnonzero(counting & (counts > 0))
    if not len(rows):
        raise InputError("Every member drew every row, so that none is out of bag: train on bootstrap samples.")
    weights = engine.weight[rows].astype(np.float64)
    target = engine.target.take(rows)
    loss, error = row_losses(target, predicted[rows])
    loss_values = UNBOUNDED if target.kind == "counts" else POSITIVE  # y log of y's mean may be above it
    error_values = POSITIVE if target.kind in ("numbers", "counts") else SHARE
    return OutOfBag(
        predictions=predicted,
        network_counts=counts,
        loss=over_rows(loss, weights, loss_values),
        error=over_rows(error, weights, error_values),
        scores=scores(target, predicted[rows], weights, names=headline(target.kind)),
        rows=len(rows),
        effective_rows=effective_size(weights),
        never_out_of_bag=np.flatnonzero(counting & (counts == 0)),
    )
