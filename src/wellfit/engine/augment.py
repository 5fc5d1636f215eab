"""Augmented images outside a training step: for pictures of what a network is shown, and for averages over them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.encoding import Encoding
from wellfit.engine.emit_images import emit_images
from wellfit.engine.program import Program
from wellfit.engine.step import Machine, run
from wellfit.errors import InputError
from wellfit.numerics.kernel import program as compiled
from wellfit.numerics.random import seed_key
from wellfit.recipe import Recipe
from wellfit.techniques import layout as at


@compiled(Machine)
def augment_batch(machine):  # type: ignore[no-untyped-def]
    """Run the operations of the augmentation seam on the batch that lies in `work`."""
    run(machine, at.AUGMENT_SEAM, machine.parameters)
    return True


def augmented(recipe: Recipe, encoding: Encoding, x: NDArray[Any], draw: int, seed: int = 0) -> NDArray[Any]:
    """Encoded images (rows, encoding.width), float32 or float64, as a member of this seed would train on them at update
    `draw`, if these rows in this order were its batch. Another draw or seed: other numbers; the same: the same bits.

    Input noise and what mixes rows are not part of it. x is left as it is; `wellfit.engine.reference.encode` makes it.

    Raises:
        InputError: the encoding is of a table.
    """
    if encoding.image is None:
        raise InputError("Only images are augmented, and the encoding is of a table: leave it out.")
    precision = str(x.dtype)
    program = Program(recipe, encoding, "classes", 1, max(len(x), 1), precision)
    program.clock[[at.SEED_KEY, at.UPDATE, at.ROWS, at.MODE]] = seed_key(seed), draw, len(x), at.TRAINING
    begin = program.buffer(encoding.width)
    emit_images(program, begin, encoding.image)
    if not program.rows:
        return x.copy()
    none, work = np.zeros(0, precision), np.zeros(program.work_size, precision)
    work[begin : begin + x.size] = x.ravel()
    settings, sums = np.array(program.settings, dtype=precision), np.zeros(at.SUMS_SIZE)
    machine = Machine(*program.operations(), settings, work, none, none, none, none, program.clock, sums)
    augment_batch.for_precision(precision)(machine)
    return work[begin : begin + x.size].reshape(x.shape)
