"""What is tried: remedies and their combinations, random changes inside declared ranges, changed tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from wellfit.diagnosis.base import Finding, Judgement, Remedy, TableChange
from wellfit.diagnosis.trial import combinations_of, patches_of, random_patches, try_table_changes
from wellfit.diagnosis.trial.judging import PATIENT, judge_trial
from wellfit.diagnosis.trial.patches import Patch
from wellfit.diagnosis.trial.random_patches import cost_of, drawable_slots
from wellfit.diagnosis.trial.settings_drawn import UNDRAWN, bounds_of, drawn_setting
from wellfit.diagnosis.trial.table_changes import changed_table, with_groups, without_columns
from wellfit.errors import InputError
from wellfit.recipe import Recipe
from wellfit.studies.base import settings_of, study_table, train_grid
from wellfit.studies.base.paired import Pairing
from wellfit.studies.base.table import measured_views
from wellfit.tables.arrays import Arrays, Target
from wellfit.techniques.base import REGISTRY

NUMBERS = Arrays(np.zeros((100, 2), np.float32), np.zeros((100, 0), np.int32))
CLASSES = Target("binary", np.zeros((100, 1), np.float32), ("a", "b"))


def finding(code: str, *remedies: Remedy) -> Finding:
    return Finding(code, code, Judgement("found", f"{code}.", {}, "problem", remedies=remedies))


def test_each_remedy_is_tried_alone_and_first_ones_together() -> None:
    first = finding("a", Remedy("Use ReLU.", {"activation": "relu"}), Remedy("Use tanh.", {"activation": "tanh"}))
    second = finding("b", Remedy("Slower.", {"optimizer.learning_rate": 0.001}))
    same = finding("c", Remedy("Use ReLU too.", {"activation": "relu"}))
    impossible = finding("d", Remedy("Never.", {"optimizer.learning_rate": -1.0}))
    patient = Recipe(activation="sigmoid", optimizer={"name": "sgd", "learning_rate": 1.0})
    found = {one.name: one for one in patches_of([first, second, same, impossible], patient, Recipe())}
    assert found["a 1"].codes == ("a", "c") and found["a 2"].recipe.activations()[0].name == "tanh"
    assert found["default training"].recipe.optimizer == Recipe().optimizer
    assert found["default training"].recipe.activation == patient.activation
    assert found["default recipe"].recipe == Recipe() and "d 1" not in found
    recipes = [one.recipe for one in found.values()]
    assert len({one.to_json() for one in recipes}) == len(recipes)


def test_of_each_finding_the_remedy_that_did_best_is_combined() -> None:
    first = finding("a", Remedy("Use ReLU.", {"activation": "relu"}), Remedy("Use tanh.", {"activation": "tanh"}))
    second = finding("b", Remedy("Slower.", {"optimizer.learning_rate": 0.001}))
    third = finding("c", Remedy("Wider.", {"hidden": [99]}))
    patient = Recipe(activation="sigmoid", optimizer={"name": "sgd", "learning_rate": 1.0})
    losses = {"a 1": 0.9, "a 2": 0.5, "b 1": 0.7, "c 1": 1.2, "default training": 0.8, "default recipe": 0.8}
    tried = [(one, losses[one.name]) for one in patches_of([first, second, third], patient, Recipe())]
    found = {one.name: one for one in combinations_of(tried, 1.0, patient, Recipe())}
    assert found["all best remedies"].changes == {"activation": "tanh", "optimizer.learning_rate": 0.001}
    assert found["a remedy of each finding"].recipe.hidden == (99,)
    with_training = found["best remedy, default training"].recipe
    assert with_training.activations()[0].name == "tanh" and with_training.optimizer == Recipe().optimizer
    assert len(combinations_of(tried, 1.0, patient, Recipe(), len(tried) + 1)) == 1


def test_no_more_are_tried_than_asked_for_and_none_without_remedies() -> None:
    many = [finding(f"f{k}", Remedy("Width.", {"hidden": [k + 1]})) for k in range(20)]
    assert len(patches_of(many, Recipe(), Recipe.plain(), 12)) == 8 + 1, "with room for four combinations"
    few = patches_of(many, Recipe(), Recipe.plain(), 1)
    assert [one.name for one in few] == ["f0 1", "default recipe"], "which was trained before"
    other = finding("g", Remedy("Batches.", {"batch_size": 7}))
    at_once = patches_of([many[0], other], Recipe(), Recipe.plain(), 1)[0]
    assert at_once.name == "first remedies together" and at_once.changes == {"hidden": [1], "batch_size": 7}
    assert patches_of([finding("a"), finding("b", Remedy("Rows.", {}, TableChange()))], Recipe(), Recipe.plain()) == ()


def test_random_changes_touch_one_to_three_slots_and_cost_no_more() -> None:
    patient = Recipe(hidden=(16,), epochs=10)
    most = 2 * cost_of(patient, 100)
    drawn = random_patches(patient, 60, 0, NUMBERS, CLASSES, most_cost=most)
    assert len(drawn) == 60 and {len(one.changes) for one in drawn} == {1, 2, 3}
    assert all(cost_of(one.recipe, 100) <= most for one in drawn)
    slots = {slot for one in drawn for slot in one.changes}
    assert slots <= set(drawable_slots(NUMBERS, CLASSES)) and len(slots) > 25
    again = random_patches(patient, 60, 0, NUMBERS, CLASSES, most_cost=most)
    assert [one.recipe for one in again] == [one.recipe for one in drawn]
    assert [one.recipe for one in random_patches(patient, 5, 1, NUMBERS, CLASSES)] != [one.recipe for one in drawn[:5]]
    assert all(slot not in drawable_slots(NUMBERS, Target("numbers", CLASSES.values)) for slot in ("label_smoothing",))


@pytest.mark.parametrize("family", list(REGISTRY))
def test_random_settings_lie_within_the_declared_ranges(family: str) -> None:
    random = np.random.default_rng(0)
    for cls in REGISTRY[family].values():
        fields: dict[str, Any] = cls.__pydantic_fields__
        for name, field in fields.items():
            values = [drawn_setting(field, random) for _ in range(40)]
            known = [value for value in values if value is not UNDRAWN]
            if not known or not isinstance(known[0], float):
                continue
            extra = field.json_schema_extra or {}
            low, high, _, _ = bounds_of(field)
            low, high = extra.get("low", low), extra.get("high", high)
            assert low <= min(known) and max(known) <= high, (cls, name)
            assert len(set(known)) > 30, (cls, name)
            if np.isfinite(low) and np.isfinite(high):
                assert abs(np.mean(known) - (low + high) / 2) < (high - low) / 5, "uniform over the range"


def pairing() -> Pairing:
    return Pairing(np.full((1, 4), 50.0), np.full((1, 4), 150.0), 0.001, False, None)


def test_validation_rows_choose_and_test_rows_judge() -> None:
    noise = 0.01 * np.random.default_rng(0).normal(size=(6, 1, 4, 2))
    names = {"good": (0.5, 0.6), "flattered": (0.4, 1.2), "r": (0.7, 0.9), "w": (0.1, 0.1), PATIENT: (1.0, 1.0)}
    patches = [
        Patch("good", "remedy", "Good.", {}, Recipe()), Patch("flattered", "combination", "Bad.", {}, Recipe()),
        Patch("r", "random", "R.", {}, Recipe()), Patch("w", "default recipe", "W.", {}, Recipe()),
    ]  # fmt: skip
    validation = {name: values[0] + noise[k] for k, (name, values) in enumerate(names.items())}
    test = {name: values[1] + noise[5 - k] for k, (name, values) in enumerate(names.items())}
    result = judge_trial(patches[:3], validation, test, pairing())
    assert result.chosen is not None and result.chosen.patch.name == "flattered" and not result.helped
    assert result.best_random is not None and result.relative[0] == pytest.approx(-0.2, abs=0.02)
    assert result.against_random is not None and result.against_random.verdict == "worse"
    whole = judge_trial(patches, validation, test, pairing())
    assert whole.chosen is not None and whole.chosen.patch.kind == "default recipe" and whole.helped


def test_a_change_with_lower_means_is_offered_though_not_shown_to_help() -> None:
    spread = np.array([-0.4, 0.0, 0.0, 0.1]).reshape(1, 4, 1)
    patch = Patch("a", "remedy", "A.", {}, Recipe())
    patient = np.ones((1, 4, 1))
    offered = judge_trial([patch], {PATIENT: patient, "a": patient - 0.1}, {PATIENT: patient, "a": patient + spread},
                          pairing())  # fmt: skip
    assert offered.chosen is not None and not offered.helped and offered.promises
    for validation, test in ((0.1, -0.1), (-0.1, 0.1), (0.0, -0.1)):
        losses = {PATIENT: patient, "a": patient + validation}, {PATIENT: patient, "a": patient + spread + test + 0.075}
        assert not judge_trial([patch], *losses, pairing()).promises


def test_a_change_that_diverged_is_not_chosen_and_one_that_cures_divergence_helps() -> None:
    losses = {PATIENT: np.full((1, 4, 2), np.inf), "a": np.full((1, 4, 2), 0.5), "b": np.full((1, 4, 2), 0.1)}
    losses["a"] = losses["a"] + 0.01 * np.arange(8).reshape(1, 4, 2)
    losses["b"][0, 0, 0] = np.inf
    patches = [Patch(name, "remedy", "", {}, Recipe()) for name in "ab"]
    result = judge_trial(patches, losses, losses, pairing())
    assert result.chosen is not None and result.chosen.patch.name == "a" and result.helped
    assert result.relative[0] == 1.0 and result.best_random is None


def table(rows: int = 80) -> Any:
    random = np.random.default_rng(0)
    X = random.normal(size=(rows, 2)).astype(np.float32)
    import polars as pl

    y = X[:, 0] > 0
    frame = pl.DataFrame({"a": X[:, 0], "kind": random.choice(["u", "v"], rows), "leak": y.astype(float), "b": X[:, 1]})
    return study_table(frame, y, {})


def test_columns_are_left_out_of_numbers_and_codes() -> None:
    whole = table()
    less = without_columns(whole, ("leak", "kind"))
    assert less.schema.number_names == ("a", "b") and less.schema.code_names == ()
    assert np.array_equal(less.rows.arrays.numbers, whole.rows.arrays.numbers[:, [0, 2]])
    assert less.rows.arrays.codes.shape[1] == 0 and less.rows.arrays.levels == ()
    with pytest.raises(InputError, match="'nothing' is no column that the networks see"):
        without_columns(whole, ("nothing",))
    with pytest.raises(InputError, match="No column"):
        without_columns(whole, ("a", "b", "leak", "kind"))


def test_texts_are_left_out_with_their_stored_columns() -> None:
    import polars as pl

    random = np.random.default_rng(0)
    words = ["red blue", "green", "red", "blue green red", "yellow blue"]
    frame = pl.DataFrame(
        {"t": random.choice(words, 60), "a": random.normal(size=60), "u": random.choice(words[::-1], 60)}
    )
    options: Any = {"column_kinds": {"t": "text", "u": "text"}}
    whole = study_table(frame, frame["a"].to_numpy(), options)
    less = without_columns(whole, ("t",)).rows.arrays.sparse
    alone = study_table(frame.drop("t"), frame["a"].to_numpy(), {"column_kinds": {"u": "text"}}).rows.arrays.sparse
    assert less is not None and alone is not None and less.groups == alone.groups and less.columns == alone.columns
    for name in ("starts", "indices", "values"):
        assert np.array_equal(getattr(less, name), getattr(alone, name)), name
    assert without_columns(whole, ("t", "u")).rows.arrays.sparse is None


def test_rows_kept_together_stay_on_one_side_and_left_out_rows_do_not_train() -> None:
    whole, settings = table(), settings_of({"folds": 4})
    together = with_groups(whole, [(0, 1, 2), (5, 6)])
    assert len(set(together.rows.groups[[0, 1, 2]])) == 1 and len(set(together.rows.groups)) == 80 - 3
    _, views = changed_table(whole, measured_views(whole, settings), TableChange(keep_together=((0, 1, 2),)), settings)
    for view in views.views:
        sides = {part for part in ("training", "validation", "test") for r in (0, 1, 2) if r in getattr(view, part)}
        assert len(sides) == 1
    before = measured_views(whole, settings)
    _, after = changed_table(whole, before, TableChange(drop_rows=tuple(range(10))), settings)
    for old, new in zip(before.views, after.views, strict=True):
        assert not set(new.training) & set(range(10)) and np.array_equal(new.test, old.test)
        assert np.array_equal(new.validation, old.validation)


def test_a_leaking_column_is_judged_by_what_is_left_without_it() -> None:
    whole, settings = table(), settings_of({"folds": 2, "seeds": 1, "n_jobs": 1})
    recipe = Recipe(hidden=(8,), epochs=5)
    grid = train_grid({PATIENT: recipe}, whole, settings, validates=True)
    leak = finding("leaking-columns", Remedy("Leave out leak.", {}, TableChange(drop_columns=("leak",))))
    unknown = finding("identifier-columns", Remedy("Leave out x.", {}, TableChange(drop_columns=("x",))))
    advice = try_table_changes([leak, unknown], recipe, grid, whole, lambda part: settings)
    (tried,), notes = advice.tried, advice.notes
    assert advice.ground.change == TableChange(drop_columns=("leak",))
    assert tried.recommended and tried.code == "leaking-columns" and "not known" in tried.verdict
    assert tried.difference is not None and tried.gap == pytest.approx(tried.loss - tried.validation_loss)
    assert len(notes) == 1 and "Leave out x" in notes[0]
