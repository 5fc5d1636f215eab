"""The estimators as scikit-learn's users use them: frames, pipelines, searches, weights, warm starts, saving."""

from __future__ import annotations

import inspect
import logging
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_diabetes, load_iris
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import wellfit
from tests.training.trained import table, targets
from wellfit import NetworkClassifier, NetworkRegressor
from wellfit.engines.contract.progress import Progress
from wellfit.errors import InputError
from wellfit.estimators.reporting import reporting

SMALL: dict[str, Any] = {
    "hidden": (8,),
    "epochs": 5,
    "batch_size": 32,
    "learning_rate": 0.01,
    "schedule": "constant",
    "dropout": 0.0,
    "weight_decay": 0.0,
    "random_state": 0,
}
X_IRIS, Y_IRIS = load_iris(return_X_y=True)
X_NUMBERS, Y_NUMBERS = (part[:150] for part in load_diabetes(return_X_y=True))


def classifier(**changes: Any) -> NetworkClassifier:
    return NetworkClassifier(**{**SMALL, **changes})


def regressor(**changes: Any) -> NetworkRegressor:
    return NetworkRegressor(**{**SMALL, **changes})


def test_it_learns() -> None:
    fitted = classifier(epochs=60, hidden=(16,), learning_rate=0.02).fit(X_IRIS, Y_IRIS)
    assert fitted.score(X_IRIS, Y_IRIS) > 0.94
    assert regressor(epochs=60, hidden=(16,)).fit(X_NUMBERS, Y_NUMBERS).score(X_NUMBERS, Y_NUMBERS) > 0.4


def test_what_fit_leaves_behind() -> None:
    fitted = classifier().fit(X_IRIS, Y_IRIS)
    assert fitted.n_iter_ == 5 and len(fitted.loss_curve_) == 5
    assert fitted.history_.height == 5
    assert fitted.best_loss_ == pytest.approx(fitted.history_["validation_loss"].min())
    assert fitted.classes_.tolist() == [0, 1, 2] and fitted.n_features_in_ == 4
    assert fitted.recipe_.hidden == (8,) and fitted.notes_ == ()
    assert not hasattr(fitted, "feature_names_in_")


@pytest.mark.parametrize("kind", ["polars", "pandas"])
def test_frames_with_text_missing_values_and_dates(kind: str) -> None:
    frame = table() if kind == "polars" else table().to_pandas()
    y = targets("binary")
    fitted = classifier(epochs=30).fit(frame, y)
    assert fitted.feature_names_in_.tolist() == table().columns
    assert fitted.classes_.tolist() == ["no", "yes"] and fitted.classes_.dtype == y.dtype
    assert fitted.score(frame, y) > 0.6
    one = frame[:1] if kind == "polars" else frame.iloc[:1]
    assert np.array_equal(fitted.predict_proba(one), fitted.predict_proba(frame)[:1])


def test_columns_in_another_order_or_of_other_names_are_refused() -> None:
    frame = table().to_pandas()
    fitted = classifier().fit(frame, targets("binary"))
    with pytest.raises(ValueError, match="feature names should match"):
        fitted.predict(frame[frame.columns[::-1]])
    with pytest.raises(ValueError, match="feature names should match"):
        fitted.predict(frame.rename(columns={"size": "length"}))


def test_an_array_after_a_frame_is_taken_by_position() -> None:
    frame = pd.DataFrame(X_IRIS, columns=["a", "b", "c", "d"])
    fitted = classifier().fit(frame, Y_IRIS)
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        said = fitted.predict_proba(X_IRIS)
    assert np.array_equal(said, fitted.predict_proba(frame))


@pytest.mark.parametrize(
    "y",
    [Y_IRIS.astype(float), Y_IRIS.astype(str), Y_IRIS.astype("S1"), pd.Series(Y_IRIS, dtype="category"), Y_IRIS > 0],
)
def test_classes_keep_their_type(y: Any) -> None:
    fitted = classifier().fit(X_IRIS, y)
    assert fitted.classes_.dtype == np.asarray(y).dtype
    assert np.array_equal(fitted.classes_, np.unique(y))
    assert fitted.predict(X_IRIS).dtype == np.asarray(y).dtype


def test_probabilities_logits_and_classes_agree() -> None:
    fitted = classifier().fit(X_IRIS, Y_IRIS)
    p = fitted.predict_proba(X_IRIS)
    np.testing.assert_allclose(fitted.predict_log_proba(X_IRIS), np.log(p))
    assert fitted.decision_function(X_IRIS).shape == (150, 3)
    assert np.array_equal(fitted.predict(X_IRIS), fitted.decision_function(X_IRIS).argmax(axis=1))
    two = classifier().fit(X_IRIS, Y_IRIS == 1)
    assert two.decision_function(X_IRIS).shape == (150,)
    assert np.array_equal(two.predict(X_IRIS), two.decision_function(X_IRIS) > 0)


def test_several_labels_and_several_numbers() -> None:
    labels = np.stack([Y_IRIS == 0, Y_IRIS > 0, X_IRIS[:, 0] > 6], axis=1).astype(int)
    fitted = classifier(epochs=60).fit(X_IRIS, labels)
    assert fitted.predict(X_IRIS).shape == fitted.predict_proba(X_IRIS).shape == (150, 3)
    assert (fitted.predict(X_IRIS) == labels).mean() > 0.9
    numbers = np.stack([Y_NUMBERS, -Y_NUMBERS], axis=1)
    assert regressor().fit(X_NUMBERS, numbers).predict(X_NUMBERS).shape == (150, 2)


def test_counts() -> None:
    counts = np.random.default_rng(0).poisson(3.0, 150)
    said = regressor(loss="poisson").fit(X_NUMBERS, counts).predict(X_NUMBERS)
    assert (said > 0).all() and 2 < said.mean() < 4
    with pytest.raises(InputError, match="Counts are whole numbers"):
        regressor(loss="poisson").fit(X_NUMBERS, counts - 0.5)


@pytest.mark.parametrize("make", [classifier, regressor])
def test_a_weight_counts_as_so_many_rows(make: Any) -> None:
    rng = np.random.default_rng(0)
    X, w = rng.normal(size=(60, 4)), rng.integers(0, 4, 60)
    y = rng.integers(0, 3, 60) if make is classifier else X[:, 0] + rng.normal(size=60)
    often = np.repeat(np.arange(60), w)
    full = make(epochs=30, batch_size="all", validation_share=0)
    weighted, repeated = clone(full).fit(X, y, sample_weight=w), clone(full).fit(X[often], y[often])
    say = (lambda fitted: fitted.predict_proba(X)) if make is classifier else (lambda fitted: fitted.predict(X))
    np.testing.assert_allclose(say(weighted), say(repeated), rtol=1e-5, atol=1e-6)
    assert np.abs(say(weighted) - say(full.fit(X, y))).max() > 1e-2


def test_class_weights_raise_a_class() -> None:
    rare = np.where(np.arange(150) % 10 == 0, "rare", "usual")
    noise = np.random.default_rng(0).normal(size=(150, 3))
    shares = {}
    for name, weight in {"none": None, "balanced": "balanced", "dict": {"rare": 50.0}}.items():
        shares[name] = classifier(epochs=20, class_weight=weight).fit(noise, rare).predict_proba(noise)[:, 0].mean()
    assert shares["none"] < 0.3 < shares["balanced"] < shares["dict"]
    numbered = classifier(class_weight={0: 1.0, 2: 3.0}).fit(X_IRIS, Y_IRIS)
    assert numbered.recipe_.class_weight == {"0": 1.0, "2": 3.0}
    with pytest.raises(InputError, match="class 'x', which does not occur"):
        classifier(class_weight={"x": 1.0}).fit(X_IRIS, Y_IRIS)


def test_rows_of_an_eval_set_only_choose_the_weights() -> None:
    frame, y = table(), targets("binary")
    fitted = classifier().fit(frame[:80], y[:80], eval_set=(frame[80:], y[80:]))
    expected = wellfit.train(
        fitted.recipe_, frame, y, views=wellfit.View(np.arange(80), np.arange(80, 120)), seeds=0, kind="class"
    )
    assert fitted.best_loss_ == pytest.approx(expected[0].best_loss, rel=1e-5)
    weighted = classifier().fit(frame[:80], y[:80], eval_set=[(frame[80:], y[80:], np.arange(40))])
    assert weighted.best_loss_ != fitted.best_loss_
    for wrong, message in (
        ((frame, y[:5]), "eval_set has 120 rows"),
        ((frame,), r"eval_set is a tuple"),
        ((frame, np.where(y == "yes", "maybe", y)), "the target has 'maybe'"),
    ):
        with pytest.raises(InputError, match=message):
            classifier().fit(frame, y, eval_set=wrong)
    with pytest.raises(InputError, match="give one of the two"):
        classifier(folds=3).fit(frame, y, eval_set=(frame, y))


def test_folds_make_a_bag_with_predictions_of_held_out_rows() -> None:
    fitted = classifier(folds=3).fit(X_IRIS, Y_IRIS)
    assert len(fitted.model_.networks) == 3 and fitted.out_of_fold_.shape == (150, 3)
    assert np.isfinite(fitted.out_of_fold_).all()
    assert np.array_equal(
        classifier(folds=3, n_jobs=2).fit(X_IRIS, Y_IRIS).predict_proba(X_IRIS), fitted.predict_proba(X_IRIS)
    )


def test_few_rows_train_for_all_epochs_and_say_so() -> None:
    fitted = classifier().fit(X_IRIS[::5], Y_IRIS[::5])
    assert "30 rows are too few" in fitted.notes_[0]
    assert np.isnan(fitted.best_loss_) and fitted.n_iter_ == 5


def test_the_seed_decides_everything() -> None:
    first, again = classifier().fit(X_IRIS, Y_IRIS), classifier().fit(X_IRIS, Y_IRIS)
    assert np.array_equal(first.predict_proba(X_IRIS), again.predict_proba(X_IRIS))
    other = classifier(random_state=1).fit(X_IRIS, Y_IRIS)
    assert not np.array_equal(other.predict_proba(X_IRIS), first.predict_proba(X_IRIS))
    state = np.random.RandomState(3)
    seeds = [classifier(random_state=state).fit(X_IRIS, Y_IRIS).best_loss_ for _ in range(2)]
    assert seeds[0] != seeds[1]


def test_a_warm_start_refuses_other_classes() -> None:
    fitted = classifier(epochs=2, warm_start=True).fit(X_IRIS, Y_IRIS)
    with pytest.raises(InputError, match="classes of the last fit"):
        fitted.fit(X_IRIS, np.array(["p", "q", "r"])[np.unique(Y_IRIS, return_inverse=True)[1]])


def test_a_saved_estimator_remembers_its_loss(tmp_path: Path) -> None:
    fitted = classifier(epochs=9, learning_rate=1.0, recipe={"stopping": "none"}).fit(X_IRIS, Y_IRIS)
    assert fitted.best_loss_ != fitted.history_["validation_loss"].min()  # it keeps the last weights, not the best
    fitted.save(tmp_path / "one.wellfit")
    assert type(fitted).load(tmp_path / "one.wellfit").best_loss_ == fitted.best_loss_


def test_a_warm_start_goes_on_where_the_last_fit_ended() -> None:
    fitted = classifier(epochs=20, warm_start=True).fit(X_IRIS, Y_IRIS)
    losses = [fitted.loss_curve_[0], fitted.loss_curve_[-1], *fitted.fit(X_IRIS, Y_IRIS).loss_curve_[:1]]
    assert losses[2] < (losses[0] + losses[1]) / 2
    cold = classifier(epochs=20).fit(X_IRIS, Y_IRIS)
    assert cold.fit(X_IRIS, Y_IRIS).loss_curve_[0] == losses[0]
    with pytest.raises(InputError, match="warm_start goes on with the weights"):
        fitted.set_params(hidden=(9,)).fit(X_IRIS, Y_IRIS)


def test_a_budget_of_updates_ends_the_fit() -> None:
    fitted = classifier(budget=7).fit(X_IRIS, Y_IRIS)
    assert fitted.history_["update"].max() == 7
    with pytest.raises(InputError, match="is not a time"):
        classifier(budget="soon").fit(X_IRIS, Y_IRIS)


def test_search_pipeline_and_cross_validation() -> None:
    grid = {"recipe__dropout__rate": [0.0, 0.5], "hidden": [(4,), (8,)]}
    search = GridSearchCV(classifier(epochs=2), grid, cv=2).fit(X_IRIS, Y_IRIS)
    assert set(search.best_params_) == set(grid)
    assert search.best_estimator_.recipe_.dropout.rate == search.best_params_["recipe__dropout__rate"]
    frame = table().to_pandas()[["size", "colour", "pair"]]
    steps = make_column_transformer((OneHotEncoder(), ["colour", "pair"]), (StandardScaler(), ["size"]))
    pipeline = make_pipeline(steps, classifier(epochs=2))
    assert cross_val_score(pipeline, frame, targets("binary"), cv=3).shape == (3,)
    assert cross_val_score(regressor(epochs=2), X_NUMBERS, Y_NUMBERS, cv=3).shape == (3,)


@pytest.mark.parametrize("network", [classifier(), regressor()])
def test_before_fit(network: Any, tmp_path: Path) -> None:
    for call in (lambda: network.predict(X_IRIS), lambda: network.save(tmp_path / "x")):
        with pytest.raises(NotFittedError):
            call()


def test_both_estimators_share_their_parameters() -> None:
    of_class = inspect.signature(NetworkClassifier.__init__).parameters
    of_number = inspect.signature(NetworkRegressor.__init__).parameters
    assert set(of_class) - set(of_number) == {"class_weight"}
    assert all(of_class[name].default == parameter.default for name, parameter in of_number.items())
    assert "validation_share:" in (NetworkClassifier.__doc__ or "") and "validation_share:" in (
        NetworkRegressor.__doc__ or ""
    )


def test_it_pickles_and_shows_itself() -> None:
    fitted = classifier(recipe={"dropout": 0.1}).fit(X_IRIS, Y_IRIS)
    again = pickle.loads(pickle.dumps(fitted))
    assert np.array_equal(again.predict_proba(X_IRIS), fitted.predict_proba(X_IRIS))
    assert "NetworkClassifier" in fitted._repr_html_()
    assert "hidden=(8,)" in repr(fitted)


def test_verbose_logs_a_line(caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> None:
    classifier().fit(X_IRIS, Y_IRIS)
    assert not caplog.records
    classifier(verbose=1).fit(X_IRIS, Y_IRIS)
    assert {(record.name, record.levelname) for record in caplog.records} == {("wellfit", "INFO")}
    assert "epoch 5 of 5, 1 of 1 networks done, best validation loss" in caplog.messages[-1]
    assert capsys.readouterr() == ("", "") and logging.getLogger("wellfit").level == logging.NOTSET


def test_verbose_goes_to_stderr_where_logging_is_not_set_up(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    logger = logging.getLogger("wellfit")
    monkeypatch.setattr(logger, "propagate", False)  # as if nothing listened above it
    with reporting(1, lambda progress: f"{progress.seconds:.0f} s") as (observer,):
        observer(Progress(7.0, None, ()))
        observer(Progress(7.1, None, ()))  # within the same second
    assert capsys.readouterr() == ("", "[wellfit] 7 s\n") and not logger.handlers
    logger.setLevel(logging.WARNING)
    try:
        with reporting(1, lambda progress: "quiet") as (observer,):
            observer(Progress(7.0, None, ()))
    finally:
        logger.setLevel(logging.NOTSET)
    assert capsys.readouterr() == ("", "")


# Bags, initialisations, averages, and training on all rows.


def small(**more: object) -> NetworkClassifier:
    return NetworkClassifier(**{"hidden": (6,), "epochs": 3, "batch_size": 32, "random_state": 3, **more})


def two_classes() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    X = random.normal(size=(120, 3))
    return X, (X[:, 0] + random.normal(size=120) > 0).astype(int)


def test_bagging() -> None:
    X, y = two_classes()
    fitted = small(bootstrap=4, seeds=2, average="majority").fit(X, y)
    assert len(fitted.model_.networks) == 8 and fitted.model_.average == "majority"
    assert fitted.out_of_bag_.rows > 90 and 0 < fitted.out_of_bag_.error.mean < 0.6
    assert set(np.round(fitted.predict_proba(X)[:, 1] * 8, 9)) <= set(range(9))
    single = small(bootstrap=4, seeds=2).fit(X, y)
    seeds = [network.parameters for network in single.model_.networks]
    assert not np.array_equal(seeds[0], seeds[1])


def test_scores_people_know_are_those_of_the_held_out_rows(tmp_path: Path) -> None:
    X, y = two_classes()
    fitted = small(folds=3).fit(X, y)
    wrong = fitted.classes_[fitted.out_of_fold_.argmax(axis=1)] != y
    assert fitted.scores_["error"].mean == pytest.approx(wrong.mean()) and fitted.scores_["log_loss"].known
    fitted.save(tmp_path / "fitted.wellfit")
    assert NetworkClassifier.load(tmp_path / "fitted.wellfit").scores_ == fitted.scores_
    assert small(validation_share=0).fit(X, y).scores_ == {}


def test_seeds_beside_folds() -> None:
    X, y = two_classes()
    fitted = small(folds=3, seeds=2).fit(X, y)
    assert len(fitted.model_.networks) == 6 and fitted.out_of_fold_.shape == (120, 2)
    one, same = small(folds=3).fit(X, y), small(folds=3, seeds=1).fit(X, y)
    assert np.array_equal(one.predict_proba(X), same.predict_proba(X))


@pytest.mark.parametrize("way", ["from_scratch", "continue", {"name": "from_scratch", "count": "passes"}])
def test_refit(way: object, tmp_path: Path) -> None:
    X, y = two_classes()
    plain, fitted = small(folds=3).fit(X, y), small(folds=3, refit=way).fit(X, y)
    assert not np.array_equal(plain.predict_proba(X), fitted.predict_proba(X))
    assert np.array_equal(plain.out_of_fold_, fitted.out_of_fold_)
    again = small(folds=3, refit=way, n_jobs=2).fit(X, y)
    assert np.array_equal(again.predict_proba(X), fitted.predict_proba(X))
    assert fitted.model_.score_sentence.startswith("error rate ") and "95 % interval" in fitted.model_.score_sentence
    fitted.save(tmp_path / "fitted.wellfit")
    loaded = NetworkClassifier.load(tmp_path / "fitted.wellfit")
    assert np.array_equal(loaded.predict_proba(X), fitted.predict_proba(X))
    assert loaded.model_.score_sentence == fitted.model_.score_sentence and loaded.refit == way


def test_few_rows_are_all_trained_on_already() -> None:
    X, y = two_classes()
    fitted = small(refit="from_scratch").fit(X[:30], y[:30])
    assert "cross_validation" not in fitted.model_.info and fitted.notes_


def test_a_named_recipe_and_its_depth() -> None:
    X, y = two_classes()
    deep = small(recipe="practice", hidden=(8,) * 5).fit(X, y)
    assert deep.recipe_.normalization.name == "batch" and deep.recipe_.epochs == 3
    assert small(recipe="practice").fit(X, y).recipe_.normalization.name == "none"


def test_ensembles_that_do_not_go_together() -> None:
    X, y = two_classes()
    for settings, words in (
        ({"folds": 3, "bootstrap": 3}, "give one of the two"),
        ({"average": "median"}, "got 'median'"),
        ({"seeds": 0}, "1 or more; got 0"),
        ({"refit": "again"}, "got 'again'"),
        ({"bootstrap": 0}, "1 or more; got 0"),
    ):
        with pytest.raises(InputError, match=words):
            small(**settings).fit(X, y)


def test_a_run_counted_in_updates_and_its_snapshots(caplog: pytest.LogCaptureFixture) -> None:
    """The epochs that are said are those of the run, and snapshots, which an estimator does not use, are named."""
    X, y = two_classes()
    stopping = {"name": "updates", "updates": 60}
    recipe = {"hidden": (4,), "epochs": 2, "batch_size": 32, "stopping": stopping, "snapshots": {"name": "spaced"}}
    fitted = NetworkClassifier(recipe=recipe, random_state=0, verbose=1).fit(X, y)
    last = caplog.messages[-1]
    assert fitted.n_iter_ > 2 and f"epoch {fitted.n_iter_} of {fitted.n_iter_}," in last
    assert any("takes snapshots" in note for note in fitted.notes_)
    assert not any("snapshots" in note for note in small().fit(X, y).notes_)
