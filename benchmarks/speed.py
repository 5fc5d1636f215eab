"""How fast members train: wellfit against scikit-learn, PyTorch and JAX, and against its own matrix products.

    python benchmarks/speed.py [--quick] [--alone] [--json FILE] [--width 64 256] [--repetitions 5] [--seconds 1.2]

All contenders train the same networks on the same rows in float32, in turn (A B C A B C), each with every core: rivals
that train on one core run one process a core, and their rates are added. `README.md` beside this file says more.
"""

from __future__ import annotations

import argparse
import importlib.util
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contest import Team, cores, make_fastest
from first_use import measure_first_use
from printing import number, print_table, spread, write_json_lines
from task import NETS, Net

ENGINE = "wellfit.engines.compiled.run.training_run"


@dataclass
class Entry:
    """A contender of one net: who it is, and what was measured."""

    name: str
    module: str
    variant: str
    needs: str
    per_core: bool = True  # a process a core; else one process that uses all cores itself
    techniques: str = ""
    key: str = ""
    members: int = 0
    processes: int = 1
    rates: list[float] = field(default_factory=list)


def make_entries(rivals_too: bool = True) -> list[Entry]:
    """All contenders, wellfit first."""
    rivals = [("scikit-learn", "rival_sklearn", "sklearn"), ("PyTorch loop", "rival_torch", "torch"),
              ("PyTorch bmm", "rival_bmm", "torch"), ("JAX vmap", "rival_jax", "jax")]  # fmt: skip
    ours = [
        Entry("wellfit", "wellfit_members", "with", ENGINE, per_core=False),
        Entry("wellfit, ELU", "wellfit_members", "elu", ENGINE, per_core=False),
        Entry(
            "wellfit, steps alone",
            "wellfit_members",
            "steps",
            ENGINE,
            per_core=False,
        ),
        Entry("matrix products", "matrix_products", "alone", "numba", per_core=False),
        Entry("multiply-adds", "fma_peak", "alone", "numba", per_core=False),
    ]
    theirs = [Entry(name, module, v, needs) for name, module, needs in rivals for v in ("with", "bare") if rivals_too]
    return ours[:1] + theirs + ours[1:]


def installed(package: str) -> bool:
    """Whether a package (or a module of one) can be imported."""
    try:
        return importlib.util.find_spec(package) is not None
    except ModuleNotFoundError:
        return False


def start_teams(entries: Sequence[Entry]) -> dict[str, Team]:
    """A team for each module that can run."""
    missing = sorted({entry.needs for entry in entries if not installed(entry.needs)})
    for package in missing:
        print(f"{package} is not installed: left out.")
    sizes = {entry.module: cores() if entry.per_core else 1 for entry in entries if entry.needs not in missing}
    return {module: Team(module, processes) for module, processes in sizes.items()}


def contest(net: Net, teams: dict[str, Team], repetitions: int, seconds: float, tries: int) -> list[Entry]:
    """Train one net with every contender in turn. Batched rivals first try so many numbers of members."""
    entries = [entry for entry in make_entries() if entry.module in teams]
    for entry in entries:
        team = teams[entry.module]
        entry.techniques, entry.key, members = make_fastest(team, net, entry.variant, tries, 0.5)
        entry.processes = len(team.processes)
        entry.members = members * entry.processes
    for _ in range(repetitions):
        for entry in entries:
            entry.rates.append(teams[entry.module].rate(entry.key, seconds))
    for entry in entries:
        teams[entry.module].order("forget", [entry.key])
    return entries


def rates_of(entries: Sequence[Entry], name: str) -> list[float]:
    """The rates of our contender of this name; none if it did not run."""
    return next((entry.rates for entry in entries if entry.name == name), [])


def divide(above: Sequence[float], below: Sequence[float]) -> list[float]:
    """Ratios, repetition by repetition; none if either is missing."""
    return [a / b for a, b in zip(above, below, strict=True)] if above and below else []


def middle(values: Sequence[float]) -> str:
    """The median, or a dash."""
    return number(statistics.median(values)) if values else "-"


def show_rates(net: Net, entries: Sequence[Entry]) -> None:
    """A line for each contender."""
    ours = rates_of(entries, "wellfit")
    rows = []
    for entry in entries:
        ratios = divide(ours, entry.rates)
        rows.append([entry.name, entry.techniques, str(entry.members), str(entry.processes), middle(entry.rates),
                     spread(entry.rates), middle(ratios), spread(ratios) if ratios else "-"])  # fmt: skip
    header = ["contender", "techniques", "members", "processes", "steps/s", "spread", "wellfit is x", "spread"]
    print_table(f"{net.name}: member-steps per second on {cores()} cores", header, rows, text_columns=2)


def show_shares(results: dict[Net, list[Entry]]) -> None:
    """What part of the engine's time its matrix products are, and what ELU costs."""
    rows = []
    for net, entries in results.items():
        ours, products = rates_of(entries, "wellfit"), rates_of(entries, "matrix products")
        steps, elu = rates_of(entries, "wellfit, steps alone"), rates_of(entries, "wellfit, ELU")
        peak = rates_of(entries, "multiply-adds")
        shares = [divide(steps, products), divide(ours, products), divide(products, peak), divide(steps, peak),
                  divide(ours, elu)]  # fmt: skip
        rows.append([net.name, *(middle(values) for values in (products, steps, ours, *shares))])
    measured = ["products/s", "steps alone/s", "wellfit/s"]
    header = ["net", *measured, "share of step", "share with evaluation", "products of peak", "step of peak",
              "ELU/ReLU time"]  # fmt: skip
    print_table("The matrix products' share of the engine's time, all cores busy", header, rows)


def to_records(results: dict[Net, list[Entry]]) -> list[dict[str, Any]]:
    """One record a contender and net."""
    return [
        {"net": net.name, "contender": entry.name, "variant": entry.variant, "techniques": entry.techniques,
         "members": entry.members, "processes": entry.processes, "cores": cores(), "steps_per_second": entry.rates,
         "wellfit_over_this": divide(rates_of(entries, "wellfit"), entry.rates)}
        for net, entries in results.items()
        for entry in entries
    ]  # fmt: skip


def read_arguments() -> argparse.Namespace:
    """The command line; --quick shortens what is not given."""
    widths = [net.widths[1] for net in NETS]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--alone", action="store_true", help="without rivals")
    parser.add_argument("--quick", action="store_true", help="one net, three short repetitions")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write JSON lines")
    parser.add_argument("--width", type=int, nargs="+", choices=widths, help="only the nets with hidden layers so wide")
    parser.add_argument("--repetitions", type=int)
    parser.add_argument("--seconds", type=float, help="of each contender in each repetition")
    arguments = parser.parse_args()
    quick = {"width": [64], "repetitions": 3, "seconds": 0.5, "tries": 1}
    full = {"width": widths, "repetitions": 5, "seconds": 1.2, "tries": 3}
    given = {name: value for name, value in vars(arguments).items() if value is not None}
    return argparse.Namespace(**((quick if arguments.quick else full) | {"json": None} | given))


def main() -> None:
    """Run the contest and print it."""
    arguments = read_arguments()
    teams = start_teams(make_entries(not arguments.alone))
    results = {}
    try:
        for net in [net for net in NETS if net.widths[1] in arguments.width]:
            results[net] = contest(net, teams, arguments.repetitions, arguments.seconds, arguments.tries)
            show_rates(net, results[net])
    finally:
        for team in teams.values():
            team.end()
    records = to_records(results)
    if "wellfit_members" in teams:
        show_shares(results)
        first_use = measure_first_use()
        print_table("Before anything trains", ["what", "seconds"], [[k, f"{v:.3f}"] for k, v in first_use.items()])
        records.append(first_use)
    if arguments.json:
        write_json_lines(arguments.json, records)


if __name__ == "__main__":
    main()
