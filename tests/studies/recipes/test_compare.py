"""Comparisons: recipes and presets by name, updates to a loss, tuned rates with their cost, and a study's end."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer

import wellfit
from wellfit.errors import InputError
from wellfit.studies import compare
from wellfit.studies.base.paired import Pairing
from wellfit.studies.recipes.compare_answer import _at_the_end
from wellfit.studies.recipes.presets import entries_of, named_recipes, varied_by
from wellfit.studies.recipes.speed import Curve, Speed, default_target, mean_curve, speed_of
from wellfit.studies.recipes.speed_answer import speed_rows
from wellfit.studies.recipes.tuning import Tuned
from wellfit.techniques.base import REGISTRY

SMALL = wellfit.Recipe(hidden=(8,), epochs=6, batch_size=32)


def test_recipes_are_named_and_presets_vary_one_slot(tmp_path: Path) -> None:
    SMALL.save(tmp_path / "mine.toml")
    assert list(named_recipes([str(tmp_path / "mine.toml"), "plain", SMALL, "plain"])) == [
        "mine", "plain", "recipe 3", "plain (4)",
    ]  # fmt: skip
    assert named_recipes({"hidden": (8,), "epochs": 6, "batch_size": 32}) == {"recipe 1": SMALL}
    assert named_recipes({"a": SMALL, "b": {"epochs": 2}})["b"] == wellfit.Recipe(epochs=2)
    found, skipped = varied_by("optimizers", SMALL)
    assert set(found) == set(REGISTRY["optimizer"]) and not skipped and next(iter(found)) == "adam"
    assert found["adam"] is SMALL and found["sgd"].diff(SMALL)["optimizer.name"] == ("sgd", "adam")
    assert list(varied_by("normalizations", SMALL.vary(normalization="layer"))[0]) == [
        "layer", "no normalization", "batch",
    ]  # fmt: skip
    found, skipped = varied_by("optimizers", SMALL.vary(schedule="one_cycle", optimizer="momentum"))
    assert len(found) + len(skipped) == len(REGISTRY["optimizer"])


def test_what_cannot_be_compared_is_refused() -> None:
    for recipes, preset, words in (
        ([SMALL], None, "two recipes or more"), (["plain", SMALL], "optimizers", "varies one recipe"),
        (SMALL, "optimisers", "presets are optimizers, activations"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=words):
            entries_of(recipes, preset, tune_rates=False)


def test_each_recipe_gets_as_many_rates() -> None:
    entries, _ = entries_of([SMALL, "plain"], None, tune_rates=True)
    rates = [[one.optimizer.learning_rate for one in entry.recipes.values()] for entry in entries]
    assert rates[0] == pytest.approx([0.001, 0.003, 0.01, 0.03, 0.1, 0.3])
    assert rates[1] == pytest.approx([0.01, 0.03, 0.1, 0.3, 1.0, 3.0])
    names = tuple(entries[0].recipes)
    ends = _at_the_end({"inner": Tuned(names, np.array([[0, 2, 2]])), "outer": Tuned(names, np.array([[5, 5, 2]]))})
    assert "Of outer most folds" in ends[0] and not _at_the_end({"alone": Tuned(names[:1], np.zeros((1, 3), int))})


def curve(*losses: float, kept: int = 0, seconds: float = 0.5) -> Any:
    updates = 10.0 * np.arange(len(losses))
    return Curve(updates, np.array(losses), kept, 10 * (len(losses) - 1), seconds)


def test_updates_to_a_loss_are_those_of_the_first_evaluation_that_reaches_it() -> None:
    one = curve(3.0, 2.0, 1.0, math.nan, 0.5, kept=20)
    assert [one.to_target(target) for target in (3.0, 1.5, 0.5, 0.1, math.nan)] == [0, 20, 40, math.inf, math.inf]
    assert one.kept_loss == 1.0 and curve(1.0, 2.0, kept=7).kept_loss == math.inf
    assert one.lowest_at(np.array([0.0, 15.0, 30.0, 99.0])).tolist() == [3.0, 2.0, 1.0, 0.5]
    at, middle = mean_curve([curve(3.0, 1.0), curve(5.0, 4.0, 2.0), curve(9.0, 8.0, 0.0)])
    assert at.tolist() == [10.0, 20.0] and middle.tolist() == [4.0, 1.0]


def test_the_rates_that_were_not_chosen_count_as_tuning() -> None:
    table = np.empty((2, 1, 2, 2), object)  # rates, partitions, folds, seeds
    table[0, 0] = [[curve(3.0, 1.0, kept=10), curve(3.0, 2.0, kept=10)], [curve(3.0, 9.0), curve(9.0, 9.0)]]
    table[1, 0] = [
        [curve(1.0, 1.0, 0.1), curve(1.0, 1.0, 0.1)],
        [curve(4.0, 0.5, 0.4, kept=20), curve(4.0, 4.0, 0.3, kept=20)],
    ]
    curves = {"slow": table[0], "fast": table[1]}
    tuned = Tuned(("slow", "fast"), np.array([[0, 1]]))
    target = default_target(curves, tuned)
    assert target.tolist() == [[[2.0], [0.4]]]
    speed = speed_of(curves, tuned, target)
    assert speed.updates.tolist() == [[[10, 10], [20, 20]]] and speed.seconds.tolist() == [[[5, 5], [10, 10]]]
    assert speed.tuning.tolist() == [[[20, 20], [10, 10]]]
    assert speed_of(curves, tuned, 0.35).updates.tolist() == [[[math.inf, math.inf], [math.inf, 20]]]


def test_shares_of_updates_are_geometric_means_and_what_is_not_reached_is_infinite() -> None:
    rng = np.random.default_rng(0)
    first = np.exp(5 + 0.1 * rng.normal(size=(1, 5, 3)))
    half = first / 2 * np.exp(0.05 * rng.normal(size=first.shape))
    none = np.full(first.shape, math.inf)
    speeds = {name: Speed(one, one, 100 + 0 * first) for name, one in {"a": first, "b": half, "c": none}.items()}
    pairing = Pairing(np.full((1, 5), 100.0), np.full((1, 5), 400.0), 0.01, False, None)
    a, b, c = speed_rows(speeds, "a", pairing)
    ratio = float(np.exp(np.log(half / first).mean()))
    assert b["share"] == pytest.approx(ratio) and b["share_low"] < ratio < b["share_high"] < 1
    assert [row["verdict"] for row in (a, b, c)] == ["reference", "faster", "slower"] and c["share"] == math.inf
    assert (c["reached"], c["networks"]) == (0, 15) and ratio < b["share_with_tuning"] < 1


def test_a_comparison_from_end_to_end() -> None:
    X, y = load_breast_cancer(return_X_y=True)
    kept = np.arange(0, 569, 2)[:285]
    recipes = {"adam": SMALL, "crawling": SMALL.vary(optimizer={"name": "sgd", "learning_rate": 1e-4}), "again": SMALL}
    study = compare(recipes, X[kept], y[kept], folds=3, seeds=2, n_jobs=1, target_loss=0.4)
    rows = {row["recipe"]: row for row in study.table.iter_rows(named=True)}
    assert study.table["recipe"][2] == "crawling" and rows["crawling"]["reached"] == "0 of 6"
    assert rows["again"]["difference"] == 0 and rows["again"]["verdict"] == "practically the same"
    assert rows["adam"]["verdict"] == "reference" and rows["adam"]["reached"] == "6 of 6"
    networks = study.details["networks"]
    means = {name: part["test_loss"].mean() for (name,), part in networks.group_by("recipe")}
    gain = means["crawling"] - means["adam"]
    assert rows["crawling"]["difference"] == pytest.approx(gain) and gain > 0.1
    assert study.recipes["lowest loss"] == SMALL and study.facts["target loss"] == 0.4
    assert [figure.name for figure in study.figures] == ["quality", "curves", "speed"]
    assert study.details["speed"]["updates"][1] == math.inf and "the reference, adam, has the lowest" in study.verdict
