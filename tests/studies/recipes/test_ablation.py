"""Ablation: what counts as a technique, the sign of its worth, the choice of strengths, and a study from end to end."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer

import wellfit
from wellfit.errors import InputError
from wellfit.statistics.paired import compare_family
from wellfit.studies import ablation
from wellfit.studies.recipes.ablation_answer import HARMS, HELPS, technique_verdict
from wellfit.studies.recipes.changes import Change, added, changes_of, complexity, is_on, left_out, technique_slots
from wellfit.studies.recipes.tuning import chosen_on_validation

SMALL = wellfit.Recipe(hidden=(8,), epochs=6, batch_size=32)


def test_what_is_left_out_is_as_in_a_plain_network_and_all_left_out_is_plain() -> None:
    recipe = SMALL.vary(l2=0.01, mixup=0.2, normalization="batch", weight_decay={"strength": 0.0, "biases": True})
    held = [slot for slot in technique_slots() if is_on(recipe, slot)]
    assert {"l2", "mixup", "normalization", "optimizer"} < set(held) and "weight_decay" not in held
    assert complexity(recipe) == len(held) and complexity(wellfit.Recipe.plain()) == 0
    rest = recipe
    for slot in held:
        rest = next(iter(left_out(rest, slot).recipes.values()))
    assert complexity(rest) == 0 and rest.hidden == recipe.hidden
    assert rest.vary(weight_decay=0.0) == wellfit.Recipe.plain(hidden=(8,), epochs=6, batch_size=32)


def test_every_technique_that_is_added_turns_its_slot_on_and_nothing_else() -> None:
    changes = changes_of(SMALL.vary(hidden=(8, 8, 8)), None, None, tuned=False)
    for change in changes.possible:
        (recipe,) = change.recipes.values()
        changed = {name.split(".")[0] for name in recipe.diff(SMALL.vary(hidden=(8, 8, 8)))}
        assert changed == {change.slot}
        assert is_on(recipe, change.slot) == (change.kind == "added")
    assert {c.slot for c in changes.possible if c.kind == "added"} > {
        "l1",
        "mixup",
        "unit_norm",
        "sharing",
        "averaging",
    }


def test_what_the_recipe_refuses_is_listed_and_what_no_slot_is_is_refused() -> None:
    changes = changes_of(SMALL.vary(hidden=()), ["dropout"], ["sharing", "l2"], tuned=True)
    assert [c.technique for c in changes.possible] == [
        "dropout",
        "l2",
    ] and "Not tried, with sharing" in changes.skipped[0]
    assert len(changes.possible[1].recipes) == 5 and changes.possible[0].recipes.keys() == {"without dropout"}
    for leave_out, add, words in (
        (["drop_out"], [], "did you mean 'dropout'"), (["l2"], [], "that the recipe holds"),
        ([], ["normalization=batsch"], "takes none, batch, layer"), ([], ["hidden"], "slots of techniques"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=words):
            changes_of(SMALL, leave_out, add, tuned=False)
    assert list(added(SMALL, "normalization", "layer").recipes) == ["with normalization layer"]


@pytest.mark.parametrize(("kind", "shift", "verdict"), [
    ("left out", 0.1, HELPS), ("left out", -0.1, HARMS), ("added", -0.1, HELPS), ("added", 0.1, HARMS),
])  # fmt: skip
def test_the_verdict_is_on_the_technique(kind: Any, shift: float, verdict: str) -> None:
    rng = np.random.default_rng(0)
    base = 0.5 + 0.01 * rng.normal(size=(1, 5, 3))
    changed = base + shift + 0.001 * rng.normal(size=base.shape)
    (one,) = compare_family({"base": base, "changed": changed}, "base", 100, 400)
    assert technique_verdict(Change("changed", "l2", kind, kind, "l2", {}), one) == verdict


def test_a_strength_is_chosen_in_each_fold_on_validation_rows_alone() -> None:
    validation = {"a": [[1.0, 3.0, np.inf]], "b": [[2.0, 2.0, 9.0]], "c": [[np.nan, 4.0, 9.5]]}
    test = {"a": [[10.0, 11.0, 12.0]], "b": [[20.0, 21.0, 22.0]], "c": [[0.0, 0.0, 0.0]]}
    both = {"validation": validation, "test": test}
    grid: Any = SimpleNamespace(losses=lambda name, part: np.array(both[part][name])[..., None])
    tuned = chosen_on_validation(grid, ["a", "b", "c"])
    assert tuned.picks.tolist() == [[0, 1, 1]] and tuned.usual == "b"
    assert tuned.losses(grid, "test").ravel().tolist() == [10.0, 21.0, 22.0]
    assert tuned.words == "a in 1 fold, b in 2 folds"


def test_an_ablation_from_end_to_end(tmp_path: Path) -> None:
    X, y = load_breast_cancer(return_X_y=True)
    kept = np.arange(0, 569, 2)
    study = ablation(
        SMALL, X[kept], y[kept], leave_out=["optimizer", "dropout", "stopping"], add=["constraint", "augmentation"],
        folds=3, seeds=2, n_jobs=1, folder=tmp_path / "run",
    )  # fmt: skip
    table = {row["technique"]: row for row in study.table.iter_rows(named=True)}
    assert list(table) == ["optimizer adam", "dropout", "stopping best", "constraint"]
    first = ["technique", "worth", "worth_low", "worth_high", "verdict"]
    assert study.table.columns[:5] == first, "a narrow screen shows the answer and leaves out settings"
    losses = {
        name: rows["test_loss"].mean() for (name,), rows in study.details["networks"].group_by("recipe")
    }  # fmt: skip
    base = losses["the recipe"]
    assert table["optimizer adam"]["worth"] == pytest.approx(losses["sgd in place of adam"] - base)
    assert table["constraint"]["worth"] == pytest.approx(base - losses["with constraint 10.0"])
    assert table["optimizer adam"]["worth"] > 0.05
    assert any("augmentation.rotation is for images" in remark for remark in study.remarks)
    simpler = study.details["simpler"]
    assert simpler["left_out"].to_list() == [0, 1, 2, 3] and simpler["without"][3].endswith("optimizer adam")
    assert simpler["loss"][0] == pytest.approx(base) and study.plan.networks == 5 * 6 + 2 * 6
    assert study.recipes["best"] == wellfit.Recipe.from_dict(study.recipes["best"].to_dict())
    assert complexity(study.recipes.get("simplest as good", study.recipes["best"])) <= complexity(study.recipes["best"])
    assert [figure.name for figure in study.figures] == ["worth", "left-out-together"]
    again = ablation(
        SMALL, X[kept], y[kept], leave_out=["optimizer", "dropout", "stopping"], add=["constraint", "augmentation"],
        folds=3, seeds=2, n_jobs=1, folder=tmp_path / "run",
    )  # fmt: skip
    assert again.table.equals(study.table)


def test_where_every_recipe_diverged_it_is_said() -> None:
    X = np.random.default_rng(0).normal(size=(40, 2))
    wild = wellfit.Recipe.plain((2,), epochs=2, batch_size=16, optimizer={"name": "sgd", "learning_rate": 1e30})
    with pytest.raises(InputError, match="Networks of every recipe diverged"):
        ablation(wild, X, X[:, 0] > 0, leave_out="none", add=["l2"], folds=2, seeds=1, n_jobs=1)
