"""Integers that several threads read and write at once, and what a thread does while it waits for one of them.

A store is seen together with all that its thread wrote before it, and a load sees all that was written before the store
whose value it reads ("release" and "acquire").
"""

from __future__ import annotations

import ctypes
import os
import time
from typing import Any

from wellfit.numerics.kernel import on_first_compile

PAUSES = 500  # of the core, some 20 microseconds, before a waiting thread gives way to others
GIVES_WAY = 10_000  # times, some milliseconds, before it sleeps
WINDOWS = os.name == "nt"
SLEEP = 1 if WINDOWS else 100  # milliseconds there, microseconds elsewhere


def load(address: int, place: int) -> int:
    """The integer (64 bits) at a place behind an address."""
    raise NotImplementedError("Addresses mean nothing outside compiled code.")


def store(address: int, place: int, value: int) -> None:
    """Write the integer at a place."""
    raise NotImplementedError("Addresses mean nothing outside compiled code.")


def add(address: int, place: int, value: int) -> int:
    """Add to the integer at a place; what it was before."""
    raise NotImplementedError("Addresses mean nothing outside compiled code.")


def wait_a_moment(waited: int) -> None:
    """Let a little time pass: the core pauses, later it goes to any other thread that wants it, later still the thread
    sleeps. waited: how often in a row it has waited already.
    """
    time.sleep(0)


@on_first_compile
def _register() -> None:
    from llvmlite import ir
    from numba import types
    from numba.extending import overload

    read = _intrinsic(types.int64, 2, lambda builder, at: builder.load_atomic(_pointer(builder, at), "acquire", 8))
    write = _intrinsic(
        types.void, 3, lambda builder, at: builder.store_atomic(at[2], _pointer(builder, at), "release", 8)
    )
    change = _intrinsic(
        types.int64, 3, lambda builder, at: builder.atomic_rmw("add", _pointer(builder, at), at[2], "acq_rel")
    )
    _find_system_calls()
    pause = _intrinsic(types.void, 0, _pause)
    give_way = _intrinsic(types.void, 0, lambda builder, at: _call(builder, "wellfit_give_way"))
    sleep = _intrinsic(types.void, 0, lambda builder, at: _call(builder, "wellfit_sleep", ir.IntType(32)(SLEEP)))

    def waiting(waited):  # type: ignore[no-untyped-def]
        if waited < PAUSES:
            pause()
        elif waited < PAUSES + GIVES_WAY:
            give_way()
        else:
            sleep()

    overload(load)(lambda address, place: lambda address, place: read(address, place))
    overload(store)(lambda address, place, value: lambda address, place, value: write(address, place, value))
    overload(add)(lambda address, place, value: lambda address, place, value: change(address, place, value))
    overload(wait_a_moment)(lambda waited: waiting)


def _intrinsic(result: Any, count: int, build: Any) -> Any:
    """A function of so many integers in compiled code. build(builder, arguments): writes its instructions."""
    from numba import types
    from numba.extending import intrinsic

    signature = result(*[types.int64] * count)

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        value = build(builder, arguments)
        return value if result is types.int64 else context.get_dummy_value()

    typed = signature, generate
    by_count: dict[int, Any] = {
        0: lambda typing: typed,
        2: lambda typing, address, place: typed,
        3: lambda typing, address, place, value: typed,
    }
    return intrinsic(by_count[count])


def _pointer(builder: Any, arguments: Any) -> Any:
    """To the integer that the first two of an intrinsic's arguments, an address and a place, tell of."""
    from llvmlite import ir

    return builder.gep(builder.inttoptr(arguments[0], ir.IntType(64).as_pointer()), [arguments[1]])


def _pause(builder: Any, arguments: Any) -> None:
    from llvmlite import binding

    if binding.get_process_triple().startswith("x86_64"):
        _call(builder, "llvm.x86.sse2.pause")
    else:
        builder.fence("seq_cst")


def _call(builder: Any, symbol: str, *arguments: Any) -> None:
    from llvmlite import ir
    from numba.core import cgutils

    kind = ir.FunctionType(ir.VoidType(), [argument.type for argument in arguments])
    builder.call(cgutils.get_or_insert_function(builder.module, kind, symbol), arguments)


def _find_system_calls() -> None:
    """Tell the compiler where the system's calls lie by which a thread gives way and sleeps."""
    from llvmlite import binding

    library: Any = ctypes.WinDLL("kernel32") if WINDOWS else ctypes.CDLL(None)  # type: ignore[attr-defined,unused-ignore]
    names = ("SwitchToThread", "Sleep") if WINDOWS else ("sched_yield", "usleep")
    for symbol, name in zip(("wellfit_give_way", "wellfit_sleep"), names, strict=True):
        binding.add_symbol(symbol, ctypes.cast(getattr(library, name), ctypes.c_void_p).value)
