"""Bags: which members take part, and that held-out predictions come from members that did not train on the row."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import wellfit
from tests.training.trained import population, table, targets, train
from wellfit.errors import InputError
from wellfit.models.ensemble import bag, best_recipes, out_of_fold
from wellfit.tables import bootstrap, k_fold, make_target
from wellfit.tables.arrays import View
from wellfit.training import Population


def test_a_bag_is_the_mean_of_its_members() -> None:
    trained = population("classes", folds=3)
    single = [member.predict_proba(table()) for member in trained]
    np.testing.assert_allclose(bag(trained).predict_proba(table()), np.mean(single, axis=0), rtol=1e-14)
    chosen = bag(trained, members=[2, 0], weights=[3.0, 1.0])
    np.testing.assert_allclose(chosen.predict_proba(table()), (3 * single[2] + single[0]) / 4, rtol=1e-14)


def test_a_majority_counts_votes() -> None:
    trained = population("classes", folds=3)
    votes = np.stack([member.predict_proba(table()).argmax(axis=1) for member in trained])
    shares = bag(trained, average="majority").predict_proba(table())
    np.testing.assert_allclose(shares, np.stack([(votes == k).mean(axis=0) for k in range(3)], axis=1), rtol=1e-12)


def test_a_median_of_numbers() -> None:
    trained = population("several", folds=3)
    single = np.stack([member.predict(table()) for member in trained])
    np.testing.assert_array_equal(bag(trained, average="median").predict(table()), np.median(single, axis=0))


def test_the_engines_population_needs_a_schema() -> None:
    trained = population("binary", folds=3)
    with pytest.raises(InputError, match="give schema="):
        bag(trained.engine)
    by_parts = bag(trained.engine, trained.schema, info={"folds": 3})
    assert by_parts.info == {"folds": 3}
    assert np.array_equal(by_parts.predict_proba(table()), bag(trained).predict_proba(table()))


@pytest.mark.parametrize("kind", ["binary", "classes", "labels", "numbers", "counts"])
def test_each_row_is_predicted_by_the_member_that_held_it_out(kind: str) -> None:
    trained = population(kind, folds=3)
    said = out_of_fold(trained)
    for member in trained:
        rows = member.view.validation
        if kind in ("numbers", "counts"):
            np.testing.assert_array_equal(said[rows, 0], member.predict(table())[rows])
        else:
            np.testing.assert_array_equal(said[rows], member.predict_proba(table())[rows])
    assert np.isfinite(said).all()


def test_no_member_that_trained_on_a_row_speaks_for_it() -> None:
    """Changing one member alone changes the rows that it held out, and no other."""
    trained = train("numbers", folds=4)
    before = out_of_fold(trained)
    member = trained.engine.members[2]
    kept = member.parameters if member.best is None else member.best
    kept *= np.float32(1.5)
    changed = np.flatnonzero((out_of_fold(trained) != before).any(axis=1))
    assert set(changed) <= set(member.plan.view.validation.tolist())
    assert len(changed) > 25


def bootstrapped(kind: str) -> Population:
    y = targets(kind)
    target = make_target(y, kind="number" if kind == "numbers" else "class")
    recipe = wellfit.Recipe(hidden=(6,), epochs=2)
    return wellfit.train(recipe, table(), y, views=bootstrap(target, samples=5))


def test_rows_held_out_by_several_members_get_their_average_and_others_nan() -> None:
    trained = bootstrapped("numbers")
    single = np.stack([member.predict(table()) for member in trained])
    held = np.stack([np.isin(np.arange(120), member.view.validation) for member in trained])
    for average, expected in (("mean", np.nanmean), ("median", np.nanmedian)):
        said = out_of_fold(trained, average=average)[:, 0]
        spoken = held.any(axis=0)
        assert np.isnan(said[~spoken]).all()
        masked = np.where(held, single, np.nan)[:, spoken]
        np.testing.assert_allclose(said[spoken], expected(masked, axis=0), rtol=1e-5)


def test_test_rows_are_a_part_of_their_own() -> None:
    y, rows = targets("binary"), np.arange(120)
    views = [View(rows[:60], rows[60:90], rows[90:]), View(rows[60:], rows[:30], rows[30:60])]
    trained = wellfit.train(wellfit.Recipe(hidden=(4,), epochs=1), table(), y, views=views)
    said = out_of_fold(trained, part="test")
    assert np.flatnonzero(np.isfinite(said).all(axis=1)).tolist() == [*range(30, 60), *range(90, 120)]


def test_diverged_members_take_no_part() -> None:
    trained = train("numbers", folds=3)
    trained.engine.members[1].status = "diverged"
    rows = trained[1].view.validation
    assert len(bag(trained).networks) == 2
    assert np.isnan(out_of_fold(trained)[rows]).all()
    weighted = bag(trained, members=[0, 1, 2], weights=[1.0, 5.0, 3.0])
    np.testing.assert_array_equal(weighted.weights, [0.25, 0.75])
    for member in trained.engine.members:
        member.status = "diverged"
    with pytest.raises(InputError, match="All 3 members diverged"):
        bag(trained)


def test_members_that_are_not_there_are_named() -> None:
    with pytest.raises(InputError, match="members 0 to 2; got member 3"):
        bag(population("binary", folds=3), members=[3])
    with pytest.raises(InputError, match="averaged by mean, logits, majority"):
        out_of_fold(population("binary", folds=3), average="median")


def raced() -> Population:
    """Three recipes on three folds from two seeds."""
    recipes = [wellfit.Recipe(hidden=(4,), epochs=epochs, batch_size=32) for epochs in (1, 3, 2)]
    return wellfit.train(recipes, table(), targets("binary"), views=folds_of("binary"), seeds=[0, 1])


def folds_of(kind: str) -> list[View]:
    return list(k_fold(make_target(targets(kind), kind="class"), 3))


def test_the_best_recipes_by_hand() -> None:
    trained = raced()
    losses = np.array([member.best_loss for member in trained]).reshape(3, 3, 2).mean(axis=2)
    order = np.argsort(losses.mean(axis=1), kind="stable").tolist()
    ranked = best_recipes(trained)
    assert [one.recipe for one in ranked] == [trained[6 * i].recipe for i in order]
    assert [one.members for one in ranked] == [tuple(range(6 * i, 6 * i + 6)) for i in order]
    np.testing.assert_allclose([one.by_fold for one in ranked], losses[order], rtol=1e-14)
    assert ranked[0].estimate.low < ranked[0].estimate.mean < ranked[0].estimate.high
    assert [one.recipe for one in best_recipes(trained, 2)] == [one.recipe for one in ranked[:2]]
    bagged = bag(trained, recipes=2)
    assert len(bagged.networks) == 12 and bagged.networks[0].recipe == ranked[0].recipe
    errors = [trained.history.filter(member=i, update=m.best_update)["validation_error"] for i, m in enumerate(trained)]
    by_error = np.array([error.item() for error in errors]).reshape(3, 3, 2).mean(axis=(1, 2))
    assert best_recipes(trained, by="error")[0].estimate.mean == pytest.approx(by_error.min(), rel=1e-12)


def test_equal_recipes_stay_in_order_and_diverged_ones_come_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wellfit.models.ensemble.ranking.predicted_loss_and_error", lambda *given: (0.5, 0.5))
    trained = raced()
    assert [one.members[0] for one in best_recipes(trained)] == [0, 6, 12]
    trained.engine.members[3].status = "diverged"
    ranked = best_recipes(trained)
    assert [one.members[0] for one in ranked] == [6, 12, 0] and np.isinf(ranked[2].estimate.mean)


def test_recipes_that_cannot_be_compared() -> None:
    trained = raced()
    with pytest.raises(InputError, match="3 recipes to choose from; got k = 4"):
        best_recipes(trained, 4)
    with pytest.raises(InputError, match="give one of the two"):
        bag(trained, members=[0], recipes=1)
    recipe = wellfit.Recipe(hidden=(4,), epochs=1)
    whole = wellfit.train(recipe, table(), targets("binary"), views=View(np.arange(120)))
    with pytest.raises(InputError, match="a view has none"):
        best_recipes(whole)
    losses = [recipe, recipe.vary(loss="huber")]
    mixed = wellfit.train(losses, table(), targets("numbers"), views=folds_of("binary"), kind="number")
    with pytest.raises(InputError, match='use by="error"'):
        best_recipes(mixed)
    assert len(best_recipes(mixed, by="error")) == 2


def test_an_ensemble_is_no_worse_than_its_members_on_average() -> None:
    """Different initialisations: log-loss (Jensen), of the mean and of the mean before softmax; squared error."""
    y = targets("classes")
    trained = train("classes", seeds=4)
    wanted = np.searchsorted(trained.engine.target.labels, y)
    own = [-np.log(member.predict_proba(table())[np.arange(120), wanted]) for member in trained]
    for average in ("mean", "logits"):
        together = bag(trained, average=average).predict_proba(table())[np.arange(120), wanted]
        assert (-np.log(together) <= np.mean(own, axis=0) + 1e-9).all()
    assert not np.array_equal(own[0], own[1])


def test_a_members_snapshots_share_its_weight(monkeypatch: pytest.MonkeyPatch) -> None:
    """A member may take part with several networks; as an ensemble of ensembles its own share stays what it was."""
    trained = population("classes", folds=3)
    single = [member.predict_proba(table()) for member in trained]
    engine = type(trained.engine)

    def networks(self: object, index: int, snapshots: bool = False) -> tuple[object, ...]:
        kept = trained.engine.network(index)
        return (kept, trained.engine.network(0)) if index == 1 else (kept,)

    monkeypatch.setattr(engine, "networks", networks)
    expected = (single[0] + (single[1] + single[0]) / 2 + single[2]) / 3
    np.testing.assert_allclose(bag(trained).predict_proba(table()), expected, rtol=1e-12)
    weighted = bag(trained, weights=[1, 2, 1]).predict_proba(table())
    np.testing.assert_allclose(weighted, (single[0] + single[1] + single[0] + single[2]) / 4, rtol=1e-12)


def test_mistakes_in_naming_members_are_one_sentence() -> None:
    trained = train("classes", folds=3)
    trained.engine.members[1].status = "diverged"
    with pytest.raises(InputError, match="got 2 members and 3 weights"):
        bag(trained, members=[0, 1], weights=[1, 2, 3])
    with pytest.raises(InputError, match="lists no member"):
        bag(trained, members=[])
    for members in (0, ["a"], [0.5]):
        with pytest.raises(InputError, match="a list of whole numbers"):
            wellfit.refit(trained, members=members)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="got k = 'a'"):
        best_recipes(trained, "a")  # type: ignore[arg-type]


def test_folds_are_compared_by_their_rows() -> None:
    """The same hold-out given twice, as two views, is one fold, and recipes trained on either can be compared."""
    holdouts = [View(np.arange(80), np.arange(80, 120), name=name) for name in ("one", "other")]
    y = targets("numbers")
    small, large = (wellfit.Recipe(hidden=(units,), epochs=2) for units in (3, 4))
    twice = wellfit.train(small, table(), y, views=holdouts)
    assert len(best_recipes(twice)[0].by_fold) == 1
    apart = [wellfit.train(*given, table(), y, views=holdouts[k]) for k, given in enumerate(((small,), (large,)))]
    members = [member for trained in apart for member in trained.engine.members]
    engine = replace(twice.engine, members=members)
    assert len(best_recipes(engine)) == 2
