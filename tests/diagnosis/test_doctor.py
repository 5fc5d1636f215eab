"""`wellfit.diagnose`: what it finds and heals on a planted fault, and what it never looks at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import wellfit
from wellfit.diagnosis.doctor import Diagnosis, work
from wellfit.diagnosis.evidence import networks
from wellfit.errors import InputError
from wellfit.recipe import Recipe
from wellfit.studies.base import rounds

ONLY = ("linear-network",)  # the rule whose fault is planted here
OPTIONS: dict[str, Any] = {"folds": 4, "seeds": 1, "n_jobs": 1, "patches": 3}


def xor(rows: int = 300) -> tuple[Any, Any]:
    X = np.random.default_rng(0).normal(size=(rows, 3))
    return X, X[:, 0] * X[:, 1] > 0


def linear() -> Recipe:
    return Recipe(hidden=(16, 16), activation="identity", epochs=20, dropout=0.0, weight_decay=0.0)


def others() -> tuple[str, ...]:
    from wellfit.diagnosis.examination import every_rule

    return tuple(code for code in every_rule() if code not in ONLY)


@pytest.fixture(scope="module")
def found() -> Diagnosis:
    return wellfit.diagnose(linear(), *xor(), mute=others(), **OPTIONS)


def test_a_linear_network_is_found_healed_and_judged(found: Diagnosis) -> None:
    assert [one.code for one in found.examination.findings] == list(ONLY)
    assert found.healed is not None and found.healed.activation != "identity"
    chosen = found.trial.filter(found.trial["chosen"] == "chosen")
    assert chosen.height == 1 and chosen["kind"].item() != "random" and chosen["difference_high"].item() < 0
    own = found.trial.filter(found.trial["kind"] != "random")
    assert chosen["validation_loss"].item() == own["validation_loss"].min(), "validation rows choose"
    kinds = found.trial["kind"].to_list()
    assert kinds.count("random") == len(kinds) - kinds.count("random")
    share = 1 - chosen["loss"].item() / found.facts["test loss"]
    assert found.facts["lowered by"] == pytest.approx(share) and "Hidden layers are linear" in found.verdict
    assert {figure.name for figure in found.figures} >= {"loss-by-epoch", "changes"}


def test_it_is_the_same_from_the_same_seed_on_any_number_of_threads(found: Diagnosis) -> None:
    again = wellfit.diagnose(linear(), *xor(), mute=others(), **{**OPTIONS, "n_jobs": 2})
    assert again.trial.equals(found.trial) and again.verdict == found.verdict and again.healed == found.healed
    other = wellfit.diagnose(linear(), *xor(), mute=others(), **OPTIONS, seed=5)
    assert not other.trial.equals(found.trial)


def test_what_is_saved_is_read_again(found: Diagnosis, tmp_path: Path) -> None:
    found.save(tmp_path)
    again = Diagnosis.load(tmp_path)
    assert again.to_plain() == found.to_plain() and again.trial.equals(found.trial)
    assert wellfit.recipe.read_recipe(tmp_path / "healed.toml") == found.healed
    (tmp_path / "diagnosis.json").write_text("{}")
    with pytest.raises(InputError, match="holds no diagnosis"):
        Diagnosis.load(tmp_path)


def test_no_choice_sees_the_target_of_test_rows() -> None:
    """With other targets of test rows findings, changes, validation losses and the choice stay as they are."""
    X, y = xor(120)
    fold = np.arange(120) % 2
    folds = [(np.flatnonzero(fold == 0), np.flatnonzero(fold == 1))]
    both = [y, np.where(fold == 1, ~y, y)]
    first, second = (
        wellfit.diagnose(linear(), X, target, folds=folds, seeds=2, n_jobs=1, patches=2, mute=others())
        for target in both
    )
    assert first.examination.to_plain() == second.examination.to_plain()
    seen = ["change", "words", "validation_loss", "chosen"]
    assert first.trial.select(seen).equals(second.trial.select(seen))
    assert not first.trial["loss"].equals(second.trial["loss"])


def test_test_rows_are_never_predicted_for_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    whole = networks.predicted_rows
    monkeypatch.setattr(networks, "predicted_rows", lambda n, run, rows: asked.append(rows) or whole(n, run, rows))
    X, y = xor(60)
    folds = [(np.arange(40), np.arange(40, 60))]
    wellfit.diagnose(linear(), X, y, folds=folds, seeds=1, n_jobs=1, trial=False)
    assert asked and max(int(rows.max()) for rows in asked) < 40


def test_without_a_finding_nothing_is_tried() -> None:
    healthy = wellfit.diagnose(Recipe(hidden=(4,), epochs=3), *xor(60), mute=others(), folds=2, seeds=1, n_jobs=1)
    assert healthy.healed is None and not healthy.trial.height and healthy.plan.networks == 4
    assert healthy.verdict.startswith("Nothing was found")


def test_where_the_default_recipe_does_better_it_is_tried_without_a_finding() -> None:
    from wellfit.diagnosis.examination import every_rule

    found = wellfit.diagnose(linear(), *xor(), mute=tuple(every_rule()), folds=4, seeds=1, n_jobs=1)
    assert not found.examination.findings and "no rule explains" in found.verdict
    assert found.healed is not None and found.trial["kind"].to_list().count("random") == 1


def test_an_interrupted_trial_leaves_the_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*given: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(work, "run_trial", stop)
    cut = wellfit.diagnose(linear(), *xor(60), mute=others(), **OPTIONS)
    assert cut.examination.findings and not cut.trial.height and any("Ctrl-C" in one for one in cut.remarks)


def test_it_goes_on_from_its_folder_to_the_same_bits(
    found: Diagnosis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, calls = rounds.train_run, [0]

    def interrupted(run: Any, *rest: Any) -> None:
        calls[0] += 1
        if calls[0] == 2:  # a round of the patient, then the trial
            raise KeyboardInterrupt
        whole(run, *rest)

    monkeypatch.setattr(rounds, "train_run", interrupted)
    cut = wellfit.diagnose(linear(), *xor(), mute=others(), folder=tmp_path / "run", **OPTIONS)
    assert not cut.trial.height
    monkeypatch.setattr(rounds, "train_run", whole)
    again = wellfit.diagnose(linear(), *xor(), mute=others(), folder=tmp_path / "run", **OPTIONS)
    assert again.trial.equals(found.trial)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"mute": "dead-unit"}, "There is no rule 'dead-unit'"),
        ({"patches": 0}, "patches is a whole number of 1 or more"),
        ({"seed": -1}, "seed is a whole number"),
        ({"later": np.zeros((3, 1))}, "column"),
    ],
)
def test_what_cannot_be_is_refused(more: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        wellfit.diagnose(linear(), *xor(60), **{"folds": 2, "seeds": 1, **more})
