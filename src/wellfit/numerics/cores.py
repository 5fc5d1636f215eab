"""How many cores this process may use: its affinity and the CPU quota of its control groups (cgroup v1 and v2)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

CGROUPS = Path("/sys/fs/cgroup")
MEMBERSHIP = Path("/proc/self/cgroup")  # a line a hierarchy: number:controllers:path
CONTROLLERS = ("cpu,cpuacct", "cpuacct,cpu", "cpu")  # the folders that version 1 may give to the CPU quota


def usable_cores(cgroups: Path = CGROUPS, membership: Path = MEMBERSHIP) -> int:
    """Cores that this process may use, 1 or more.

    The least of the processor affinity and of every quota that applies: that of the process's own control group and
    those of the groups around it. A quota that is not whole counts as the whole cores in it.

    cgroups: where the control groups are mounted (default /sys/fs/cgroup).
    membership: the file with the groups of this process (default /proc/self/cgroup).
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quotas = [quota for quota in _quotas(cgroups, membership) if quota is not None]
    return max(1, min([cores, *(int(quota) for quota in quotas)]))


def _quotas(cgroups: Path, membership: Path) -> Iterator[float | None]:
    """Each quota in cores, None where there is none."""
    own = _groups_of_process(membership)
    for folder in _with_parents(cgroups, own.get("", "/")):
        yield _quota_of_version_2(folder)
    path = next((path for names, path in own.items() if "cpu" in names.split(",")), "/")
    for name in CONTROLLERS:
        for folder in _with_parents(cgroups / name, path):
            yield _quota_of_version_1(folder)


def _groups_of_process(membership: Path) -> dict[str, str]:
    """The process's group by controllers; version 2 has the empty name."""
    try:
        lines = membership.read_text().splitlines()
    except OSError:  # not Linux
        return {}
    parts = (line.split(":", 2) for line in lines)
    return {part[1]: part[2] for part in parts if len(part) == 3}


def _with_parents(mounted: Path, group: str) -> Iterator[Path]:
    """The folders of a group and of the groups around it. In a container the group may lie outside what is mounted."""
    names = [name for name in PurePosixPath(group).parts if name not in ("/", "..")]
    for many in range(len(names), -1, -1):
        yield mounted.joinpath(*names[:many])


def _quota_of_version_2(folder: Path) -> float | None:
    words = _words(folder / "cpu.max")
    return _ratio(words[0], words[1]) if len(words) == 2 else None


def _quota_of_version_1(folder: Path) -> float | None:
    quota, period = _words(folder / "cpu.cfs_quota_us"), _words(folder / "cpu.cfs_period_us")
    return _ratio(quota[0], period[0]) if quota and period else None


def _ratio(quota: str, period: str) -> float | None:
    """Cores; None for "max" of version 2, -1 of version 1, and what is no number."""
    try:
        time, whole = int(quota), int(period)
    except ValueError:
        return None
    return time / whole if time > 0 and whole > 0 else None


def _words(file: Path) -> list[str]:
    try:
        return file.read_text().split()
    except OSError:  # no such group or controller
        return []
