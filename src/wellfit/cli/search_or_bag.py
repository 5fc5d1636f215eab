"""Which of the two the options of `wellfit fit` ask for, a search or a bag of one recipe, and what excludes what."""

from __future__ import annotations

from wellfit.cli.options import FitOptions
from wellfit.errors import InputError


def asks_for_search(options: FitOptions) -> bool:
    """Whether nothing was asked for that only a bag of one recipe has."""
    return not asks_for_bag(options)


def asks_for_bag(o: FitOptions) -> list[str]:
    """The options that only a bag of one recipe has, as they were given; empty where a search can do everything."""
    given = {
        "--recipe": o.recipe is not None,
        "--bootstrap": o.bootstrap is not None,
        "--seeds": o.seeds != 1,
        "--average": o.average != "mean",
        "--start-from": o.start_from is not None,
        "--layers": o.layers is not None,
        "several targets": "," in o.target,
    }
    return [name for name, asked in given.items() if asked]


def check_search(o: FitOptions) -> None:
    """Refuse options of a search that exclude each other.

    Raises:
        InputError: they do.
    """
    if o.budget is not None and o.time is not None:
        raise InputError("--time ends the search by the clock, --budget after so many updates: give one of the two.")
    given = {"--time": o.time, "--budget": o.budget, "--metric": o.metric, "--folds": o.folds}
    told = [name for name, value in given.items() if value is not None]
    if o.replay is not None and o.resume:
        raise InputError("--replay repeats a search, --resume goes on with one: give one of the two.")
    if o.small and o.refit != "none":
        raise InputError("--small teaches one network on all rows, --refit trains the ensemble on them: give one.")
    if o.replay is not None and told:
        raise InputError(f"--replay repeats an earlier search with its own settings: leave {' and '.join(told)} out.")


def check_bag(o: FitOptions) -> None:
    """Refuse options that only a search has.

    Raises:
        InputError: there are some.
    """
    given = {
        "--budget": o.budget,
        "--metric": o.metric,
        "--replay": o.replay,
        "--resume": o.resume or None,
        "--small": o.small or None,
    }
    told = [name for name, value in given.items() if value is not None]
    if told:
        raise InputError(
            f"{' and '.join(told)} go with the search, and a bag of one recipe was asked for (--recipe, --bootstrap, "
            "--seeds, --average, --start-from, or several targets): leave one or the other out."
        )
