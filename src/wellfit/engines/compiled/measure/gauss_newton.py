"""The Gauss-Newton matrix of a trained network: its eigenvalues, and how many parameters the rows determine."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.measure.gradient_noise import mean_gradient
from wellfit.engines.compiled.network.predict import machine_for, predict
from wellfit.engines.compiled.step.buffers import aligned_zeros, engine_data
from wellfit.engines.compiled.step.step import Data, Machine
from wellfit.engines.contract.network import Network
from wellfit.engines.contract.segments import TRAINED_ROLES
from wellfit.errors import InputError
from wellfit.numerics.blas import single_threaded_blas
from wellfit.numerics.kernel import compiled_loop
from wellfit.tables.arrays import Arrays, Target
from wellfit.techniques import layout as at

Float64 = NDArray[np.float64]
MOST_PARAMETERS = 5000  # the matrix of more has too many eigenvalues to be found in seconds
MOST_GRADIENTS = 3000  # rows times outputs that make the matrix; of more rows some are drawn
LOSSES = ("auto", "cross_entropy", "squared")


@compiled_loop(Machine, Data, "int64[:]", "T[:]", "int64[:]", "float64[:]", "float64[:]")
def single_gradients(machine, data, rows, weights, order, total, out):  # type: ignore[no-untyped-def]
    """Each row's gradient of the data loss, of the network as it is evaluated."""
    for r in range(len(rows)):
        order[0] = r
        mean_gradient(machine, data, rows, weights, order[:1], total)
        for i in range(len(total)):
            out[r * len(total) + i] = total[i]
    return True


def gauss_newton_eigenvalues(
    network: Network, arrays: Arrays, target: Target, rows: NDArray[np.int64], seed: int = 0
) -> Float64:
    """Eigenvalues of the Gauss-Newton matrix of the loss summed over rows, largest first, without those that are 0.

    G = sum over rows of J^T H J: J the derivatives of the outputs by the parameters, H the second derivatives of the
    loss by the outputs, which is cross-entropy for classes (for which G is Fisher's matrix too) and half the squared
    error of the scaled target for numbers. Of more rows than 3,000 / outputs so many are drawn, and the eigenvalues are
    multiplied accordingly. Penalties are not in it.

    target: of all rows of the arrays. rows: those over which is summed. seed: of drawing rows.

    Raises:
        InputError: 5,000 parameters or more, another loss, class weights, or another kind of target.
    """
    recipe, count = network.recipe, sum(one.end - one.begin for one in trained_segments(network))
    if count >= MOST_PARAMETERS:
        raise InputError(f"A Gauss-Newton matrix is made of fewer than {MOST_PARAMETERS:,} parameters; got {count:,}.")
    if network.kind not in ("binary", "classes", "numbers") or recipe.loss.name not in LOSSES:
        what = f"{recipe.loss.name!r} of {network.kind}"
        raise InputError(f"The Gauss-Newton matrix is that of cross-entropy or squared error; got {what}.")
    if recipe.class_weight != "none":
        raise InputError("The Gauss-Newton matrix counts all rows alike: leave class_weight out.")
    outputs = 2 if network.kind == "binary" else network.outputs
    most = max(MOST_GRADIENTS // outputs, 1)
    chosen = np.asarray(rows, np.int64)
    if len(chosen) > most:
        chosen = np.sort(np.random.default_rng(seed).choice(chosen, most, replace=False))
    with single_threaded_blas():
        factors = _factors(network, arrays.take(chosen), target.take(chosen))
        small = factors @ factors.T if len(factors) < factors.shape[1] else factors.T @ factors
        found = np.linalg.eigvalsh(small)[::-1] * len(rows) / len(chosen)
    return np.asarray(found[found > found[0] * 1e-12] if found[0] > 0 else found[:0])


def effective_parameters(eigenvalues: Float64, alpha: float) -> float:
    """How many parameters the rows determine: the sum of l / (l + alpha) over the eigenvalues l.

    alpha: above 0; the precision of a normal prior of the weights, or a penalty alpha / 2 |w|^2 on the summed loss.

    Source: MacKay, "Bayesian interpolation", 1992; Maddox, Benton & Wilson, "Rethinking parameter counting in deep
    models", 2020.

    >>> effective_parameters(np.array([9.0, 1.0]), 1.0)
    1.4
    """
    return float((eigenvalues / (eigenvalues + alpha)).sum())


def trained_segments(network: Network) -> list[Any]:
    """The places of the parameters that are trained."""
    return [one for one in network.segments if one.role in TRAINED_ROLES]


def _factors(network: Network, arrays: Arrays, target: Target) -> Float64:
    """Rows whose outer products add up to the matrix (rows x outputs, parameters)."""
    kept = np.concatenate([np.arange(one.begin, one.end) for one in trained_segments(network)])
    if network.kind == "numbers":
        return np.concatenate([_of_number(network, arrays, target, k)[:, kept] for k in range(network.outputs)])
    z = predict(network, arrays).astype(np.float64)
    z = np.concatenate([np.zeros_like(z), z], axis=1) if network.kind == "binary" else z
    p = np.exp(z - z.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    factors = []
    for k in range(p.shape[1]):
        given = replace(target, values=np.full_like(target.values, k))
        factors.append(np.sqrt(p[:, k : k + 1]) * _gradients(network, arrays, given)[:, kept])
    return np.concatenate(factors)


def _of_number(network: Network, arrays: Arrays, target: Target, output: int) -> Float64:
    """Derivatives of a scaled output by the parameters: what the gradient differs by for targets one scale apart.

    The loss is the mean over outputs, so that the gradient has a part 1 / outputs of them, and H as well.
    """
    moved = target.values.copy()
    moved[:, output] += np.float32(network.encoding.target_scale[output])
    here, there = (_gradients(network, arrays, replace(target, values=v)) for v in (target.values, moved))
    return np.asarray(np.sqrt(network.outputs) * (here - there))


def _gradients(network: Network, arrays: Arrays, target: Target) -> Float64:
    """The single rows' gradients (rows, trained floats)."""
    machine, _ = machine_for(network, "float32")
    machine = machine._replace(gradient=aligned_zeros(len(machine.parameters), "float32"))
    rows, trained = arrays.rows, int(machine.clock[at.TRAINED])
    out = np.zeros(rows * trained)
    compiled = single_gradients.for_precision("float32")
    compiled(
        machine, engine_data(arrays, target), np.arange(rows), np.ones(rows, np.float32), np.zeros(1, np.int64),
        np.zeros(trained), out,
    )  # fmt: skip
    return out.reshape(rows, trained)
