"""`wellfit info --system`: the versions, the processor, and what multiplies matrices on this machine."""

from __future__ import annotations

import json
import platform
from importlib.metadata import version

from wellfit.cli.output import write_out
from wellfit.numerics.cache import is_cold
from wellfit.numerics.cache_folder import cache_folder
from wellfit.numerics.cores import usable_cores
from wellfit.numerics.tiles import many_registers
from wellfit.numerics.wide_product import which_products

LIBRARIES = ("wellfit", "numpy", "scipy", "numba", "polars", "scikit-learn")


def show_system(as_json: bool) -> None:
    """Print what this installation runs on."""
    facts = system_facts()
    if as_json:
        write_out(json.dumps(facts, indent=2) + "\n")
        return
    width = max(map(len, facts))
    write_out("".join(f"{name:{width}}   {fact}\n" for name, fact in facts.items()))


def system_facts() -> dict[str, str]:
    """What a report of a fault should say of the machine, name to words."""
    import llvmlite.binding

    folder = cache_folder()
    registers = "32 of 512 bits" if many_registers() else "of 256 bits at most are used"
    return {
        "Python": f"{platform.python_implementation()} {platform.python_version()} on {platform.system()}",
        "libraries": ", ".join(f"{name} {version(name)}" for name in LIBRARIES),
        "processor": f"{platform.machine()}, {llvmlite.binding.get_host_cpu_name()}; vector registers {registers}",
        "cores": f"{usable_cores()} that this process may use",
        "products": which_products(),
        "kernels": f"{folder or 'in memory'}, {'not compiled yet' if is_cold() else 'compiled'}",
    }
