"""The Gauss-Newton matrix against its closed form and against differences of the outputs."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

import wellfit
from wellfit.engines.compiled.measure.gauss_newton import (
    effective_parameters,
    gauss_newton_eigenvalues,
    trained_segments,
)
from wellfit.engines.compiled.network.predict import raw_outputs
from wellfit.errors import InputError
from wellfit.tables.arrays import View

RNG = np.random.default_rng(0)
X = RNG.normal(size=(30, 3)).astype(np.float32)
PLAIN = wellfit.Recipe.plain(hidden=()).vary(epochs=3, batch_size=10, scaling="none")


def trained(recipe: wellfit.Recipe, y: Any) -> Any:
    return wellfit.train(recipe, X, y, views=View(np.arange(30))).engine


@pytest.mark.parametrize("classes", [2, 3])
def test_of_a_linear_model_of_classes_it_is_the_textbooks(classes: int) -> None:
    y = RNG.integers(0, classes, 30)
    run = trained(PLAIN, y)
    found = gauss_newton_eigenvalues(run.network(0), run.arrays, run.target, np.arange(30))
    z = raw_outputs(run.network(0), run.arrays).astype(np.float64)
    z = np.concatenate([np.zeros_like(z), z], axis=1) if classes == 2 else z
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    ones = np.concatenate([X, np.ones((30, 1))], axis=1).astype(np.float64)
    if classes == 2:
        expected = np.linalg.eigvalsh((ones * (p[:, :1] * p[:, 1:])).T @ ones)
    else:
        blocks = [np.kron(np.diag(q) - np.outer(q, q), np.outer(row, row)) for q, row in zip(p, ones, strict=True)]
        expected = np.linalg.eigvalsh(sum(blocks))
    np.testing.assert_allclose(found[: len(ones[0])], expected[::-1][: len(ones[0])], rtol=1e-4)


def test_of_numbers_it_is_made_of_differences_of_the_outputs() -> None:
    y = np.stack([3 * X[:, 0], X[:, 1] - 5], axis=1)
    run = trained(PLAIN.vary(hidden=(4,), activation="tanh"), y)
    network = run.network(0)
    columns = []
    for one in trained_segments(network):
        for place in range(one.begin, one.end):
            sides = []
            for step in (1e-3, -1e-3):
                moved = network.parameters.astype(np.float64)
                moved[place] += step
                shifted = dataclasses.replace(network, parameters=moved)
                sides.append(raw_outputs(shifted, run.arrays, precision="float64", fold=False))
            columns.append(((sides[0] - sides[1]) / 2e-3).ravel())
    jacobian = np.stack(columns, axis=1)
    expected = np.linalg.eigvalsh(jacobian.T @ jacobian / 2)[::-1]  # the loss is the mean over two outputs
    found = gauss_newton_eigenvalues(network, run.arrays, run.target, np.arange(30))
    np.testing.assert_allclose(found[:8], expected[:8], rtol=1e-3)
    assert effective_parameters(found, 1e-9) == pytest.approx(len(found), abs=0.1)
    assert 0 < effective_parameters(found, 1.0) < effective_parameters(found, 0.1) <= len(columns)


def test_what_has_no_such_matrix_is_refused() -> None:
    run = trained(PLAIN.vary(loss="absolute"), X[:, 0])
    with pytest.raises(InputError, match="cross-entropy or squared error; got 'absolute' of numbers"):
        gauss_newton_eigenvalues(run.network(0), run.arrays, run.target, np.arange(30))
    run = trained(PLAIN.vary(hidden=(1300,), epochs=1), X[:, 0])
    with pytest.raises(InputError, match="fewer than 5,000 parameters; got 6,501"):
        gauss_newton_eigenvalues(run.network(0), run.arrays, run.target, np.arange(30))
