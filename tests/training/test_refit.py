"""Training on all rows: against algorithms 7.2 and 7.3 written out in NumPy, and the guarantees of the engine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import wellfit
from tests.engines.compiled.bench import plain
from tests.engines.compiled.recipes import recipes
from tests.reference import stopping as reference
from wellfit.engines.compiled.run.training_run import TrainingRun, train_run
from wellfit.engines.contract.budget import Budget
from wellfit.errors import InputError
from wellfit.models.ensemble import best_recipes
from wellfit.tables import k_fold, make_target
from wellfit.tables.arrays import View
from wellfit.techniques.run.refit import Continue
from wellfit.training import Population
from wellfit.training.refit import refit_settings
from wellfit.training.refit.members import continued_member

Array = NDArray[np.float64]
ROWS, COLUMNS, TRAINING = 42, 20, np.arange(30)
VALIDATION, TEST = np.arange(30, 42), np.arange(42, 50)


def data() -> tuple[Array, Array]:
    """Few noisy rows of many columns, so that plain descent overfits; 8 rows more for testing."""
    rng = np.random.default_rng(1)
    X = rng.normal(size=(50, COLUMNS)).astype(np.float32).astype(np.float64)
    return X, (X[:, 0] + rng.normal(size=50)).astype(np.float32).astype(np.float64)


LINEAR: dict[str, Any] = {
    "hidden": (),
    "initialization": "zero",
    "batch_size": "all",
    "epochs": 60,
    "scaling": "none",
    "stopping": {"name": "strict_patience", "patience": 5, "every": 2},
    "optimizer": {"name": "momentum", "learning_rate": 0.02, "momentum": 0.8},
}


def linear(**slots: Any) -> Population:
    X, y = data()
    view = View(TRAINING, VALIDATION, TEST, name="by hand")
    return wellfit.train(plain(**{**LINEAR, **slots}), X, y, views=view, kind="number")


@dataclass(frozen=True)
class State:
    """Weights with the bias last, and their velocity."""

    w: Array
    velocity: Array


class Regression:
    """Linear regression by descent with momentum, the target scaled as its fitting rows say."""

    def __init__(self, fitted_on: Any) -> None:
        X, self.y = data()
        self.X = np.column_stack([X, np.ones(len(X))])
        self.centre, self.scale = self.y[fitted_on].mean(), self.y[fitted_on].std()

    def start(self) -> State:
        return State(np.zeros(COLUMNS + 1), np.zeros(COLUMNS + 1))

    def descend(self, rows: Any, rate: float = 0.02) -> Any:
        def train(state: State, updates: int) -> State:
            w, v = state.w, state.velocity
            for _ in range(updates):
                residual = self.X[rows] @ w - (self.y[rows] - self.centre) / self.scale
                v = 0.8 * v - rate * self.X[rows].T @ residual / len(residual)
                w = w + v
            return State(w, v)

        return train

    def loss(self, rows: Any) -> Any:
        return lambda s: float(np.mean((self.X[rows] @ s.w * self.scale + self.centre - self.y[rows]) ** 2))

    def first_run(self) -> tuple[State, int, float]:
        return reference.algorithm_7_1(self.start(), self.descend(TRAINING), self.loss(VALIDATION), 2, 5)


def weights_of(network: Any) -> Array:
    parts = network.weights()
    return np.append(parts["output.weight"].ravel(), parts["output.bias"]).astype(np.float64)


def test_the_first_run_is_algorithm_7_1() -> None:
    theta, i, v = Regression(TRAINING).first_run()
    member = linear()[0]
    assert member.status == "stopped" and 4 < member.best_update == i
    assert member.best_loss == pytest.approx(v, rel=1e-5)
    np.testing.assert_allclose(weights_of(linear().engine.network(0)), theta.w, atol=2e-6)


def test_anew_is_algorithm_7_2() -> None:
    """i* updates from the start on all rows, target scaled by all rows."""
    _, i, _ = Regression(TRAINING).first_run()
    everything = Regression(np.arange(ROWS))
    expected = everything.descend(np.arange(ROWS))(everything.start(), i)
    found = wellfit.refit(linear(), "from_scratch")
    assert found.members[0].updates == i
    np.testing.assert_allclose(weights_of(found.model.networks[0]), expected.w, atol=2e-6)


@pytest.mark.parametrize("state", ["fresh", "carried"])
@pytest.mark.parametrize("every", [1, 3])
def test_going_on_is_algorithm_7_3(state: str, every: int) -> None:
    model = Regression(TRAINING)
    theta, i, _ = model.first_run()
    start = theta if state == "carried" else State(theta.w, 0 * theta.w)
    losses = model.loss(TRAINING), model.loss(VALIDATION)
    expected, made = reference.algorithm_7_3(start, model.descend(np.arange(ROWS)), *losses, every, 500)
    found = wellfit.refit(linear(), {"name": "continue", "state": state, "every": every, "limit": 500})
    record = found.members[0]
    assert i % every == 0 and 0 < made < 500  # a carried count of updates is measured at its own multiples of `every`
    assert record.reached and record.updates == made
    np.testing.assert_allclose(weights_of(found.model.networks[0]), expected.w, atol=5e-6)


def test_a_limit_ends_it() -> None:
    found = wellfit.refit(linear(), {"name": "continue", "every": 1, "limit": 2})
    assert (found.members[0].updates, found.members[0].reached, found.members[0].status) == (2, False, "finished")


def test_where_validation_is_no_worse_there_is_nothing_to_do() -> None:
    X, y = data()
    rows = np.arange(24)
    again = np.concatenate([X[:24], X[:24]]), np.concatenate([y[:24], y[:24]])  # validation rows are training rows
    trained = wellfit.train(plain(**LINEAR), *again, views=View(rows, rows + 24), kind="number")
    found = wellfit.refit(trained, "continue")
    assert (found.members[0].updates, found.members[0].reached) == (0, True)
    assert np.array_equal(found.model.networks[0].parameters, trained.engine.network(0).parameters)


def folds(kind: str = "class", seeds: Any = 0, n_jobs: int = 1, **slots: Any) -> Population:
    rng = np.random.default_rng(5)
    X = rng.normal(size=(150, 4))
    y = (X[:, 0] + rng.normal(size=150) > 0).astype(int)
    recipe = wellfit.Recipe(**{"hidden": (8,), "epochs": 12, "batch_size": 16, **slots})
    return wellfit.train(recipe, X, y, views=k_fold(make_target(y), 3), seeds=seeds, n_jobs=n_jobs)


def test_anew_is_training_on_all_rows_cut_at_the_same_update() -> None:
    """A constant schedule knows no horizon, so that the identity holds to the bit."""
    trained = folds(schedule="constant", dropout=0.2, weight_decay=0.01)
    found = wellfit.refit(trained, "from_scratch", members=[1])
    member = trained.engine.members[1]
    X, y = trained.engine.arrays.numbers, trained.engine.target.values[:, 0]
    cut = wellfit.train(member.recipe, X, y, views=View(np.arange(150)), budget=[member.best_update], kind="class")
    assert np.array_equal(found.model.networks[0].parameters, cut.engine.network(0).parameters)


def rates(history: pl.DataFrame, member: int = 0) -> dict[int, float]:
    lines = history.filter(member=member)
    return dict(zip(lines["update"].to_list(), lines["learning_rate"].to_list(), strict=True))


SCHEDULED = {"schedule": "one_cycle", "stopping": {"name": "best", "every": 1}}


@pytest.mark.parametrize("count", ["updates", "passes"])
def test_horizons(count: str) -> None:
    """100 training rows make 7 updates an epoch, all 150 make 10."""
    trained = folds(**SCHEDULED)
    best = [member.best_update for member in trained]
    stretch = 1.0 if count == "updates" else 10 / 7
    kept = wellfit.refit(trained, {"name": "from_scratch", "count": count})
    short = wellfit.refit(trained, {"name": "from_scratch", "count": count, "schedule": "compressed"})
    schedule = trained[0].recipe.schedule
    for k in range(3):
        updates = round(best[k] * stretch)
        assert kept.members[k].updates == short.members[k].updates == updates
        for found, span in ((kept, round(84 * stretch)), (short, updates)):
            assert rates(found.history, k)
            for update, rate in rates(found.history, k).items():
                factor = schedule.values(np.array([update - 1.0]), span, 10)[0]
                assert rate == pytest.approx(trained[0].recipe.optimizer.learning_rate * factor, rel=1e-12)
    if count == "updates":
        first = rates(trained.history)
        assert all(first[update] == rate for update, rate in rates(kept.history).items())
    last = rates(short.history)
    assert last[max(last)] == pytest.approx(0.01 / schedule.end, rel=1e-9)


def test_the_median_of_the_folds() -> None:
    trained = folds(stopping={"name": "best", "every": 1}, seeds=[0, 7])
    best = [member.best_update for member in trained]
    found = wellfit.refit(trained, {"name": "from_scratch", "at": "median"})
    assert len(set(best)) > 1 and {record.updates for record in found.members} == {int(np.median(best))}


def test_folds_from_one_seed_become_networks_from_several() -> None:
    found = wellfit.refit(folds(seeds=[0, 7]), "from_scratch")
    assert [record.seed for record in found.members] == [0, 7, 1, 8, 2, 9]
    assert wellfit.refit(folds(), "continue").members[2].seed == 0


@pytest.mark.parametrize("how", ["from_scratch", "continue", {"name": "continue", "state": "carried"}], ids=str)
def test_one_seed_gives_one_result(how: Any) -> None:
    """Twice, over threads, and member by member: the same bits; the population stays as it is."""
    trained = folds(schedule="constant")
    before = [trained.engine.network(i).parameters.copy() for i in range(3)], trained.history
    first, second = wellfit.refit(trained, how), wellfit.refit(folds(schedule="constant", n_jobs=2), how, n_jobs=2)
    for one, other in zip(first.model.networks, second.model.networks, strict=True):
        assert np.array_equal(one.parameters, other.parameters)
    assert first.history.equals(second.history) and first.model.info == second.model.info
    alone = wellfit.refit(trained, how, members=[0])
    assert np.array_equal(alone.model.networks[0].parameters, first.model.networks[0].parameters)
    assert all(np.array_equal(trained.engine.network(i).parameters, before[0][i]) for i in range(3))
    assert trained.history.equals(before[1])


def test_a_replayed_state_is_the_one_that_was_there() -> None:
    """Keeping the last weights, the member still has its state; keeping the best, training is replayed to them."""
    whole = folds(stopping={"name": "updates", "updates": 21, "horizon": "epochs"}, schedule="constant")
    replayed = folds(stopping={"name": "best"}, schedule="constant")
    for member in replayed.engine.members:
        member.best, member.memory["best_update"] = None, 21.0
    how = {"name": "continue", "state": "carried", "limit": 9, "every": 9}
    kept = wellfit.refit(whole, how)
    for i, member in enumerate(replayed.engine.members):
        member.best = whole.engine.network(i).parameters.copy()
    again = wellfit.refit(replayed, how)
    for one, other in zip(kept.model.networks, again.model.networks, strict=True):
        assert np.array_equal(one.parameters, other.parameters)
    replayed.engine.members[0].best[0] += 1
    with pytest.raises(InputError, match="could not be repeated to its kept weights"):
        wellfit.refit(replayed, how)


def test_scheduled_strengths_stay_where_they_were() -> None:
    decay = {"value": 0.4, "schedule": {"name": "linear", "end": 0.0}}
    trained = folds(stopping={"name": "updates", "updates": 42, "horizon": 84}, weight_decay=decay, schedule="linear")
    network = wellfit.refit(trained, {"name": "continue", "limit": 3}).model.networks[0]
    assert network.recipe.weight_decay.strength == pytest.approx(0.2)
    assert network.recipe.optimizer.learning_rate == pytest.approx(0.01 * (1 - 0.5 * 0.99))
    assert network.recipe.schedule.name == "constant"
    faded = folds(schedule="one_cycle", stopping="none")
    assert wellfit.refit(faded, "continue").model.networks[0].recipe.optimizer.learning_rate == pytest.approx(0.001)
    asked = wellfit.refit(faded, {"name": "continue", "learning_rate": 0.5})
    assert asked.model.networks[0].recipe.optimizer.learning_rate == 0.5


def test_encodings_are_fitted_anew_or_kept() -> None:
    """A scaler and a category that only the validation rows have."""
    frame = pl.DataFrame({"a": np.arange(60.0), "b": ["x", "y"] * 20 + ["z", "x"] * 10})
    y = np.arange(60) % 3
    recipe = wellfit.Recipe(hidden=(4,), epochs=2, scaling="standard")
    trained = wellfit.train(recipe, frame, y, views=View(np.arange(40), np.arange(40, 60)), kind="class")
    first = trained.engine.network(0).encoding
    assert first.centre[0] == pytest.approx(19.5)
    anew = wellfit.refit(trained, "from_scratch").model.networks[0].encoding
    kept = wellfit.refit(trained, "continue").model.networks[0].encoding
    assert anew.centre[0] == pytest.approx(29.5) and kept is first
    assert (first.width, anew.width) == (2, 4)  # yes or no becomes one of three


@pytest.mark.parametrize("how", ["from_scratch", "continue"])
def test_rows_of_the_test_part_are_never_used(how: str) -> None:
    trained = linear()
    one = wellfit.refit(trained, how).model.networks[0].parameters
    trained.engine.arrays.numbers[TEST] = 1e6
    trained.engine.target.values[TEST] = -1e6
    assert np.array_equal(wellfit.refit(trained, how).model.networks[0].parameters, one)


def test_weights_and_class_weights_play_their_part() -> None:
    """The ceiling is the weighted loss of the former training rows: weight 0 is no row."""
    X, y = data()
    weight = np.ones(50)
    weight[[3, 31]] = 0
    view = View(TRAINING, VALIDATION)
    trained = wellfit.train(plain(**LINEAR), X, y, views=view, kind="number", sample_weight=weight)
    rows = np.delete(np.arange(ROWS), [3, 31])
    fewer = View(np.arange(29), np.arange(29, 40))
    other = wellfit.train(plain(**LINEAR), X[rows], y[rows], views=fewer, kind="number")
    for how in ("from_scratch", {"name": "continue", "limit": 50}):
        one, two = wellfit.refit(trained, how), wellfit.refit(other, how)
        assert one.members[0].updates == two.members[0].updates
        np.testing.assert_allclose(one.model.networks[0].parameters, two.model.networks[0].parameters, atol=1e-6)


def test_the_cross_validated_score_goes_with_the_model(tmp_path: Path) -> None:
    trained = folds()
    found = wellfit.refit(trained, "from_scratch")
    found.model.save(tmp_path / "all.wellfit")
    info = wellfit.Model.load(tmp_path / "all.wellfit").info
    plain_score = info["cross_validation"][0]
    losses = [member.best_loss for member in trained]
    assert plain_score["loss"]["mean"] == pytest.approx(np.mean(losses), rel=1e-12)
    reach = 4.302652729749464 * np.sqrt((1 / 3 + 1 / 2) * np.var(losses, ddof=1))
    ends = np.mean(losses) * np.exp(np.array([-1, 1]) * reach / np.mean(losses))  # around the logarithm: above 0
    np.testing.assert_allclose(plain_score["loss"]["interval_95"], ends)
    assert info["refit"]["name"] == "from_scratch" and info["refit"]["members"][2]["view"] == "fold 3"
    assert plain_score["folds"] == 3 and found.scores[0].rows == 150


def test_mistakes_are_one_sentence() -> None:
    trained = folds()
    with pytest.raises(InputError, match="got 'again'"):
        wellfit.refit(trained, "again")
    with pytest.raises(InputError, match="greater than or equal to 1"):
        wellfit.refit(trained, {"name": "continue", "limit": 0})
    with pytest.raises(InputError, match="trains nothing again"):
        wellfit.refit(trained, "none")
    with pytest.raises(InputError, match='"plateau" follows validation rows'):
        wellfit.refit(folds(schedule="plateau"), "from_scratch")
    X, y = data()
    whole = wellfit.train(plain(epochs=1), X, y, views=View(np.arange(50)), kind="number")
    with pytest.raises(InputError, match="Member 0 has no validation rows"):
        wellfit.refit(whole)
    assert refit_settings(refit_settings("continue")).name == "continue"


@pytest.mark.parametrize("count", ["updates", "passes"])
def test_anew_with_a_running_average(count: str) -> None:
    """What is averaged is kept, as in training on all rows cut at the same update, with a half-life of as many updates
    as before, or as many passes.
    """
    trained = folds(schedule="constant", averaging="ema", dropout=0.2, weight_decay=0.01)
    found = wellfit.refit(trained, {"name": "from_scratch", "count": count}, members=[1])
    member = trained.engine.members[1]
    X, y = trained.engine.arrays.numbers, trained.engine.target.values[:, 0]
    batch = member.recipe.batch_size
    updates, share = member.best_update, -(-100 // batch) / -(-150 // batch)
    recipe = member.recipe.vary({"averaging.half_life": share if count == "updates" else 1.0})
    made = updates if count == "updates" else round(updates / share)
    cut = wellfit.train(recipe, X, y, views=View(np.arange(150)), budget=[made], kind="class")
    np.testing.assert_allclose(found.model.networks[0].parameters, cut.engine.network(0).parameters, rtol=1e-6)
    assert not np.array_equal(cut.engine.members[0].parameters, cut.engine.network(0).parameters)


@pytest.mark.parametrize("count", ["updates", "passes"])
def test_averages_start_where_they_did(count: str) -> None:
    """SWA from the middle of 84 updates (12 epochs of 7), although the new run ends earlier."""
    slots = {"averaging": {"name": "swa", "start": 0.5}, "stopping": {"name": "updates", "updates": 60, "horizon": 84}}
    trained = folds(**slots, schedule="constant")
    found = wellfit.refit(trained, {"name": "from_scratch", "count": count})
    stretch = 1.0 if count == "updates" else 10 / 7
    flags = found.history.filter(member=0).select("update", "averaged").rows()
    assert found.members[0].updates == round(60 * stretch)
    assert all(averaged == (update >= 42 * stretch + 1) for update, averaged in flags if update % 10 == 0)


@pytest.mark.parametrize("averaging", ["ema", {"name": "swa", "start": 3}], ids=str)
@pytest.mark.parametrize("state", ["fresh", "carried"])
def test_going_on_from_averaged_weights(averaging: Any, state: str) -> None:
    trained = folds(schedule="constant", averaging=averaging)
    how = {"name": "continue", "state": state, "limit": 20, "every": 5, "learning_rate": 1e-30}
    found = wellfit.refit(trained, how)
    for record, network in zip(found.members, found.model.networks, strict=True):
        kept = trained.engine.network(record.member).parameters
        np.testing.assert_allclose(network.parameters, kept, atol=1e-6)  # nothing moves: the average is theta* itself
        assert record.updates in (0, 20)
    assert len(found.model.networks) == 3  # also those that had nothing to do


@pytest.mark.parametrize("state", ["fresh", "carried"])
def test_layers_that_have_thawed_stay_so(state: str) -> None:
    """A first layer that waits for half the run lies apart from the others in memory, until its rate is held at 1."""
    wait = {"value": 1.0, "schedule": {"name": "switch", "share": 0.5}}
    trained = folds(
        hidden=(8, 6), schedule="constant", layer_rates=[wait, 1.0, 1.0], dropout=0, weight_decay=0,
        stopping={"name": "updates", "updates": 60, "horizon": 84},
    )  # fmt: skip
    found = wellfit.refit(trained, {"name": "continue", "state": state, "limit": 10, "every": 10})
    for record, network in zip(found.members, found.model.networks, strict=True):
        kept, now = trained.engine.network(record.member).weights(), network.weights()
        moves = {name: abs(now[name] - kept[name]).max() for name in kept}
        assert set(now) == set(kept) and all(0 < move < 0.5 for move in moves.values()) == (record.updates > 0)
    still = wellfit.refit(trained, {"name": "continue", "state": state, "limit": 3, "learning_rate": 1e-30})
    for record, network in zip(still.members, still.model.networks, strict=True):
        kept, now = trained.engine.network(record.member).weights(), network.weights()
        assert all(np.allclose(now[name], kept[name], atol=1e-6) for name in kept)


def test_what_was_taken_over_is_taken_over_again() -> None:
    """A network that starts from another one starts from it once more; equal recipes with other starts stay apart."""
    X, y = data()
    donor = wellfit.train(plain(hidden=(6,), epochs=2), X, y, kind="number")[0]
    recipe = plain(hidden=(6,), epochs=2, layer_rates=[0.0, 1.0])
    views = k_fold(make_target(y, kind="number"), 2)
    trained = wellfit.train([recipe, recipe], X, y, views=views, kind="number", start_from=[donor.model, None])
    found = wellfit.refit(trained, "from_scratch")
    assert len(found.scores) == 2 and [record.seed for record in found.members] == [0, 1, 0, 1]
    weights = [network.weights()["hidden0.weight"] for network in found.model.networks]
    given = donor.model.networks[0].weights()["hidden0.weight"]
    assert [np.array_equal(weight, given) for weight in weights] == [True, True, False, False]
    assert len(best_recipes(trained)) == 2


@pytest.mark.parametrize("how", ["from_scratch", {"name": "continue", "state": "carried", "limit": 20}], ids=str)
def test_a_population_from_its_folder_is_refitted_to_the_same_bits(how: Any, tmp_path: Path) -> None:
    trained = folds(stopping={"name": "best", "every": 3})
    trained.save(tmp_path / "run")
    one, two = wellfit.refit(trained, how), wellfit.refit(wellfit.load(tmp_path / "run"), how)
    assert one.members == two.members and one.scores == two.scores
    for ours, theirs in zip(one.model.networks, two.model.networks, strict=True):
        assert np.array_equal(ours.parameters, theirs.parameters)


def test_a_carried_state_is_carried_whole() -> None:
    """Going on for k updates at the same rate and rows is the run that never stopped, clipping's memory included."""
    slots = {
        "schedule": "constant", "clipping": {"name": "percentile", "window": 20}, "dropout": 0.2, "weight_decay": 0.01,
        "sampling": {"replacement": True}, "hidden": (8, 6),
    }  # fmt: skip
    X, y = np.random.default_rng(0).normal(size=(60, 4)), np.arange(60) % 2
    recipe = wellfit.Recipe(**{"epochs": 12, "batch_size": 16, **slots})
    rows = np.arange(60)

    def end(updates: int) -> Population:
        stopping = {"name": "updates", "updates": updates}
        return wellfit.train(recipe.vary(stopping=stopping), X, y, views=View(rows[:50], rows[50:]), kind="class")

    first, member = end(20), end(20).engine.members[0]
    prepared = replace(member.prepared, validation=member.prepared.training)
    new = continued_member(first.engine, 0, Continue(state="carried", limit=10))
    assert np.array_equal(new.state, member.state) and np.array_equal(new.parameters, member.parameters)
    new.prepared = prepared  # the same rows as before: the only thing that differs when all rows are trained on
    new.horizon = replace(new.horizon, per_epoch=member.horizon.per_epoch, epoch=member.horizon.epoch)
    new.status, new.evaluate_every = "waiting", 30
    train_run(TrainingRun([new], first.engine.arrays, first.engine.target, first.engine.weight), Budget())
    assert new.update == 30 and np.array_equal(new.parameters, end(30).engine.members[0].parameters)


WAYS = ["from_scratch", "continue", {"name": "continue", "state": "carried", "limit": 5}]


@settings(max_examples=4, deadline=None)
@given(recipe=recipes(), how=st.sampled_from(WAYS))
def test_any_recipe_is_refitted(recipe: wellfit.Recipe, how: Any) -> None:
    """Whatever techniques it mixes: a carried state is found again by replay, or the test would see it refused."""
    X = np.random.default_rng(0).normal(size=(60, 3))
    trained = wellfit.train(recipe, X, X[:, 0] > 0, views=k_fold(make_target(X[:, 0] > 0), 2), kind="class")
    found = wellfit.refit(trained, how)
    assert len(found.members) == 2 and np.isfinite(found.model.predict_proba(X)).all()


def test_an_average_that_had_not_begun_is_left_out() -> None:
    """The kept weights were plain, and so are those of the run that ends where they were."""
    averaging = {"name": "ema", "start": 50}
    for schedule in ("kept", "compressed"):
        trained = linear(averaging=averaging)
        assert trained[0].best_update < 50
        again = wellfit.refit(trained, {"name": "from_scratch", "schedule": schedule})
        assert np.array_equal(again.model.networks[0].parameters, wellfit.refit(linear()).model.networks[0].parameters)


@pytest.mark.parametrize("count", ["updates", "passes"])
def test_settings_in_epochs_repeat_the_first_training(count: str) -> None:
    """The rate of each update (or pass), and whether the weights kept are an average, with more rows to an epoch."""
    rng = np.random.default_rng(0)
    X, rows = rng.normal(size=(240, 4)), np.arange(240)
    y = X[:, 0] + rng.normal(size=240) > 0
    recipe = wellfit.Recipe(
        hidden=(4,),
        epochs=12,
        batch_size=16,
        schedule={"name": "step", "epochs": 2},
        averaging={"name": "swa", "start": 0.55},
        stopping={"name": "updates", "updates": 84, "horizon": "epochs"},
    )
    trained = wellfit.train(recipe, X, y, views=View(rows[:192], rows[192:]))
    assert trained[0].best_update == 84 and trained.history["averaged"][-1] == 1  # the end of epoch 7, the first sample
    again = wellfit.refit(trained, {"name": "from_scratch", "count": count})
    assert again.members[0].updates == (84 if count == "updates" else 105)
    assert again.history["averaged"][-1] == 1
    assert again.history["learning_rate"][-1] == trained.history["learning_rate"][-1]
