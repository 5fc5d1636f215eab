"""The tables of the doctor's proof: detection, healing, alarms, published cases."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from printing import print_markdown, print_table
from scipy.stats import binomtest

LOUD = ("problem", "warning")
BETTER = 0.1  # healed: the measure falls by so much, with an interval above 0
Line = dict[str, Any]


def share(held: int, of: int) -> str:
    """Such as "41 of 50, 82.0 % (68.6 to 91.4)", with the Clopper-Pearson interval of 95 %."""
    if not of:
        return "0 of 0"
    low, high = binomtest(held, of).proportion_ci(0.95, "exact")
    return f"{held} of {of}, {held / of:.1%} ({low:.1%} to {high:.1%})"


def loud(line: Line) -> list[str]:
    """Codes that were found as problem or warning, in order; of an illness that costs nothing at any severity."""
    return [one[0] for one in line["findings"] if one[1] in LOUD or line["measure"] == "none"]


def detected(line: Line) -> bool:
    """Whether a right code of any of its illnesses was found."""
    return any(code in right for code in loud(line) for right in line["right"])


def all_detected(line: Line) -> bool:
    """Whether each of its illnesses has a right code."""
    found = set(loud(line))
    return all(found & set(right) for right in line["right"])


def first_right(line: Line, names: str = "right") -> bool:
    """Whether the first finding has a right code. names: "right", or "cause" for the strict count."""
    return bool(line["findings"]) and any(line["findings"][0][0] in right for right in line[names])


def healed(values: Sequence[float] | None) -> bool:
    """Whether the measure fell enough."""
    return values is not None and values[0] >= BETTER and values[1] > 0


def summarise(lines: list[Line], markdown: bool) -> None:
    """All tables that the lines allow."""
    put = print_markdown if markdown else print_table
    for part in ("planted", "added", "trials"):
        mine = [line for line in lines if line["part"] == part and "refused" not in line]
        refused = sum(line["part"] == part and "refused" in line for line in lines)
        if mine:
            _put_detection(part, mine, refused, put)
            _put_confusion(part, mine, put)
    trials = [line for line in lines if line["part"] == "trials" and "refused" not in line]
    if trials:
        _put_healing(trials, put)
    healthy = [line for line in lines if line["part"] == "healthy"]
    if healthy:
        _put_alarms(healthy, put)
    published = [line for line in lines if line["part"] == "published"]
    if published:
        from doctor_published_summary import put_published

        put_published(published, put)


def _put_detection(part: str, lines: list[Line], refused: int, put: Callable[..., None]) -> None:
    rows = []
    for half in ("tuning", "final"):
        mine = [line for line in lines if line["half"] == half]
        took = [line for line in mine if line["took"]]
        pairs = [line for line in mine if len(line["illnesses"]) > 1]
        for name, of in (("all", mine), ("took", took)):
            rows.append([f"{half}, {name}", share(sum(map(detected, of)), len(of)),
                         share(sum(map(first_right, of)), len(of)),
                         share(sum(first_right(line, "cause") for line in of), len(of))])  # fmt: skip
        if pairs:
            rows.append([f"{half}, two at once: both", share(sum(map(all_detected, pairs)), len(pairs)), "", ""])
    title = f"Planted illnesses ({part}); {refused} recipes refused before training"
    put(title, ["cases", "detected", "a right code first", "the cause itself first"], rows, 4)


def _put_confusion(part: str, lines: list[Line], put: Callable[..., None]) -> None:
    """A row an illness: how often it took, was detected, named first, and what stood first otherwise."""
    by_name: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        by_name[" + ".join(line["illnesses"])].append(line)
    rows = [
        [name, str(len(of)), str(sum(line["took"] for line in of)), str(sum(map(detected, of))),
         str(sum(map(first_right, of))), _others(of)]
        for name, of in by_name.items()
    ]  # fmt: skip
    put(f"By illness ({part})", ["illness", "n", "took", "detected", "first", "first instead"], rows, 1)


def _others(lines: list[Line]) -> str:
    wrong = Counter(
        line["findings"][0][0] if line["findings"] else "nothing" for line in lines if not first_right(line)
    )
    return ", ".join(f"{code} {count}" if count > 1 else code for code, count in wrong.most_common(3))


def _put_healing(lines: list[Line], put: Callable[..., None]) -> None:
    rows = []
    for half in ("tuning", "final"):
        costly = [line for line in lines if line["half"] == half and line["measure"] != "none"]
        took = [line for line in costly if line["took"]]
        for name, of in (("all", costly), ("took", took)):
            for what, column in (("doctor", "improved"), ("best random patch", "random_improved"),
                                 ("best proposal of the search", "proposals_improved")):  # fmt: skip
                values = sorted((line[column] or [0.0])[0] for line in of)
                middle = f"{values[len(values) // 2]:.1%}" if values else ""
                rows.append([f"{half}, {name}", what, share(sum(healed(line[column]) for line in of), len(of)), middle])
            rows.append([f"{half}, {name}", "doctor, and it says so",
                         share(sum(_said(line) and healed(line["improved"]) for line in of), len(of)), ""])  # fmt: skip
            rows.append([f"{half}, {name}", "doctor further than random",
                         share(sum(_further(line, "random_improved") for line in of), len(of)), ""])  # fmt: skip
    put(
        "Healed by 10 % or more with an interval above 0, on untouched rows",
        ["cases", "by", "healed", "median"],
        rows,
        3,
    )
    seconds = sorted(line["seconds"] for line in lines)
    print(f"\nCore-seconds of a diagnosis: median {seconds[len(seconds) // 2]:.1f}, largest {seconds[-1]:.1f}.")


def _said(line: Line) -> bool:
    """Whether the doctor calls the recipe healed, or advises a change of the table."""
    return bool(line["healed"] or line["table_change"])


def _further(line: Line, column: str) -> bool:
    return line["improved"][0] > (line[column] or [0.0])[0]


def _put_alarms(lines: list[Line], put: Callable[..., None]) -> None:
    rows = []
    for half in ("tuning", "final"):
        mine = [line for line in lines if line["half"] == half]
        for severity in ("problem", "warning", "hint"):
            hit = [line for line in mine if any(one[1] == severity for one in line["findings"])]
            codes = Counter(code for line in hit for code in {one[0] for one in line["findings"] if one[1] == severity})
            named = ", ".join(f"{code} {count}" for code, count in codes.most_common())
            rows.append([half, severity, share(len(hit), len(mine)), named])
    put("Healthy trainings with a finding", ["tables", "severity", "trainings", "codes"], rows, 4)
