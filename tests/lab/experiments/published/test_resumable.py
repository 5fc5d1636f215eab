"""Networks of a long experiment go on after an interruption to the same bits; finished ones are not trained anew."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import wellfit
from wellfit.engines.contract.progress import Progress
from wellfit.lab.base import Lab
from wellfit.lab.experiments.published._resumable import trained

X = np.random.default_rng(0).normal(size=(120, 4))
Y = (X[:, 0] > 0).astype(int)
VIEW = wellfit.View(np.arange(80), test=np.arange(80, 120))
RECIPES = [wellfit.Recipe.plain(hidden=(8,), epochs=500, dropout=rate) for rate in (0.0, 0.2)]


def interrupt(progress: Progress) -> None:
    if progress.members[0].update > 0:
        raise KeyboardInterrupt


def outputs(population: wellfit.Population) -> bytes:
    return b"".join(member.model.outputs(X).tobytes() for member in population)


def test_resumed_equals_uninterrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lab = Lab("smallest", folder=tmp_path)
    whole = trained(Lab("smallest"), "nets", RECIPES, X, Y, VIEW)
    # Cut off by a limit, which going on then lifts: a real interruption may come too late.
    wellfit.train(RECIPES, X, Y, views=VIEW, folder=tmp_path / "nets-smallest", budget=whole[0].updates)
    monkeypatch.setattr(wellfit, "resume", partial(wellfit.resume, budget=10**6))
    cut = wellfit.load(tmp_path / "nets-smallest")
    assert isinstance(cut, wellfit.Population) and any(0 < one.updates < whole[0].updates for one in cut)
    assert outputs(trained(lab, "nets", RECIPES, X, Y, VIEW)) == outputs(whole)
    # Observers are called where anything is trained: these networks are loaded.
    assert outputs(trained(replace(lab, observers=(interrupt,)), "nets", RECIPES, X, Y, VIEW)) == outputs(whole)


def test_an_interruption_ends_the_experiment_and_is_kept(tmp_path: Path) -> None:
    lab, endless = Lab("smallest", folder=tmp_path, observers=(interrupt,)), RECIPES[1].vary(epochs=10**7)
    with pytest.raises(KeyboardInterrupt):
        trained(lab, "nets", endless, X, Y, VIEW)
    cut = wellfit.load(tmp_path / "nets-smallest")
    assert isinstance(cut, wellfit.Population) and cut[0].updates > 0


def test_a_folder_with_other_networks_is_refused(tmp_path: Path) -> None:
    lab, recipe = Lab("quick", folder=tmp_path), RECIPES[0].vary(epochs=1)
    trained(lab, "nets", recipe, X, Y, VIEW)
    for other, view in ((recipe.vary(epochs=2), VIEW), (recipe, wellfit.View(np.arange(70)))):
        with pytest.raises(wellfit.InputError, match="holds other networks"):
            trained(lab, "nets", other, X, Y, view)
