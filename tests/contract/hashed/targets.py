"""Every kind of target and of column, and every loss."""

from __future__ import annotations

import wellfit
from tests.contract.hashed import tables
from tests.contract.hashed.outcome import averaged_over, training
from tests.contract.hashed.tables import recipe

KINDS = {"sort": "class", "size": "number", "seen": "count", "known": "class"}

CASES = [
    training("the default recipe", tables.binary, {"epochs": 12}),
    training(
        "the default of practice, deep", tables.number, wellfit.Recipe.named("practice", hidden=(8,) * 5, epochs=12)
    ),
    training(
        "classes with weights",
        tables.classes,
        recipe(class_weight="balanced", loss="cross_entropy"),
        recipe(class_weight={"0": 1.0, "1": 2.0, "2": 0.5}),
        weighted=True,
    ),
    training(
        "losses of numbers",
        tables.number,
        *(
            recipe(loss=loss)
            for loss in (
                "squared",
                "absolute",
                {"name": "huber", "delta": 0.5},
                {"name": "quantile", "quantile": 0.8},
            )
        ),
        weighted=True,
    ),
    training(
        "many rows, wide layers",
        tables.snails,
        {"epochs": 1, "batch_size": 300, "scaling": "quantile"},
        {"epochs": 2, "batch_size": 6, "hidden": [20, 40], "schedule": "one_cycle"},
    ),
    training("several numbers", tables.several, recipe(), recipe(loss="absolute"), kind="number"),
    training("counts", tables.counts, recipe(loss="poisson"), kind="count", weighted=True),
    training("several labels", tables.labels, recipe(loss="multi_label"), kind="labels", weighted=True),
    training(
        "several tasks",
        tables.tasks,
        recipe(tasks={"weights": {"sort": 2.0, "size": 0.5}, "hidden": [6], "activation": "tanh"}),
        recipe(tasks={"losses": {"size": {"name": "huber", "delta": 0.7}}}, hidden=[16], optimizer="momentum"),
        kind=KINDS,
        weighted=True,
    ),
    training("missing cells, categories, dates, text", tables.mixed, recipe(scaling="robust"), recipe(), weighted=True),
    training(
        "scalings",
        tables.without_text,
        *(recipe(scaling=name) for name in ("robust", "min_max", "none", {"name": "quantile", "knots": 21})),
    ),
    training("a sparse table", tables.sparse, recipe(), recipe(optimizer="adagrad", l1=0.01)),
    training("embeddings of categories", tables.mixed, recipe(categories={"one_hot_up_to": 3, "embedding": 4})),
    training(
        "embeddings of numbers, piecewise",
        tables.number,
        recipe(number_embedding={"name": "piecewise", "bins": 6, "size": 3, "rate": 0.5}),
        recipe(number_embedding={"name": "piecewise", "bins": 5}),
    ),
    training(
        "embeddings of numbers, periodic",
        tables.number,
        recipe(number_embedding={"name": "periodic", "frequencies": 4, "size": 3}),
        recipe(number_embedding={"name": "periodic", "frequencies": 3, "rate": 0.5}),
        recipe(number_embedding={"name": "periodic_bias", "frequencies": 3}),
    ),
    training(
        "images, moved and bent",
        tables.images,
        recipe(
            augmentation={
                "rotation": 20.0, "zoom": 0.3, "shear": 10.0, "translation": 0.1, "elastic": 4.0, "elastic_sigma": 1.5,
                "horizontal_flip": 0.5,
            }
        ),
        recipe(augmentation={"elastic": tables.fading(3.0), "elastic_sigma": 1.0, "border": "zero"}),
    ),
    training(
        "images, cropped and hidden",
        tables.images,
        recipe(
            augmentation={"vertical_flip": 0.3, "padding": 1.0, "crop": 0.3, "cutout": 0.4, "border": "zero"},
            input_noise=0.1,
        ),
        also=averaged_over(["augmentation", "input_noise"]),
    ),
]  # fmt: skip
