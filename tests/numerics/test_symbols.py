"""Kernels that different processes compiled and kept do not call one another's functions."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sys
import numba
import wellfit.numerics.kernel as kernels

def adding(number):
    def add(x):
        LONG
        return number + x
    return numba.njit(add)

add_one, add_two = adding(1), adding(2)

@kernels.compiled_loop("int64")
def one(x):
    return add_one(x)

@kernels.compiled_loop("int64")
def two(x):
    return add_two(x)

print([{"one": one, "two": two}[name].for_precision("float32")(0) for name in sys.argv[1:]])
"""


# So long that LLVM calls it: what it copies into its callers has no symbol.
PROGRAM = PROGRAM.replace("LONG", "; ".join(f"x = x * {k + 3} ^ (x >> {k % 9 + 1})" for k in range(200)))


def printed(folder: Path, *names: str) -> str:
    """What a process of its own prints that calls kernels by name, with the folder as its cache."""
    (folder / "program.py").write_text(PROGRAM)
    environment = {**os.environ, "WELLFIT_CACHE_DIR": str(folder / "cache")}
    command = [sys.executable, str(folder / "program.py"), *names]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.strip()


def test_functions_of_one_name_in_kernels_of_two_processes(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    one, two = (printed(tmp_path, name).strip("[]") for name in ("one", "two"))
    assert int(two) - int(one) == 1
    assert len(list((tmp_path / "cache").rglob("*.kernel"))) == 2, "each process kept its kernel"
    assert printed(tmp_path, "one", "two") == f"[{one}, {two}]"
