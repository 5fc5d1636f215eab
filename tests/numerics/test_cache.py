"""The cache of compiled kernels: what makes a file stale, damaged files, full disks, many processes at once."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import wellfit
from wellfit.numerics import cache, compiling
from wellfit.numerics.cache_folder import cache_folder
from wellfit.numerics.kernel import CompiledLoop, compile_seconds, compiled_loop
from wellfit.numerics.sources import compiler_fingerprint, module_fingerprint, source_fingerprint

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGE = Path(wellfit.__file__).parent

# Twelve updates of a tiny network with a bit of everything that draws, decays and switches.
TINY = """
import json, sys
import numpy as np
sys.path.insert(0, sys.argv[1])
from tests.engines.compiled.bench import make_bench, tiny
from wellfit.numerics.kernel import COMPILED
recipe, arrays, target = tiny("numbers", dropout=0.2, activation="elu", optimizer="nesterov", l2=0.1, {slots})
bench = make_bench(recipe, arrays, target, precision="{precision}")
member = bench.finish()
print(json.dumps([COMPILED, member.parameters.tolist(), [[*row.values()][3:7] for row in member.history.rows()]]))
"""

# Two updates with as few kernels as can be, for what has to compile anew.
STEP = """
import json, sys
sys.path.insert(0, sys.argv[1])
from tests.engines.compiled.bench import make_bench, tiny
recipe, arrays, target = tiny("numbers", activation="elu", optimizer="sgd", hidden=(3,), scaling="none")
bench = make_bench(recipe, arrays, target, precision="float32")
bench.train(2)
print(json.dumps(bench.member.parameters.tolist()))
"""


def run(script: str, package: Path = PACKAGE, **environment: str) -> list[object]:
    given = {**os.environ, "PYTHONPATH": str(package.parent), "PYTHONWARNINGS": "error", **environment}
    command = [sys.executable, "-c", script, str(REPOSITORY)]
    done = subprocess.run(command, env=given, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the package that a test may edit."""
    package = tmp_path / "copy" / "wellfit"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    return package


def test_every_source_of_compiled_code_counts(copied: Path) -> None:
    before = source_fingerprint(copied)
    assert before == source_fingerprint(PACKAGE)
    for name in ("numerics/elementary.py", "techniques/targets/loss.py", "engines/compiled/step/step.py"):
        path = copied / name
        kept = path.read_text()
        path.write_text(kept + "\nCHANGED = 1\n")
        assert source_fingerprint(copied) != before, name
        path.write_text(kept)
    (copied / "recipe" / "recipe.py").write_text("# holds no compiled code\n")
    assert source_fingerprint(copied) == before


def test_a_kernel_hangs_on_what_its_module_imports_and_on_nothing_else(copied: Path) -> None:
    names = [f"wellfit.techniques.{name}" for name in ("network.dropout", "targets.loss", "penalties.penalty")]
    before = {name: module_fingerprint(name, copied) for name in names}
    assert len(set(before.values())) == 3
    touched = {
        "techniques/network/dropout.py": {"wellfit.techniques.network.dropout"},
        "numerics/elementary.py": set(names),
        "numerics/random.py": {"wellfit.techniques.network.dropout"},
        "engines/compiled/step/step.py": set(),
    }
    for file, hit in touched.items():
        path = copied / file
        kept = path.read_text()
        path.write_text(kept + "\nCHANGED = 1\n")
        changed = {name for name in names if module_fingerprint(name, copied) != before[name]}
        path.write_text(kept)
        assert changed == hit, file
    assert {name: module_fingerprint(name, copied) for name in names} == before


def test_a_kernel_from_elsewhere_hangs_on_everything(copied: Path) -> None:
    assert module_fingerprint("tests.engines.compiled.bench", copied) == source_fingerprint(copied)


def test_a_change_in_a_function_that_kernels_call_is_noticed(copied: Path, tmp_path: Path) -> None:
    """Numba alone would run the old machine code: the kernel's own file did not change, its helper's did."""
    folder = str(tmp_path / "cache")
    before = run(STEP, copied, WELLFIT_CACHE_DIR=folder)
    elementary = copied / "numerics" / "elementary.py"
    text = elementary.read_text()
    changed = text.replace("f(1.9875691500e-4)", "f(3.9875691500e-2)")
    assert changed != text
    elementary.write_text(changed)
    after = run(STEP, copied, WELLFIT_CACHE_DIR=folder)
    assert before != after


def test_a_second_process_compiles_nothing(tmp_path: Path) -> None:
    script = TINY.format(precision="float32", slots="epochs=1, hidden=(3,)")
    environment = {"WELLFIT_CACHE_DIR": os.environ.get("WELLFIT_CACHE_DIR", str(tmp_path))}
    first = run(script, **environment)
    folder = Path(environment["WELLFIT_CACHE_DIR"]) / "kernels" / compiler_fingerprint()
    kernels = {path: path.stat().st_mtime_ns for path in folder.glob("*.kernel")}
    assert kernels
    assert run(script, **environment) == first
    assert {path: path.stat().st_mtime_ns for path in kernels} == kernels


@pytest.mark.parametrize("normalization", ["batch", "layer"])
def test_debug_mode_gives_the_compiled_results(normalization: str) -> None:
    """WELLFIT_JIT=0 runs the same sources as plain Python."""
    script = TINY.format(precision="float64", slots=f"normalization={normalization!r}, epochs=2, hidden=(4, 3)")
    compiled, plain = run(script), run(script, WELLFIT_JIT="0")
    assert (compiled[0], plain[0]) == (True, False)
    for ours, theirs in zip(compiled[1:], plain[1:], strict=True):
        flat = [x for line in theirs for x in (line if isinstance(line, list) else [line])]  # type: ignore[union-attr]
        ours = [x for line in ours for x in (line if isinstance(line, list) else [line])]  # type: ignore[union-attr]
        assert ours == pytest.approx(flat, rel=1e-9, abs=1e-12, nan_ok=True)


@compiled_loop("int64[:]")
def double(x: Any) -> None:
    """Twice each number."""
    for i in range(len(x)):
        x[i] *= 2


@compiled_loop("int64[:]")
def triple(x: Any) -> None:
    """Three times each number."""
    for i in range(len(x)):
        x[i] *= 3


def of_ten(loop: CompiledLoop) -> int:
    """What a loop makes of 10 in a process that has not compiled it yet."""
    x = np.array([10])
    CompiledLoop(loop.function, loop.arguments).for_precision()(x)
    return int(x[0])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder of kernels."""
    monkeypatch.setenv("WELLFIT_CACHE_DIR", str(tmp_path))
    cache_folder.cache_clear()
    cache.warn_unsaved.cache_clear()
    yield tmp_path / "kernels" / compiler_fingerprint()
    cache_folder.cache_clear()
    cache.warn_unsaved.cache_clear()


def test_one_kernels_file_in_place_of_anothers_is_compiled_anew(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "wellfit")
    assert (of_ten(double), of_ten(triple)) == (20, 30)
    ours, theirs = (next(folder.glob(f"*{name}*.kernel")) for name in ("double", "triple"))
    assert of_ten(double) == 20 and not caplog.messages
    ours.write_bytes(theirs.read_bytes())
    assert of_ten(double) == 20
    assert len(caplog.messages) == 1 and "damaged" in caplog.text
    assert ours.read_bytes() != theirs.read_bytes()
    assert of_ten(double) == 20 and len(caplog.messages) == 1


class Trap:
    """Runs code where it is unpickled."""

    def __reduce__(self) -> Any:
        return os.mkdir, ("sprung",)


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: b"",
        lambda whole: whole[:20],
        lambda whole: whole[:-1],
        lambda whole: whole + b"\0",
        lambda whole: bytes([whole[0] ^ 1]) + whole[1:],
        lambda whole: whole[:40] + bytes([whole[40] ^ 128]) + whole[41:],
        lambda whole: whole[:32] + pickle.dumps(Trap()),
        lambda whole: hashlib.sha256(pickle.dumps(Trap())).digest() + pickle.dumps(Trap()),
        lambda whole: pickle.dumps(Trap()),
    ],
)
def test_a_damaged_file_is_not_looked_into(
    damage: Callable[[bytes], bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    files, key = cache.KernelFiles(tmp_path, "kernel"), ("signature", 1)
    files.save(key, ["compiled", 7])
    assert files.load(key) == ["compiled", 7]
    assert files.load(("signature", 2)) is None
    path = files.path(key)
    path.write_bytes(damage(path.read_bytes()))
    assert files.load(key) is None
    assert not Path("sprung").exists()
    files.save(key, ["compiled", 7])
    assert files.load(key) == ["compiled", 7]


def test_a_file_under_another_name_or_of_another_compiler_is_compiled_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = cache.KernelFiles(tmp_path, "ours"), cache.KernelFiles(tmp_path, "theirs")
    ours.save("key", 1)
    theirs.path("key").write_bytes(ours.path("key").read_bytes())
    ours.path("other key").write_bytes(ours.path("key").read_bytes())
    assert (ours.load("key"), ours.load("other key"), theirs.load("key")) == (1, None, None)
    monkeypatch.setattr(cache, "compiler_fingerprint", lambda: "another processor")
    assert ours.load("key") is None


@pytest.mark.parametrize("fault", ["full", "gone"])
def test_on_a_full_or_missing_disk_kernels_stay_in_memory(
    fault: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, content: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    assert of_ten(double) == 20
    if fault == "full":
        monkeypatch.setattr(cache, "write_atomically", full)
    else:
        shutil.rmtree(folder.parent)
        folder.parent.write_text("")  # so that no lock file makes it again
    with pytest.warns(RuntimeWarning, match="cannot be written") as told:
        assert (of_ten(triple), of_ten(double), of_ten(triple)) == (30, 20, 30)
    assert len(told) == 1


COLD = """
import sys
sys.path.insert(0, sys.argv[1])
from tests.numerics.test_cache import double, of_ten, triple
print(of_ten(double), of_ten(triple))
"""


def test_four_cold_starts_at_once_share_one_cache(folder: Path) -> None:
    given = {**os.environ, "PYTHONPATH": str(PACKAGE.parent), "PYTHONWARNINGS": "error"}
    command = [sys.executable, "-c", COLD, str(REPOSITORY)]
    pipe = subprocess.PIPE
    started = [subprocess.Popen(command, env=given, stdout=pipe, stderr=pipe, text=True) for _ in range(4)]
    ended = [process.communicate(timeout=120) for process in started]
    assert ended == [("20 30\n", "")] * 4
    assert len(list(folder.glob("*.kernel"))) == 2 and not list(folder.glob("*.tmp"))


def test_what_lies_in_the_cache_waits_for_no_other_process(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process that compiles for a minute must not stop one that has nothing to compile."""
    assert of_ten(double) == 20
    taken: list[str] = []
    monkeypatch.setattr(compiling, "_locked", lambda path, name: taken.append(str(path)))
    assert of_ten(double) == 20 and taken == []
    assert of_ten(triple) == 30 and taken == [str(folder)]


def test_a_kernel_waits_for_the_process_that_compiles_it_and_no_other(folder: Path) -> None:
    name, taken, opened = (
        f"{double.function.__module__}.{double.function.__qualname__}",
        threading.Event(),
        threading.Event(),
    )
    before = compile_seconds()

    def hold() -> None:
        with compiling._locked(folder, name):
            taken.set()
            opened.wait()
            time.sleep(0.3)

    threading.Thread(target=hold, daemon=True).start()
    assert taken.wait(10)
    assert of_ten(triple) == 30  # would wait for ever
    opened.set()
    own = compile_seconds() - before
    assert of_ten(double) == 20 and own > 0
    assert compile_seconds() - before >= own + 0.25  # what was waited for counts


def test_ctrl_c_waits_for_the_compiler() -> None:
    done = []
    with pytest.raises(KeyboardInterrupt):
        with compiling.compiling("a kernel"):
            os.kill(os.getpid(), signal.SIGINT)
            done.append("compiled")
    assert done == ["compiled"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
