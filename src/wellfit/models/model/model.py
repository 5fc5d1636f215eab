"""The trained thing: networks with the schema of their table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.contract.network import Network
from wellfit.errors import InputError
from wellfit.models.model.averaging import Average, check_average, normal_weights
from wellfit.models.model.inputs import check_arrays
from wellfit.models.model.prediction import Saying, answer_of, by_task, label_array, outputs_of, said_of
from wellfit.models.model.row_parts import all_member_outputs, for_all_rows
from wellfit.models.model.score_text import promises
from wellfit.statistics.calibration import Intervals, check_temperature
from wellfit.tables import Schema
from wellfit.tables.arrays import Arrays, Label, TargetKind, Task

if TYPE_CHECKING:
    from wellfit.engines.compiled.measure.sparsity import ActivationSparsity, WeightSparsity
    from wellfit.models.model.averaged_predictions import Averaged, Mean
    from wellfit.models.model.one_task import TaskModel


@dataclass(frozen=True, eq=False)
class Model:
    """Networks that predict together, with the schema that turns a table into their inputs.

    schema: the columns of the training table. kind: of the target; "tasks": several, predicted by name.
    labels: class names in index order for classes; column names otherwise; names of tasks.
    networks: one or more, all for this kind of target.
    weights: (members,) of 0 or more, made to add up to 1; None (default): equal.
    info: what is worth keeping with the model (how it was made, what was measured): values that JSON can hold.
    average: "mean" (default: of probabilities, or of numbers), "logits", "majority" or "median".
    temperature: probabilities are softmax(ln p / temperature) of the averaged ones; None (default): as they are.
    intervals: of held-out residuals, for `predict_interval`; None (default): none.

    A row's prediction depends on that row alone, to the bit: not on the rows beside it, their number, or `n_jobs`.
    Therefore few rows take the same compiled code as many. `compiled=False` asks for NumPy instead, which needs no
    compilation and loads no Numba: quick to start, slow for many rows, and equal up to float32 rounding only.
    """

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
            raise InputError("A model needs at least one network, and none came.")
        check_average(self.average, self.kind)
        if self.temperature is not None:
            check_temperature(self.temperature, self.kind)
        if self.intervals is not None:
            self.intervals.check(self.kind, len(self.labels))
        object.__setattr__(self, "weights", normal_weights(self.weights, len(self.networks)))  # type: ignore[arg-type]

    def arrays(self, X: Any) -> Arrays:
        """The columns of a table in any form that `wellfit.tables.read_table` reads.

        Raises:
            InputError: a column is missing, or holds text where numbers belong.
        """
        return self.schema.arrays(self.schema.read(X))

    def member_outputs(self, arrays: Arrays, *, n_jobs: int = 1, compiled: bool = True) -> NDArray[np.float32]:
        """Each network's outputs (members, rows, outputs): logits for classes and labels (one column for two classes);
        numbers and counts in their own units.
        """
        check_arrays(arrays, self.networks[0])
        return self._own(all_member_outputs(self.networks, arrays, n_jobs, compiled))

    def _own(self, single: NDArray[np.float32]) -> NDArray[np.float32]:
        """What this model is about of the networks' outputs (members, rows, outputs)."""
        return single

    def _for_all_rows(self, arrays: Arrays, say: Saying, n_jobs: int, compiled: bool) -> NDArray[np.float64]:
        check_arrays(arrays, self.networks[0])
        return for_all_rows(self.networks, arrays, lambda single: say(self, self._own(single)), n_jobs, compiled)

    def outputs(self, X: Any, *, n_jobs: int = 1, compiled: bool = True) -> NDArray[np.float64]:
        """What the networks say together (rows, outputs): numbers and counts in their own units; for classes and labels
        the logits of `predict_proba` (one column for two classes). Of several tasks: side by side, in their order.
        """
        return self.outputs_of_arrays(self.arrays(X), n_jobs=n_jobs, compiled=compiled)

    def outputs_of_arrays(self, arrays: Arrays, *, n_jobs: int = 1, compiled: bool = True) -> NDArray[np.float64]:
        """As `outputs`, from arrays that this model's schema has made."""
        return self._for_all_rows(arrays, outputs_of, n_jobs, compiled)

    def predict(self, X: Any, *, n_jobs: int = 1, compiled: bool = True) -> Any:
        """The most probable class (rows,), or yes (1) and no (0) for each label (rows, labels), or numbers or expected
        counts: (rows,) for one column, (rows, columns) for several. Of several tasks: a dict of these by task.
        """
        said = self._for_all_rows(self.arrays(X), said_of, n_jobs, compiled)
        if self.kind == "tasks":
            return {task.name: answer_of(self.task(task.name), part) for task, part in by_task(self.tasks, said)}
        return answer_of(self, said)

    @property
    def tasks(self) -> tuple[Task, ...]:
        """What a model of several tasks predicts; empty for one target."""
        return self.networks[0].encoding.tasks if self.kind == "tasks" else ()

    def task(self, name: str) -> TaskModel:
        """One task as a model of its own target, to predict with; the file holds all tasks.

        Raises:
            InputError: the model has no such task.
        """
        from wellfit.models.model.one_task import TaskModel

        for task in self.tasks:
            if task.name == name:
                return TaskModel(self.schema, task.kind, task.labels, self.networks, self.weights, {}, of=task)
        raise InputError(f"The model has no task {name!r}; it has: {', '.join(t.name for t in self.tasks) or 'none'}.")

    def decide(self, probabilities: NDArray[np.float64]) -> NDArray[Any]:
        """The classes, or 0 and 1 for labels, that probabilities (rows, columns) speak for; the first of equal ones."""
        if self.kind == "labels":
            return (probabilities > 0.5).astype(np.int64)
        return np.asarray(label_array(self.labels)[probabilities.argmax(axis=1)])

    def predict_proba(self, X: Any, *, n_jobs: int = 1, compiled: bool = True) -> Any:
        """Probabilities (rows, classes) in the order of `labels`, also for two classes; for several yes/no labels the
        probability of yes (rows, labels). Of several tasks: a dict of these by task, for those that have probabilities.

        Raises:
            InputError: the model predicts numbers.
        """
        if self.kind == "tasks":
            said = self._for_all_rows(self.arrays(X), said_of, n_jobs, compiled)
            parts = by_task(self.tasks, said)
            return {task.name: part for task, part in parts if task.kind not in ("numbers", "counts")}
        return self.probabilities_of_arrays(self.arrays(X), n_jobs=n_jobs, compiled=compiled)

    def probabilities_of_arrays(self, arrays: Arrays, *, n_jobs: int = 1, compiled: bool = True) -> NDArray[np.float64]:
        """As `predict_proba`, from arrays that this model's schema has made."""
        if self.kind in ("numbers", "counts", "tasks"):
            raise InputError(f"Probabilities are for classes, and this model predicts {self.kind}: use predict.")
        return self._for_all_rows(arrays, said_of, n_jobs, compiled)

    def predict_interval(
        self, X: Any, level: float = 0.9, *, n_jobs: int = 1, compiled: bool = True
    ) -> NDArray[np.float64]:
        """Lower and upper ends (rows, 2) between which a row's number lies with a chance of `level`; of several outputs
        (rows, outputs, 2), each by itself. Both ends are infinite where held-out rows were too few for the level: at
        least level / (1 - level) are needed.

        Over all rows the chance holds, if they are like the training rows; all have one width.

        Raises:
            InputError: the model predicts no numbers, keeps no residuals, or the level is not between 0 and 1.
        """
        if self.kind != "numbers":
            raise InputError(f"Intervals are for numbers, and this model predicts {self.kind}: use its probabilities.")
        if self.intervals is None:
            raise InputError("The model keeps no residuals of held-out rows: train it on folds, by wellfit fit.")
        self.intervals.reach(level)  # refuses a level before the work
        return self.intervals.around(self.outputs(X, n_jobs=n_jobs, compiled=compiled), level)

    def averaged(
        self, X: Any, over: str | Sequence[str] = "dropout", *, draws: int | Literal["all"] = 50, seed: int = 0,
        average: Mean = "mean", n_jobs: int = 1,
    ) -> Averaged:  # fmt: skip
        """The mean and the spread of predictions with what was random in training still random.

        over: "dropout", "input_noise", "weight_noise", "cutout", "augmentation" (of images), or several: of those that
            the networks were trained with, at the recipe's strengths (the value of those with a schedule).
        draws: how many for each network, default 50, every row with the same ones; or "all" masks of dropout, each
            with its probability, for up to 20 inputs and units that may be dropped.
        seed: of the draws. average: "mean" (default) of probabilities or numbers, "logits" the arithmetic mean of
            logits, "geometric" the geometric mean of probabilities made to add up to 1 again (for softmax and sigmoid
            the two are the same function of the draws).
        Several networks count by their weights, each with draws of its own. Batch normalisation uses its moving
        statistics, as ever.

        Raises:
            InputError: the networks were trained without one of `over`, or too many masks.
        """
        from wellfit.models.model.averaged_predictions import averaged

        return averaged(self, X, over, draws, seed, average, n_jobs)

    @property
    def score(self) -> str:
        """What cross-validation promises, in a sentence, where a search or `wellfit.refit` has kept it; else empty.

        It is the score of networks trained on part of the rows, each measured on the rows that it had not trained on;
        of bootstrap samples the out-of-bag estimate.
        """
        return promises(self.info, self.kind)

    def weight_sparsity(self) -> tuple[WeightSparsity, ...]:
        """Of each network, the shares of weights that are exactly 0 and the inputs that have no weight left."""
        from wellfit.engines.compiled.measure.sparsity import weight_sparsity

        return tuple(weight_sparsity(network) for network in self.networks)

    def unread_columns(self) -> list[str]:
        """Names of columns ("column: part" for dates) of which no network has a weight left that is not 0."""
        names = self.schema.input_names
        unread = set.intersection(*(set(sparsity.unread_columns) for sparsity in self.weight_sparsity()))
        return [names[column] for column in sorted(unread)]

    def activation_sparsity(self, X: Any, small: float = 1e-6) -> tuple[ActivationSparsity, ...]:
        """Of each network, the shares of activations on a table's rows that are exactly 0, and below `small`, by
        hidden layer.
        """
        from wellfit.engines.compiled.measure.sparsity import activation_sparsity

        arrays = self.arrays(X)
        return tuple(activation_sparsity(network, arrays, small) for network in self.networks)

    def save(self, path: str | Path) -> None:
        """Write the model to one file, whole or not at all.

        Raises:
            InputError: the file cannot be written, or `info` holds what JSON cannot.
        """
        from wellfit.models.model.file import save

        save(self, path)

    def export_onnx(self, path: str | Path, member: int | None = None) -> None:
        """Write the model to an ONNX file that predicts without wellfit: preprocessing, networks and average in it.

        Inputs: a column each, by its name, (rows, 1): numbers as float (NaN where missing; double where float would
        merge values), categories and truth values as text ("" where missing), dates as double, in seconds since 1970
        (UTC). Images are one input "image", (rows, height, width, channels); a sparse table one input "table".
        Outputs: "label" (rows,) and "probabilities" (rows, classes); for several yes/no labels "labels" and
        "probabilities"; for numbers and counts "prediction"; of several tasks "<task>: prediction" and so on.

        member: which of the networks, alone; None (default): all of them, averaged as here.
        Answers equal those of `predict` and `predict_proba` to float32 rounding.

        Raises:
            InputError: the extra `onnx` is not installed, a column holds text (whose words ONNX cannot count), or the
                file cannot be written.
        """
        from wellfit.models.export import export_onnx

        export_onnx(self, path, member)

    @classmethod
    def load(cls, path: str | Path) -> Model:
        """Read a model; it predicts as the saved one did, to the bit. Nothing in the file is ever executed.

        Raises:
            InputError: the file cannot be read, is no model, is damaged, or comes from a newer version.
        """
        from wellfit.models.model.file import load

        return load(path)
