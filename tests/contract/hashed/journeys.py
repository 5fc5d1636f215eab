"""What comes before, between and after trainings: views, folds, bags, refits, transfer, files."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

import wellfit
from tests.contract.hashed import tables
from tests.contract.hashed.outcome import HashedCase, Outcome, of_model, of_population, predictions_of, recipe_of
from tests.contract.hashed.tables import recipe
from wellfit.models.ensemble import bag, out_of_fold
from wellfit.tables import bootstrap, by_time, holdout, k_fold, make_target

QUICK = recipe(hidden=[8], epochs=5)
NORMAL = recipe(hidden=[8, 8], epochs=5, normalization="batch", dropout=0.1, averaging="ema")


def made(*given: Any) -> list[wellfit.Recipe]:
    return [recipe_of(one) for one in given]


def estimate(value: Any) -> list[float]:
    return [value.mean, value.low, value.high]


def other_views(threads: int) -> Outcome:
    X, y = tables.binary()
    target, order = make_target(y), tables.signal(X, 9)
    views = [
        holdout(target, share=0.3, seed=2, groups=tables.groups()), *by_time(order, folds=2), *k_fold(target, folds=2)
    ]  # fmt: skip
    population = wellfit.train(made(QUICK), X, y, views=views, seeds=[0, 5], n_jobs=threads)
    return of_population(population, X)


def cross_validated(threads: int) -> Outcome:
    X, y = tables.number()
    words = {"folds": 3, "repeats": 2, "groups": tables.groups(), "split_seed": 4, "n_jobs": threads}
    found = wellfit.cross_validate(made(QUICK, NORMAL), X, y, sample_weight=np.arange(len(X)) % 3 + 1.0, **words)
    outcome = of_population(found.population, X)
    for score in found.scores:
        outcome.predicted(estimate(score.loss), estimate(score.error), score.losses, score.errors, score.rows)
    return outcome


def bagged(threads: int) -> Outcome:
    X, y = tables.classes()
    target = make_target(y)
    outcome = Outcome()
    for drawn_as in ("repeats", "weights"):
        views = bootstrap(target, samples=4, seed=3, drawn_as=drawn_as, groups=tables.groups())
        population = wellfit.train(made(NORMAL), X, y, views=views, n_jobs=threads)
        said = wellfit.out_of_bag(population, n_jobs=threads)
        outcome = outcome.and_also(of_population(population, X))
        outcome.predicted(
            said.predictions, said.network_counts, estimate(said.loss), estimate(said.error), said.never_out_of_bag
        )
    return outcome


def ensembles(threads: int) -> Outcome:
    X, y = tables.binary()
    snapshots = recipe(hidden=[8], snapshots={"name": "spaced", "count": 2})
    views = k_fold(make_target(y), folds=3)
    population = wellfit.train(made(snapshots, QUICK), X, y, views=views, n_jobs=threads)
    outcome = Outcome().predicted(out_of_fold(population))
    for words in (
        {"average": "mean", "recipes": 1},
        {"average": "logits", "weights": [1, 2, 0, 1, 1, 3]},
        {"average": "majority", "members": [0, 2, 5]},
        {"snapshots": True},
    ):
        outcome = outcome.and_also(of_model(bag(population, **words), X))
    return outcome


def refitted_anew(threads: int) -> Outcome:
    X, y = tables.number()
    found = wellfit.cross_validate(made(QUICK, NORMAL), X, y, folds=2, n_jobs=threads)
    outcome = Outcome()
    for way in (
        "from_scratch",
        {"name": "from_scratch", "count": "passes", "schedule": "compressed"},
        {"name": "from_scratch", "at": "median"},
    ):
        again = wellfit.refit(found.population, way, average="median", n_jobs=threads)
        outcome = outcome.and_also(of_model(again.model, X, again.history))
        outcome.predicted([estimate(score.loss) for score in again.scores])
    return outcome


def refitted_further(threads: int) -> Outcome:
    """From recipes whose kept weights are and are not the last, and whose formerly held-out rows are worse."""
    X, y = tables.classes()
    nadam = {"name": "nadam", "learning_rate": 0.02}
    early = recipe(hidden=[16], epochs=12, optimizer=nadam, dropout=tables.fading(0.2), schedule="cosine")
    late = {**NORMAL, "epochs": 12, "dropout": 0.0}
    population = wellfit.train(made(early, late), X, y, n_jobs=threads)
    outcome = Outcome()
    for way in (
        "continue",
        {"name": "continue", "state": "carried", "limit": 12, "every": 3},
        {"name": "continue", "learning_rate": 0.001, "limit": 9},
    ):
        again = wellfit.refit(population, way, n_jobs=threads)
        outcome = outcome.and_also(of_model(again.model, X, again.history))
        outcome.predicted([member.updates for member in again.members])
    return outcome


def transferred(threads: int) -> Outcome:
    X, y = tables.without_text()
    few = X.head(80), np.where(np.arange(80) % 3 > 0, y[:80], "no")
    donor = wellfit.train(made(NORMAL), X, y, n_jobs=threads)[0]
    frozen = recipe_of(NORMAL).vary(layer_rates=[0.0, 0.3, 1.0])
    slow = recipe_of(NORMAL).vary(hidden=(8, 8, 4), layer_rates=[0.0, 1.0, 1.0, 1.0])
    starts = [wellfit.Transfer(donor, layers=2), wellfit.Transfer(donor, layers=1)]
    outcome = of_population(wellfit.train([frozen, slow], *few, start_from=starts, n_jobs=threads), few[0])
    numbers, answers = tables.number()
    named = {"fc.weight": np.round(tables.numbers(8, 5, seed=11) / 4, 3), "fc.bias": np.arange(8) / 8}
    start = wellfit.Transfer(named, layers={"hidden0": "fc"})
    arrays = wellfit.train(made(QUICK), numbers, answers, start_from=start, n_jobs=threads)
    return outcome.and_also(of_population(arrays, numbers))


def pretrained(threads: int) -> Outcome:
    X, y = tables.mixed()
    outcome = Outcome()
    for words in ({"task": "row", "copies": 2}, {"task": "cells", "probability": 0.4, "seed": 3}):
        donor = wellfit.pretrain(recipe_of(QUICK), X, n_jobs=threads, **words)
        after = wellfit.train(made(QUICK), X, y, start_from=donor, n_jobs=threads)
        outcome = outcome.and_also(of_model(donor, X)).and_also(of_population(after, X))
        outcome.predicted(donor.info["pretrained"]["error"])
    return outcome


def resumed(threads: int) -> Outcome:
    """Cut off in the middle, and gone on with from its folder; and from the folder of a finished one."""
    X, y = tables.classes()
    given = made(NORMAL, recipe(optimizer="amsgrad", lookahead=3, schedule="growing_cycles", dropout=0.2))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "run")
        wellfit.train(given, X, y, seeds=[0, 1], budget=[9, 7, 11, 5], folder=folder, n_jobs=threads)
        population = wellfit.resume(folder, budget=[1000] * 4, n_jobs=threads)
        again = wellfit.load(folder)
        outcome = of_population(population, X).and_also(of_population(again, X))
        population.save(Path(place, "copy"))
        return outcome.and_also(of_population(wellfit.load(Path(place, "copy")), X))


def saved_and_predicted(threads: int) -> Outcome:
    """Models of four kinds after a file, asked for many rows, for one, and by NumPy."""
    outcome = Outcome()
    for data, words in (
        (tables.mixed, {}),
        (tables.images, {}),
        (tables.tasks, {"kind": {"sort": "class", "size": "number", "seen": "count", "known": "class"}}),
        (tables.several, {"kind": "number"}),
    ):
        X, y = data()
        population = wellfit.train(made(NORMAL), X, y, seeds=[0, 1], n_jobs=threads, **words)
        with tempfile.TemporaryDirectory() as place:
            bag(population).save(Path(place, "model.wellfit"))
            model = wellfit.Model.load(Path(place, "model.wellfit"))
        outcome = outcome.and_also(of_model(model, X, n_jobs=threads))
        outcome.predicted(predictions_of(model, X[3:4]), predictions_of(model, X, compiled=False))
    return outcome


def range_tested(threads: int) -> Outcome:
    X, y = tables.binary()
    found = wellfit.studies.range_test(recipe_of(QUICK), X, y, seeds=3, updates=60, n_jobs=threads)
    read = [found.facts[name] for name in ("suggestion", "steepest", "divergence")]
    losses = found.details["losses"]["loss"].to_numpy().reshape(3, -1)
    return Outcome().predicted(losses, *(np.nan if value is None else value for value in read))


CASES = [
    HashedCase("other views", other_views),
    HashedCase("cross_validate", cross_validated),
    HashedCase("bootstrap, out of bag", bagged),
    HashedCase("ensembles", ensembles),
    HashedCase("refit from scratch", refitted_anew),
    HashedCase("refit, continued", refitted_further),
    HashedCase("transfer", transferred),
    HashedCase("pretrain", pretrained),
    HashedCase("checkpoint and resume", resumed),
    HashedCase("files and predictions", saved_and_predicted),
    HashedCase("range test", range_tested),
]
