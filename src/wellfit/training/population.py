"""A population as `wellfit.train` returns it, and the folder that keeps it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wellfit.engines.compiled.run.training_run import TrainingRun
from wellfit.engines.contract.budget import Budget
from wellfit.engines.contract.network import Network
from wellfit.figures import Display, Figure
from wellfit.frames import ResultFrame
from wellfit.reprs import MOST_ROWS, counted, html_facts, html_table
from wellfit.tables import Schema
from wellfit.training.checkpoint.run_folder import RunFolder
from wellfit.training.curves import curves_of
from wellfit.training.evaluation import evaluated
from wellfit.training.member import Part, TrainedMember


class Population(Sequence[TrainedMember]):
    """Networks trained together, as `wellfit.train` returns them: a sequence of members.

    engine: the engine's training run.
    schema: the columns of the training table.
    notes: what was assumed to read the table, a sentence each (none for a population that was loaded or resumed).

    >>> import numpy as np
    >>> import wellfit
    >>> X = np.random.default_rng(0).normal(size=(200, 3))
    >>> population = wellfit.train(wellfit.Recipe(hidden=(8,), epochs=2), X, X[:, 0] > 0, seeds=[0, 1])
    >>> [member.seed for member in population], population.history["member"].n_unique()
    ([0, 1], 2)
    """

    def __init__(self, engine: TrainingRun, schema: Schema, notes: Sequence[str] = ()) -> None:
        self.engine, self.schema, self.notes = engine, schema, tuple(notes)

    def __len__(self) -> int:
        return len(self.engine)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(f"The population has {len(self)} members, so there is no member {index}.")
        return TrainedMember(self, index % len(self))

    def __repr__(self) -> str:
        members = self.engine.members
        recipes = counted(len({member.recipe.to_json() for member in members}), "recipe")
        views = counted(len({id(member.plan.view) for member in members}), "view")
        ends = Counter(member.status.replace("_", " ") for member in members)
        ended = ", ".join(f"{number:,} {status}" for status, number in ends.items())
        return f"<Population: {counted(len(self), 'member')} of {recipes} on {views}; {ended}>"

    def _repr_html_(self) -> str:
        rows = [
            {
                "member": index, "view": member.plan.view.name, "seed": member.plan.seed, "status": member.status,
                "updates": member.update, "best update": member.best_update, "best loss": member.best_loss,
                "recipe": repr(member.recipe),
            }
            for index, member in enumerate(self.engine.members[:MOST_ROWS])
        ]  # fmt: skip
        return html_facts(repr(self).strip("<>"), {}) + html_table(rows, len(self))

    def snapshots(self, index: int) -> list[Network]:
        """The snapshots of a member's network, first to last, where its recipe takes some.

        index: int, the member's number.
        """
        return self.engine.snapshots(index)

    @property
    def history(self) -> ResultFrame:
        """A row for each member and evaluation.

        Columns: member, epoch, update, learning_rate, running_loss (training mode), objective (with penalties),
        training_loss, training_error, validation_loss, validation_error (evaluation mode), gradient_norm (of the last
        update, over all trained parameters, penalties included, before it is clipped), clipped_share, averaged (1 where
        the averaged weights were measured, 0 where the plain ones).

        Losses and errors of numbers are those of the outputs, by which training stops; predictions, and all scores, are
        clipped to the range of the training targets, and may be a little better.

        The last row of a member whose loss became infinite or NaN tells of the updates up to that one: their running
        loss and the last gradient's norm; losses and errors in evaluation mode are NaN there.
        """
        return ResultFrame(self.engine.history)

    @property
    def task_history(self) -> ResultFrame:
        """Of several tasks, a row for each member, evaluation and task.

        Columns: member, epoch, update, task, and losses and errors in evaluation mode, in the task's units. A loss of
        the history is the sum of those on scaled targets, as minimised, weighted by the recipe's `tasks.weights`.
        """
        return ResultFrame(self.engine.task_history)

    @property
    def probes(self) -> ResultFrame:
        """What was seen inside the networks, a row for each member, update, layer and quantity; empty where nothing was
        asked for (`wellfit.train(..., probes=True)`).

        Columns: member, update, layer ("input", "hidden0", ..., "output", or "network" for all layers together),
        quantity, value. What cannot be measured has no row. The quantities:

        weight_norm: of the weights after so many updates; of a layer its matrices and embeddings, of the network all
            that is trained.
        gradient_norm, update_norm, update_ratio: of the last update (at update 0: of the first one), its gradient as
            the optimiser gets it, with penalties and clipped; the change of the weights, and that over their norm
            before.
        preactivation_mean, _spread (standard deviation), _q15, _q50, _q85 (quantiles): what the activation reads, over
            the rows and units of that update's mini-batch. activation_...: what it gives, before dropout; of "input"
            the network's inputs.
        signal_norm: of the gradient of the batch's mean loss by the outputs of the layer's linear map, over rows and
            units.
        twin_cosine, twin_share: how alike the incoming weights and biases of a layer's units are: the mean over units
            of the largest cosine with another unit, and the share of units with one of 0.9999 or more.
        dead_units, saturated_units, linear_units, saturated_share, linear_share: counted in the evaluation of the
            training rows, on at most 1,024 of them; defined in `wellfit.engines.compiled.measure.probes.units`.
        moving_mean_distance, moving_spread_distance: of batch normalisation, how far moving statistics are from those
            of these rows: root mean squares over units of the difference of means in standard deviations, and of the
            log of the ratio of standard deviations.
        gradient_signal, gradient_variance, noise_scale: unbiased estimates of the squared norm of the true gradient and
            of the trace of the rows' covariance, from two halves of the mini-batch; and the second over the first, each
            averaged over up to 20 probes: about the batch size beyond which larger batches bring little.
        batch_loss and batch_loss_mean, _spread, _largest, _rise, _swing: of the last mini-batch, and of all since the
            evaluation before: mean, standard deviation, largest; the largest over the median in standard deviations;
            minus the correlation of neighbours, 1 where the loss jumps up and down at every update.
        """
        return ResultFrame(self.engine.probes)

    @property
    def decisions(self) -> list[dict[str, Any]]:
        """How each member ended, and after how many updates.

        `wellfit.train(..., budget=[d["updates"] for d in decisions])` repeats a run with a time limit.
        """
        return self.engine.decisions

    def evaluate(self, part: Part = "test") -> ResultFrame:
        """The kept weights of every member, measured in evaluation mode on a part of its view.

        part: "test" (default), "validation" or "training" rows.

        Returns:
            A row a member: member, view, seed, status, loss (data loss, as the history's), error (error rate of classes
            and labels, squared error of numbers). Both are NaN where the view has no such rows.

        Raises:
            InputError: there is no such part.

        >>> import numpy as np
        >>> import wellfit
        >>> X = np.random.default_rng(0).normal(size=(200, 3))
        >>> population = wellfit.train(wellfit.Recipe(hidden=(8,), epochs=2), X, X[:, 0] > 0)
        >>> population.evaluate("validation").columns
        ['member', 'view', 'seed', 'status', 'loss', 'error']
        """
        return evaluated(self.engine, part)

    def display(self, name: str | None = None) -> Display | Figure:
        """Learning curves: loss and error of training and validation rows by epoch, both in evaluation mode.

        Over the networks of each recipe the median and the middle half; of several recipes also the curves beside one
        another, of the 8 that end best where there are more.

        name: of one figure, such as "loss-by-epoch", which is returned alone; None (default): all.

        Returns:
            A `Display` of figures, which own their data, or the figure of the name.

        Raises:
            InputError: there is no such figure.
        """
        return curves_of(self.history, [member.recipe for member in self.engine.members], name)

    def save(self, folder: str | Path) -> None:
        """Write everything, training data included, to a folder that `wellfit.load` and `wellfit.resume` read.

        folder: path of a new folder.

        Raises:
            InputError: the folder cannot be written or already holds a run.
        """
        RunFolder.begin(folder, self.engine, Budget(), self.schema).save_all(self.engine)
