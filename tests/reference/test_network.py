"""The network reference against torch.nn's own layers, finite differences, and repeated rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from torch import nn

from tests.reference import activations, losses, network
from tests.reference.network import Description

ROWS, INPUTS = 10, 4
Parameters = dict[str, np.ndarray[Any, Any]]


def draw(d: Description, seed: int = 0) -> tuple[Parameters, np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    random = np.random.default_rng(seed)
    parameters = {name: 0.6 * random.normal(size=shape) for name, shape in network.shapes(d).items()}
    return parameters, random.normal(size=(ROWS, d.inputs)), random.normal(size=(ROWS, d.outputs))


class OwnLayers(nn.Module):
    """The same network from nn.Linear, nn.BatchNorm1d and nn.LayerNorm, written apart from the reference."""

    def __init__(self, d: Description) -> None:
        super().__init__()
        self.d = d
        widths = [d.inputs, *d.hidden]
        extra = d.inputs if d.skip == "concatenate" else 0
        bias = d.normalization != "batch" or d.position == "after"
        self.linear = nn.ModuleList(
            nn.Linear(widths[i] + (extra if i else 0), widths[i + 1], bias=bias) for i in range(len(d.hidden))
        )
        kinds = {"none": nn.Identity, "batch": nn.BatchNorm1d, "layer": nn.LayerNorm}
        self.norm = nn.ModuleList(kinds[d.normalization](units) for units in d.hidden)
        self.project = nn.ModuleList(
            nn.Identity() if a == b else nn.Linear(a, b, bias=False)
            for a, b in zip(widths[1:-1], widths[2:], strict=True)
        )
        self.output = nn.Linear(widths[-1] + extra, d.outputs)
        self.double()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = x
        for i, (linear, norm) in enumerate(zip(self.linear, self.norm, strict=True)):
            z = linear(torch.cat([h, x], 1) if i and self.d.skip == "concatenate" else h)
            z = torch.tanh(norm(z)) if self.d.position == "before" else norm(torch.tanh(z))
            h = z + self.project[i - 1](h) if i and self.d.skip == "residual" else z
        return self.output(torch.cat([h, x], 1) if self.d.skip == "concatenate" else h)

    def named(self) -> dict[str, tuple[torch.Tensor, bool]]:
        """Parameters under the reference's names, and whether they are stored transposed."""
        found: dict[str, tuple[torch.Tensor, bool]] = {}
        for i, linear in enumerate(self.linear):
            found[f"hidden{i}.weight"] = (linear.weight, True)
            if linear.bias is not None:
                found[f"hidden{i}.bias"] = (linear.bias, False)
            if self.d.normalization != "none":
                found[f"hidden{i}.gain"] = (self.norm[i].weight, False)
                found[f"hidden{i}.shift"] = (self.norm[i].bias, False)
            if self.d.skip == "residual" and i and isinstance(self.project[i - 1], nn.Linear):
                found[f"hidden{i}.projection"] = (self.project[i - 1].weight, True)
        found["output.weight"], found["output.bias"] = (self.output.weight, True), (self.output.bias, False)
        return found


@pytest.mark.parametrize("skip", ["none", "residual", "concatenate"])
@pytest.mark.parametrize("position", ["before", "after"])
@pytest.mark.parametrize("normalization", ["none", "batch", "layer"])
def test_same_as_layers_of_torch(normalization: str, position: str, skip: str) -> None:
    d = Description(INPUTS, (5, 5, 3), 2, "tanh", normalization, position, skip)
    parameters, x, y = draw(d)
    own = OwnLayers(d)
    named = own.named()
    assert set(named) == set(network.shapes(d))
    with torch.no_grad():
        for name, (tensor, transposed) in named.items():
            tensor.copy_(torch.tensor(parameters[name].T if transposed else parameters[name]))
    outputs = own(torch.tensor(x))
    (0.5 * nn.functional.mse_loss(outputs, torch.tensor(y))).backward()
    result = network.train_pass(d, parameters, x, y, "squared")
    assert_allclose(result.outputs, outputs.detach().numpy(), rtol=1e-10, atol=1e-12)
    for name, (tensor, transposed) in named.items():
        expected = tensor.grad.T if transposed else tensor.grad
        assert_allclose(result.gradients[name], expected.numpy(), rtol=1e-9, atol=1e-12, err_msg=name)
    own.eval()
    predicted = network.predict(d, parameters, x, result.moving)
    assert_allclose(predicted, own(torch.tensor(x)).detach().numpy(), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("activation", activations.NAMES)
def test_activations_are_those_of_the_reference(activation: str) -> None:
    d = Description(INPUTS, (3,), 3, activation)
    parameters, x, _ = draw(d)
    parameters["output.weight"], parameters["output.bias"] = np.eye(3), np.zeros(3)
    z = x @ parameters["hidden0.weight"] + parameters["hidden0.bias"]
    settings = {"slope": float(parameters["hidden0.slope"][0])} if activation == "prelu" else None
    assert_allclose(network.predict(d, parameters, x), activations.value(activation, z, settings), rtol=1e-12)


@pytest.mark.parametrize("loss", losses.NAMES)
def test_losses_are_those_of_the_reference(loss: str) -> None:
    d = Description(INPUTS, (), 1 if loss == "binary_cross_entropy" else 3)
    parameters, x, y = draw(d)
    if loss == "cross_entropy":
        y = np.arange(ROWS) % 3
    elif loss in ("binary_cross_entropy", "multi_label", "poisson"):
        y = (y > 0).astype(float)
    weights = np.random.default_rng(1).uniform(0, 2, ROWS)
    result = network.train_pass(d, parameters, x, y, loss, weights=weights)
    slope = losses.gradient(loss, result.outputs, y, weights)
    assert_allclose(result.loss, losses.loss(loss, result.outputs, y, weights), rtol=1e-12)
    assert_allclose(result.gradients["output.weight"], x.T @ slope, rtol=1e-9, atol=1e-12)
    assert_allclose(result.gradients["output.bias"], slope.sum(axis=0), rtol=1e-9, atol=1e-12)


FULL = Description(INPUTS, (5, 3), 2, ("elu", "prelu"), "batch", "before", "residual", rates=(0.4, 0.2), input_rate=0.1)


def masks_of(d: Description) -> Parameters:
    random = np.random.default_rng(2)
    widths = {"input": d.inputs} | {f"hidden{layer}": units for layer, units in enumerate(d.hidden)}
    return {name: (random.random((ROWS, width)) > 0.3).astype(float) for name, width in widths.items()}


def test_finite_differences_of_the_objective() -> None:
    """Everything at once: weights, masks, penalties, normalisation, a projected skip, a learned slope."""
    parameters, x, y = draw(FULL)
    weights = np.random.default_rng(3).uniform(0.2, 2, ROWS)
    options: dict[str, Any] = {"weights": weights, "masks": masks_of(FULL), "l2": 0.3, "l1": 0.1}
    gradients = network.train_pass(FULL, parameters, x, y, "huber", **options).gradients
    for name, values in parameters.items():
        place = np.unravel_index(values.size // 2, values.shape)
        ends = []
        for step in (1e-6, -1e-6):
            moved = {**parameters, name: values.copy()}
            moved[name][place] += step
            ends.append(network.train_pass(FULL, moved, x, y, "huber", **options).objective)
        assert_allclose(gradients[name][place], (ends[0] - ends[1]) / 2e-6, rtol=1e-5, atol=1e-8, err_msg=name)


def test_a_weight_is_a_repetition() -> None:
    """Rows with whole weights equal rows repeated: loss, gradients, batch moments and moving statistics."""
    parameters, x, y = draw(FULL)
    counts, masks = np.random.default_rng(4).integers(0, 3, ROWS), masks_of(FULL)
    again = np.repeat(np.arange(ROWS), counts)
    one = network.train_pass(FULL, parameters, x, y, "squared", weights=counts, masks=masks)
    repeated = {name: mask[again] for name, mask in masks.items()}
    two = network.train_pass(FULL, parameters, x[again], y[again], "squared", masks=repeated)
    assert_allclose(one.loss, two.loss, rtol=1e-12)
    for ours, theirs in ((one.gradients, two.gradients), (one.moving, two.moving)):
        for name, values in ours.items():
            assert_allclose(values, theirs[name], rtol=1e-9, atol=1e-12, err_msg=name)


def test_small_total_weight_keeps_the_biased_variance() -> None:
    d = Description(2, (1,), 1, "identity", "batch")
    parameters, x, y = draw(d)
    weights = np.full(ROWS, 0.15)
    moving = network.train_pass(d, parameters, x, y, "squared", weights=weights).moving
    z = x @ parameters["hidden0.weight"]
    assert_allclose(moving["hidden0.variance"], 0.9 + 0.1 * z.var(axis=0), rtol=1e-12)


def test_penalties_act_on_weights_alone() -> None:
    parameters, x, y = draw(FULL)
    masks = masks_of(FULL)
    plain = network.train_pass(FULL, parameters, x, y, "squared", masks=masks)
    heavy = network.train_pass(FULL, parameters, x, y, "squared", masks=masks, l2=0.5, l1=0.2)
    assert heavy.loss == plain.loss
    for name, values in parameters.items():
        penalised = name in ("hidden0.weight", "hidden1.weight", "hidden1.projection", "output.weight")
        expected = 0.5 * values + 0.2 * np.sign(values) if penalised else np.zeros_like(values)
        assert_allclose(heavy.gradients[name] - plain.gradients[name], expected, atol=1e-12, err_msg=name)


def test_dropout_forms() -> None:
    """Classic training is inverted training without the factor; at test time the factor is the share kept."""
    d = Description(INPUTS, (3,), 3, "identity", rates=(0.5,))
    classic = Description(INPUTS, (3,), 3, "identity", rates=(0.5,), dropout_form="classic")
    parameters, x, y = draw(d)
    parameters["output.weight"], parameters["output.bias"] = np.eye(3), np.zeros(3)
    z, mask = x @ parameters["hidden0.weight"] + parameters["hidden0.bias"], masks_of(d)
    inverted_outputs = network.train_pass(d, parameters, x, y, "squared", masks=mask).outputs
    classic_outputs = network.train_pass(classic, parameters, x, y, "squared", masks=mask).outputs
    assert_allclose(inverted_outputs, z * mask["hidden0"] / 0.5, rtol=1e-12)
    assert_allclose(classic_outputs, z * mask["hidden0"], rtol=1e-12)
    assert_allclose(network.predict(d, parameters, x), z, rtol=1e-12)
    assert_allclose(network.predict(classic, parameters, x), 0.5 * z, rtol=1e-12)
