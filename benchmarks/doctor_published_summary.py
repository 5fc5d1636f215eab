"""The table of published cases; the recipe is the unit, by the majority of its seeds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Line = dict[str, Any]
OTHERS = (
    "Other cases, as published by others: 94.3 % detected and 63.5 % named (DEFault, 52 programs); alarms on 68 of 188 "
    "healthy trainings, 36 % (DeepDiagnosis); 86 % healed by 2 points or more (AUTOTRAINER)."
)


def majority(line: Line, holds: Callable[[list[list[Any]]], bool]) -> bool:
    """Whether it holds of more than half of the seeds. holds: of the findings of one seed."""
    return 2 * sum(map(holds, line["seeds"])) > len(line["seeds"])


def alarmed(findings: list[list[Any]]) -> bool:
    """Whether there is a problem."""
    return any(one[1] == "problem" for one in findings)


def noticed(findings: list[list[Any]]) -> bool:
    """Whether there is a problem or a warning."""
    return any(one[1] in ("problem", "warning") for one in findings)


def names(line: Line) -> Callable[[list[list[Any]]], bool]:
    """Whether a right code is among problems and warnings."""
    return lambda findings: any(one[0] in line["right"] and one[1] != "hint" for one in findings)


def put_published(lines: list[Line], put: Callable[..., None]) -> None:
    """Counts by kind, then a row a case."""
    from doctor_summary import share

    shown = [line for line in lines if "not_expressible" not in line]
    kinds = {
        "complete, faulty": [line for line in shown if line["complete"] and line["healthy"] is False],
        "incomplete, faulty": [line for line in shown if not line["complete"] and line["healthy"] is False
                               and not line["program"]],
        "programs, on other data": [line for line in shown if line["program"]],
        "complete, healthy": [line for line in shown if line["healthy"] and not line["doubtful"]],
        "complete, healthy, doubtful": [line for line in shown if line["doubtful"]],
    }  # fmt: skip
    rows = [
        [name, share(sum(majority(line, noticed) for line in of), len(of)),
         share(sum(majority(line, names(line)) for line in of), len(of)) if "healthy" not in name else "",
         share(sum(majority(line, alarmed) for line in of), len(of))]
        for name, of in kinds.items()
    ]  # fmt: skip
    put("Published cases, ten seeds each", ["cases", "problem or warning", "named", "problem"], rows, 4)
    print(f"\n{len(lines) - len(shown)} of {len(lines)} cannot be expressed as a recipe. {OTHERS}")
    each = [
        [line["case"], ", ".join(line["faults"]) or "healthy", *_counts(line), line.get("stands_in") or ""]
        for line in shown
    ]
    header = ["case", "published or inferred", "noticed", "named", "problem", "found together", "data that stand in"]
    put("Case by case, seeds of ten", header, each, 2)


def _counts(line: Line) -> list[str]:
    seeds = line["seeds"]
    told = ", ".join(f"{one[0]} ({one[1][0]})" for one in line["findings"][:3])
    return [str(sum(map(holds, seeds))) for holds in (noticed, names(line), alarmed)] + [told]
