"""Do the 95 % intervals of studies hold the truth in 95 % of studies? The command; `interval_coverage.py` has its help.

    python benchmarks/coverage.py --data ../shared/data --out build/coverage.jsonl

A file of its own, because Numba imports a package of this name where there is one: as a module it is not to be had.
"""

from __future__ import annotations

if __name__ != "__main__":
    raise ImportError("benchmarks/coverage.py is a command; the package coverage is not installed.")

from interval_coverage import main

main()
