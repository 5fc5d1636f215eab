"""Several tasks through `wellfit.train`: targets by name with missing labels, predictions by task, files, resuming."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import wellfit
from tests.models.model.changed_files import forge
from tests.training.trained import ROWS, table, targets
from wellfit import Model, Recipe
from wellfit.errors import InputError
from wellfit.models.ensemble import bag, out_of_fold
from wellfit.tables import is_tasks, make_tasks

RECIPE = Recipe(hidden=(8, 6), epochs=3, batch_size=32, tasks={"weights": {"visits": 0.5}, "hidden": [5]})


def answers() -> dict[str, Any]:
    """Five tasks; a third of the rows has no answer to some of them."""
    gone = np.random.default_rng(5).random((ROWS, 3)) < 0.3
    sick: list[Any] = targets("binary").tolist()
    return {
        "size": np.where(gone[:, 0], np.nan, targets("numbers")),
        "sick": [None if g else answer for g, answer in zip(gone[:, 1], sick, strict=True)],
        "sort": pd.Series(np.where(gone[:, 2], np.nan, targets("classes"))),
        "visits": targets("counts"),
        "tags": targets("labels"),
    }


KINDS = {"visits": "count", "tags": "labels", "sort": "class"}


def population(**more: Any) -> Any:
    return wellfit.train(RECIPE, table(), answers(), kind=KINDS, **more)


def test_predictions_come_by_task_and_survive_the_file(tmp_path: Path) -> None:
    member = population()[0]
    said, sure = member.predict(table()), member.predict_proba(table())
    assert list(said) == ["size", "sick", "sort", "visits", "tags"] and list(sure) == ["sick", "sort", "tags"]
    assert said["size"].shape == (ROWS,) and said["tags"].shape == (ROWS, 3)
    assert set(said["sick"]) <= {"yes", "no"} and set(said["sort"]) <= {0, 1, 2}
    assert (said["visits"] >= 0).all() and sure["sort"].shape == (ROWS, 3)
    for name in sure:
        if name != "tags":
            np.testing.assert_allclose(sure[name].sum(axis=1), 1)
    member.save(tmp_path / "model.wellfit")
    model = Model.load(tmp_path / "model.wellfit")
    assert [task.name for task in model.tasks] == list(said) and model.tasks == member.model.tasks
    for name, answer in model.predict(table()).items():
        assert np.array_equal(answer, said[name])
    one = model.task("sort")
    assert np.array_equal(one.predict(table()), said["sort"]) and np.array_equal(
        one.predict_proba(table()), sure["sort"]
    )
    assert model.outputs(table()).shape == (ROWS, 1 + 1 + 3 + 1 + 3)
    for name, answer in model.predict(table(), compiled=False).items():
        if answer.dtype.kind == "f":
            np.testing.assert_allclose(answer, said[name], rtol=1e-4, atol=1e-4)
        else:  # but for a row that lies on a border
            assert np.mean(answer == said[name]) > 0.98
    with pytest.raises(InputError, match="no task 'x'; it has: size, sick"):
        model.task("x")
    with pytest.raises(InputError, match="save the model itself"):
        one.save(tmp_path / "one.wellfit")


def test_history_by_task() -> None:
    trained = population(seeds=[0, 1])
    lines = trained.task_history
    assert lines.columns[:4] == ["member", "epoch", "update", "task"] and lines.height == 2 * 3 * 5
    first = lines.filter((pl.col("member") == 1) & (pl.col("epoch") == 3.0))
    weights = np.array([1.0, 1.0, 1.0, 0.5, 1.0])
    whole = trained[1].history["validation_error"].to_list()[-1]
    np.testing.assert_allclose((weights * first["validation_error"].to_numpy()).sum(), whole, rtol=1e-12)
    assert wellfit.train(RECIPE.vary(tasks={}), table(), targets("binary")).task_history.height == 0


def test_the_unit_of_a_number_changes_neither_the_kept_weights_nor_the_stop() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 3))
    noisy, sign = x[:, 0] + rng.normal(size=60), x[:, 1] > 0
    recipe = Recipe(hidden=(16,), epochs=25, schedule="constant", stopping={"name": "patience", "patience": 5})
    kept = []
    for unit in (2.0**-10, 1.0, 2.0**10):  # powers of two: scaled, the targets are the same to the bit
        population = wellfit.train(recipe, x, {"number": noisy * unit, "sign": sign}, kind={"number": "number"})
        member = population[0]
        kept.append((member.best_update, member.updates, member.best_loss, population.engine.network(0).parameters))
    for best, updates, loss, parameters in kept[1:]:
        assert (best, updates) == kept[0][:2] and np.array_equal(parameters, kept[0][3])
        np.testing.assert_allclose(loss, kept[0][2], rtol=1e-6)


def test_alone_in_a_population_and_resumed_the_same_bits(tmp_path: Path) -> None:
    together = wellfit.train([RECIPE, RECIPE.vary(hidden=(4,))], table(), answers(), kind=KINDS, n_jobs=2)
    assert np.array_equal(population().engine.network(0).parameters, together.engine.network(0).parameters)
    wellfit.train(RECIPE, table(), answers(), kind=KINDS, folder=tmp_path / "run", budget=5)
    resumed = wellfit.resume(tmp_path / "run", budget=10_000)
    assert np.array_equal(resumed.engine.network(0).parameters, together.engine.network(0).parameters)
    assert resumed.task_history.height >= 15
    loaded = wellfit.load(tmp_path / "run")
    assert np.array_equal(loaded[0].predict(table())["size"], together[0].predict(table())["size"])


def test_a_bag_averages_each_task_in_its_own_way(tmp_path: Path) -> None:
    trained = population(seeds=[0, 1, 2])
    model = bag(trained)
    single = [member.predict(table()) for member in trained]
    np.testing.assert_allclose(model.predict(table())["size"], np.mean([one["size"] for one in single], axis=0))
    sure = np.mean([member.predict_proba(table())["sort"] for member in trained], axis=0)
    np.testing.assert_allclose(model.predict_proba(table())["sort"], sure)
    model.save(tmp_path / "bag.wellfit")
    assert np.array_equal(Model.load(tmp_path / "bag.wellfit").predict(table())["size"], model.predict(table())["size"])
    with pytest.raises(InputError, match="averaged by mean; got 'median'"):
        bag(trained, average="median")
    with pytest.raises(InputError, match="this population has several tasks"):
        out_of_fold(trained)


def test_layers_transfer_from_and_to_several_tasks() -> None:
    donor = population()[0]
    recipe = RECIPE.vary(layer_rates=[0, 0, 1])
    one_target = recipe.vary(tasks={})
    new = wellfit.train(one_target, table(), targets("binary"), start_from=wellfit.Transfer(donor, layers=2))[0]
    back = wellfit.train(recipe, table(), answers(), kind=KINDS, start_from=new.model)[0]
    for member in (new, back):
        ours, theirs = (m.model.networks[0].weights()["hidden1.weight"] for m in (member, donor))
        assert np.array_equal(ours, theirs)


def test_frames_of_unlike_columns_are_tasks_and_plain_numbers_are_not() -> None:
    mixed = pd.DataFrame({"a": [1.5, None, 2.5], "b": ["x", "y", None]})
    assert is_tasks(mixed) and is_tasks(pl.from_pandas(mixed)) and is_tasks({"a": [1]})
    numbers = pd.DataFrame({"a": [1.5, 2.5], "b": [0.5, 1.5]})
    assert not is_tasks(numbers) and not is_tasks(numbers.to_numpy()) and not is_tasks(numbers["a"])
    target = make_tasks(mixed)
    assert [task.kind for task in target.tasks] == ["numbers", "binary"]
    np.testing.assert_array_equal(target.values, np.array([[1.5, 0], [np.nan, 1], [2.5, np.nan]], np.float32))


@pytest.mark.parametrize("gone", [np.nan, None])
def test_of_several_columns_each_cell_may_miss(gone: Any) -> None:
    wide = [[1.5, gone, 2.0], [gone, gone, gone], [gone, 4.5, 0.5]]
    expected = np.array([[1.5, np.nan, 2], [np.nan] * 3, [np.nan, 4.5, 0.5]], np.float32)
    target = make_tasks({"wide": wide})
    np.testing.assert_array_equal(target.values, expected)
    answers = make_tasks({"tags": [[True, None], [None, False], [False, True]]}, {"tags": "labels"})
    np.testing.assert_array_equal(answers.values, np.array([[1, np.nan], [np.nan, 0], [0, 1]], np.float32))
    with pytest.raises(InputError, match="Column 1 of the task 'wide' has no label at all: leave it out"):
        make_tasks({"wide": [[1.5, gone], [2.5, gone]]})


def test_what_is_wrong_with_tasks_is_said() -> None:
    for match, y, kind in (
        ("'a' has no label at all", {"a": [None] * ROWS, "b": targets("binary")}, None),
        (r"as there are rows, and the tasks have \[3, 120\]", {"a": [1, 2, 3], "b": targets("binary")}, None),
        ("Task 'a': Counts are whole numbers", {"a": targets("numbers")}, {"a": "count"}),
        ("got a kind for 'x'; the tasks are: a", {"a": targets("numbers")}, {"x": "count"}),
        ("given by name", {"a": targets("numbers")}, "count"),
        ("is for several tasks", targets("numbers"), {"a": "count"}),
        ("at most 32 tasks; got 33", {f"t{k}": targets("binary") for k in range(33)}, None),
        ("the tasks are: none", {}, None),
    ):
        with pytest.raises(InputError, match=match):
            wellfit.train(RECIPE.vary(tasks={}), table(), y, kind=kind)


@pytest.mark.parametrize("tasks", [{"weights": {"x": 2.0}}, {"hidden": [5]}, {"losses": {"x": "huber"}}])
def test_settings_of_tasks_are_refused_where_y_is_one_target(tasks: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="settings of `tasks`, and y is one target: give y as .name: labels"):
        wellfit.train(Recipe(hidden=(4,), epochs=1, tasks=tasks), table(), targets("numbers"))


def test_silent_units_of_a_network_of_tasks_are_counted() -> None:
    model = population()[0].model
    sparsity = model.activation_sparsity(table())
    assert list(sparsity[0].zeros) == ["hidden0", "hidden1"]


def test_hostile_tasks_in_a_file_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.wellfit"
    population()[0].save(path)

    whole = path.read_bytes()
    assert forge(whole, tmp_path, lambda content, tensors: None).tasks

    def changed(change: Any) -> None:
        with pytest.raises(InputError, match="not a complete wellfit model"):
            forge(whole, tmp_path, lambda content, tensors: change(content) and None)

    changed(lambda content: content["tasks"][0].update(outputs=[0, 9]))
    changed(lambda content: content["tasks"][1].update(columns=[0, 1]))
    changed(lambda content: content["tasks"][0].update(kind="tasks"))
    changed(lambda content: content["tasks"].pop())
    changed(lambda content: content.update(tasks={}))
    changed(lambda content: content["tasks"][0].update(name="other"))
    changed(lambda content: content["networks"][0]["recipe"]["tasks"].update(hidden=[10**9]))


def test_a_task_with_a_single_value_is_refused() -> None:
    with pytest.raises(InputError, match="a value for each row; got a single int"):
        make_tasks({"a": np.arange(5), "b": 3})
