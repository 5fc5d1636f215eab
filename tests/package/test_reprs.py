"""What objects look like at the prompt and in notebooks: short, and never their arrays."""

from __future__ import annotations

import dataclasses
import functools
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

import wellfit
from wellfit.reprs import MOST_ROWS, html_table, short, significant
from wellfit.statistics.intervals import Estimate
from wellfit.statistics.paired.wording import rounded
from wellfit.statistics.scores import shown_difference, shown_score
from wellfit.tables import bootstrap, make_target

MOST_CHARACTERS = 1500  # of a line that lists the fields of a state; far below any array's
NASTY = "<script>alert('a & b')</script>"
VOID = ("br", "hr", "img", "link", "meta", "input")


@functools.cache
def shown() -> dict[str, Any]:
    """One of each thing that a user is given."""
    X = np.random.default_rng(0).normal(size=(600, 3))
    names = np.where(X[:, 0] > 0, NASTY, "no")
    recipe = wellfit.Recipe(hidden=(40, 40), epochs=1, l2=0.01)
    population = wellfit.train([recipe, recipe.vary(dropout=0.2)], X, names)
    validated = wellfit.cross_validate(recipe, X, names, folds=2)
    bag = wellfit.train(recipe, X, names, views=bootstrap(make_target(names), 3))
    fitted = wellfit.NetworkClassifier(recipe, random_state=0).fit(X, names)
    return {
        "recipe": recipe,
        "population": population,
        "member": population[0],
        "model": population[0].model,
        "validated": validated,
        "score": validated.scores[0],
        "out of bag": wellfit.out_of_bag(bag),
        "result": fitted.result_,
        "estimator": fitted,
        "several": wellfit.train(recipe, X, {"a": X[:, 1], "b": names})[0].model.task("a"),
    }


def reached(thing: Any, seen: dict[int, Any], depth: int = 6) -> None:
    """What is within an object of wellfit, through attributes, lists and dicts."""
    if id(thing) in seen or depth < 0:
        return
    seen[id(thing)] = thing
    inner: list[Any] = []
    if isinstance(thing, dict):
        inner = list(thing.values())
    elif isinstance(thing, (list, tuple)):
        inner = list(thing)
    elif type(thing).__module__.startswith("wellfit"):
        inner = list(getattr(thing, "__dict__", {}).values())
    for one in inner:
        reached(one, seen, depth - 1)


def test_nothing_within_what_a_user_is_given_shows_an_array() -> None:
    seen: dict[int, Any] = {}
    reached(shown(), seen)
    own = [one for one in seen.values() if dataclasses.is_dataclass(one)]
    names = {type(one).__name__ for one in own}
    assert {"Network", "Member", "TrainingRun", "Model", "Target", "ViewWithNotes"} <= names
    for one in own:
        text = repr(one)
        assert len(text) < MOST_CHARACTERS and text.count("\n") < 4, f"{type(one).__name__} is a wall: {text[:200]}"
        assert "array(" not in text and "[[" not in text, type(one).__name__


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("population", "<Population: 2 members of 2 recipes on 1 view; 2 finished>"),
        ("member", "<TrainedMember 0: finished after 4 updates, view 'hold-out', best validation loss"),
        ("model", "from 3 columns, by 1 network>"),
        ("several", "<TaskModel: numbers, from 3 columns, by 1 network>"),
        ("validated", "<CrossValidation: 1 recipe on 2 folds>"),
        ("score", "<Score: loss"),
        ("result", "<FitResult: binary, 600 training rows, 1 network trained>"),
    ],
)
def test_a_line_says_what_a_thing_is(name: str, words: str) -> None:
    assert words in repr(shown()[name]) and "\n" not in repr(shown()[name])


class Balanced(HTMLParser):
    """Notes tags that are not closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.add(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", ["recipe", "population", "member", "model", "several", "validated", "score", "result"])
def test_html_is_whole_short_and_escaped(name: str) -> None:
    text = shown()[name]._repr_html_()
    parser = Balanced()
    parser.feed(text)
    assert parser.open == [] and "script" not in parser.tags and 50 < len(text) < 20_000


def test_an_estimator_in_a_notebook_shows_no_weights() -> None:
    text = shown()["estimator"]._repr_html_()
    assert "parameters=array" not in text and len(text) < 200_000


def test_many_rows_are_cut() -> None:
    text = html_table([{"row": k} for k in range(MOST_ROWS + 5)])
    assert text.count("<tr>") == MOST_ROWS + 1 and "and 5 more" in text
    assert "and 80 more" in html_table([{"row": 0}], total=100) and html_table([]) == ""


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.zeros((2, 3), np.float32), "<float32 (2, 3)>"),
        ([1, 2], "[1, 2]"),
        (list(range(99)), "<99 items>"),
        ({"a": 1}, "<1 entries>"),
        ("x" * 99, f"'{'x' * 56}..."),
    ],
)
def test_values_inside_a_line(value: Any, text: str) -> None:
    assert short(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (77123.4, "77,120"), (1234.5, "1,234"), (-1334020.0, "-1,334,000"), (999.96, "1,000"), (999.4, "999.4"),
        (12345678.0, "1.235e+07"), (9999999.0, "1e+07"), (0.00001234, "1.234e-05"), (0.0, "0"),
        (float("nan"), "nan"), (float("inf"), "inf"),
    ],
)  # fmt: skip
def test_sums_of_money_are_written_out(value: float, text: str) -> None:
    assert significant(value) == text


def test_scores_and_intervals_of_large_numbers_have_no_exponents() -> None:
    assert shown_score("rmse", 77120.0) == "77,120" and shown_difference("rmse", 17123.0) == "17,100"
    assert str(Estimate(77120.0, 68960.0, 86250.0)) == "77,120 (95 % interval 68,960 to 86,250)"
    assert rounded(12345.6, 234.0) == "12,350" and rounded(12345.6, 12.0) == "12,346"
