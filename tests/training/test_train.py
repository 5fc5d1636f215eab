"""`wellfit.train`, `resume` and `load`: tables in, a population out."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import wellfit
from wellfit.engines.contract.budget import parse_budget
from wellfit.errors import InputError
from wellfit.tables import holdout, make_target

ROWS = 300


def table(seed: int = 0) -> tuple[pl.DataFrame, list[str]]:
    random = np.random.default_rng(seed)
    age = random.uniform(18, 80, ROWS)
    city = random.choice(["Oslo", "Bergen", "Tromso"], ROWS)
    frame = pl.DataFrame({"age": age, "city": city, "height": random.normal(170, 10, ROWS)})
    frame = frame.with_columns(pl.when(pl.col("age") > 75).then(None).otherwise(pl.col("height")).alias("height"))
    answer = np.where((age > 50) ^ (city == "Oslo"), "yes", "no")
    return frame, answer.tolist()


RECIPE = wellfit.Recipe(hidden=(16,), epochs=40, batch_size=32, optimizer={"name": "adam", "learning_rate": 0.01})


def test_members_are_recipe_by_view_by_seed() -> None:
    frame, answer = table()
    views = [holdout(make_target(answer), seed=seed) for seed in (0, 1)]
    recipes = [RECIPE.vary(epochs=1), RECIPE.vary(epochs=2)]
    population = wellfit.train(recipes, frame, answer, views=views, seeds=[5, 6])
    assert [(m.recipe.epochs, m.view is views[1], m.seed) for m in population] == [
        (epochs, second, seed) for epochs in (1, 2) for second in (False, True) for seed in (5, 6)
    ]
    assert len(population.history) == 2 * 2 * (1 + 2)
    assert len(population[1].history) == 1
    with pytest.raises(IndexError, match="no member 8"):
        population[8]


def test_it_learns_a_table_with_text_and_missing_values() -> None:
    frame, answer = table()
    member = wellfit.train(RECIPE, frame, answer)[0]
    later, truth = table(seed=1)
    predicted = member.predict(later)
    assert set(predicted) <= {"yes", "no"}
    assert np.mean(predicted == np.array(truth)) > 0.9
    assert member.predict_proba(later).shape == (ROWS, 2)
    np.testing.assert_allclose(member.predict_proba(later).sum(axis=1), 1, rtol=1e-6)


def test_numbers_come_back_in_their_units() -> None:
    random = np.random.default_rng(0)
    X = random.normal(size=(400, 3))
    y = 1000 + 50 * X[:, 0] - 20 * X[:, 1] * X[:, 2]
    member = wellfit.train(RECIPE, X, y)[0]
    error = member.predict(X) - y
    assert np.mean(error**2) < 0.1 * y.var()
    last = member.history[-1]
    assert last["validation_loss"].item() < 0.2 * y.var()  # reported without 1/2, in the target's units


def test_counts_are_predicted_as_rates() -> None:
    random = np.random.default_rng(0)
    X = random.normal(size=(600, 2))
    y = random.poisson(np.exp(3 + X[:, 0]))
    member = wellfit.train(RECIPE.vary(hidden=()), X, y, kind="count")[0]
    rate = member.predict(X)
    assert (rate > 0).all()
    assert np.corrcoef(np.log(rate), X[:, 0])[0, 1] > 0.98
    assert abs(rate.mean() / y.mean() - 1) < 0.1


def test_saved_and_loaded_it_is_the_same(tmp_path: Path) -> None:
    frame, answer = table()
    population = wellfit.train(RECIPE.vary(epochs=3), frame, answer, seeds=[0, 1])
    population.save(tmp_path / "run")
    again = wellfit.load(tmp_path / "run")
    assert isinstance(again, wellfit.Population)
    assert again.history.equals(population.history)
    assert (again[1].predict_proba(frame) == population[1].predict_proba(frame)).all()
    population[1].save(tmp_path / "one.wellfit")
    model = wellfit.load(tmp_path / "one.wellfit")
    assert isinstance(model, wellfit.Model)
    assert (model.predict_proba(frame) == population[1].predict_proba(frame)).all()


@pytest.mark.parametrize("budget", [0, [0, 0]])
def test_a_budget_of_0_gives_the_weights_before_training(budget: int | list[int], tmp_path: Path) -> None:
    frame, answer = table()
    start = wellfit.train(RECIPE, frame, answer, budget=budget, seeds=[0, 1], folder=tmp_path / "run")
    assert [member.status for member in start] == ["out_of_budget"] * 2 and start.history.height == 0
    still = RECIPE.vary({"optimizer": {"name": "sgd", "learning_rate": 1e-30}}, epochs=1, weight_decay=0.0)
    trained = wellfit.train(still, frame, answer, seeds=[0, 1])
    for member, same in zip(start, trained, strict=True):  # the draws hang on the seed, not on how one learns
        drawn, moved = (one.model.networks[0].parameters for one in (member, same))
        np.testing.assert_allclose(drawn, moved, rtol=1e-7, atol=1e-25)
        assert drawn.any()
    whole = wellfit.resume(tmp_path / "run", budget=[5, 5])
    straight = wellfit.train(RECIPE, frame, answer, budget=[5, 5], seeds=[0, 1])
    assert whole.history.equals(straight.history)
    assert np.array_equal(whole[1].model.networks[0].parameters, straight[1].model.networks[0].parameters)


@pytest.mark.parametrize("budget", [-1, 1, 1.5, True, float("nan"), {}])
def test_a_budget_that_is_none_is_refused(budget: object) -> None:
    with pytest.raises(InputError, match="or 0 for the weights before training"):
        parse_budget(budget, 2)  # type: ignore[arg-type]


@pytest.mark.parametrize("budget", [timedelta(0), timedelta(seconds=-1), "0s"])
def test_a_time_limit_leaves_some_time(budget: object) -> None:
    with pytest.raises(InputError, match="above 0"):
        parse_budget(budget, 2)  # type: ignore[arg-type]
    assert parse_budget(timedelta(seconds=0.5), 2).seconds == parse_budget("500ms", 2).seconds == 0.5


def test_a_run_out_of_budget_goes_on(tmp_path: Path) -> None:
    frame, answer = table()
    wellfit.train(RECIPE, frame, answer, budget=10, folder=tmp_path / "run")
    further = wellfit.resume(tmp_path / "run", budget=[RECIPE.epochs * 8])
    assert further[0].status == "finished" and further[0].updates == RECIPE.epochs * 8
    with pytest.raises(InputError, match="does not hold a run"):
        wellfit.resume(tmp_path / "elsewhere")


def test_mistakes_are_one_sentence(tmp_path: Path) -> None:
    frame, answer = table()
    with pytest.raises(InputError, match="300 rows and the target 299"):
        wellfit.train(RECIPE, frame, answer[:-1])
    with pytest.raises(InputError, match="needs at least one member"):
        wellfit.train([], frame, answer)
    with pytest.raises(InputError, match="does not suit a target of kind 'binary'"):
        wellfit.train(RECIPE.vary(loss="squared"), frame, answer)
    with pytest.raises(InputError, match="no setting 'hiden'"):
        wellfit.train({"hiden": [3]}, frame, answer)
    with pytest.raises(InputError, match="class_weight names the class 'maybe'"):
        wellfit.train(RECIPE.vary(class_weight={"maybe": 2.0}), frame, answer)
    with pytest.raises(InputError, match="not a time"):
        wellfit.train(RECIPE, frame, answer, budget="later", folder=tmp_path / "never")
    assert not (tmp_path / "never").exists()


def test_decisions_are_saved(tmp_path: Path) -> None:
    X = np.random.default_rng(0).normal(size=(60, 2))
    population = wellfit.train(wellfit.Recipe(hidden=(4,), epochs=1), X, X[:, 0] > 0)
    population.save(tmp_path / "run")
    loaded = wellfit.load(tmp_path / "run")
    assert isinstance(loaded, wellfit.Population)
    assert loaded.decisions == population.decisions and loaded.decisions[0]["status"] == "finished"
