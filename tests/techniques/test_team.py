"""Operations that threads share: parts of each give the whole, to the bit, and each part is done once."""

from __future__ import annotations

import re
import threading
import time
from typing import Any

import numpy as np
import pytest

from tests.engines.compiled.bench import Bench, make_bench, tiny
from wellfit.engines.compiled.step.team import help_team, new_board
from wellfit.numerics import kernel as numerics_kernel
from wellfit.numerics.kernel import COMPILED, SHARED_BACKWARD, SHARED_FORWARD, Kernel, compiled_loop, fields, kernel
from wellfit.techniques import layout as at
from wellfit.techniques.network.dropout import dropout_backward, dropout_forward
from wellfit.techniques.network.linear import add_backward, add_forward, linear_backward
from wellfit.techniques.team import OPEN, part_of, share
from wellfit.techniques.update.clipping import COMMON, scale_gradient

# Layers wide enough for several grains, and none a whole number of them.
WIDE: dict[str, Any] = {
    "hidden": (150, 150), "batch_size": 37, "rows": 80, "inputs": 140, "outputs": 3, "epochs": 50,
}  # fmt: skip
PROGRAMS: dict[str, dict[str, Any]] = {
    "dropout, Adam, clipping, average": {"dropout": 0.3, "clipping": "norm", "averaging": "ema", "skip": "residual"},
    "classic dropout, AMSGrad": {"dropout": {"rate": 0.4, "form": "classic"}, "optimizer": "amsgrad"},
    "batch norm, Nesterov, decay": {"normalization": "batch", "optimizer": "nesterov", "weight_decay": 0.1},
    "concatenation, RMSprop, percentiles": {"skip": "concatenate", "optimizer": "rmsprop", "clipping": "percentile"},
}


@compiled_loop("int64", "int64[:]", "T[:]", "T[:]", "T[:]", "T[:]", "T[:]", "int64[:]", "float64[:]", "int64")
def run_shared(address, row, settings, work, parameters, gradient, state, clock, sums, times):  # type: ignore[no-untyped-def]
    for _ in range(times):
        share(address, row, settings, work, parameters, gradient, state, clock, sums)
    return True


def bench_of(name: str) -> Bench:
    recipe, arrays, target = tiny("numbers", **WIDE, **PROGRAMS[name])
    bench = make_bench(recipe, arrays, target, precision="float32").nudge()
    bench.train(3)
    return bench


def shared_kernels(bench: Bench) -> list[tuple[str, int, Any]]:
    """Name, address and row of all kernels of a program that can be shared, those within others included."""
    found = []
    for operation, row in zip(bench.operations(), bench.machine.operations, strict=True):
        for way, one in ((SHARED_FORWARD, operation.kernel), (SHARED_BACKWARD, operation.backward)):
            if row[way]:
                found.append((one.name, int(row[way]), row))
        for name in set(COMMON.split()[-2:]) & set(operation.places):
            found.append((name, operation.places[name], row))
    return found


def outcome(bench: Bench, address: int, row: Any, parts: int, order: int) -> list[Any]:
    """The arrays after a kernel has done all its parts, first to last (order 1) or last to first (-1)."""
    m = bench.machine
    arrays = [m.work.copy(), m.parameters.copy(), m.gradient.copy(), m.state.copy()]
    clock, sums = m.clock.copy(), np.zeros(at.SUMS_SIZE)
    before = clock.copy()
    clock[at.LAST_PART] = parts - 1
    for part in range(parts)[::order]:
        clock[at.PART] = part
        run_shared.for_precision()(address, row, m.settings, *arrays, clock, sums, 1)
    clock[[at.PART, at.LAST_PART]] = 0
    assert np.array_equal(clock, before) and not sums.any()
    return arrays


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_parts_of_an_operation_give_the_whole(name: str) -> None:
    bench = bench_of(name)
    found = shared_kernels(bench)
    assert len(found) >= 10
    for mode in (at.TRAINING, at.EVALUATING):
        bench.machine.clock[at.MODE] = mode
        for kernel_name, address, row in found:
            whole = outcome(bench, address, row, 1, 1)
            for parts, order in ((2, 1), (2, -1), (3, -1), (13, 1)):
                parted = outcome(bench, address, row, parts, order)
                for one, other in zip(whole, parted, strict=True):
                    assert np.array_equal(one, other, equal_nan=True), (kernel_name, parts, order)


@pytest.mark.parametrize(
    "chosen", [add_forward, add_backward, linear_backward, dropout_forward, dropout_backward, scale_gradient], ids=repr
)
def test_what_threads_share_is_compiled_to_vectors(chosen: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    """A loop from an unknown beginning is not, and costs a small network half its speed."""
    if not COMPILED:
        pytest.skip("nothing is compiled")
    monkeypatch.setattr(numerics_kernel, "disk_cache", lambda function: None)  # what is loaded shows no code
    anew = Kernel(chosen.function, fields(" ".join(chosen.fields)))
    anew.address()
    loops = anew._alive[0].inspect_llvm()
    assert re.search(r"(fmul|fadd|store|fmuladd)[^\n]*<(4|8|16) x float>", loops), loops


def test_parts_are_whole_grains_and_cover_everything() -> None:
    clock = np.zeros(at.CLOCK_SIZE, np.int64)
    for n in (0, 5, 64, 100, 640, 1000):
        for parts in (1, 2, 3, 8, 40):
            clock[at.LAST_PART] = parts - 1
            bounds = []
            for part in range(parts):
                clock[at.PART] = part
                bounds.append(part_of(n, 64, clock))
            assert bounds[0][0] == 0 and bounds[-1][1] == n
            assert all(end == begin for (_, end), (begin, _) in zip(bounds[:-1], bounds[1:], strict=True))
            assert all(begin % 64 == 0 for begin, _ in bounds)


NOTHING = fields("none")


@kernel(NOTHING, shared=True)
def count_up(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    begin, end = part_of(len(work), 16, clock)
    for i in range(begin, end):
        work[i] += 1


@pytest.mark.skipif(not COMPILED, reason="only compiled code has helpers")
def test_helpers_do_each_part_once() -> None:
    work, nothing = np.zeros(1000, np.float32), np.zeros(0, np.float32)
    board, clock, helped, rounds = new_board(), np.zeros(at.CLOCK_SIZE, np.int64), [0], 0
    clock[at.TEAM] = board.ctypes.data
    arguments = (count_up.address(), np.zeros(4, np.int64), nothing, work, *[nothing] * 3, clock, np.zeros(1))

    def help_out() -> None:
        helped.append(help_team.for_precision()(board, nothing, clock.copy(), np.zeros(1)))

    until = time.monotonic() + 60
    while rounds < 3 or (sum(helped) == 0 and time.monotonic() < until):
        board[OPEN] = 1
        threads = [threading.Thread(target=help_out) for _ in range(3)]
        for thread in threads:
            thread.start()
        run_shared.for_precision()(*arguments, 2000)
        board[OPEN] = 0
        for thread in threads:
            thread.join()
        rounds += 1
        assert (work == 2000 * rounds).all()
        assert not clock[[at.PART, at.LAST_PART]].any()
    assert sum(helped) > 0


def test_without_a_team_a_kernel_does_all_by_itself() -> None:
    work, nothing = np.zeros(100, np.float32), np.zeros(0, np.float32)
    clock = np.zeros(at.CLOCK_SIZE, np.int64)
    call_it = run_shared.for_precision()
    call_it(count_up.address(), np.zeros(4, np.int64), nothing, work, *[nothing] * 3, clock, np.zeros(1), 3)
    assert (work == 3).all()
