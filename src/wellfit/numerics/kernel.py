"""The one way to compiled code: `@kernel` for what stands at a seam, `@helper` for what kernels call,
`@compiled_loop` for loops.

Every kernel has the same signature, so that the compiled step can call any of them by address:

    kernel(row, settings, work, parameters, gradient, state, clock, sums)

    row         int64    the operation as integers: addresses of its kernels, then the places that the kernel names
    settings    T        the member's strengths at this update
    work        T        the thread's workspace: the mini-batch and every buffer of the forward and backward pass
    parameters  T        the member's parameters, then its moving statistics
    gradient    T        gradient of the loss by the parameters, of the same layout
    state       T        the optimiser's slots
    clock       int64    seed words, update, rows in the batch, mode
    sums        float64  what is added up: loss, weights, norms

T is float32; the same sources are compiled for float64 for the tests. With WELLFIT_JIT=0 kernels stay plain Python
functions: slow, but a debugger can walk through them.
"""

from __future__ import annotations

import os
import threading
import time
from collections import namedtuple
from collections.abc import Callable
from typing import Any

from wellfit.numerics.cache import disk_cache, is_kept
from wellfit.numerics.compiling import compiling, symbols_of

COMPILED = os.environ.get("WELLFIT_JIT", "1") != "0"
# Never nnan or ninf: a diverged member must be seen.
OPTIONS: dict[str, Any] = {"error_model": "numpy", "fastmath": {"contract", "reassoc", "arcp", "nsz"}}

_lock = threading.RLock()
_helpers: list[Callable[[], None]] = []
_routines: list[Routine] = []
_fields: dict[type, str] = {}
_spent = [0.0]  # seconds of compiling in this process
_python_kernels: list[Any] = [None]  # number 0 stands for no kernel


def _begin_in_fork() -> None:
    """A child forked while another thread compiled: that thread, which would free the lock, is not in it."""
    global _lock
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_in_fork)


# Where a row holds the addresses of its kernels: those that the step calls, and those of them that several threads may
# share, 0 where they may not. The named places follow.
FORWARD, BACKWARD, SHARED_FORWARD, SHARED_BACKWARD = 0, 1, 2, 3
FIRST_FIELD = 4


def fields(names: str) -> Any:
    """The places of an operation that its kernels read, by name, as a named tuple of columns of `row`.

    The names are the kernel's own: `DROPOUT = fields("input output mask")`, then `row[DROPOUT.mask]` in the kernel and
    `mask=...` where the operation is made. A kernel and its backward kernel share them.
    """
    words = names.split()
    kind: Any = namedtuple("Fields", words)  # type: ignore[misc]
    return kind(*range(FIRST_FIELD, FIRST_FIELD + len(words)))


class Kernel:
    """A function of the one signature, compiled when its address is first asked for.

    fields: the places it reads. shared: it does the part of its work that the clock names, to the same bits whatever
    the parts, and writes neither to the clock nor to the sums, so that several threads may run it at once.
    """

    def __init__(self, function: Callable[..., None], fields: Any, shared: bool = False) -> None:
        self.function, self.shared = function, shared
        self.name = f"{function.__module__}.{function.__qualname__}"
        self.fields: tuple[str, ...] = fields._fields
        self._addresses: dict[str, int] = {}
        self._alive: list[Any] = []

    def __call__(self, *arguments: Any) -> None:
        self.function(*arguments)

    def __repr__(self) -> str:
        return f"<kernel {self.name}>"

    def address(self, precision: str = "float32") -> int:
        """Where the compiled kernel lies in memory; in debug mode, its number in the list of Python functions."""
        with _lock:
            if precision not in self._addresses:
                self._addresses[precision] = self._compile(precision) if COMPILED else self.enlisted()
        return self._addresses[precision]

    def enlisted(self) -> int:
        """Its number in a new place of the list of Python functions, by which `call` finds it outside compiled code."""
        _python_kernels.append(self.function)
        return len(_python_kernels) - 1

    def _compile(self, precision: str) -> int:
        from numba import types

        prepare_compiler(precision)
        callback = _compiled_function(self.function, types.void(*(_array_type(kind, precision) for kind in _SIGNATURE)))
        self._alive.append(callback)
        return int(callback.address)


def _compiled_function(function: Callable[..., None], signature: Any) -> Any:
    """A function of C's calling convention, from the disk cache where it lies there."""
    from numba.core.ccallback import CFunc

    started = time.perf_counter()
    callback: Any = CFunc(function, (signature.args, signature.return_type), locals={}, options=dict(OPTIONS))
    cache = disk_cache(function)
    if cache is not None:
        callback._cache = cache
    name = f"{function.__module__}.{function.__qualname__}"
    with compiling(name, is_kept(cache)) as turn, symbols_of(f"{name}{signature}"):
        callback.compile()
    _note_seconds(callback.cache_hits, started, turn.waited)
    return callback


_SIGNATURE = ("int64", "T", "T", "T", "T", "T", "int64", "float64")


def _array_type(kind: str, precision: str) -> Any:
    from numba import types

    return types.Array(getattr(types, precision if kind == "T" else kind), 1, "C")


def kernel(declared: Any, shared: bool = False) -> Callable[[Callable[..., None]], Kernel]:
    """Declare a function of the one signature (see the module) to stand at a seam, with the fields it reads. shared: as
    of a `Kernel`.
    """
    return lambda function: Kernel(function, declared, shared)


def helper(function: Callable[..., Any]) -> Callable[..., Any]:
    """Declare a plain function that kernels may call; compiled with them, ordinary Python otherwise."""

    def register() -> None:
        from numba.extending import register_jitable

        register_jitable(**OPTIONS)(function)

    _helpers.append(register)
    return function


def on_first_compile(register: Callable[[], None]) -> Callable[[], None]:
    """Run once before anything is compiled; for intrinsics and overloads by type."""
    _helpers.append(register)
    return register


class Routine:
    """A function of integers that is compiled once by itself and that kernels call by a symbol's name: what is large
    and used by many is not compiled into each of them.

    arguments: how many. choose: the function for a precision, giving nothing back; None where it is not needed here.
    Compiled code calls it by `caller(precision)`, which holds the name of the symbol and not an address, so that it can
    lie in the disk cache.
    """

    def __init__(self, name: str, arguments: int, choose: Callable[[str], Callable[..., None] | None]) -> None:
        self.name, self.arguments, self.choose = name, arguments, choose
        self._alive: dict[str, Any] = {}

    def prepare(self, precision: str) -> None:
        """Let kernels that are compiled or loaded from now on find the compiled function."""
        function = None if precision in self._alive else self.choose(precision)
        if function is None:
            return
        import llvmlite.binding

        self._alive[precision] = _compiled_function(function, self._signature())
        llvmlite.binding.add_symbol(self._symbol(precision), self._alive[precision].address)

    def caller(self, precision: str) -> Any:
        """A function of as many integers, for compiled code, that calls the routine."""
        from llvmlite import ir
        from numba.core import cgutils
        from numba.extending import intrinsic

        signature, symbol, count = self._signature(), self._symbol(precision), self.arguments

        @intrinsic
        def call_routine(typing, arguments):  # type: ignore[no-untyped-def]
            def generate(context, builder, _, values):  # type: ignore[no-untyped-def]
                kind = ir.FunctionType(ir.VoidType(), [ir.IntType(64)] * count)
                integers = cgutils.unpack_tuple(builder, values[0], count)
                builder.call(cgutils.get_or_insert_function(builder.module, kind, symbol), integers)
                return context.get_dummy_value()

            return signature.return_type(arguments), generate

        return call_routine

    def _signature(self) -> Any:
        from numba import types

        return types.void(*[types.int64] * self.arguments)

    def _symbol(self, precision: str) -> str:
        return f"wellfit_{self.name}_{precision}"


def routine(name: str, arguments: int, choose: Callable[[str], Callable[..., None] | None]) -> Routine:
    """Declare a routine: its name, how many integers it takes, and its function for a precision."""
    _routines.append(Routine(name, arguments, choose))
    return _routines[-1]


def prepare_compiler(precision: str) -> None:
    """Tell Numba about the helpers declared since the last call, and where the routines of a precision lie."""
    while _helpers:
        _helpers.pop(0)()
    for each in _routines:
        each.prepare(precision)


class CompiledLoop:
    """A loop compiled for one or both precisions and called from Python without holding the interpreter's lock."""

    def __init__(self, function: Callable[..., Any], arguments: tuple[str | type, ...]) -> None:
        self.function = function
        self.arguments = arguments
        self._compiled: dict[str, Callable[..., Any]] = {}

    def for_precision(self, precision: str = "float32") -> Callable[..., Any]:
        """The compiled function for float32 or float64; the Python function in debug mode."""
        if not COMPILED:
            return self.function
        compiled = self._compiled.get(precision)
        if compiled is not None:  # without the lock, which another thread may hold while it compiles
            return compiled
        with _lock:
            if precision not in self._compiled:
                self._compiled[precision] = self._compile(precision)
        return self._compiled[precision]

    def _type(self, word: Any, precision: str) -> Any:
        from numba import types

        if not isinstance(word, str):
            return types.NamedTuple([self._type(part, precision) for part in _fields[word].split()], word)
        kind, _, shape = word.partition("[")
        scalar = getattr(types, precision if kind == "T" else kind)
        return types.Array(scalar, 1 + shape.count(","), "C") if shape else scalar

    def _compile(self, precision: str) -> Callable[..., Any]:
        import numba

        started = time.perf_counter()
        prepare_compiler(precision)
        dispatcher = numba.njit(nogil=True, **OPTIONS)(self.function)
        cache = disk_cache(self.function)
        if cache is not None:
            dispatcher._cache = cache
        name = f"{self.function.__module__}.{self.function.__qualname__}"
        with compiling(name, is_kept(cache)) as turn, symbols_of(f"{name}{precision}"):
            dispatcher.compile(tuple(self._type(word, precision) for word in self.arguments))
        _note_seconds(sum(dispatcher.stats.cache_hits.values()), started, turn.waited)
        dispatcher.disable_compile()
        return dispatcher  # type: ignore[no-any-return]


def compile_seconds() -> float:
    """Seconds that this process has spent on compiling so far, or on waiting until another process had compiled what it
    needed: what lay in the disk cache is not counted.
    """
    return _spent[0]


def _note_seconds(cache_hits: int, started: float, waited: float) -> None:
    _spent[0] += waited if cache_hits else time.perf_counter() - started


def declare_fields(cls: type, words: str) -> None:
    """Say which types the fields of a NamedTuple have, as words for `compiled_loop`."""
    _fields[cls] = words


def compiled_loop(*arguments: Any) -> Callable[[Callable[..., Any]], CompiledLoop]:
    """Declare a compiled loop by its argument types.

    Each is a word such as "int64[:,:]" or "T[:]" (C-contiguous; T the precision), or a NamedTuple class whose
    fields were declared by `declare_fields`.
    """

    def declare(function: Callable[..., Any]) -> CompiledLoop:
        return CompiledLoop(function, arguments)

    return declare


def call(
    address: int,
    row: Any,
    settings: Any,
    work: Any,
    parameters: Any,
    gradient: Any,
    state: Any,
    clock: Any,
    sums: Any,
) -> None:
    """Call the kernel at an address."""
    _python_kernels[address](row, settings, work, parameters, gradient, state, clock, sums)


@on_first_compile
def _register_call() -> None:
    from llvmlite import ir
    from numba import types
    from numba.extending import intrinsic, overload

    @intrinsic
    def call_address(typing, address, row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
        arrays = (row, settings, work, parameters, gradient, state, clock, sums)

        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            value_types = [context.get_value_type(array) for array in arrays]
            pointer = ir.FunctionType(ir.VoidType(), value_types).as_pointer()
            builder.call(builder.inttoptr(arguments[0], pointer), arguments[1:])
            return context.get_dummy_value()

        return types.void(address, *arrays), generate

    @overload(call)
    def overload_call(address, row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
        def implementation(address, row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
            call_address(address, row, settings, work, parameters, gradient, state, clock, sums)

        return implementation
