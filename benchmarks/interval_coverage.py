"""Do the 95 % intervals of studies hold the truth in 95 % of studies? Simulated ones, and real ones.

    python benchmarks/coverage.py --out build/coverage.jsonl                        # simulations, scikit-learn's tables
    python benchmarks/coverage.py --data ../shared/data --parts same,known          # real tables of a folder
    python benchmarks/coverage.py --summary build/coverage.jsonl --markdown

Parts: "simulated", 1,000 studies a setting (`coverage_simulated.py`); "same", one recipe against itself from other
seeds, on three real tables, where the true difference is 0; "known", recipes whose difference is known: small tables
drawn out of large ones, the truth being the mean difference on all other rows (`coverage_real.py`). A setting fails
where the Wilson interval of the share lies wholly below 95 % among the studies that carry no remark. "Wrong" are false
verdicts, "decided" all but "not distinguishable". What stands in the file is not run again.
"""

from __future__ import annotations

import argparse
import math
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from accuracy import words
from accuracy_runs import append_line, read_lines
from coverage_real import FOLDS, RECIPES, SEEDS, run
from coverage_simulated import Drawn, draw, settings
from printing import print_markdown, print_table

from wellfit.statistics.paired import PairedDifference, paired_difference

PARTS = ("simulated", "same", "known")
MARGIN = 0.5  # of the simulated differences, in standard deviations of a fold
BROKEN = ("shared 2.0",)  # folds twice as alike as the interval takes them to be: nothing in the losses shows it
FEWEST = 20  # studies that say anything of a setting; with fewer that carry no remark it is warned of


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder with tasks.json (default: scikit-learn's tables)")
    parser.add_argument("--parts", type=words, default=list(PARTS), help=f"default: {','.join(PARTS)}")
    parser.add_argument("--studies", type=int, default=1000, help="of each simulated setting (default 1000)")
    parser.add_argument("--same", type=int, default=200, help="studies of a recipe against itself, a table (200)")
    parser.add_argument("--known", type=int, default=50, help="drawn tables, each with 3 studies, a large table (50)")
    parser.add_argument("--out", type=Path, default=Path("build/coverage.jsonl"))
    parser.add_argument("--summary", type=Path, help="only summarise this file")
    parser.add_argument("--markdown", action="store_true", help="print the summary as Markdown")
    return parser.parse_args()


def simulate(studies: int, out: Path) -> None:
    """Add a line for each setting that has none."""
    done = {line["setting"] for line in read_lines(out) if "setting" in line}
    for number, setting in enumerate(settings()):
        name = named(setting)
        if name not in done:
            append_line(out, {"setting": name, **counted(setting, draw(setting, studies, number))})


def named(setting: dict[str, Any]) -> str:
    """Such as "effects: folds 5, seeds 3"."""
    told = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in setting.items() if key != "generator")
    return f"{setting['generator']}: {told}"


def counted(setting: dict[str, Any], drawn: Drawn) -> dict[str, Any]:
    """How many intervals of simulated studies hold the truth."""
    shares = setting.get("loss") == "error" or setting.get("tails") == "rare"
    margin = MARGIN if setting["generator"] == "effects" else 0.0
    own_seeds = bool(setting.get("own_seeds"))
    found = [
        paired_difference(
            1 + one, np.ones_like(one), drawn.test_rows, drawn.training_rows, margin=margin, shares=shares,
            groups=drawn.groups, same_seeds=not own_seeds,
        )
        for one in drawn.differences
    ]  # fmt: skip
    return tally(found, [drawn.truth] * len(found))


def tally(found: list[PairedDifference], truths: list[float]) -> dict[str, Any]:
    """Counts over studies: held, wrong verdicts, decided, and the same of those without a remark."""
    held = [one.value.low <= truth <= one.value.high for one, truth in zip(found, truths, strict=True)]
    plain = [not one.remark for one in found]
    remarks = Counter(one.remark.split(":")[0] for one in found if one.remark)
    wrong = sum(is_wrong(one, truth) for one, truth in zip(found, truths, strict=True))
    return {
        "studies": len(found),
        "held": sum(held),
        "plain": sum(plain),
        "plain_held": sum(one for one, clean in zip(held, plain, strict=True) if clean),
        "wrong": wrong,
        "decided": sum(one.verdict != "not distinguishable" for one in found),
        "remark": remarks.most_common(1)[0][0] if remarks else "",
    }


def is_wrong(one: PairedDifference, truth: float) -> bool:
    """A verdict that is not so."""
    return {
        "better": truth >= 0,
        "worse": truth <= 0,
        "practically the same": abs(truth) > one.margin,
        "not distinguishable": False,
    }[one.verdict]


def real_lines(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The settings of the real studies: tables, losses, and how many of the seeds are used."""
    tables = list(dict.fromkeys((line["part"], line["table"]) for line in lines if "study" in line))
    return [
        {"setting": f"{part}: {table}, {loss}, seeds {seeds}", **of_table(mine, part, column, seeds)}
        for part, table in tables
        for mine in [[line for line in lines if line.get("part") == part and line.get("table") == table]]
        for column, loss in enumerate(("loss", "error"))
        for seeds in (1, SEEDS)
        if column == 0 or not is_number(mine)
    ]


def is_number(lines: list[dict[str, Any]]) -> bool:
    """Whether loss and error are the same, as of numbers."""
    losses = np.array(lines[0]["losses"])
    return bool((losses[..., 0] == losses[..., 1]).all())


def of_table(lines: list[dict[str, Any]], part: str, column: int, seeds: int) -> dict[str, Any]:
    """Intervals of one table's studies."""
    losses = np.array([line["losses"] for line in lines])[..., column]
    rows, shares = lines[0]["rows"], column == 1
    pairs: list[tuple[np.ndarray, np.ndarray, float]] = []
    if part == "same":
        pairs = [(one[..., :seeds], one[..., SEEDS : SEEDS + seeds], 0.0) for one in losses]
    else:
        others = np.array([line["others"] for line in lines])[..., column]
        for k in range(1, len(RECIPES)):
            truth = float(np.mean(others[:, k] - others[:, 0]))
            pairs += [(one[None, k, :, :seeds], one[None, 0, :, :seeds], truth) for one in losses]
    tested = rows / FOLDS
    found = [paired_difference(first, second, tested, rows - tested, shares=shares) for first, second, _ in pairs]
    return tally(found, [truth for *_, truth in pairs])


def wilson(held: int, studies: int) -> tuple[float, float]:
    """The 95 % interval of a share. Source: Wilson, "Probable inference", 1927."""
    z, share = 1.959964, held / studies
    middle = (share + z * z / (2 * studies)) / (1 + z * z / studies)
    reach = z / (1 + z * z / studies) * math.sqrt(share * (1 - share) / studies + z * z / (4 * studies * studies))
    return middle - reach, middle + reach


def cells(line: dict[str, Any]) -> list[str]:
    """A setting's row."""
    studies = line["studies"]
    low, high = wilson(line["held"], studies)
    if line["plain"] >= FEWEST:
        verdict = "fails" if wilson(line["plain_held"], line["plain"])[1] < 0.95 else "holds"
    else:
        verdict = "warned of" if studies - line["plain"] >= FEWEST else "too few"
    if any(broken in line["setting"] for broken in BROKEN):
        verdict = "not assumed"
    return [
        line["setting"], str(studies), f"{line['held'] / studies:.1%}", f"{low:.1%} to {high:.1%}",
        f"{line['wrong'] / studies:.1%}", f"{line['decided'] / studies:.0%}",
        f"{1 - line['plain'] / studies:.0%} {line['remark']}".strip() if line["remark"] else "", verdict,
    ]  # fmt: skip


def summarise(lines: list[dict[str, Any]], markdown: bool) -> None:
    """A row a setting, and how many fail."""
    rows = [cells(line) for line in [*(line for line in lines if "setting" in line), *real_lines(lines)]]
    if not rows:
        raise SystemExit("The file holds no study.")
    header = ["setting", "studies", "held", "Wilson interval", "wrong", "decided", "with a remark", "result"]
    put = print_markdown if markdown else print_table
    put("95 % intervals that hold the true difference", header, rows)
    failed = [row[0] for row in rows if row[-1] == "fails"]
    print(f"\n{len(failed)} of {len(rows)} settings fail{': ' if failed else '.'}{'; '.join(failed)}")


def main() -> None:
    """Run what is missing, then summarise."""
    options = parse()
    unknown = set(options.parts) - set(PARTS)
    if unknown:
        raise SystemExit(f"--parts are {', '.join(PARTS)}; got {', '.join(sorted(unknown))}.")
    if options.summary is None:
        if "simulated" in options.parts:
            simulate(options.studies, options.out)
        run(options.data, options.same, options.known, options.parts, options.out)
    summarise(read_lines(options.summary or options.out), options.markdown)


if __name__ == "__main__":
    main()
