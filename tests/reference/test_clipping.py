"""The clipping references against torch.nn.utils, and what each does to the direction."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from torch.nn.utils import clip_grad_norm_, clip_grad_value_

from tests.reference import clipping

GRADIENT = np.array([3.0, -4.0, 0.5, 12.0])


def with_gradient(parts: int) -> list[torch.Tensor]:
    tensors = [torch.zeros(len(part)) for part in np.split(GRADIENT, parts)]
    for tensor, part in zip(tensors, np.split(GRADIENT, parts), strict=True):
        tensor.grad = torch.tensor(part, dtype=tensor.dtype)
    return tensors


def gathered(tensors: list[torch.Tensor]) -> np.ndarray:
    return np.concatenate([tensor.grad.numpy() for tensor in tensors if tensor.grad is not None])


def test_by_value_of_torch() -> None:
    tensors = with_gradient(2)
    clip_grad_value_(tensors, 2.0)
    clipped, changed = clipping.by_value(GRADIENT, -2.0, 2.0)
    assert_allclose(clipped, gathered(tensors))
    assert changed


@pytest.mark.parametrize("limit", [1.0, 100.0])
def test_by_norm_of_torch(limit: float) -> None:
    """PyTorch divides by norm + 1e-6, so its result is shorter than the limit by that share; the norm is of all."""
    tensors = with_gradient(2)
    clip_grad_norm_(tensors, limit)
    clipped, changed = clipping.by_norm(GRADIENT, limit)
    assert changed is (limit == 1.0)
    assert_allclose(clipped, gathered(tensors), rtol=1e-6)


def test_norm_keeps_the_direction_and_value_does_not() -> None:
    def cosine(a: np.ndarray, b: np.ndarray) -> float:
        return float(a @ b / np.sqrt((a @ a) * (b @ b)))

    by_norm, _ = clipping.by_norm(GRADIENT, 2.0)
    by_value, _ = clipping.by_value(GRADIENT, -2.0, 2.0)
    assert_allclose(np.linalg.norm(by_norm), 2.0, rtol=1e-12)
    assert_allclose(cosine(by_norm, GRADIENT), 1.0, rtol=1e-12)
    assert cosine(by_value, GRADIENT) < 0.9


def test_unequal_bounds() -> None:
    clipped, _ = clipping.by_value(GRADIENT, -1.0, 5.0)
    assert_allclose(clipped, [3.0, -1.0, 0.5, 5.0])


def test_nothing_to_clip_changes_no_bit() -> None:
    norm = float(np.sqrt((GRADIENT**2).sum()))
    for clipped, changed in (clipping.by_value(GRADIENT, -4.0, 12.0), clipping.by_norm(GRADIENT, norm)):
        assert not changed
        assert (clipped == GRADIENT).all()


def test_not_a_number_is_not_hidden() -> None:
    spoiled = np.array([np.nan, 5.0])
    assert np.isnan(clipping.by_value(spoiled, -1.0, 1.0)[0][0])
    assert np.isnan(clipping.by_norm(spoiled, 1.0)[0]).any()


def test_share_clipped() -> None:
    assert clipping.share_clipped([True, False, False, True]) == 0.5
