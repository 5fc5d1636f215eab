"""One member of a population as `wellfit.train` returns it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import polars

from wellfit.engines.compiled.measure.gradient_noise import gradient_noise
from wellfit.engines.compiled.measure.multipliers import Multiplier, multipliers
from wellfit.engines.compiled.measure.robust_error import robust_error
from wellfit.errors import InputError
from wellfit.frames import ResultFrame
from wellfit.models.inspection.methods import Inspectable
from wellfit.models.model import Model
from wellfit.recipe import Recipe
from wellfit.reprs import counted, html_facts, significant
from wellfit.tables.arrays import View

if TYPE_CHECKING:
    from wellfit.training.population import Population

Part = Literal["training", "validation", "test"]


class TrainedMember(Inspectable):
    """One member of a population, and its model, whose figures it shows."""

    def __init__(self, population: Population, index: int) -> None:
        self._member = population.engine.members[index]
        self._population, self._index = population, index

    def __repr__(self) -> str:
        updates, view = counted(self.updates, "update"), f", view {self.view.name!r}" if self.view.name else ""
        loss = f", best validation loss {significant(self.best_loss)}" if math.isfinite(self.best_loss) else ""
        return f"<TrainedMember {self._index}: {self.status.replace('_', ' ')} after {updates}{view}{loss}>"

    def _repr_html_(self) -> str:
        return html_facts(repr(self).strip("<>"), {"seed": self.seed, "recipe": repr(self.recipe)})

    @property
    def recipe(self) -> Recipe:
        """Its recipe."""
        return self._member.recipe

    @property
    def view(self) -> View:
        """Which rows it trained on, validated on and was tested on."""
        return self._member.plan.view

    @property
    def seed(self) -> int:
        """Its seed."""
        return self._member.plan.seed

    @property
    def status(self) -> str:
        """ "finished", "stopped", "diverged", "out_of_budget" or "interrupted"."""
        return self._member.status

    @property
    def updates(self) -> int:
        """Updates made."""
        return self._member.update

    @property
    def best_update(self) -> int:
        """The update whose weights were kept."""
        return self._member.best_update

    @property
    def best_loss(self) -> float:
        """Validation loss of the kept weights; NaN without validation rows."""
        return self._member.best_loss

    @property
    def history(self) -> ResultFrame:
        """Its part of the population's history."""
        return ResultFrame(self._population.history.filter(polars.col("member") == self._index))

    @property
    def model(self) -> Model:
        """The kept weights as a model that predicts and saves."""
        target = self._population.engine.target
        network = self._population.engine.network(self._index)
        return Model(self._population.schema, target.kind, target.labels, (network,))

    @property
    def _predictor(self) -> Model:
        """What the figures are of."""
        return self.model

    def robust_error(
        self, epsilon: float, *, steps: int = 1, step_size: float | None = None, random_start: bool = False,
        low: float | None = None, high: float | None = None, part: Part = "validation",
    ) -> float:  # fmt: skip
        """Mean error of the kept weights on held-out rows whose scaled numbers are moved by up to epsilon against them.

        epsilon: float, the largest change of a number, in units of the scaled column (about a standard deviation), 0 or
            more; 0 gives the error of the rows as they are.
        steps: int, steps of the attack, 1 or more (default 1).
        step_size: float above 0, in epsilons; None (default): 1 for one step, 2.5 / steps for several.
        random_start: bool, begin at a point drawn uniformly within epsilon (default False).
        low: float, the least value of the scaled columns; None (default): none.
        high: float, their greatest value; None (default): none.
        part: "validation" (default), "test" or "training" rows of its view.

        Returns:
            The mean error; for classes 1 - robust accuracy.

        Raises:
            InputError: there is no such part, or it has no rows of positive weight; a setting is out of range; the
                network reads no numeric column.
        """
        engine, rows = self._population.engine, self.view.rows_of(part)
        if not rows.size:
            raise InputError(f"The member's view has no {part} rows: choose another part.")
        settings = {"steps": steps, "step_size": step_size, "random_start": random_start, "low": low, "high": high}
        attack = Recipe(adversarial={"epsilon": epsilon, **settings}).adversarial
        network = engine.network(self._index)
        return robust_error(network, engine.arrays, engine.target, attack, rows, engine.weight)[1]

    def gradient_noise(
        self, batch_sizes: Sequence[int] = (1, 4, 16, 64), *, draws: int = 500, most_rows: int = 2000, seed: int = 0
    ) -> ResultFrame:
        """How far the gradient of a mini-batch lies from that of all rows, at the kept weights: measured and expected.

        The network is the one that predicts, without dropout; rows count with weight 1.

        batch_sizes: list of rows m in a batch, each 1 or more (default 1, 4, 16, 64).
        draws: int, batches drawn of each size (default 500).
        most_rows: int: batches come from so many of the member's first training rows (default 2000).
        seed: int, of the draws (default 0).

        Returns:
            A row for each batch size, without and with replacement: batch_size, replacement, rows (N), draws, measured
            (root mean square over the batches drawn, summed over parameters), uncertainty (its standard error),
            expected: s / sqrt(m) with replacement, s / sqrt(m) sqrt((N - m) / (N - 1)) without, s^2 the rows' variance.

        Raises:
            InputError: a batch size beyond the rows.
        """
        engine = self._population.engine
        rows = self._member.prepared.training.numbers[:most_rows]
        network = engine.network(self._index)
        return ResultFrame(gradient_noise(network, engine.arrays, engine.target, rows, batch_sizes, draws, seed))

    def multipliers(self) -> list[Multiplier]:
        """The penalty that each constraint of the recipe's slot `constraint` amounts to."""
        return multipliers(self._member, self._population.engine.arrays, self._population.engine.target)

    @property
    def prior_strength(self) -> float:
        """The factor lambda of the recipe's `prior` beside the mean loss of the training rows; 0 without a prior."""
        return float(self.recipe.prior.precision() * self._member.prepared.prior_factor)

    def predict(self, X: Any) -> Any:
        """As `Model.predict`: labels (rows,), or numbers (rows,) or (rows, outputs).

        X: a table with the columns of the training table, in any form that `wellfit.train` takes.
        """
        return self.model.predict(X)

    def predict_proba(self, X: Any) -> Any:
        """As `Model.predict_proba`: probabilities (rows, classes).

        X: a table with the columns of the training table, in any form that `wellfit.train` takes.
        """
        return self.model.predict_proba(X)

    def save(self, path: str | Path) -> None:
        """Write the kept weights, with all that prediction needs, to one file; `wellfit.load` reads it.

        path: of the file; what was there is replaced.
        """
        self.model.save(path)
