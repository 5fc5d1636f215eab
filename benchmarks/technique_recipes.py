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
    "activation: prelu": Setting({"activation": "prelu"}),
    "activation mix": Setting({"activation_mix": 0.1}, {"activation": "silu"}),
    "input scale": Setting({"input_scale": 6.0}),
    "bias rate": Setting({"bias_rate": 0.1}),
    "dropout 0.5": Setting({"dropout": 0.5}),
    "dropout of inputs 0.2": Setting({"dropout": {"input_rate": 0.2}}),
    "dropout that fades": Setting({"dropout": {"rate": {"value": 0.1, "schedule": "flat_cosine"}}}),
    "input noise": Setting({"input_noise": 0.1}, why="a normal number an input: log, root, cosine"),
    "weight noise": Setting({"weight_noise": 0.01}, why="a copy of the weights, a normal number each"),
    "swap": Setting({"swap": 0.1}),
    "cut-out of columns": Setting({"cutout": 0.1}),
    "mixup": Setting({"mixup": 0.2}),
    "cutmix": Setting({"cutmix": 0.2}),
    "label noise": Setting({"label_noise": 0.1}),
    "label smoothing": Setting({"label_smoothing": 0.1}),
    "images: rotation, zoom, translation": Setting(
        {"augmentation": {"rotation": 10, "zoom": 0.1, "translation": 0.1}},
        data="image",
        why="the map: 5 ns a pixel, as for any other geometry",
    ),
    "images: elastic bending": Setting({"augmentation": {"elastic": 8.0, "elastic_sigma": 2.0}}, data="image"),
    "images: cut-out": Setting({"augmentation": {"cutout": 0.3}}, data="image"),
    "L2": Setting({"l2": 1e-4}),
    "L1": Setting({"l1": 1e-4}),
    "L1, proximal": Setting({"l1": {"strength": 1e-4, "proximal": True}}, why="one more pass over weights and slots"),
    "elastic net": Setting({"elastic_net": 1e-4}),
    "power 0.5": Setting({"power": 1e-4}, why="a power a weight"),
    "prior: Gaussian": Setting({"prior": {"name": "gaussian", "sd": 10.0}}),
    "activity": Setting({"activity": 1e-4}),
    "weight decay": Setting({"weight_decay": 0.01}),
    "max-norm": Setting({"max_norm": 3.0}),
    "unit norm": Setting({"unit_norm": 1.0}),
    "constraint: L2 ball": Setting({"constraint": 10.0}),
    "constraint: L1 diamond": Setting(
        {"constraint": {"radius": 300.0, "norm": "l1"}}, why="a few passes for the threshold"
    ),
    "clipping by value": Setting({"clipping": "value"}),
    "clipping by norm": Setting({"clipping": "norm"}),
    "clipping by percentile": Setting({"clipping": "percentile"}, why="selects among the last 1,000 norms"),
    "schedule: growing cycles": Setting({"schedule": "growing_cycles"}),
    "lookahead": Setting({"lookahead": 5}),
    "averaging: ema": Setting({"averaging": "ema"}),
    "averaging: swa": Setting({"averaging": {"name": "swa", "start": 0.0}}),
    "scaling: quantile": Setting({"scaling": "quantile"}, why="a search in a table for each number"),
    "scaling: robust": Setting({"scaling": "robust"}),
    "numbers: piecewise, 8 bins": Setting(
        {"number_embedding": {"name": "piecewise", "bins": 8}}, why="8 times as many inputs"
    ),
    "numbers: periodic with bias": Setting(
        {"number_embedding": "periodic_bias"}, why="16 cosines a number, 4 times as many inputs"
    ),
    "categories: embedding of 8": Setting(
        {"categories": {"one_hot_up_to": 8, "embedding": 8}}, data="categories", why="narrower than one-hot"
    ),
    "batches with replacement": Setting({"sampling": {"replacement": True}}),
    "adversarial, 1 step": Setting({"adversarial": 0.1}, why="a second forward and backward pass"),
    "adversarial, 3 steps": Setting({"adversarial": {"epsilon": 0.1, "steps": 3}}, why="a pass for each step"),
    "sharpness-aware": Setting({"sharpness_aware": 0.05}, why="a second forward and backward pass"),
}
