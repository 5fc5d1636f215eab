"""Forecasts of learning curves against what was measured: error and coverage for 2 and 4 times the rows.

    python benchmarks/learning_curves.py FILE [--every N] [--most M]

FILE is curves.json.gz of LCDB 1.1 as `shared/data/lcdb` has it, or another of the same fields. Nothing is trained. Each
curve is cut off at 1/2, 1/4, 1/8 and 1/16 of its rows; from the sizes up to there the error at 2 and 4 times as many
rows is forecast, and compared with the measured one. Beside it stand the last value, and the power law c + a n^-b.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import curve_fit
from scipy.stats import t

from wellfit.statistics.extrapolation import behaviour_of, curve_of_means, forecast, why_no_forecast

Float64 = NDArray[np.float64]
PER_DOUBLING = 8  # sizes of a curve of LCDB
LEAST_ERROR = 0.0005  # standard errors are rounded to 4 digits at the source
METHODS = ("forecast", "last value", "power law")
LEVELS = (0.9, 0.95)


class Outcome(NamedTuple):
    """One forecast: of which data set, how many times the rows, whether it would be refused, absolute errors by
    method, and of each level whether the interval holds the measured error and how wide it is.
    """

    dataset: str
    factor: int
    refused: bool
    errors: tuple[float, ...]
    holds: tuple[bool, ...]
    widths: tuple[float, ...]


def power_law(sizes: Float64, errors: Float64, spread: Float64, at: float) -> float:
    """The least-squares curve c + a n^-b with none of them below 0; the last value where it does not converge."""
    scaled = sizes / sizes[-1]
    start = [errors[-1] / 2, errors[-1] / 2, 0.5]
    try:
        (c, a, b), _ = curve_fit(
            lambda n, c, a, b: c + a * n**-b, scaled, errors, start, spread, bounds=(0, [np.inf, np.inf, 10]),
            max_nfev=5000,
        )  # fmt: skip
    except RuntimeError:
        return float(errors[-1])
    return float(c + a * (at / sizes[-1]) ** -b)


def outcomes(curve: dict[str, Any], every: int, most: int) -> Iterator[Outcome]:
    """All forecasts of one curve, from one size of `every`, the last `most` of them."""
    sizes, errors = np.array(curve["sizes"], float), np.array(curve["error"], float)
    spread = np.maximum(np.array(curve["stderr"], float), LEAST_ERROR)
    last = len(sizes) - 1
    for doublings in (1, 2, 3, 4):
        cut = last - PER_DOUBLING * doublings
        kept = np.arange(cut % every, cut + 1, every) if cut > 0 else np.zeros(0, int)
        kept = kept[-most:]
        if not len(kept):
            continue
        measured = curve_of_means(sizes[kept], errors[kept], spread[kept], curve["n_splits"] - 1)
        if why_no_forecast(measured):
            continue
        refused = not behaviour_of(measured).well_behaved
        for factor in (2, 4):
            place = cut + PER_DOUBLING * (factor // 2)
            if place <= last:
                yield _outcome(curve, measured, (sizes[place], errors[place]), spread[kept], factor, refused)


def _outcome(
    curve: dict[str, Any], measured: Any, target: tuple[float, float], spread: Float64, factor: int, refused: bool
) -> Outcome:
    at, truth = target
    found = [forecast(measured, [at], level) for level in LEVELS]
    told = (
        found[0].value[0],
        measured.means[-1],
        power_law(measured.sizes, measured.means, spread, at),
    )
    return Outcome(
        curve["name"], factor, refused, tuple(abs(float(one) - truth) for one in told),
        tuple(bool(one.low[0] <= truth <= one.high[0]) for one in found),
        tuple(float(one.high[0] - one.low[0]) for one in found),
    )  # fmt: skip


def share_by_dataset(found: list[Outcome], level: int) -> tuple[float, float, float]:
    """The share of intervals that hold, and its 95 % interval over data sets, whose curves are alike."""
    names = sorted({one.dataset for one in found})
    shares = np.array([np.mean([one.holds[level] for one in found if one.dataset == name]) for name in names])
    mean = float(np.mean([one.holds[level] for one in found]))
    reach = float(t.ppf(0.975, max(len(names) - 1, 1)) * shares.std(ddof=1) / np.sqrt(len(names)))
    return mean, mean - reach, min(mean + reach, 1.0)


def table(found: list[Outcome]) -> str:
    """Error by method and coverage by level, for each factor."""
    lines = ["| rows | forecasts | method | mean abs. error | median | 90th percentile |", "|--:|--:|---|--:|--:|--:|"]
    for factor in sorted({one.factor for one in found}):
        some = [one for one in found if one.factor == factor]
        for k, method in enumerate(METHODS):
            errors = np.array([one.errors[k] for one in some])
            row = [f"{factor} x", f"{len(some):,}", method, f"{errors.mean():.5f}", f"{np.median(errors):.5f}"]
            lines.append(f"| {' | '.join([*row, f'{np.quantile(errors, 0.9):.5f}'])} |")
    lines += ["", "| rows | stated | held | 95 % over data sets | median width |", "|--:|--:|--:|--:|--:|"]
    for factor in sorted({one.factor for one in found}):
        some = [one for one in found if one.factor == factor]
        for k, level in enumerate(LEVELS):
            mean, low, high = share_by_dataset(some, k)
            width = np.median([one.widths[k] for one in some])
            lines.append(f"| {factor} x | {level:.0%} | {mean:.1%} | {low:.1%} to {high:.1%} | {width:.4f} |")
    return "\n".join(lines)


def main() -> int:
    """Score every curve of a file."""
    about = (__doc__ or "").split("\n")[0]
    parser = argparse.ArgumentParser(prog="python benchmarks/learning_curves.py", description=about)
    parser.add_argument("file", type=Path, help="curves.json.gz of LCDB 1.1")
    parser.add_argument("--every", type=int, default=4, help="take every N-th size (default 4: 2 a doubling)")
    parser.add_argument("--most", type=int, default=8, help="of these, the last M before the cut (default 8)")
    choices = parser.parse_args()
    with gzip.open(choices.file) as stream:
        curves = json.load(stream)["curves"]
    found = [one for curve in curves for one in outcomes(curve, choices.every, choices.most)]
    refused = [one for one in found if one.refused]
    kept = [one for one in found if not one.refused]
    names = len({one.dataset for one in found})
    sys.stdout.write(f"{len(curves)} curves of {names} data sets, one size of {choices.every}\n\n{table(kept)}\n")
    sys.stdout.write(f"\nRefused as ill-behaved, {len(refused)} of {len(found)}; had they been forecast:\n\n")
    sys.stdout.write((table(refused) if len({one.dataset for one in refused}) > 1 else "too few") + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
