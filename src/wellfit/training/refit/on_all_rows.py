"""Training once more on all rows, for as long as early stopping has found best."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from wellfit.engines.compiled.run.member import Member
from wellfit.engines.compiled.run.training_run import TrainingRun, train_run
from wellfit.engines.contract.budget import Budget
from wellfit.engines.contract.network import Network
from wellfit.engines.contract.progress import Progress
from wellfit.errors import InputError, quoted
from wellfit.frames import ResultFrame
from wellfit.models.bagging import OutOfBag, out_of_bag
from wellfit.models.ensemble import TrainedPopulation, recipe_groups, sound_members
from wellfit.models.model import Average, Model
from wellfit.models.model.averaging import check_average
from wellfit.recipe import Recipe
from wellfit.reprs import short_repr
from wellfit.tables.arrays import View
from wellfit.tables.distinct import distinct_values
from wellfit.techniques.base import choice
from wellfit.techniques.run.refit import Continue, FromScratch, Refit
from wellfit.training.cross_validation import Score, fold_score
from wellfit.training.refit.members import continued_member, from_scratch_members

RefitLike = Refit | Mapping[str, Any] | str


@dataclass(frozen=True)
class RefittedMember:
    """How one member was trained on all rows.

    member: its number.
    view: the name of its former view.
    seed: of the new training.
    best_update: the update whose weights the former training kept.
    updates: made on all rows.
    reached: whether continued training came down to the former training loss; None for training from scratch.
    status: how it ended, as of a population's member.
    """

    member: int
    view: str
    seed: int
    best_update: int
    updates: int
    reached: bool | None
    status: str

    __repr__ = short_repr


@dataclass(frozen=True)
class Refitted:
    """What `refit` returns.

    model: all networks as a bag, with what is known of its quality in `info`.
    members: how each was trained.
    scores: the cross-validated ones that the model keeps, one a recipe.
    history: as of a population.
    out_of_bag: of bootstrap samples, which have no such scores, the bag's estimate; otherwise None.
    """

    model: Model
    members: tuple[RefittedMember, ...]
    scores: tuple[Score, ...]
    history: ResultFrame
    out_of_bag: OutOfBag | None = None

    __repr__ = short_repr


def refit(
    population: TrainedPopulation,
    how: RefitLike = "from_scratch",
    *,
    members: Sequence[int] | None = None,
    scores: Score | Sequence[Score] | None = None,
    average: Average = "mean",
    n_jobs: int = 1,
    observers: Sequence[Callable[[Progress], None]] = (),
) -> Refitted:
    """Train members of a population again, on their training and validation rows together.

    Test rows are never trained on. One seed gives one result, whatever n_jobs is.

    population: what `wellfit.train` or `wellfit.cross_validate(...).population` returned; it stays as it is.
    how: "from_scratch" (default), "continue", or their settings as a mapping or as `FromScratch(...)`, `Continue(...)`
        of `wellfit.techniques.run.refit`, whose cards describe what becomes of schedules, optimiser state, scalers and
        categories.
    members: list of their numbers; None (default): all that did not diverge.
    scores: a `Score`, or a list of them, that the model keeps in its info. None (default): those of each recipe over
        its folds, with 95 % intervals (`wellfit.training.cross_validation.fold_score`), or, where views repeat or weigh
        rows, as bootstrap samples do, the chosen members' out-of-bag estimate (`wellfit.out_of_bag`).
    average: of the bag: "mean" (default) of probabilities or numbers, "logits", "majority" or "median".
    n_jobs: int, threads, 1 or more (default 1).
    observers: list of functions, each called with a `Progress` about 20 times a second (default: none).

    Returns:
        A `Refitted`: the model, and how its members were trained.

    Raises:
        InputError: a member without validation rows, an unknown method, or a setting out of range.
        KeyboardInterrupt: Ctrl-C; what was half trained is dropped, the population stays as it is.

    >>> import numpy as np
    >>> import wellfit
    >>> X = np.random.default_rng(0).normal(size=(200, 3))
    >>> validated = wellfit.cross_validate(wellfit.Recipe(hidden=(8,), epochs=2), X, X[:, 0] > 0, folds=2)
    >>> again = wellfit.refit(validated.population, "from_scratch")
    >>> len(again.model.networks), again.members[0].updates == validated.population[0].best_update
    (2, True)
    """
    method, engine = refit_settings(how), population.engine
    chosen = sound_members(engine, members)
    _check_members(engine, chosen, method)
    check_average(average, engine.target.kind)
    known = (scores,) if isinstance(scores, Score) else tuple(scores or ())
    if not all(isinstance(score, Score) for score in known):
        raise InputError(f"scores are those of cross_validate or fold_score; got {quoted(scores)}: leave them out.")
    drawn = any(_is_drawn(engine.members[index].plan.view) for index in chosen)
    bagged = _out_of_bag(engine, chosen, average, n_jobs) if scores is None and drawn else None
    if scores is None and not drawn:
        known = _scores_of(engine, chosen)
    refitted = _before_training(engine, chosen, method)
    origin = [member.update for member in refitted.members]
    train_run(refitted, Budget(), n_jobs, observers=observers)
    if refitted.interrupted:  # a bag of networks that are not trained would pass for one that is
        raise KeyboardInterrupt
    records = tuple(
        _record(index, engine.members[index], member, first, method)
        for index, member, first in zip(chosen, refitted.members, origin, strict=True)
    )
    info = _info(method, records, known, bagged)
    model = Model(
        population.schema, refitted.target.kind, refitted.target.labels, _networks(refitted), None, info, average
    )
    return Refitted(model, records, known, ResultFrame(refitted.history), bagged)


def _check_members(engine: TrainingRun, chosen: Sequence[int], method: Refit) -> None:
    """Refuse members that the method cannot train again."""
    for index in chosen:
        if not engine.members[index].validates:
            raise InputError(
                f"Member {index} has no validation rows, so that it was trained on all rows already: leave refit out."
            )
        check_refit(method, engine.members[index].recipe)


def _before_training(engine: TrainingRun, chosen: Sequence[int], method: Refit) -> TrainingRun:
    """The members that are trained on all rows, before their first update there."""
    if isinstance(method, Continue):
        return TrainingRun(
            [continued_member(engine, i, method) for i in chosen], engine.arrays, engine.target, engine.weight
        )
    if isinstance(method, FromScratch):
        return from_scratch_members(engine, chosen, method)
    raise InputError('refit = "none" trains nothing again: give "from_scratch" or "continue".')


def _info(
    method: Refit, records: Sequence[RefittedMember], scores: Sequence[Score], bagged: OutOfBag | None
) -> dict[str, Any]:
    """What the model keeps of how it was made, and of what is known of its quality."""
    return {
        "refit": {**method.model_dump(mode="json"), "members": [asdict(record) for record in records]},
        "cross_validation": [score.to_plain() for score in scores],
        **({} if bagged is None else {"out_of_bag": bagged.to_plain()}),
    }


def _networks(refitted: TrainingRun) -> tuple[Network, ...]:
    """All that did not diverge, those included that needed no update."""
    sound = [index for index, member in enumerate(refitted.members) if member.status != "diverged"]
    if not sound:
        raise InputError(
            f"All {len(refitted)} members diverged when they were trained on all rows: lower the learning rate, or "
            "leave refit out."
        )
    return tuple(refitted.network(index) for index in sound)


def refit_settings(how: RefitLike) -> Refit:
    """A method of training on all rows from its name, a table of settings or itself.

    Raises:
        InputError: there is no such method, or a setting is out of range.
    """
    if isinstance(how, Refit):
        return how
    try:
        made: Refit = TypeAdapter(choice("refit")).validate_python(how if isinstance(how, str) else dict(how))
    except (ValidationError, TypeError, ValueError) as error:
        fault = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        raise InputError(
            f'refit is "none", "from_scratch", "continue" or a table of their settings; got {quoted(how)}: {fault}.'
        ) from None
    return made


def check_refit(method: Refit, recipe: Recipe) -> None:
    """InputError, before any training, where a method cannot train a recipe on all rows."""
    if isinstance(method, FromScratch) and recipe.schedule.name == "plateau":
        raise InputError(
            'The schedule "plateau" follows validation rows, and training from scratch on all rows has none: use '
            'another schedule, or refit = "continue".'
        )


def _is_drawn(view: View) -> bool:
    """Whether a view repeats or weighs rows, as a bootstrap sample does: what it holds out is no fold."""
    return view.weight is not None or len(distinct_values(view.training)) < len(view.training)


def _out_of_bag(engine: TrainingRun, chosen: Sequence[int], average: Average, n_jobs: int) -> OutOfBag | None:
    """The chosen members' out-of-bag estimate; None of several tasks, which have none."""
    if engine.target.tasks:
        return None
    bag = TrainingRun([engine.members[index] for index in chosen], engine.arrays, engine.target, engine.weight)
    return out_of_bag(bag, average=average, n_jobs=n_jobs)


def _scores_of(engine: TrainingRun, chosen: Sequence[int]) -> tuple[Score, ...]:
    """The score of each recipe among the chosen members, over all of its members in the population."""
    groups = [group for group in recipe_groups(engine) if set(group) & set(chosen)]
    return tuple(fold_score(engine, members) for members in groups)


def _record(index: int, old: Member, new: Member, first: int, method: Refit) -> RefittedMember:
    reached = new.status == "stopped" if isinstance(method, Continue) else None
    view, seed = old.plan.view.name, new.plan.seed
    return RefittedMember(index, view, seed, old.best_update, new.update - first, reached, new.status)
