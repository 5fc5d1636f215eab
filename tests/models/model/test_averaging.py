"""Ensembles' averages against NumPy and SciPy, and what mathematics says of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy.special import expit, log_softmax, logsumexp, softmax

from wellfit.models.model.averaging import average_logits, average_numbers, average_probabilities, normal_weights

Array = NDArray[np.float64]
logits = arrays(np.float32, (5, 7, 3), elements=st.floats(-30, 30, width=32))
single = arrays(np.float32, (5, 7, 1), elements=st.floats(-30, 30, width=32))
truth = arrays(np.int64, 7, elements=st.integers(0, 2))
EQUAL = normal_weights(None, 5)
UNEQUAL = normal_weights([1, 2, 0, 4, 1], 5)
weights = st.sampled_from([EQUAL, UNEQUAL])


def log_loss(probabilities: Array, wanted: Any) -> Array:
    return -np.log(np.take_along_axis(probabilities, wanted[:, None], 1)[:, 0])


@given(z=logits, w=weights)
def test_mean_of_probabilities(z: Any, w: Array) -> None:
    expected = np.average(softmax(z.astype(np.float64), axis=2), axis=0, weights=w)
    np.testing.assert_allclose(average_probabilities(z, "classes", "mean", w), expected, rtol=1e-12)


@given(z=single, w=weights)
def test_mean_of_two_classes(z: Any, w: Array) -> None:
    yes = np.average(expit(z[:, :, 0].astype(np.float64)), axis=0, weights=w)
    found = average_probabilities(z, "binary", "mean", w)
    np.testing.assert_allclose(found[:, 1], yes, rtol=1e-12)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-14)


@given(z=logits, w=weights)
def test_mean_before_softmax_is_the_normalised_geometric_mean(z: Any, w: Array) -> None:
    wide = z.astype(np.float64)
    found = average_probabilities(z, "classes", "logits", w)
    np.testing.assert_allclose(found, softmax(np.average(wide, axis=0, weights=w), axis=1), rtol=1e-12)
    geometric = np.average(log_softmax(wide, axis=2), axis=0, weights=w)
    np.testing.assert_allclose(np.log(found), geometric - logsumexp(geometric, axis=1, keepdims=True), atol=1e-9)


@given(z=logits, w=weights)
def test_majority(z: Any, w: Array) -> None:
    """The share of each class among the votes; of equal values the first class has the vote."""
    votes = softmax(z.astype(np.float64), axis=2).argmax(axis=2)
    expected = np.stack([((votes == k) * w[:, None]).sum(axis=0) for k in range(3)], axis=1)
    np.testing.assert_allclose(average_probabilities(z, "classes", "majority", w), expected, atol=1e-14)


@given(z=logits, w=weights)
def test_majority_of_labels(z: Any, w: Array) -> None:
    expected = np.average((expit(z.astype(np.float64)) > 0.5).astype(float), axis=0, weights=w)
    np.testing.assert_allclose(average_probabilities(z, "labels", "majority", w), expected, atol=1e-14)


@given(z=logits, w=weights, wanted=truth, average=st.sampled_from(["mean", "logits"]))
def test_an_ensembles_log_loss_is_at_most_its_members_mean(z: Any, w: Array, wanted: Any, average: Any) -> None:
    """Jensen for the mean of probabilities; Hoelder for the geometric mean, whose normaliser is at most 1."""
    members = np.stack([log_loss(softmax(one.astype(np.float64), axis=1), wanted) for one in z])
    ensemble = log_loss(average_probabilities(z, "classes", average, w), wanted)
    assert (ensemble <= np.average(members, axis=0, weights=w) * (1 + 1e-9) + 1e-9).all()


@given(z=logits, w=weights, y=arrays(np.float64, (7, 3), elements=st.floats(-30, 30)))
def test_the_mean_of_numbers_is_better_by_the_members_spread(z: Any, w: Array, y: Array) -> None:
    """Krogh & Vedelsby: squared error of the mean = mean squared error - variance of the members."""
    wide = z.astype(np.float64)
    mean = average_numbers(z, "mean", w)
    np.testing.assert_allclose(mean, np.average(wide, axis=0, weights=w), atol=1e-12)
    spread = np.average((wide - mean) ** 2, axis=0, weights=w)
    np.testing.assert_allclose((mean - y) ** 2, np.average((wide - y) ** 2, axis=0, weights=w) - spread, atol=1e-9)


@given(z=logits)
def test_the_median_of_numbers(z: Any) -> None:
    np.testing.assert_array_equal(average_numbers(z, "median", EQUAL), np.median(z.astype(np.float64), axis=0))
    np.testing.assert_array_equal(
        average_numbers(z[:4], "median", normal_weights(None, 4)), np.median(z[:4].astype(np.float64), axis=0)
    )


@given(z=logits, average=st.sampled_from(["mean", "logits", "majority"]))
def test_doubling_every_member_changes_nothing(z: Any, average: Any) -> None:
    twice = average_probabilities(np.concatenate([z, z]), "classes", average, normal_weights(None, 10))
    np.testing.assert_allclose(twice, average_probabilities(z, "classes", average, EQUAL), rtol=1e-12)


@pytest.mark.parametrize("average", ["mean", "logits", "majority"])
def test_logits_of_the_average_give_its_probabilities(average: Any) -> None:
    z = np.random.default_rng(0).normal(size=(5, 7, 3)).astype(np.float32)
    again = softmax(average_logits(z, "classes", average, UNEQUAL), axis=1)
    np.testing.assert_allclose(again, average_probabilities(z, "classes", average, UNEQUAL), atol=1e-12)
