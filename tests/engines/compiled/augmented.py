"""What a member draws to augment its images, recomputed in NumPy from the documented rules, and the pictures of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tests.engines.compiled.bench import Bench
from tests.engines.compiled.encoded import encode
from tests.engines.compiled.masks import batch_rows
from tests.reference import augmentation as reference
from wellfit.numerics.random import bits_array, purpose_key, seed_key
from wellfit.techniques.rows.augmentation import ImageAugmentation
from wellfit.techniques.rows.warping import AUGMENTATION

Array = NDArray[np.float64]
MAP, BENDING, CUTTING = 0, 1, 2


def draws(count: int, seed: int, salt: int, update: int) -> Array:
    """Numbers in [0, 1) of 24 bits."""
    key1 = seed_key(seed)
    return (bits_array(count, key1, int(purpose_key(AUGMENTATION, salt, update, key1))) >> np.uint32(8)) / 2.0**24


def maps(count: int, seed: int, update: int) -> Array:
    """The map's twelve numbers of each row (rows, 12)."""
    return draws(16 * count, seed, MAP, update).reshape(count, 16)[:, :12]


def augmented(images: Array, chosen: ImageAugmentation, seed: int, update: int) -> Array:
    """Encoded images (rows, height, width, channels) as the network gets them at an update."""
    rows, height, width, _ = images.shape
    settings = {name: getattr(chosen, name) for name in reference.NAMES}
    points = reference.grid_points(chosen.elastic_sigma, height, width)
    numbers, new = maps(rows, seed, update), []
    grids = draws(rows * 2 * points, seed, BENDING, update).reshape(rows, 2, points)
    centres = draws(2 * rows, seed, CUTTING, update).reshape(rows, 2)
    for i in range(rows):
        bend = None
        if chosen.elastic:
            bend = reference.displacement(grids[i], chosen.elastic, chosen.elastic_sigma, height, width)
        matrix, offset = reference.affine(numbers[i], settings, height, width)
        image = reference.warped(images[i], matrix, offset, bend, chosen.border)
        new.append(reference.cut(image, centres[i], chosen.cutout))
    return np.stack(new)


def expected_inputs(bench: Bench, update: int) -> Array:
    """The augmented images of an update's batch (rows, height, width, channels)."""
    member, image = bench.member, bench.arrays.image
    assert image is not None
    rows = batch_rows(
        member.plan.seed, update, len(member.prepared.training.numbers), member.batch, member.horizon.per_epoch
    )
    x = encode(member.prepared.encoding, bench.arrays.take(member.prepared.training.numbers[rows]))
    return augmented(x.reshape(len(rows), *image), bench.recipe.augmentation, member.plan.seed, update)


def network_inputs(bench: Bench, rows: int) -> Array:
    """The inputs (rows, height, width, channels) of the network at the last update."""
    image = bench.arrays.image
    assert image is not None
    return bench.buffer(bench.member.program.inputs, rows, *image).copy()
