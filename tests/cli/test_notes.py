"""What `wellfit fit` says of zeros, constraints and priors, and what the public members and models say."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import wellfit as library
from tests.cli.conftest import Command

PLAIN = 'hidden = []\nskip = "none"\nepochs = 30\nbatch_size = 32\ndropout = 0.0\nweight_decay = 0.0\n'


def test_zeros_and_columns_that_nothing_reads(wellfit: Command, people: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "sparse.toml"
    recipe.write_text(PLAIN + "l1 = {strength = 0.3, proximal = true}\n")
    done = wellfit("fit", people, "--target", "income", "--recipe", recipe, "--drop", "answer", "--folds", 2)
    assert done.code == 0, done.err
    notes = json.loads(Path("wellfit-people/result.json").read_text())["notes"]
    assert any(note.startswith("Weights that are exactly 0, by layer: output ") for note in notes)
    unread = next(note for note in notes if note.startswith("Columns that no network reads: "))
    assert "household" in unread and "age" not in unread and "Columns that no network reads" in done.out


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (
            'constraint = {radius = 0.5, norm = "l2"}\noptimizer = "momentum"\n',
            "The constraint on the network amounts to a penalty l2 of ",
        ),
        ("constraint = 500.0\noptimizer = \"momentum\"\n", "The constraint on the network was not active at the end"),
        ('prior = {name = "laplace", scale = 0.1, noise = 500.0}\n', "The prior amounts to a penalty l1 of "),
    ],
)  # fmt: skip
def test_what_a_constraint_or_a_prior_amounts_to(
    lines: str, told: str, wellfit: Command, people: Path, tmp_path: Path
) -> None:
    recipe = tmp_path / "held.toml"
    recipe.write_text(PLAIN + lines)
    done = wellfit("fit", people, "--target", "income", "--recipe", recipe, "--drop", "answer", "--folds", 2)
    assert done.code == 0, done.err
    assert any(note.startswith(told) for note in json.loads(Path("wellfit-people/result.json").read_text())["notes"])


def test_nothing_is_said_where_there_is_nothing(wellfit: Command, people: Path, quick: Path) -> None:
    done = wellfit("fit", people, "--target", "income", "--recipe", quick, "--drop", "answer", "--folds", 2)
    assert "exactly 0" not in done.out and "amounts to" not in done.out


def test_members_and_models_tell_the_same() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 4))
    y = 3 * X[:, 0] + rng.normal(size=120)
    recipe = library.Recipe(
        hidden=(6,), activation="relu", epochs=20, dropout=0.0, weight_decay=0.0, optimizer="momentum", batch_size=20,
        constraint={"radius": 2.0, "norm": "l1"}, prior={"name": "gaussian", "sd": 0.5, "noise": 1.0},
    )  # fmt: skip
    member = library.train(recipe, X, y)[0]
    (told,) = member.multipliers()
    assert told.active and told.size == pytest.approx(2.0, rel=1e-4)
    rows = len(member.view.training)
    training = y[member.view.training].astype(np.float32)
    assert member.prior_strength == pytest.approx((1 / training.std()) ** 2 / (rows * 0.25), rel=1e-4)
    (weights,), (activations,) = member.model.weight_sparsity(), member.model.activation_sparsity(X)
    assert 0 < weights.zeros["hidden0"] < 1 and set(weights.zeros) == {"hidden0", "output"}
    assert 0 <= activations.zeros["hidden0"] <= activations.small["hidden0"] <= 1
    assert all(name in member.model.schema.input_names for name in member.model.unread_columns())
