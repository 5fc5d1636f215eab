"""The learning-rate range test: what one noisy curve says, and what the median over seeds says."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference, mean_of
from wellfit.lab.base.data import digits, samples

CLAIMS = (
    Claim(
        "steadier", "The median of eight seeds suggests steadier rates than a single seed",
        "distance of suggestions from their median in powers of ten, single seed minus eight seeds, mean over "
        "repetitions", least=0.0,
    ),
    Claim(
        "good", "Training at the suggested rate ends within 0.02 of the best of seven rates",
        "test error rate at the suggestion minus the lowest among seven rates from 0.001 to 1, mean over samples of "
        "rows",
        most=0.02,
    ),
)  # fmt: skip
RATES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
SEEDS = 8


def run(lab: Lab) -> Answer:
    """Range tests with one seed and with eight on the same rows, then networks at the suggestion and at seven rates."""
    X, y = digits()
    repeats, updates = lab.pick(3, 5, 12), lab.pick(60, 200, 300)
    recipe = wellfit.Recipe.plain(hidden=(32,), epochs=lab.pick(3, 20, 40), batch_size=32)
    rows = X[:1000], y[:1000]

    def suggestion(seeds: int, seed: int) -> float:
        study = wellfit.studies.range_test(recipe, *rows, seeds=seeds, seed=seed, updates=updates, **lab.options)
        return float(study.facts["suggestion"] or np.nan)

    single = np.log10([suggestion(1, 1000 + k) for k in range(repeats)])
    eight = np.log10([suggestion(SEEDS, SEEDS * k) for k in range(repeats)])
    single, eight = (one[np.isfinite(one)] for one in (single, eight))
    away = [np.abs(one - np.median(one)) for one in (single, eight)]
    many = min(map(len, away))

    study = wellfit.studies.range_test(recipe, *rows, seeds=SEEDS, updates=updates, **lab.options)
    suggested = float(10 ** np.median(eight))
    recipes = [recipe.vary({"optimizer.learning_rate": rate}) for rate in (suggested, *RATES)]
    population = wellfit.train(recipes, X, y, views=samples(repeats, len(y), 1000, 500), **lab.options)
    errors = population.evaluate("test")["error"].to_numpy().reshape(len(recipes), repeats)
    best = errors[1 + int(np.nanargmin(errors[1:].mean(axis=1)))]

    found = {"steadier": difference(away[0][:many], away[1][:many]), "good": difference(errors[0], best)}
    table = [
        {"seeds": name, "lowest suggestion": float(10 ** one.min()), "median": float(10 ** np.median(one)),
         "highest suggestion": float(10 ** one.max()), "powers of ten from the median": mean_of(one_away).mean}
        for name, one, one_away in zip(("1", str(SEEDS)), (single, eight), away, strict=True)
    ]  # fmt: skip
    rates = [
        {"learning rate": rate, "test error": float(errors[k].mean())} for k, rate in enumerate((suggested, *RATES))
    ]
    trained = f"range tests with {repeats} and {repeats * SEEDS} networks, and 8 recipes on {repeats} samples of digits"
    networks = repeats * (1 + SEEDS + len(recipes)) + SEEDS
    return Answer(table, found, study.figures, networks, trained, details={"rates": rates})


EXPERIMENT = Experiment(
    "The range test over seeds",
    "The learning rate rises while a network trains, and the curve of its loss suggests a rate. Do curves from single "
    "seeds suggest the same rate, and how good is the suggestion?",
    CLAIMS, "Smith, Cyclical learning rates for training neural networks, 2017", (0.5, 3.0, 12.0), run,
    "Each curve is one noisy run, and where it bends depends on the mini-batches that happened to come. The median of "
    "several curves is steadier, and networks train well at quite a range of rates.",
)  # fmt: skip
