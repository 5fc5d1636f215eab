"""What a refit leaves behind where something went wrong, and what it says of its quality."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import wellfit
from wellfit.engines.compiled.run.training_run import make_training_run, train_run
from wellfit.engines.contract.budget import Budget
from wellfit.engines.contract.plan import Plan
from wellfit.errors import InputError
from wellfit.tables import bootstrap, k_fold, make_target
from wellfit.training import Population
from wellfit.training.cross_validation import fold_score

X = np.random.default_rng(0).normal(size=(120, 3))
Y = (X[:, 0] > 0).astype(int)
SMALL: dict[str, Any] = {"hidden": (4,), "epochs": 2, "batch_size": 32}


def folds(**slots: Any) -> Population:
    return wellfit.train(wellfit.Recipe(**{**SMALL, **slots}), X, Y, views=k_fold(make_target(Y), 3))


def cut_off(population: Any, *given: Any, **named: Any) -> Any:
    """Ctrl-C before the first update."""
    population.interrupted = True
    return population


def test_an_interrupted_refit_gives_no_half_trained_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wellfit.training.refit.on_all_rows.train_run", cut_off)
    with pytest.raises(KeyboardInterrupt):
        wellfit.refit(folds(), "from_scratch")


def test_an_interrupted_refit_leaves_the_estimator_its_bag(monkeypatch: pytest.MonkeyPatch) -> None:
    def network(**more: Any) -> Any:
        return wellfit.NetworkClassifier(recipe=SMALL, folds=3, random_state=0, **more)

    before = network().fit(X, Y)
    monkeypatch.setattr("wellfit.training.refit.on_all_rows.train_run", cut_off)
    with pytest.warns(
        RuntimeWarning, match="on all rows was interrupted: the networks that were trained before it are kept"
    ):
        fitted = network(refit="from_scratch").fit(X, Y)
    assert np.array_equal(fitted.predict_proba(X), before.predict_proba(X)) and not fitted.model_.info


def test_a_diverged_fold_can_be_saved(tmp_path: Path) -> None:
    trained = folds()
    trained.engine.members[1].status = "diverged"
    wellfit.refit(trained).model.save(tmp_path / "m.wellfit")
    score = wellfit.Model.load(tmp_path / "m.wellfit").info["cross_validation"][0]
    assert [loss is None for loss in score["losses"]] == [error is None for error in score["errors"]]
    assert [loss is None for loss in score["losses"]] == [False, True, False]


def partly_trained(updates: tuple[int, ...]) -> Population:
    """Folds of which some had no time for an update."""
    whole = folds()
    plans = [Plan(member.recipe, member.view, member.seed) for member in whole]
    cut = make_training_run(plans, whole.engine.arrays, whole.engine.target)
    return Population(train_run(cut, Budget(updates=updates)), whole.schema)


def test_untrained_folds_count_for_nothing() -> None:
    trained = partly_trained((6, 4, 0))
    assert [member.updates for member in trained] == [6, 4, 0]
    score, best = fold_score(trained), [trained[0].best_update, trained[1].best_update]
    assert score.losses == (trained[0].best_loss, trained[1].best_loss) and score.untrained == 1
    assert "over 2 folds (1 more was never trained)" in str(score) and score.to_plain()["untrained"] == 1
    found = wellfit.refit(trained, {"name": "from_scratch", "at": "median"})
    assert [record.updates for record in found.members] == [int(np.median(best))] * 2
    whole = fold_score(folds())
    assert whole.untrained == 0 and str(whole).endswith("over 3 folds")


@pytest.mark.parametrize("drawn_as", ["repeats", "weights"])
def test_bootstrap_samples_keep_the_out_of_bag_estimate(drawn_as: Any, tmp_path: Path) -> None:
    views = bootstrap(make_target(Y), 4, drawn_as=drawn_as)
    trained = wellfit.train(wellfit.Recipe(**SMALL), X, Y, views=views)
    found = wellfit.refit(trained)
    assert found.scores == () and found.model.info["cross_validation"] == []
    expected = wellfit.out_of_bag(trained)
    assert found.out_of_bag is not None and found.out_of_bag.loss == expected.loss
    found.model.save(tmp_path / "m.wellfit")
    said = wellfit.Model.load(tmp_path / "m.wellfit").score_sentence
    assert said.startswith(f"error rate {expected.error.mean:.2%}") and said.endswith(", out of bag")
    assert wellfit.refit(folds()).model.score_sentence.endswith(", by cross-validation")


def test_what_cannot_be_refitted_is_said_before_training(monkeypatch: pytest.MonkeyPatch) -> None:
    trained = folds()
    with pytest.raises(InputError, match="scores are those of cross_validate or fold_score; got 'x'"):
        wellfit.refit(trained, scores="x")  # type: ignore[arg-type]
    for name in ("wellfit.training.refit.on_all_rows.train_run", "wellfit.estimators.network_training.train_run"):
        monkeypatch.delattr(name)  # training anything fails
    with pytest.raises(InputError, match="got 'median'"):
        wellfit.refit(trained, average="median")
    network = wellfit.NetworkClassifier(recipe={**SMALL, "schedule": "plateau"}, refit="from_scratch")
    with pytest.raises(InputError, match='"plateau" follows validation rows'):
        network.fit(X, Y)
