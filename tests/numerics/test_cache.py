"""The cache of compiled kernels: a folder for each version of the sources, and what happens where there is none."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

import wellfit
from wellfit.numerics import cache, kernel

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
    before = cache.source_fingerprint(copied)
    assert before == cache.source_fingerprint(PACKAGE)
    for name in ("numerics/elementary.py", "techniques/targets/loss.py", "engines/compiled/step/step.py"):
        path = copied / name
        kept = path.read_text()
        path.write_text(kept + "\nCHANGED = 1\n")
        assert cache.source_fingerprint(copied) != before, name
        path.write_text(kept)
    (copied / "recipe" / "recipe.py").write_text("# holds no compiled code\n")
    assert cache.source_fingerprint(copied) == before


def test_a_kernel_hangs_on_what_its_module_imports_and_on_nothing_else(copied: Path) -> None:
    names = [f"wellfit.techniques.{name}" for name in ("network.dropout", "targets.loss", "penalties.penalty")]
    before = {name: cache.module_fingerprint(name, copied) for name in names}
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
        changed = {name for name in names if cache.module_fingerprint(name, copied) != before[name]}
        path.write_text(kept)
        assert changed == hit, file
    assert {name: cache.module_fingerprint(name, copied) for name in names} == before


def test_a_kernel_from_elsewhere_hangs_on_everything(copied: Path) -> None:
    assert cache.module_fingerprint("tests.engines.compiled.bench", copied) == cache.source_fingerprint(copied)


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
    folder = Path(environment["WELLFIT_CACHE_DIR"]) / "kernels" / cache.compiler_fingerprint()
    kernels = {path: path.stat().st_mtime_ns for path in folder.glob("*.nbc")}
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


@pytest.fixture
def fresh() -> Iterator[None]:
    """Forget which folder was chosen, before and after."""
    cache.cache_folder.cache_clear()
    yield
    cache.cache_folder.cache_clear()


@pytest.fixture
def blocked(tmp_path: Path) -> Path:
    """A path at which no folder can be made, whoever asks: its parent is a file."""
    (tmp_path / "file").write_text("")
    return tmp_path / "file" / "inside"


def test_the_named_folder_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fresh: None) -> None:
    monkeypatch.setenv("WELLFIT_CACHE_DIR", str(tmp_path))
    assert cache.cache_folder() == tmp_path / "kernels" / cache.compiler_fingerprint()


def test_an_unwritable_folder_gives_a_temporary_one(
    blocked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fresh: None
) -> None:
    monkeypatch.setenv("WELLFIT_CACHE_DIR", str(blocked))
    monkeypatch.setattr(cache.tempfile, "gettempdir", lambda: str(tmp_path))
    folder = cache.cache_folder()
    assert folder is not None and folder.is_dir() and tmp_path in folder.parents


def test_without_any_folder_there_is_one_warning(blocked: Path, monkeypatch: pytest.MonkeyPatch, fresh: None) -> None:
    monkeypatch.setenv("WELLFIT_CACHE_DIR", str(blocked))
    monkeypatch.setattr(cache.tempfile, "gettempdir", lambda: str(blocked))
    with pytest.warns(RuntimeWarning, match="set WELLFIT_CACHE_DIR") as told:
        assert cache.cache_folder() is None
    assert len(told) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert cache.cache_folder() is None
        assert cache.disk_cache(run) is None


def test_ctrl_c_waits_for_the_compiler() -> None:
    done = []
    with pytest.raises(KeyboardInterrupt):
        with kernel.compiling("a kernel"):
            os.kill(os.getpid(), signal.SIGINT)
            done.append("compiled")
    assert done == ["compiled"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
