"""How `techniques.py` turns each technique on: slots of the recipe, what it is compared with, and why it costs that."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Setting:
    """A technique turned on. base: slots that both sides have. data: "classes", "numbers", "categories" or "image"."""

    slots: dict[str, Any]
    base: dict[str, Any] = field(default_factory=dict)
    data: str = "classes"
    why: str = ""


def _fields(name: str, values: list[str]) -> dict[str, Setting]:
    return {f"{name}: {value}": Setting({name: value}) for value in values}


TECHNIQUES: dict[str, Setting] = {
    **_fields("activation", ["identity", "sigmoid", "tanh", "leaky_relu", "elu", "selu", "softplus"]),
    **_fields("activation", ["silu", "gelu", "mish"]),
    **_fields("normalization", ["batch", "layer"]),
    **_fields("optimizer", ["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adadelta"]),
    **_fields("optimizer", ["amsgrad", "adamax", "nadam"]),
    "skip: residual": Setting({"skip": "residual"}),
    "skip: concatenate": Setting({"skip": "concatenate"}, why="two wider products"),
    "dropout 0.5": Setting({"dropout": 0.5}),
    "dropout of inputs 0.2": Setting({"dropout": {"input_rate": 0.2}}),
    "L2": Setting({"l2": 1e-4}),
    "L1": Setting({"l1": 1e-4}),
    "weight decay": Setting({"weight_decay": 0.01}),
    "clipping by value": Setting({"clipping": "value"}),
    "clipping by norm": Setting({"clipping": "norm"}),
    "clipping by percentile": Setting({"clipping": "percentile"}),
    "running average": Setting({"averaging": "ema"}, why="a pass over the parameters"),
    "mean of the last epochs": Setting({"averaging": "swa"}),
    "lookahead": Setting({"lookahead": 5}),
    "schedule: growing cycles": Setting({"schedule": "growing_cycles"}),
    "dropout that fades": Setting({"dropout": {"rate": {"value": 0.1, "schedule": "flat_cosine"}}}),
    "scaling: quantile": Setting({"scaling": "quantile"}),
    "scaling: robust": Setting({"scaling": "robust"}),
    "batches with replacement": Setting({"sampling": {"replacement": True}}),
    "adversarial, 1 step": Setting({"adversarial": 0.1}, why="a second forward and backward pass"),
    "adversarial, 3 steps": Setting({"adversarial": {"epsilon": 0.1, "steps": 3}}, why="a pass for each step"),
    "images: rotation": Setting(
        {"augmentation": {"rotation": 10}}, data="image", why="the map: 5 ns a pixel, as for any other geometry"
    ),
    "images: rotation and elastic": Setting(
        {"augmentation": {"rotation": 10, "elastic": 10, "elastic_sigma": 2}}, data="image", why="the map, and bending"
    ),
    "images: cut-out": Setting({"augmentation": {"cutout": 0.4}}, data="image"),
    "sharpness-aware": Setting({"sharpness": 0.05}, why="a second forward and backward pass"),
}  # fmt: skip
