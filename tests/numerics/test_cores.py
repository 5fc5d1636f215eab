"""Usable cores: affinity and the CPU quota, with made-up control groups."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from wellfit.numerics import cores
from wellfit.numerics.cores import usable_cores


@pytest.fixture(autouse=True)
def eight_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores.os, "sched_getaffinity", lambda _: set(range(8)), raising=False)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n")


def counted(root: Path, membership: str) -> int:
    write(root / "membership", membership)
    return usable_cores(root / "cgroup", root / "membership")


def test_without_groups_the_affinity_counts(tmp_path: Path) -> None:
    assert usable_cores(tmp_path / "none", tmp_path / "nothing") == 8


@pytest.mark.parametrize(
    ("quota", "expected"),
    [("max 100000", 8), ("300000 100000", 3), ("250000 100000", 2), ("50000 100000", 1), ("9900000 100000", 8),
     ("damaged", 8), ("", 8), ("100000 0", 8)],
)  # fmt: skip
def test_version_2(tmp_path: Path, quota: str, expected: int) -> None:
    write(tmp_path / "cgroup" / "cpu.max", quota)
    assert counted(tmp_path, "0::/") == expected


@pytest.mark.parametrize("group", ["0::/outer/inner", "0::/../outer/inner"])
def test_the_least_quota_of_the_groups_around_counts(tmp_path: Path, group: str) -> None:
    write(tmp_path / "cgroup" / "outer" / "cpu.max", "200000 100000")
    write(tmp_path / "cgroup" / "outer" / "inner" / "cpu.max", "500000 100000")
    write(tmp_path / "cgroup" / "other" / "cpu.max", "100000 100000")
    assert counted(tmp_path, group) == 2


@pytest.mark.parametrize("folder", ["cpu,cpuacct", "cpu"])
@pytest.mark.parametrize(("quota", "expected"), [("400000", 4), ("-1", 8)])
def test_version_1(tmp_path: Path, folder: str, quota: str, expected: int) -> None:
    inner = tmp_path / "cgroup" / folder / "docker" / "abc"
    write(inner / "cpu.cfs_quota_us", quota)
    write(inner / "cpu.cfs_period_us", "100000")
    assert counted(tmp_path, "12:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc") == expected


def test_version_1_inside_a_container(tmp_path: Path) -> None:
    """The group's path is that of the host, and what is mounted is the group itself."""
    write(tmp_path / "cgroup" / "cpu" / "cpu.cfs_quota_us", "150000")
    write(tmp_path / "cgroup" / "cpu" / "cpu.cfs_period_us", "50000")
    assert counted(tmp_path, "3:cpu,cpuacct:/docker/abc") == 3


def test_without_an_affinity_all_cores_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 5)
    assert usable_cores(tmp_path, tmp_path / "none") == 5


def test_the_command_and_the_estimators_count_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    from wellfit.estimators.parameters import threads_of

    monkeypatch.setattr(cores, "_quotas", lambda *_: iter([3.0]))
    assert threads_of(-1) == 3 and threads_of(-2) == 2 and threads_of(None) == 1 and threads_of(16) == 16
