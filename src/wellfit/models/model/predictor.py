"""Predictions of one or more networks with the schema of their table: what whole models and single tasks share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.measure.sparsity import (
    ActivationSparsity,
    WeightSparsity,
    activation_sparsity,
    weight_sparsity,
)
from wellfit.engines.contract.network import Network
from wellfit.errors import InputError
from wellfit.models.inspection.methods import Inspectable
from wellfit.models.model.averaging import Average, check_average, normal_weights
from wellfit.models.model.inputs import check_arrays
from wellfit.models.model.members import for_all_rows, member_outputs
from wellfit.models.model.prediction import combined_outputs, combined_values, decide, point_prediction
from wellfit.models.model.random_draws import AveragedPrediction, DrawAverage, averaged_prediction
from wellfit.models.model.score_sentence import score_sentence
from wellfit.models.model.shown import model_html, model_line
from wellfit.statistics.calibration import Intervals, check_temperature
from wellfit.tables import Schema
from wellfit.tables.arrays import Arrays, Label, TargetKind
from wellfit.tables.columns.unlike import notes_on, warn_of

Float64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class Predictor(Inspectable):
    """Networks that predict together; see `wellfit.Model`, and `TaskModel` for one task of several."""

    schema: Schema
    kind: TargetKind
    labels: tuple[Label, ...]
    networks: tuple[Network, ...]
    weights: Sequence[float] | NDArray[np.float64] | None = None
    info: dict[str, Any] = field(default_factory=dict)
    average: Average = "mean"
    temperature: float | None = None
    intervals: Intervals | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "networks", tuple(self.networks))
        object.__setattr__(self, "labels", tuple(self.labels))
        if not self.networks:
            raise InputError("A model needs at least one network; got none.")
        check_average(self.average, self.kind)
        if self.temperature is not None:
            check_temperature(self.temperature, self.kind)
        if self.intervals is not None:
            self.intervals.check(self.kind, len(self.labels))
        object.__setattr__(self, "weights", normal_weights(self.weights, len(self.networks)))  # type: ignore[arg-type]

    def __repr__(self) -> str:
        return model_line(self)

    def _repr_html_(self) -> str:
        return model_html(self)

    def arrays(self, X: Any) -> Arrays:
        """The columns of a table, as the networks take them.

        X: a table with the columns of the training table, in any form that `wellfit.train` takes.

        A cell that cannot be read as its column is counts as missing; a warning names such cells.

        Raises:
            InputError: a column is missing.
        """
        arrays, reports = self.schema.apply(self.schema.read(X))
        warn_of(reports)
        return arrays

    def unlike_training(self, X: Any) -> tuple[str, ...]:
        """What a table holds that the training table did not, a sentence a column; empty where there is nothing.

        Cells that cannot be read (they count as missing), categories that training did not have and what they may
        stand for, numbers in another unit, values outside the range of training. `predict` and the like warn of what
        looks like a mistake (`wellfit.UnlikeTrainingWarning`), and of nothing that happens in good tables.

        X: a table with the columns of the training table, in any form that `wellfit.train` takes.

        Raises:
            InputError: a column is missing.
        """
        return tuple(note.text for note in notes_on(self.schema.apply(self.schema.read(X))[1]))

    def predict(self, X: Any, *, n_jobs: int = 1, compiled: bool = True) -> Any:
        """The most probable class of each row, or its numbers.

        X: a table with the columns of the training table, in any form that `wellfit.train` takes.
        n_jobs: int, threads, 1 or more (default 1).
        compiled: bool; False predicts in NumPy, without compiled code (default True).

        Returns:
            Classes (rows,); 1 for yes and 0 for no for each of several labels (rows, labels); numbers or expected
            counts, (rows,) for one column and (rows, columns) for several. Of several tasks: a dict of these by task.

        Raises:
            InputError: a column is missing.
        """
        return point_prediction(self._values(self.arrays(X), n_jobs, compiled), self.kind, self.labels)

    def predict_proba(self, X: Any, *, n_jobs: int = 1, compiled: bool = True) -> Any:
        """The probability of each class, or of yes for each of several labels.

        X: a table with the columns of the training table, in any form that `wellfit.train` takes.
        n_jobs: int, threads, 1 or more (default 1).
        compiled: bool; False predicts in NumPy, without compiled code (default True).

        Returns:
            Probabilities (rows, classes) in the order of `labels`, also for two classes; of yes (rows, labels) for
            several labels. Of several tasks: a dict of these by task, for those that have probabilities.

        Raises:
            InputError: the model predicts numbers, or a column is missing.
        """
        return self.probabilities_of_arrays(self.arrays(X), n_jobs=n_jobs, compiled=compiled)

    def predict_interval(self, X: Any, level: float = 0.9, *, n_jobs: int = 1, compiled: bool = True) -> Float64:
        """Intervals that hold a row's number with a stated chance.

        Over all rows the chance holds, if they are like the training rows; all intervals have one width.

        X: a table with the columns of the training table, in any form that `wellfit.train` takes.
        level: float, the chance, between 0 and 1 (default 0.9).
        n_jobs: int, threads, 1 or more (default 1).
        compiled: bool; False predicts in NumPy, without compiled code (default True).

        Returns:
            Lower and upper ends (rows, 2); of several outputs (rows, outputs, 2), each by itself. Both ends are
            infinite where there were too few held-out rows for the level: level / (1 - level) are needed.

        Raises:
            InputError: the model predicts no numbers, keeps no residuals, or the level is not between 0 and 1.
        """
        if self.kind != "numbers":
            raise InputError(f"Intervals are for numbers, and this model predicts {self.kind}: use its probabilities.")
        if self.intervals is None:
            raise InputError("The model keeps no residuals of held-out rows: train it on folds, with wellfit fit.")
        self.intervals.reach(level)  # refuses a level before the work
        return self.intervals.around(self.outputs(X, n_jobs=n_jobs, compiled=compiled), level)

    def outputs(self, X: Any, *, n_jobs: int = 1, compiled: bool = True) -> Float64:
        """Logits or numbers, averaged over the networks.

        X: a table with the columns of the training table, in any form that `wellfit.train` takes.
        n_jobs: int, threads, 1 or more (default 1).
        compiled: bool; False predicts in NumPy, without compiled code (default True).

        Returns:
            (rows, outputs): numbers and counts in their own units; for classes and labels the logits of
            `predict_proba`, one column for two classes. Of several tasks: side by side, in their order.

        Raises:
            InputError: a column is missing.
        """
        return self.outputs_of_arrays(self.arrays(X), n_jobs=n_jobs, compiled=compiled)

    def outputs_of_arrays(self, arrays: Arrays, *, n_jobs: int = 1, compiled: bool = True) -> Float64:
        """As `outputs`, from arrays that this model's schema has made.

        arrays: made by this model's `arrays`.
        n_jobs: int, threads, 1 or more (default 1).
        compiled: bool; False predicts in NumPy, without compiled code (default True).
        """
        check_arrays(arrays, self.networks[0])
        return for_all_rows(self.networks, arrays, self._combined_outputs, n_jobs, compiled)

    def probabilities_of_arrays(self, arrays: Arrays, *, n_jobs: int = 1, compiled: bool = True) -> Float64:
        """As `predict_proba`, from arrays that this model's schema has made.

        arrays: made by this model's `arrays`.
        n_jobs: int, threads, 1 or more (default 1).
        compiled: bool; False predicts in NumPy, without compiled code (default True).
        """
        if self.kind in ("numbers", "counts", "tasks"):
            raise InputError(f"Probabilities are for classes, and this model predicts {self.kind}: use predict.")
        return self._values(arrays, n_jobs, compiled)

    def member_outputs(self, arrays: Arrays, *, n_jobs: int = 1, compiled: bool = True) -> NDArray[np.float32]:
        """The outputs of each network by itself.

        arrays: made by this model's `arrays`.
        n_jobs: int, threads, 1 or more (default 1).
        compiled: bool; False predicts in NumPy, without compiled code (default True).

        Returns:
            (members, rows, outputs): logits for classes and labels, one column for two classes; numbers and counts in
            their own units.

        Raises:
            InputError: the arrays are of another table.
        """
        check_arrays(arrays, self.networks[0])
        return member_outputs(self.networks, arrays, n_jobs, compiled)

    def decide(self, probabilities: Float64) -> NDArray[Any]:
        """The most probable class of each row, the first of equal ones; 1 where yes is more probable, for labels.

        probabilities: (rows, classes) or (rows, labels), as `predict_proba` gives them.
        """
        return decide(probabilities, self.kind, self.labels)

    def averaged(
        self, X: Any, over: str | Sequence[str] = "dropout", *, draws: int | Literal["all"] = 50, seed: int = 0,
        average: DrawAverage = "mean", n_jobs: int = 1,
    ) -> AveragedPrediction:  # fmt: skip
        """The mean and the spread of predictions with what was random in training still random.

        Several networks count by their weights, each with draws of its own. Batch normalisation uses its moving
        statistics, as ever.

        X: a table with the columns of the training table, in any form that `wellfit.train` takes.
        over: what is drawn at random: "dropout" (default), "input_noise", "weight_noise", "cutout", "augmentation" (of
            images), or a list of several: of those that the networks were trained with, at the recipe's strengths
            (the value of those with a schedule).
        draws: int, how many for each network, 1 or more (default 50), every row with the same ones; or "all" masks of
            dropout, each with its probability, for up to 20 inputs and units that may be dropped.
        seed: int, of the draws (default 0).
        average: "mean" (default) of probabilities or numbers; "logits", the arithmetic mean of logits; or "geometric",
            the geometric mean of probabilities made to add up to 1 again (for softmax and sigmoid the two are the same
            function of the draws).
        n_jobs: int, threads, 1 or more (default 1).

        Returns:
            An `AveragedPrediction`: mean, spread, and the number of draws.

        Raises:
            InputError: the networks were trained without one of `over`, or there are too many masks.
        """
        return averaged_prediction(self, X, over, draws, seed, average, n_jobs)

    @property
    def score_sentence(self) -> str:
        """The cross-validated score in a sentence, where a search or `wellfit.refit` has kept it; otherwise empty.

        It is the score of networks trained on part of the rows, each measured on the rows that it had not trained on;
        of bootstrap samples the out-of-bag estimate.
        """
        return score_sentence(self.info, self.kind)

    def weight_sparsity(self) -> tuple[WeightSparsity, ...]:
        """Of each network, the shares of weights that are exactly 0 and the inputs that have no weight left."""
        return tuple(weight_sparsity(network) for network in self.networks)

    def unread_columns(self) -> list[str]:
        """Names of columns ("column: part" for dates) of which no network has a weight left that is not 0."""
        names = self.schema.input_names
        unread = set.intersection(*(set(sparsity.unread_columns) for sparsity in self.weight_sparsity()))
        return [names[column] for column in sorted(unread)]

    def activation_sparsity(self, X: Any, small: float = 1e-6) -> tuple[ActivationSparsity, ...]:
        """Of each network, the shares of activations that are exactly 0, and below `small`, by hidden layer.

        X: a table with the columns of the training table, in any form that `wellfit.train` takes.
        small: float, 0 or more (default 1e-6).
        """
        arrays = self.arrays(X)
        return tuple(activation_sparsity(network, arrays, small) for network in self.networks)

    def _values(self, arrays: Arrays, n_jobs: int, compiled: bool) -> Float64:
        """Probabilities or numbers (rows, columns) for all rows."""
        check_arrays(arrays, self.networks[0])
        return for_all_rows(self.networks, arrays, self._combined_values, n_jobs, compiled)

    def _combined_outputs(self, single: NDArray[np.float32]) -> Float64:
        """Logits or numbers (rows, outputs) of the networks' outputs (members, rows, outputs)."""
        return combined_outputs(single, self.kind, self.average, np.asarray(self.weights), self.temperature)

    def _combined_values(self, single: NDArray[np.float32]) -> Float64:
        """Probabilities or numbers (rows, columns) of the networks' outputs (members, rows, outputs)."""
        return combined_values(single, self.kind, self.average, np.asarray(self.weights), self.temperature)
