"""`wellfit fit --start-from`: layers of a saved model through the command."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.cli.conftest import Command
from wellfit import Model


def test_the_command_starts_from_a_saved_model(wellfit: Command, people: Path, quick: Path) -> None:
    many = wellfit(
        "fit", people, "--target", "income", "--recipe", quick, "--drop", "answer", "--folds", 2, "--out", "many"
    )
    assert many.code == 0, many.err
    quick.write_text(quick.read_text() + "layer_rates = [0.0, 1.0]\n")
    arguments = ("fit", people, "--recipe", quick, "--folds", 2, "--start-from", "many/model.wellfit")
    done = wellfit(*arguments, "--target", "answer", "--drop", "income", "--layers", 1, "--out", "few")
    assert done.code == 0, done.err
    donor, new = Model.load("many/model.wellfit"), Model.load("few/model.wellfit")
    assert len(new.networks) == 2
    for network in new.networks:
        assert np.array_equal(network.weights()["hidden0.weight"], donor.networks[0].weights()["hidden0.weight"])
    for words, more in (
        ("has no column 'income'", ("--target", "answer")),
        (
            "reads the column 'city', which is no input here",
            ("--target", "city", "--drop", "income", "--drop", "answer"),
        ),
        ("keep the kinds", ("--target", "answer", "--drop", "income", "--kind", "age=category")),
        ("1 to 1 hidden layers", ("--target", "answer", "--drop", "income", "--layers", 2)),
    ):
        told = wellfit(*arguments, *more, "--out", "other")
        assert told.code == 2 and words in " ".join(told.err.split()), told.err
    assert wellfit("fit", people, "--target", "answer", "--layers", 1).code == 2
