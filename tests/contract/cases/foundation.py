"""The first techniques: networks, losses, optimisers, schedules, scalings, and the oldest strengths."""

from __future__ import annotations

from typing import Any

from tests.contract.breaking import oracle, swells_after, swells_setting
from tests.contract.cases import Case
from tests.engines.compiled.bench import KIND_OF_LOSS
from wellfit.techniques import layout as at
from wellfit.techniques.base import REGISTRY
from wellfit.techniques.network.dropout import dropout_forward
from wellfit.techniques.network.normalization import batch_forward, layer_forward
from wellfit.techniques.rows import scaling_kernels
from wellfit.techniques.targets.loss import Loss

# tanh is what every bench has besides.
KNOWN = ("identity", "sigmoid", "relu", "leaky_relu", "elu", "selu", "softplus", "silu", "gelu", "mish")
SCHEDULES = ("constant", "linear", "power", "exponential", "step", "cosine", "one_cycle", "growing_cycles")
INITIALIZATIONS = (
    "constant", "uniform", "normal", "fan_in_uniform", "glorot_normal", "he_normal", "he_uniform", "lecun_normal",
    "lecun_uniform", "orthogonal",
)  # fmt: skip
AGREES = oracle(4, 1e-8)
SGD = {"optimizer": {"name": "sgd", "learning_rate": 0.05}}
# With these the reference agrees to the last digits but one: see tests/engine/recipes.py on small denominators.
OPTIMIZERS: dict[str, dict[str, Any]] = {
    "adadelta": {"learning_rate": 1.0},
    **{name: {"epsilon": 1e-3} for name in ("adagrad", "adam", "amsgrad", "adamax", "nadam", "nadam_dozat")},
}
NORMALIZATIONS = {"batch": batch_forward, "layer": layer_forward}


def _always(name: str, covers: str, slots: dict[str, Any], **words: Any) -> Case:
    return Case(name, (covers,), lambda on: slots, strengthless=True, **words)


def _activations() -> list[Case]:
    return [
        _always(
            f"activation {name}",
            f"activation.{name}",
            {"activation": name},
            base=SGD,
            check=AGREES,
            break_it=swells_after(at.FORWARD_SEAM, cls.kernels()[0]),
        )
        for name, cls in REGISTRY["activation"].items()
        if name in KNOWN
    ]


def _normalizations() -> list[Case]:
    return [
        _always(
            f"{name} normalisation {position} the activation",
            f"normalization.{name}",
            {"normalization": {"name": name, "position": position, "epsilon": 1e-2}},
            base=SGD,
            check=AGREES,
            break_it=swells_after(at.FORWARD_SEAM, NORMALIZATIONS[name]),
        )
        for name in ("batch", "layer")
        for position in ("before", "after")
    ]


def _losses() -> list[Case]:
    def loss(name: str) -> Case:
        cls: Any = REGISTRY["loss"][name]
        assert issubclass(cls, Loss)
        return _always(
            f"loss {name}",
            f"loss.{name}",
            {"loss": name},
            base=SGD,
            kind=KIND_OF_LOSS[name],
            default=name in ("squared", "cross_entropy", "multi_label", "poisson"),
            outputs=3,
            check=AGREES,
            break_it=swells_after(at.LOSS_SEAM, cls.kernel, "output_gradient"),
        )

    return [loss(name) for name in KIND_OF_LOSS]


def _scalings() -> list[Case]:
    kernels = {"quantile": scaling_kernels.quantile_numbers}
    return [
        _always(
            f"scaling {name}",
            f"scaling.{name}",
            {"scaling": name},
            base=SGD,
            check=AGREES,
            break_it=swells_after(at.ENCODE_SEAM, kernels.get(name, scaling_kernels.encode_numbers)),
        )
        for name in ("robust", "standard", "min_max", "quantile")
    ]


def _optimizers() -> list[Case]:
    """Their coefficients are broken one by one in test_alive.py."""
    return [
        _always(
            f"optimiser {name}",
            f"optimizer.{name}",
            {"optimizer": {"name": name, **OPTIMIZERS.get(name, {"learning_rate": 0.02})}},
            base={"activation": "elu"},
            check=AGREES,
        )
        for name in REGISTRY["optimizer"]
    ]


def _schedules() -> list[Case]:
    return [
        _always(
            f"schedule {name}", f"schedule.{name}", {"schedule": {"name": name, "warmup": 2}}, base=SGD, check=AGREES
        )
        for name in ("constant", "linear", "power", "exponential", "step", "cosine", "one_cycle", "growing_cycles")
    ]


def _initializations() -> list[Case]:
    """Drawn before the first update; their oracles are asked in tests/reference/test_initializations.py."""
    return [
        _always(f"initialisation {name}", f"initialization.{name}", {"initialization": name})
        for name in INITIALIZATIONS
    ]


STRENGTHS = [
    Case(
        "dropout",
        ("dropout.dropout",),
        lambda s: {"dropout": {"rate": s}},
        base=SGD,
        refused=(-0.1, 1.0),
        check=AGREES,
        break_it=swells_after(at.FORWARD_SEAM, dropout_forward),
    ),
    Case("input dropout", ("dropout.dropout",), lambda s: {"dropout": {"input_rate": s}}, refused=(-0.1, 1.0)),
    Case(
        "L2",
        ("l2.l2",),
        lambda s: {"l2": {"strength": s, "biases": True}},
        check=AGREES,
        break_it=swells_setting(at.PENALTY_SEAM),
        base=SGD,
    ),
    Case(
        "L1",
        ("l1.l1",),
        lambda s: {"l1": s},
        check=AGREES,
        break_it=swells_setting(at.PENALTY_SEAM),
        base=SGD,
    ),
    Case("weight decay", ("weight_decay.weight_decay",), lambda s: {"weight_decay": s}, check=AGREES),
    _always(
        "clipping by norm",
        "clipping.norm",
        {"clipping": {"name": "norm", "limit": 0.01}},
        base=SGD,
        check=AGREES,
        break_it=swells_setting(at.CLIP_SEAM),
    ),
    _always(
        "clipping by value",
        "clipping.value",
        {"clipping": {"name": "value", "low": -0.01, "high": 0.02}},
        base=SGD,
        check=AGREES,
        break_it=swells_setting(at.CLIP_SEAM),
    ),
    _always("residual connections", "dropout.dropout", {"skip": "residual"}, base=SGD, check=AGREES),
    _always("concatenated inputs", "dropout.dropout", {"skip": "concatenate"}, base=SGD, check=AGREES),
]

CASES = [
    *_activations(), *_normalizations(), *_losses(), *_scalings(), *_optimizers(), *_schedules(), *_initializations(),
    *STRENGTHS,
]  # fmt: skip
