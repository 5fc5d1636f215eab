"""How many rows a second ensembles predict: on one core, on all, and what a BLAS would take for their products alone.

    python benchmarks/prediction.py [--quick] [--json FILE] [--only WORD ...] [--repetitions 7] [--operations]

`README.md` beside this file says what the columns mean.
"""

from __future__ import annotations

import argparse
import statistics
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numba
import numpy as np
from contest import cores
from numpy.typing import NDArray
from prediction_operations import print_operations
from printing import number, print_table, write_json_lines

import wellfit
from wellfit import Model, Recipe
from wellfit.engines.compiled.step.step import BLOCK
from wellfit.engines.contract.cost import prediction_cost
from wellfit.numerics.blas import single_threaded_blas

COLUMNS = 20
PIECEWISE = {"input_scale": 6, "number_embedding": {"name": "piecewise", "bins": 16, "size": 4}}
PERIODIC = {"number_embedding": "periodic_bias"}
KINDS: dict[str, dict[str, Any]] = {"plain": {}, "piecewise": PIECEWISE, "periodic": PERIODIC}
CASES = [(name, width, count) for name in KINDS for width in (64, 128, 256) for count in (10, 20, 40)]
QUICK = [("plain", 64, 10), ("plain", 128, 10), ("plain", 256, 10), ("piecewise", 64, 10), ("periodic", 64, 10)]
HEADER = ["ensemble", "cost a row", "rows/s, 1 core", "low to high", "rows/s, all cores", "rows/s by np.dot, 1 core",
          "core-ns a unit of cost"]  # fmt: skip


def make_ensemble(name: str, width: int, count: int) -> Model:
    """Networks of one shape, hardly trained: their weights do not matter."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2000, COLUMNS)).astype(np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # epochs that the budget does not let it finish
        recipe = Recipe(hidden=(width,) * 3, epochs=1, **KINDS[name])
        model = wellfit.train(recipe, X, X[:, 0] + X[:, 1] * X[:, 2] > 0, budget=1)[0].model
    network = model.networks[0]
    copies = tuple(replace(network, parameters=network.parameters.copy()) for _ in range(count))
    return Model(model.schema, model.kind, model.labels, copies)


@numba.njit(nogil=True)
def dot(x, w, y, times):  # type: ignore[no-untyped-def]
    """Nothing but one product."""
    for _ in range(times):
        np.dot(x, w, y)


def floor(model: Model, rows: int) -> float:
    """Processor seconds of the layers' products by a BLAS, in blocks as ours."""
    network = model.networks[0]
    plan = network.plan
    shapes = [(plan.width(node.inputs[0]), node.width) for node in plan.of_kind("linear")]
    seconds = 0.0
    for fan_in, units in shapes:
        made: list[NDArray[np.float32]] = [np.ones(s, np.float32) for s in ((BLOCK, fan_in), (fan_in, units))]
        y = np.zeros((BLOCK, units), np.float32)
        dot(*made, y, 1)
        times = max(1, rows // BLOCK)
        seconds += processor_seconds(lambda made=made, y=y, times=times: dot(*made, y, times))  # type: ignore[misc]
    return seconds * len(model.networks)


def processor_seconds(run: Callable[[], Any]) -> float:
    """Of the whole process."""
    begin = time.process_time()
    run()
    return time.process_time() - begin


def measure(name: str, width: int, count: int, rows: int, repetitions: int) -> dict[str, Any]:
    """Ours and the floor in turn, so that load from elsewhere hits both."""
    model = make_ensemble(name, width, count)
    arrays = model.arrays(np.random.default_rng(1).normal(size=(rows, COLUMNS)).astype(np.float32))
    model.probabilities_of_arrays(arrays.take(np.arange(BLOCK)))  # compiled, laid out
    one, every, blas = [], [], []
    with single_threaded_blas():
        for _ in range(repetitions):
            one.append(processor_seconds(lambda: model.probabilities_of_arrays(arrays)))
            blas.append(floor(model, rows))
            begin = time.perf_counter()
            model.probabilities_of_arrays(arrays, n_jobs=cores())
            every.append(time.perf_counter() - begin)
    cost = sum(prediction_cost(network) for network in model.networks)
    return {
        "name": f"{count} x {width}x3 {name}", "cost": cost, "rows": rows, "cores": cores(),
        "one_core": [rows / t for t in one], "all_cores": [rows / t for t in every],
        "blas_products": [rows / t for t in blas], "ns_a_unit": min(one) / rows / cost * 1e9,
    }  # fmt: skip


def show(records: list[dict[str, Any]]) -> None:
    """A line an ensemble."""
    lines = []
    for record in records:
        one = record["one_core"]
        lines.append([record["name"], number(record["cost"]), number(statistics.median(one)),
                      f"{number(min(one))} to {number(max(one))}", number(statistics.median(record["all_cores"])),
                      number(statistics.median(record["blas_products"])), f"{record['ns_a_unit']:.4f}"])  # fmt: skip
    print_table(f"Probabilities of two classes, {COLUMNS} columns, {cores()} cores", HEADER, lines)


def main() -> None:
    """Measure what is asked for and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer ensembles, rows and repetitions")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write JSON lines")
    parser.add_argument("--only", nargs="+", default=[""], metavar="WORD", help="ensembles with one of these words")
    parser.add_argument("--repetitions", type=int, default=7)
    parser.add_argument("--operations", action="store_true", help="what the parts of a network take, instead")
    arguments = parser.parse_args()
    if arguments.operations:
        print_operations(make_ensemble, arguments.only, arguments.repetitions)
        return
    rows, repetitions = (8192, min(3, arguments.repetitions)) if arguments.quick else (65536, arguments.repetitions)
    records = []
    for name, width, count in QUICK if arguments.quick else CASES:
        if any(word in f"{count} x {width}x3 {name}" for word in arguments.only):
            records.append(measure(name, width, count, rows, repetitions))
    show(records)
    if arguments.json:
        write_json_lines(arguments.json, records)


if __name__ == "__main__":
    main()
