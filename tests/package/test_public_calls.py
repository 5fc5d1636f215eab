"""Public calls: each argument has a line of its own in the docstring, and no signature hides arguments."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

import pytest

import wellfit
from wellfit.models import ensemble
from wellfit.training import TrainedMember

FUNCTIONS = ("cross_validate", "load", "out_of_bag", "optimize", "pretrain", "refit", "resume", "train")
ENSEMBLES = ("bag", "best_recipes", "out_of_fold")
VIEWS = ("bootstrap", "by_time", "holdout", "k_fold", "make_target")
CLASSES = (wellfit.Model, wellfit.Population, wellfit.Recipe, wellfit.View, TrainedMember)
# Slots of a recipe by keyword: any of them, which no signature can list.
TAKE_SLOTS = {"Recipe.vary", "Recipe.named", "Recipe.plain"}


def public_calls() -> dict[str, Callable[..., Any]]:
    calls = {name: getattr(wellfit, name) for name in FUNCTIONS}
    calls |= {name: getattr(ensemble, name) for name in ENSEMBLES}
    calls |= {name: getattr(wellfit.tables, name) for name in VIEWS}
    for cls in CLASSES:
        for name, method in inspect.getmembers(cls, inspect.isroutine):
            if not name.startswith("_") and str(method.__module__).startswith("wellfit"):
                calls[f"{cls.__name__}.{name}"] = method
    return calls


CALLS = public_calls()


def undocumented(call: Callable[..., Any]) -> list[str]:
    """Arguments without a line `name: ...` of their own."""
    text = inspect.getdoc(call) or ""
    names = [name for name in inspect.signature(call).parameters if name not in ("self", "cls")]
    return [name for name in names if not re.search(rf"^{name}: \S", text, re.MULTILINE)]


@pytest.mark.parametrize("name", CALLS)
def test_every_argument_is_documented_on_a_line_of_its_own(name: str) -> None:
    assert undocumented(CALLS[name]) == []


@pytest.mark.parametrize("name", sorted(set(CALLS) - TAKE_SLOTS))
def test_no_signature_hides_arguments(name: str) -> None:
    kinds = {parameter.kind for parameter in inspect.signature(CALLS[name]).parameters.values()}
    assert not kinds & {inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL}


@pytest.mark.parametrize("name", [*FUNCTIONS, "Transfer", "View", "Recipe", "Model", "Population", *ENSEMBLES, *VIEWS])
def test_what_a_user_calls_first_shows_an_example(name: str) -> None:
    thing = CALLS.get(name) or getattr(wellfit, name)
    assert ">>> " in (inspect.getdoc(thing) or "")


def test_an_argument_that_is_left_out_is_noticed() -> None:
    def call(first: int, second: int, **rest: Any) -> None:
        """Adds.

        first: a number. second: on the same line.
        """

    assert undocumented(call) == ["second", "rest"]


def test_the_calls_are_found() -> None:
    assert {"train", "Model.predict", "Model.export_onnx", "Recipe.vary", "TrainedMember.robust_error"} <= set(CALLS)
