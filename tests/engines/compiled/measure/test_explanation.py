"""A recipe's step explained: every operation of the program occurs once, and the counts are those of the parameters."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from tests.engines.compiled.bench import make_arrays, make_target
from tests.engines.compiled.recipes import recipes
from wellfit.engines.compiled.measure.explanation import example, explain
from wellfit.engines.compiled.program.compiling import compile_program
from wellfit.engines.compiled.step.text import step_lines
from wellfit.engines.contract.cost import recipe_cost
from wellfit.engines.contract.layers import layer_plan
from wellfit.engines.contract.segments import make_segments
from wellfit.recipe import Recipe
from wellfit.tables.encoding import InputSizes, fit_encoding
from wellfit.techniques import layout as at

ROWS = 20


def rows_at(explanation: Any, seam: int) -> list[Any]:
    """The operations below the lines of a seam."""
    return [
        row for line, (_, rows) in zip(step_lines(), explanation.step, strict=True) if line.seam == seam for row in rows
    ]


def test_the_lines_of_the_step_run_every_seam_once_in_order() -> None:
    assert [line.seam for line in step_lines() if line.seam is not None] == list(range(at.SEAMS))
    assert all(" <- " in line.text for line in step_lines())


@given(recipes())
def test_every_operation_occurs_and_every_parameter_is_counted_once(recipe: Recipe) -> None:
    arrays, target = make_arrays(ROWS, 3), make_target("numbers", ROWS, 2)
    encoding = fit_encoding(arrays, target, np.arange(ROWS), np.ones(ROWS), recipe)
    program = compile_program(recipe, encoding, "numbers", 2, ROWS)
    explanation = explain(recipe, arrays, target)
    for seam in set(range(at.SEAMS)) - {at.FORWARD_SEAM}:
        assert len(rows_at(explanation, seam)) == len(program.at_seam(seam))
    plan = layer_plan(recipe, encoding.sizes, 2)
    network = rows_at(explanation, at.FORWARD_SEAM)
    assert [(row.acts_on, row.writes) for row in network] == [(node.name, node.width) for node in plan.nodes]
    arrays_of_it = sum(math.prod(s.shape) for s in make_segments(recipe, plan)[0])
    assert sum(row.count for row in network) == arrays_of_it
    assert explanation.trained + explanation.frozen + explanation.statistics == arrays_of_it
    assert sum(row.count for row in rows_at(explanation, at.UPDATE_SEAM)) == explanation.trained


def test_what_a_small_network_has() -> None:
    recipe = Recipe(
        hidden=[4], activation="relu", dropout=0.2, normalization="none", skip="none", l2=0.1, max_norm=2.0,
        clipping="norm", averaging="ema", weight_decay=0.0, optimizer="sgd", weight_noise=0.0, batch_size=10,
    )  # fmt: skip
    found = explain(recipe, make_arrays(ROWS, 3), make_target("numbers", ROWS, 2))
    told = [
        (row.acts_on, row.technique, row.reads, row.writes, row.count)
        for line, (_, rows) in zip(step_lines(), found.step, strict=True) if line.seam != at.ENCODE_SEAM for row in rows
    ]  # fmt: skip
    assert told == [
        ("hidden0.linear", "", (3,), 4, 16),
        ("hidden0.activate", "relu", (4,), 4, 0),
        ("hidden0.drop", "dropout", (4,), 4, 0),
        ("output", "", (4,), 2, 10),
        ("z", "loss squared", (2,), 1, 0),
        ("weights", "l2", None, None, 20),
        ("all", "clipping norm", None, None, 26),
        ("all", "optimizer sgd", None, None, 26),
        ("hidden0.weight", "max_norm", None, None, 12),
        ("output.weight", "max_norm", None, None, 8),
        ("all", "averaging ema", None, None, 26),
    ]
    assert (found.batch, found.encoded, found.outputs, found.trained, found.frozen) == (10, 3, 2, 26, 0)
    assert found.cost == recipe_cost(recipe, InputSizes(3, 3), 2)


@pytest.mark.parametrize(
    ("slots", "words"),
    [
        ({}, "1,000 rows of 8 numbers, predicting 3 classes"),
        ({"loss": "huber"}, "1,000 rows of 8 numbers, predicting a number"),
        ({"loss": "poisson"}, "1,000 rows of 8 numbers, predicting a count"),
        ({"loss": "multi_label"}, "1,000 rows of 8 numbers, predicting 3 labels"),
        ({"loss": "cross_entropy"}, "1,000 rows of 8 numbers, predicting 2 classes"),
        ({"augmentation": {"rotation": 10.0}}, "1,000 rows of images of 28 x 28 x 1, predicting 3 classes"),
        ({"mixup": 0.2, "label_smoothing": 0.1}, "1,000 rows of 8 numbers, predicting 3 classes"),
    ],
)
def test_the_example_is_one_that_the_recipe_can_train_on(slots: dict[str, Any], words: str) -> None:
    recipe = Recipe(**slots)
    arrays, target, said = example(recipe)
    assert said == words
    assert explain(recipe, arrays, target).outputs == target.outputs
