"""Hashes of what trainings end in, to prove that a change of the source leaves every result as it is, to the bit.

    python -m tests.contract.trained_hashes                  compare with the stored list
    python -m tests.contract.trained_hashes --only dropout   the cases with that word in their name
    python -m tests.contract.trained_hashes --write          store what there is now

The bits hang on the processor and on the libraries: `machine()` says on which, and the list is kept for each.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.contract.hashed import all_cases
from tests.contract.hashed.outcome import HashedCase, Outcome

STORED = Path(__file__).with_suffix(".json")
PARTS = ("weights", "predictions", "history")
DIGITS = 16
NOTHING = "-" * DIGITS


@dataclass(frozen=True)
class Hashes:
    """Of one case."""

    weights: str
    predictions: str
    history: str

    def __str__(self) -> str:
        return " ".join(getattr(self, part) for part in PARTS)

    def differing(self, stored: str) -> list[str]:
        """Parts that are not as they were stored."""
        return [part for part, was in zip(PARTS, stored.split(), strict=True) if getattr(self, part) != was]


def machine() -> str:
    """What the bits hang on besides the source: processor, compiler, and the libraries that calculate."""
    import llvmlite
    import llvmlite.binding as llvm
    import numba
    import scipy
    import scipy.linalg  # loads its BLAS
    from threadpoolctl import threadpool_info

    features = hashlib.sha256(llvm.get_host_cpu_features().flatten().encode()).hexdigest()[:8]
    cores = {
        f"{Path(one['filepath']).name.split('-')[0]} {one['version']} {one.get('architecture')}"
        for one in threadpool_info()
        if one["user_api"] == "blas" and any(name in one["filepath"] for name in ("numpy", "scipy"))
    }
    python = f"Python {sys.version_info.major}.{sys.version_info.minor}"  # whose sum() adds more exactly from 3.12 on
    versions = f"numpy {np.__version__}, scipy {scipy.__version__}, numba {numba.__version__}"
    plain = ", kernels as plain Python" if os.environ.get("WELLFIT_JIT") == "0" else ""
    return (
        f"{llvm.get_host_cpu_name()} {features}, {python}, {versions}, llvmlite {llvmlite.__version__}, BLAS "
        f"{' and '.join(sorted(cores))}{plain}"
    )


def digest(arrays: Iterable[NDArray[Any]]) -> str:
    """Of the arrays' bytes with their shapes and types, in their order; a dash where there is none. NaN is NaN."""
    found, some = hashlib.sha256(), False
    for array in arrays:
        if array.dtype.kind not in "biuf":
            raise TypeError(f"Only numbers are hashed; got {array.dtype}.")
        plain = np.ascontiguousarray(array)
        if plain.dtype.kind == "f":
            plain = np.where(np.isnan(plain), plain.dtype.type(np.nan), plain)
        found.update(f"{plain.dtype.str} {array.shape} ".encode() + plain.tobytes())
        some = True
    return found.hexdigest()[:DIGITS] if some else NOTHING


def hashes_of(outcome: Outcome) -> Hashes:
    """Weights go in by the order of their names; the names themselves are no result."""
    weights = [network[name] for network in outcome.weights for name in sorted(network)]
    return Hashes(digest(weights), digest(outcome.predictions), digest(outcome.history))


def stored_lists() -> dict[str, dict[str, str]]:
    """By machine, by case: its hashes."""
    return json.loads(STORED.read_text()) if STORED.exists() else {}


def store(found: dict[str, str], whole: bool) -> None:
    """Put hashes into this machine's list; in place of it, where they are those of all cases."""
    lists = stored_lists()
    lists[machine()] = {**({} if whole else lists.get(machine(), {})), **found}
    STORED.write_text(json.dumps(lists, indent=1) + "\n")


def compare(cases: Sequence[HashedCase], threads: int, known: dict[str, str]) -> tuple[dict[str, str], bool]:
    """Run and print cases. Returns their hashes, and whether all are as stored."""
    found, same = {}, True
    width = max(len(case.name) for case in cases)
    print(f"{'case':{width}}  " + "".join(f"{part:{DIGITS + 1}}" for part in PARTS) + "  seconds")
    for case in cases:
        started = time.perf_counter()
        hashes = hashes_of(case.run(threads))
        seconds = time.perf_counter() - started
        found[case.name] = str(hashes)
        differ = hashes.differing(known[case.name]) if case.name in known else []
        verdict = "not stored" if case.name not in known else f"DIFFERENT: {', '.join(differ)}" if differ else "same"
        same = same and verdict == "same"
        print(f"{case.name:{width}}  {hashes} {seconds:8.2f}  {verdict}", flush=True)
    return found, same


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; 0 where everything is as stored."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--only", metavar="NAME", help="cases with this in their name")
    parser.add_argument("--write", action="store_true", help="store the hashes")
    parser.add_argument(
        "--jobs", type=int, default=1, metavar="N", help="threads (default 1); the hashes stay the same"
    )
    given = parser.parse_args(arguments)
    cases = [case for case in all_cases() if given.only is None or given.only in case.name]
    if not cases:
        parser.error(f"no case has {given.only!r} in its name")
    known = stored_lists().get(machine(), {})
    print(machine())
    if not known and not given.write:
        print("No list is stored for this machine; there are lists for:", *stored_lists(), sep="\n  ")
    started = time.perf_counter()
    found, same = compare(cases, given.jobs, known)
    print(f"{len(cases)} cases in {time.perf_counter() - started:.1f} s")
    if given.write:
        store(found, whole=given.only is None)
        return 0
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
