"""What each operation of a network takes in prediction beside np.dot: source of `wellfit.engines.contract.cost`."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from printing import print_table

from wellfit.engines.compiled.network import predict as evaluate
from wellfit.engines.compiled.step.step import BLOCK, Machine, run
from wellfit.numerics.blas import single_threaded_blas
from wellfit.numerics.kernel import compiled_loop
from wellfit.techniques import layout as at

SHAPES = [(kind, width) for kind in ("plain", "piecewise", "periodic") for width in (64, 128, 256)]
TIMES = 500


@compiled_loop(Machine, "int64")
def repeat(machine, times):  # type: ignore[no-untyped-def]
    """The forward seam again and again."""
    for _ in range(times):
        run(machine, at.FORWARD_SEAM, machine.parameters)
    return True


@compiled_loop("T[:,:]", "T[:,:]", "T[:,:]", "int64")
def dot(x, w, y, times):  # type: ignore[no-untyped-def]
    """A BLAS's product."""
    for _ in range(times):
        np.dot(x, w, y)
    return True


def microseconds(work: Callable[[int], Any], repetitions: int) -> float:
    """The least of some repetitions, in processor time."""
    work(10)
    taken = []
    for _ in range(repetitions):
        begin = time.process_time()
        work(TIMES)
        taken.append(time.process_time() - begin)
    return min(taken) / TIMES * 1e6


def print_operations(make: Callable[[str, int, int], Any], only: Sequence[str], repetitions: int) -> None:
    """A table a network: each operation of encoding and forward pass on one block of rows."""
    repeated, product = repeat.for_precision(), dot.for_precision()
    for kind, width in SHAPES:
        if not any(word in f"{width}x3 {kind}" for word in only):
            continue
        network = make(kind, width, 1).networks[0]
        lines = []
        with single_threaded_blas():
            for label, machine, shape in operations(network):
                ours = microseconds(lambda n, m=machine: repeated(m, n), repetitions)  # type: ignore[misc]
                blas = ""
                if shape[0]:
                    given = [np.ones(s, np.float32) for s in ((BLOCK, shape[0]), shape, (BLOCK, shape[1]))]
                    taken = microseconds(lambda n, g=given: product(*g, n), repetitions)  # type: ignore[misc]
                    blas = f"{taken:.2f}"
                lines.append([label, f"{ours:.2f}", blas])
        print_table(f"{width}x3 {kind}: {BLOCK} rows", ["operation", "us", "us by np.dot"], lines)


def operations(network: Any) -> list[tuple[str, Machine, tuple[int, int]]]:
    """Of each operation its name, a machine with nothing else in its forward seam, and its product's shape."""
    whole, _ = evaluate.machine_for(network)
    whole.clock[at.ROWS], whole.clock[at.MODE] = BLOCK, at.PREDICTING
    whole.work[:] = np.random.default_rng(0).normal(size=whole.work.shape)
    names, found = kernel_names(), []
    for seam in (at.ENCODE_SEAM, at.FORWARD_SEAM):
        for k in range(*whole.seams[seam]):
            seams, row = whole.seams.copy(), whole.operations[k]
            seams[at.FORWARD_SEAM] = k, k + 1
            name = names.get(int(row[at.FORWARD]), "other")
            shape = (int(row[at.WIDTH_IN]), int(row[at.WIDTH])) if name == "linear_forward" else (0, 0)
            label = f"{name} {row[at.WIDTH_IN]} -> {row[at.WIDTH]}"
            found.append((label, whole._replace(seams=seams), shape))
    return found


def kernel_names() -> dict[int, str]:
    """Names of compiled kernels by address."""
    import gc

    from wellfit.numerics.kernel import Kernel

    kernels = [thing for thing in gc.get_objects() if isinstance(thing, Kernel)]
    return {address: kernel.name.rsplit(".", 1)[-1] for kernel in kernels for address in kernel._addresses.values()}
