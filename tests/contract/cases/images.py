"""Image augmentation, a case a strength."""

from __future__ import annotations

import numpy as np

from tests.contract.breaking import A_HUNDREDTH_MORE
from tests.contract.cases import Case
from tests.engines.compiled.augmented import expected_inputs, network_inputs
from tests.engines.compiled.bench import Bench
from wellfit.tables.arrays import Arrays
from wellfit.techniques.rows.augmentation import GEOMETRY
from wellfit.techniques.rows.warping import cut_out

UPDATES = 12
RARE = 150  # updates, for a flip's probability or a square's side that is off by a hundredth to show

# A strength that acts, and one beyond the range. A padding of 1.49 is 1 pixel, and a hundredth more is 2.
STRENGTHS = {
    "horizontal_flip": (0.9, 1.1), "vertical_flip": (0.9, 1.1), "rotation": (30.0, 180.1), "zoom": (0.5, 4.1),
    "shear": (20.0, 81.0), "translation": (0.2, 1.1), "padding": (1.49, 101.0), "crop": (0.4, 0.91),
    "elastic": (5.0, 1001.0), "cutout": (0.5, 1.1),
}  # fmt: skip


def _pictures() -> Arrays:
    numbers = np.random.default_rng(0).normal(1, 2, (13, 6 * 5 * 2)).astype(np.float32)
    return Arrays(numbers, np.zeros((13, 0), np.int32), image=(6, 5, 2))


def _scipys_pictures(bench: Bench) -> None:
    rare = {"horizontal_flip", "vertical_flip", "cutout"} & set(bench.recipe.augmentation.on())
    for update in range(RARE if rare else UPDATES):
        bench.train(1)
        wanted = expected_inputs(bench, update)
        np.testing.assert_allclose(network_inputs(bench, len(wanted)), wanted, rtol=1e-9, atol=1e-9)


def _a_hundredth_more(bench: Bench) -> None:
    (operation,) = bench.operations("augmentation")
    strengths = 1 if operation.kernel is cut_out else len(GEOMETRY)
    bench.member.settings[operation.places["settings"] :][:strengths] *= A_HUNDREDTH_MORE


CASES = [
    Case(
        f"augmentation: {name}",
        ("augmentation.augmentation",),
        lambda s, name=name: {"augmentation": {name: s, "elastic_sigma": 1.5}},
        base={"scaling": "standard", "epochs": 60},
        on=on,
        refused=(-0.1, beyond),
        arrays=_pictures,
        check=_scipys_pictures,
        break_it=_a_hundredth_more,
    )
    for name, (on, beyond) in STRENGTHS.items()
]
