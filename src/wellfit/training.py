"""The public door to the engine: recipes and a table in, a population of trained networks out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from wellfit.arrays import Target, View
from wellfit.data import Schema, Table, check_weights, holdout, is_tasks, make_target, make_tasks, read_table
from wellfit.engine.budget import Budget, BudgetLike, parse_budget
from wellfit.engine.checkpoint import load_population, save_plan
from wellfit.engine.member import Network, Plan
from wellfit.engine.population import Population as EnginePopulation
from wellfit.engine.population import Progress, run_population, train_population
from wellfit.errors import InputError
from wellfit.files import write_atomically
from wellfit.model import Model
from wellfit.recipe import Recipe, as_recipe
from wellfit.transfer import StartLike, check_columns, starts_of

if TYPE_CHECKING:
    import polars

    from wellfit.engine.multipliers import Multiplier

Part = Literal["training", "validation", "test"]
RecipeLike = Recipe | Mapping[str, Any] | str | Path
Observer = Callable[[Progress], None]
SCHEMA_FILE = "schema.json"


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
        from wellfit.engine.robust import robust_error

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

        from wellfit.engine.gradient_noise import gradient_noise

        engine = self._population.engine
        rows = self._member.ready.training.numbers[:most_rows]
        network = engine.network(self._index)
        return polars.DataFrame(gradient_noise(network, engine.arrays, engine.target, rows, batch_sizes, draws, seed))

    def multipliers(self) -> list[Multiplier]:
        """Of each part that the recipe's `constraint` holds, the penalty that it amounts to."""
        from wellfit.engine.multipliers import multipliers

        return multipliers(self._member, self._population.engine.arrays, self._population.engine.target)

    @property
    def prior_strength(self) -> float:
        """The lambda that the recipe's `prior` has become beside the mean loss of the training rows; 0 without one."""
        return float(self.recipe.prior.precision() * self._member.ready.prior_factor)

    def predict(self, X: Any) -> Any:
        """Predictions for a table like the training table: labels (rows,), or numbers (rows,) or (rows, outputs)."""
        return self.model.predict(X)

    def predict_proba(self, X: Any) -> Any:
        """Probabilities (rows, classes)."""
        return self.model.predict_proba(X)

    def save(self, path: str | Path) -> None:
        """Write the kept weights, with all that prediction needs, to one file."""
        self.model.save(path)


class Population(Sequence[TrainedMember]):
    """Networks trained together. `population[i]` is a member; `history` is one tidy table."""

    def __init__(self, engine: EnginePopulation, schema: Schema) -> None:
        self.engine, self.schema = engine, schema

    def __len__(self) -> int:
        return len(self.engine)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(f"The population has {len(self)} members, so there is no member {index}.")
        return TrainedMember(self, index % len(self))

    def __repr__(self) -> str:
        return f"<population of {len(self)} members>"

    def snapshots(self, index: int) -> list[Network]:
        """The networks that a member was on its way, first to last, where its recipe takes snapshots."""
        return self.engine.snapshots(index)

    @property
    def history(self) -> polars.DataFrame:
        """A row for each member and evaluation: member, epoch, update, learning_rate, running_loss (training mode),
        objective
        (with penalties), training_loss, training_error, validation_loss, validation_error (evaluation mode),
        gradient_norm,
        clipped_share, averaged (1 where the averaged weights were measured, 0 where the plain ones).
        """
        return self.engine.history

    @property
    def task_history(self) -> polars.DataFrame:
        """Of several tasks, each one's part of the history: member, epoch, update, task, and losses and errors in
        evaluation mode, in the task's units. A loss of the history is the sum of those on scaled targets, as
        minimised, weighted by the recipe's `tasks.weights`.
        """
        return self.engine.task_history

    @property
    def decisions(self) -> list[dict[str, Any]]:
        """How each member ended, and after how many updates: `budget=[d["updates"] for d in decisions]` replays a
        timed run.
        """
        return self.engine.decisions

    def save(self, folder: str | Path) -> None:
        """Write everything, training data included, to a new folder that `load` and `resume` read.

        Raises:
            InputError: the folder cannot be written or already holds a run.
        """
        from wellfit.engine.checkpoint import save_decisions, save_member

        folder = Path(folder)
        _save_schema(self.schema, folder)
        save_plan(self.engine, Budget(), folder)
        for index, member in enumerate(self.engine.members):
            save_member(member, index, folder)
        save_decisions(self.engine, folder)


def train(
    recipes: RecipeLike | Sequence[RecipeLike],
    X: Any,
    y: Any,
    *,
    views: View | Sequence[View] | None = None,
    seeds: int | Sequence[int] = 0,
    sample_weight: Any = None,
    kind: str | Mapping[str, str] | None = None,
    column_kinds: Mapping[str, str] | None = None,
    n_jobs: int = 1,
    budget: BudgetLike = None,
    folder: str | Path | None = None,
    observers: Sequence[Observer] = (),
    start_from: StartLike | Sequence[StartLike] = None,
) -> Population:
    """Train every recipe on every view from every seed, side by side.

    recipes: one or a list; each a `Recipe`, a table of settings or a path.
    X: a table of (rows, columns): a path to CSV or Parquet, a pandas, polars or Arrow frame, a NumPy array or a SciPy
    sparse matrix; or images, an array (rows, height, width) or (rows, height, width, channels) or an idx file.
    y: (rows,) or (rows, outputs) targets; text and few whole numbers are classes, other numbers are numbers. Several
        tasks at once: {name: labels}, or a frame of several columns that are not all numbers or miss some; None and NaN
        are labels that are missing. See the recipe's `tasks`.
    views: which rows train and validate (default: one hold-out of 20 %, stratified).
    seeds: one or a list. sample_weight: (rows,), at least 0; a weight k counts as k equal rows.
    kind: "class", "number" or "count" where the guess from y is wrong; of tasks by name. column_kinds: the same for
        columns, by name.
    n_jobs: threads. budget: whole updates in all (shared equally), a time such as "60s", or updates for each member.
    folder: a new folder for checkpoints; `wellfit.resume(folder)` goes on after a kill.
    observers: called with a `Progress` about 20 times a second.
    start_from: a `Transfer` or a model whose hidden layers the networks start from, or a list with one for each recipe.

    The order of members is recipe by recipe, in each view by view, in each seed by seed.

    Raises:
        InputError: anything that is wrong with recipes, table, target, weights, views or budget, in one sentence.

    >>> import numpy as np
    >>> import wellfit
    >>> X = np.random.default_rng(0).normal(size=(200, 3))
    >>> recipes = [wellfit.Recipe(hidden=(8,), epochs=2, dropout=rate) for rate in (0.0, 0.2)]
    >>> population = wellfit.train(recipes, X, X[:, 0] > 0, seeds=[0, 1])
    >>> len(population), population[0].status
    (4, 'finished')
    """
    given = recipes if isinstance(recipes, Sequence) and not isinstance(recipes, str) else [recipes]
    every_recipe = [as_recipe(recipe) for recipe in given]
    starts, shared = starts_of(start_from, every_recipe)
    schema, table = _schema_of(X, shared, column_kinds)
    arrays = schema.arrays(table)
    target = target_of(y, kind)
    if len(target.values) != arrays.rows:
        raise InputError(f"The table has {arrays.rows} rows, but the target {len(target.values)}: they must agree.")
    weight = None if sample_weight is None else check_weights(sample_weight, arrays.rows)
    chosen = [views] if isinstance(views, View) else list(views) if views is not None else [holdout(target)]
    every_seed = [int(seeds)] if isinstance(seeds, (int, np.integer)) else [int(seed) for seed in seeds]
    plans = [
        Plan(recipe, view, seed, start)
        for recipe, start in zip(every_recipe, starts, strict=True)
        for view in chosen
        for seed in every_seed
    ]
    if folder is not None:
        parse_budget(budget, len(plans))  # before anything is written
        _save_schema(schema, Path(folder))
    trained = train_population(
        plans, arrays, target, weight, n_jobs=n_jobs, budget=budget, folder=folder, observers=observers
    )
    return Population(trained, schema)


def target_of(y: Any, kind: Any) -> Target:
    """The target of one task or of several, by name."""
    if is_tasks(y):
        if isinstance(kind, str):
            raise InputError(f"Of several tasks the kind is given by name, and {kind!r} came: kind={{name: {kind!r}}}.")
        return make_tasks(y, kind)
    if isinstance(kind, Mapping):
        raise InputError("kind by name is for several tasks, and one target came: give it as text.")
    return make_target(y, kind=kind)


def _schema_of(X: Any, shared: Schema | None, column_kinds: Mapping[str, str] | None) -> tuple[Schema, Table]:
    """The table, and the schema it is read by: that of the donors, or its own."""
    if shared is None:
        table = read_table(X)
        return Schema.infer(table, kinds=column_kinds), table
    if column_kinds:
        raise InputError("With start_from the donor's columns keep their kinds: leave column_kinds out.")
    table = shared.read(X)
    check_columns(shared, table)
    return shared, table


def resume(
    folder: str | Path, *, n_jobs: int = 1, budget: BudgetLike = None, observers: Sequence[Observer] = ()
) -> Population:
    """Go on with the run in a folder, after a kill or an interruption, to the same bits as without it.

    budget: a new one; by default the run's own (a time limit starts afresh).

    Raises:
        InputError: the folder holds no run.
    """
    population, own = load_population(folder)
    limits = own if budget is None else parse_budget(budget, len(population))
    return Population(run_population(population, limits, n_jobs, folder, observers), _load_schema(Path(folder)))


def load(path: str | Path) -> Population | Model:
    """A population from its folder, or a model from its file.

    Raises:
        InputError: neither is there.
    """
    path = Path(path)
    if path.is_dir():
        return Population(load_population(path)[0], _load_schema(path))
    return Model.load(path)


def _save_schema(schema: Schema, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "plan.json").exists():
            write_atomically(folder / SCHEMA_FILE, json.dumps(schema.to_plain()).encode())
    except OSError as error:
        raise InputError(f"The folder {str(folder)!r} cannot be written: {error.strerror}.") from None


def _load_schema(folder: Path) -> Schema:
    try:
        return Schema.from_plain(json.loads((folder / SCHEMA_FILE).read_text()))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"The folder {str(folder)!r} holds no readable {SCHEMA_FILE}: {error}.") from None
