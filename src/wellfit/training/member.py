"""One member of a population, as its user sees it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from wellfit.errors import InputError
from wellfit.models.model import Model
from wellfit.recipe import Recipe
from wellfit.tables.arrays import View

if TYPE_CHECKING:
    import polars

    from wellfit.engines.compiled.measure.multipliers import Multiplier
    from wellfit.training.population import Population

Part = Literal["training", "validation", "test"]


class TrainedMember:
    """One member of a population, and the model it makes."""

    def __init__(self, population: Population, index: int) -> None:
        self._member = population.engine.members[index]
        self._population, self._index = population, index

    def __repr__(self) -> str:
        return f"<member {self._index}: {self.status} after {self.updates} updates, view {self.view.name!r}>"

    @property
    def recipe(self) -> Recipe:
        """Its recipe."""
        return self._member.recipe

    @property
    def view(self) -> View:
        """Its rows."""
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
    def history(self) -> polars.DataFrame:
        """Its part of the population's history."""
        import polars

        return self._population.history.filter(polars.col("member") == self._index)

    @property
    def model(self) -> Model:
        """The kept weights as a model that predicts and saves."""
        target = self._population.engine.target
        network = self._population.engine.network(self._index)
        return Model(self._population.schema, target.kind, target.labels, (network,))

    def robust_error(self, epsilon: float, *, steps: int = 1, part: Part = "validation", **settings: Any) -> float:
        """Mean error of the kept weights on held-out rows whose scaled numbers are moved by up to epsilon against them.

        For classes: 1 - robust accuracy. part: "validation", "test" or "training" rows of its view. steps and settings:
        those of the technique "adversarial".

        Raises:
            InputError: there is no such part, or it has no rows of positive weight; a setting is out of range; the
                network reads no numeric column.
        """
        from wellfit.engines.compiled.measure.robust_error import robust_error

        engine, rows = self._population.engine, self.view.rows_of(part)
        if not rows.size:
            raise InputError(f"The member's view has no {part} rows: choose another part.")
        attack = Recipe(adversarial={"epsilon": epsilon, "steps": steps, **settings}).adversarial
        network = engine.network(self._index)
        return robust_error(network, engine.arrays, engine.target, attack, rows, engine.weight)[1]

    def gradient_noise(
        self, batch_sizes: Sequence[int] = (1, 4, 16, 64), *, draws: int = 500, most_rows: int = 2000, seed: int = 0
    ) -> polars.DataFrame:
        """How far the gradient of a mini-batch lies from that of all rows, at the kept weights: measured and expected.

        A row for each batch size m, without and with replacement: batch_size, replacement, rows (N), draws, measured
        (root mean square over the batches drawn, summed over parameters), uncertainty (its standard error), expected:
        s / sqrt(m) with replacement, s / sqrt(m) sqrt((N - m) / (N - 1)) without, s^2 the rows' variance.
        Batches come from the member's first `most_rows` training rows, each with weight 1; the network is the one that
        predicts, without dropout.

        Raises:
            InputError: a batch size beyond the rows.
        """
        import polars

        from wellfit.engines.compiled.measure.gradient_noise import gradient_noise

        engine = self._population.engine
        rows = self._member.prepared.training.numbers[:most_rows]
        network = engine.network(self._index)
        return polars.DataFrame(gradient_noise(network, engine.arrays, engine.target, rows, batch_sizes, draws, seed))

    def multipliers(self) -> list[Multiplier]:
        """Of each part that the recipe's `constraint` holds, the penalty that it amounts to."""
        from wellfit.engines.compiled.measure.multipliers import multipliers

        return multipliers(self._member, self._population.engine.arrays, self._population.engine.target)

    @property
    def prior_strength(self) -> float:
        """The lambda that the recipe's `prior` has become beside the mean loss of the training rows; 0 without one."""
        return float(self.recipe.prior.precision() * self._member.prepared.prior_factor)

    def predict(self, X: Any) -> Any:
        """Predictions for a table like the training table: labels (rows,), or numbers (rows,) or (rows, outputs)."""
        return self.model.predict(X)

    def predict_proba(self, X: Any) -> Any:
        """Probabilities (rows, classes)."""
        return self.model.predict_proba(X)

    def save(self, path: str | Path) -> None:
        """Write the kept weights, with all that prediction needs, to one file."""
        self.model.save(path)
