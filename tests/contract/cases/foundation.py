"""The network's own choices: activations, normalisation, losses, scalings, initial weights, dropout, connections."""

from __future__ import annotations

from typing import Any

from tests.contract.breaking import oracle, scales_settings, starts_larger, swells
from tests.contract.cases import Case, always
from tests.engines.compiled.bench import KIND_OF_LOSS, Bench
from tests.reference import activations, initializations
from wellfit.techniques.base import REGISTRY
from wellfit.techniques.layout import ENCODE_SEAM, FORWARD_SEAM

AGREES = oracle(4, 1e-8)
SGD = {"optimizer": {"name": "sgd", "learning_rate": 0.05}}
# What the reference of initial weights calls them.
INITIALIZATIONS = {
    "auto": "xavier_uniform",  # for tanh
    "glorot_uniform": "xavier_uniform",
    "glorot_normal": "xavier_normal",
    **{name: name for name in initializations.NAMES if name in REGISTRY["initialization"]},
}


def _activations() -> list[Case]:
    """Those that the reference knows; a new one brings a case of its own, or a line in the reference."""
    return [
        always(
            f"activation {name}",
            f"activation.{name}",
            {"activation": name},
            base=SGD,
            default=name == "tanh",
            check=AGREES,
            break_it=swells("activation"),
        )
        for name in activations.NAMES
    ]


def _normalizations() -> list[Case]:
    return [
        always(
            f"{name} normalisation {position} the activation",
            f"normalization.{name}",
            {"normalization": {"name": name, "position": position, "epsilon": 1e-2}},
            base=SGD,
            check=AGREES,
            break_it=swells("normalization"),
        )
        for name in ("batch", "layer")
        for position in ("before", "after")
    ]


def _losses() -> list[Case]:
    return [
        always(
            f"loss {name}",
            f"loss.{name}",
            {"loss": name},
            base=SGD,
            kind=kind,
            default=name in ("auto", "squared", "cross_entropy", "multi_label", "poisson"),
            outputs=3,
            check=AGREES,
            break_it=swells("loss", "output_gradient"),
        )
        for name, kind in {"auto": "numbers", **KIND_OF_LOSS}.items()
    ]


def _scalings() -> list[Case]:
    return [
        always(
            f"scaling {name}",
            f"scaling.{name}",
            {"scaling": name},
            base=SGD,
            check=AGREES,
            break_it=swells("", seam=ENCODE_SEAM),
        )
        for name in ("robust", "standard", "min_max", "quantile")
    ]


def _moments_of(name: str) -> Any:
    """The moments of 360,000 weights: a hundredth more is eight standard errors."""
    expected = initializations.moments(name, 600, 600, {"value": 0.01, "sd": 0.05, "bound": 0.05})

    def check(bench: Bench) -> None:
        weights = bench.parameters["hidden2.weight"]
        assert initializations.agrees(weights, expected)
        if name == "orthogonal":
            assert initializations.orthogonality_error(weights) < 1e-10

    return check


def _initializations() -> list[Case]:
    settings: dict[str, dict[str, Any]] = {"constant": {"value": 0.01}}
    return [
        always(
            f"initialisation {name}",
            f"initialization.{name}",
            {"initialization": {"name": name, **settings.get(name, {})}},
            base={"hidden": (6, 600, 600)},
            default=known == "xavier_uniform",  # what tanh starts from
            check=_moments_of(known),
            break_it=None if name == "zero" else starts_larger("hidden2.weight"),
        )
        for name, known in INITIALIZATIONS.items()
    ]


CASES = [
    *_activations(),
    *_normalizations(),
    *_losses(),
    *_scalings(),
    *_initializations(),
    Case(
        "dropout",
        ("dropout.dropout",),
        lambda s: {"dropout": {"rate": s}},
        base=SGD,
        refused=(-0.1, 1.0),
        check=AGREES,
        break_it=swells("dropout", seam=FORWARD_SEAM),
    ),
    Case(
        "input dropout",
        ("dropout.dropout",),
        lambda s: {"dropout": {"input_rate": s}},
        base=SGD,
        refused=(-0.1, 1.0),
        check=AGREES,
        break_it=swells("dropout", seam=FORWARD_SEAM),
    ),
    Case(
        "classic dropout",
        ("dropout.dropout",),
        lambda s: {"dropout": {"rate": s, "input_rate": s, "form": "classic"}},
        base=SGD,
        schedulable=False,
        refused=(-0.1, 1.0),
        check=AGREES,
        break_it=swells("dropout", seam=FORWARD_SEAM),
    ),
    always(
        "clipping by norm",
        "clipping.norm",
        {"clipping": {"name": "norm", "limit": 0.01}},
        base=SGD,
        check=AGREES,
        break_it=scales_settings("clipping"),
    ),
    always(
        "clipping by value",
        "clipping.value",
        {"clipping": {"name": "value", "low": -0.01, "high": 0.02}},
        base=SGD,
        check=AGREES,
        break_it=scales_settings("clipping"),
    ),
    # Not of the registry: how the layers are connected.
    always("residual connections", "", {"skip": "residual"}, base=SGD, check=AGREES),
    always("concatenated inputs", "", {"skip": "concatenate"}, base=SGD, check=AGREES),
]
