"""The network itself: what is learned beside weights and biases, and how fast."""

from __future__ import annotations

import numpy as np

from tests.contract.breaking import scales_settings, speeds, starts_larger, swells
from tests.contract.cases import Case
from tests.engines.compiled.bench import Bench
from tests.engines.compiled.oracle import assert_agrees
from wellfit.tables.arrays import Arrays


def _agrees(bench: Bench) -> None:
    assert_agrees(bench.nudge(), 4, 1e-8)


def _variance_one(bench: Bench) -> None:
    """Of every pre-activation over the rows that the weights were fitted on, which are all here."""
    from tests.techniques.network.test_data_initialization import heard

    weight = bench.member.prepared.training.weights.astype(np.float64)
    for z in heard(bench, weight):
        mean = np.average(z, axis=0, weights=weight)
        np.testing.assert_allclose(np.average((z - mean) ** 2, axis=0, weights=weight), 1, rtol=1e-9)


def _with_categories() -> Arrays:
    rng = np.random.default_rng(4)
    codes = np.stack([rng.integers(-1, 5, 13), rng.integers(0, 2, 13)], axis=1)
    return Arrays(rng.normal(size=(13, 3)).astype(np.float32), np.ascontiguousarray(codes, np.int32), (5, 2))


CASES = [
    Case(
        "PReLU",
        ("activation.prelu",),
        lambda on: {"activation": {"name": "prelu", "per": "unit"}},
        strengthless=True,
        check=_agrees,
        break_it=swells("activation"),
    ),
    Case(
        "learned mix",
        ("activation_mix.activation_mix",),
        lambda s: {"activation_mix": s},
        check=_agrees,
        break_it=speeds(".mix"),
    ),
    Case(
        "learned input scale",
        ("input_scale.input_scale",),
        lambda s: {"input_scale": s},
        on=6.0,
        check=_agrees,
        break_it=speeds("input.scale"),
    ),
    Case(
        "rate of biases",
        ("bias_rate.bias_rate",),
        lambda on: {"bias_rate": 0.1},
        strengthless=True,
        check=_agrees,
        break_it=speeds("hidden0.bias"),
    ),
    Case(
        "piecewise linear numbers",
        ("number_embedding.piecewise",),
        lambda on: {"number_embedding": {"name": "piecewise", "bins": 4, "size": 2, "rate": 0.5}},
        strengthless=True,
        check=_agrees,
        break_it=speeds("input.map"),
    ),
    Case(
        "periodic numbers",
        ("number_embedding.periodic",),
        lambda on: {"number_embedding": {"name": "periodic", "frequencies": 3, "rate": 0.5}},
        strengthless=True,
        check=_agrees,
        break_it=speeds("input.frequencies"),
    ),
    Case(
        "periodic numbers with phases",
        ("number_embedding.periodic_bias",),
        lambda on: {"number_embedding": {"name": "periodic_bias", "frequencies": 3}},
        strengthless=True,
        check=_agrees,
        break_it=speeds("input.frequencies"),
    ),
    Case(
        "embedding of categories",
        ("categories.categories",),
        lambda on: {"categories": {"one_hot_up_to": 3, "embedding": 4}},
        strengthless=True,
        arrays=_with_categories,
        check=_agrees,
        break_it=speeds("input.categories"),
    ),
    Case(
        "weights from data",
        ("data_initialization.unit_variance",),
        lambda on: {"data_initialization": "unit_variance"},
        strengthless=True,
        check=_variance_one,
        break_it=starts_larger("hidden0.weight"),
    ),
    Case(
        "tied layers",
        ("sharing.tied_layers",),
        lambda on: {"sharing": "tied_layers"},
        base={"hidden": (4, 4, 4)},
        strengthless=True,
        check=_agrees,
        break_it=speeds("hidden1.weight"),
    ),
    Case(
        "tied units",
        ("sharing.tied_units",),
        lambda on: {"sharing": {"name": "tied_units", "group": 4}},
        strengthless=True,
        check=_agrees,
        break_it=swells("sharing"),
    ),
    Case(
        "close layers",
        ("sharing.close_layers",),
        lambda s: {"sharing": {"name": "close_layers", "strength": s}},
        base={"hidden": (4, 4, 4)},
        check=_agrees,
        break_it=scales_settings("sharing"),
    ),
    Case(
        "close units",
        ("sharing.close_units",),
        lambda s: {"sharing": {"name": "close_units", "strength": s}},
        check=_agrees,
        break_it=scales_settings("sharing"),
    ),
    Case(
        "rate by fan-in",
        ("fan_in_rate.fan_in_rate",),
        lambda s: {"fan_in_rate": s},
        on=0.5,
        schedulable=False,
        refused=(-0.1, 3.0),
        check=_agrees,
        break_it=speeds("hidden0.weight"),
    ),
]
