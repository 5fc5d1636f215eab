"""Nothing but fused multiply-adds in registers, on as many threads as there are cores: what the processor could do.

A step is as many of them as its matrix products have, so that a rate over this one is the share of the peak that is
made use of. Twelve chains, each a register wide, hide the latency and fit where there are but sixteen registers.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numba
from contest import cores
from llvmlite import ir
from llvmlite.binding import get_host_cpu_features
from numba.core import types
from numba.extending import intrinsic
from task import Net

VARIANTS = {"alone": "no learning: multiply-adds in registers"}
CHAINS = 12
WIDTHS = (("avx512f", 16), ("avx2", 8), ("", 4))  # float32 in a register; elsewhere as on ARM


def lanes() -> int:
    """How many float32 a register holds."""
    features = get_host_cpu_features()
    return next(width for name, width in WIDTHS if not name or features.get(name))


@intrinsic
def chains(typing: Any, rounds: Any, factor: Any, term: Any) -> Any:
    """Rounds of `chain = chain * factor + term` for all chains; the sum of what they end with."""

    def build(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        count, factor, term = given
        width, integer = lanes(), ir.IntType(32)
        register = ir.VectorType(ir.FloatType(), width)
        fma = ir.FunctionType(register, [register] * 3)
        fused = builder.module.globals.get(f"llvm.fma.v{width}f32") or ir.Function(
            builder.module, fma, f"llvm.fma.v{width}f32"
        )

        def all_lanes(value: Any) -> Any:
            filled = ir.Constant(register, ir.Undefined)
            for lane in range(width):
                filled = builder.insert_element(filled, value, ir.Constant(integer, lane))
            return filled

        factors, terms = all_lanes(factor), all_lanes(term)
        # Each chain starts elsewhere, or the compiler would compute one for all.
        starts = [all_lanes(builder.fmul(term, ir.Constant(ir.FloatType(), float(n)))) for n in range(CHAINS)]
        before = builder.block
        loop, after = builder.append_basic_block("rounds"), builder.append_basic_block("after")
        builder.branch(loop)
        builder.position_at_end(loop)
        number = builder.phi(count.type)
        values = [builder.phi(register) for _ in range(CHAINS)]
        nexts = [builder.call(fused, [value, factors, terms]) for value in values]
        following = builder.add(number, ir.Constant(count.type, 1))
        for value, start, later in zip([number, *values], [count.type(0), *starts], [following, *nexts], strict=True):
            value.add_incoming(start, before)
            value.add_incoming(later, loop)
        builder.cbranch(builder.icmp_signed("<", following, count), loop, after)
        builder.position_at_end(after)
        total = nexts[0]
        for later in nexts[1:]:
            total = builder.fadd(total, later)
        parts = [builder.extract_element(total, ir.Constant(integer, lane)) for lane in range(width)]
        result = parts[0]
        for part in parts[1:]:
            result = builder.fadd(result, part)
        return result

    return types.float32(types.int64, types.float32, types.float32), build


@numba.njit(nogil=True)
def multiply_adds(rounds, factor, term):  # type: ignore[no-untyped-def]
    """So many rounds of all chains."""
    return chains(rounds, factor, term)


def step_operations(net: Net) -> int:
    """Multiply-adds of a step's products: forward, gradient of the weights, of the inputs but for the first layer."""
    sizes = [inputs * outputs for inputs, outputs in net.layers]
    return net.batch * (3 * sum(sizes) - sizes[0])


class Contender:
    """A thread a core. `members` is the number of threads."""

    def __init__(self, net: Net, variant: str, members: int) -> None:
        self.net, self.threads = net, members
        self.pool = ThreadPoolExecutor(members)

    def run(self, epochs: int) -> int:
        """As many multiply-adds as the products of some epochs of every member have; the steps they belong to."""
        steps = epochs * self.net.steps
        rounds = steps * step_operations(self.net) // (CHAINS * lanes())
        list(self.pool.map(lambda _: multiply_adds(rounds, 0.5, 1.0), range(self.threads)))
        return steps * self.threads


def member_choices(net: Net) -> tuple[int, ...]:
    """One for each thread."""
    return (cores(),)
