"""Forked processes: a child predicts, or says at once why it cannot; it never waits for ever."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

import wellfit
from tests.training.trained import population, table

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")

FORKS = """
import os, sys, threading
import wellfit
from wellfit.numerics import blas, kernel

model, rows = wellfit.load(sys.argv[1]), [[1.0]] * 5

def in_a_fork():
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        model.predict(sys.argv[2])
    except RuntimeError as error:
        print(error, flush=True)
        os._exit(3)
    os._exit(0)

def busy():
    with blas._lock, kernel._lock:
        held.set()
        over.wait()

held, over = threading.Event(), threading.Event()
threading.Thread(target=busy, daemon=True).start()
held.wait()
loaded = in_a_fork()
over.set()
model.predict(sys.argv[2])
print(loaded, in_a_fork())
"""

APP = """
import os
import wellfit

model = wellfit.load("model.wellfit")
if os.environ["WARM"] == "yes":
    model.predict("rows.parquet")

def app(environ, start_response):
    try:
        status, text = "200 OK", str(len(model.predict("rows.parquet")))
    except RuntimeError as error:
        status, text = "500 Internal Server Error", str(error)
    start_response(status, [("Content-Type", "text/plain")])
    return [text.encode()]
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model, rows to predict, and an application that serves it."""
    folder = tmp_path_factory.mktemp("served")
    population()[0].save(folder / "model.wellfit")
    table(5).write_parquet(folder / "rows.parquet")
    (folder / "served.py").write_text(APP)
    return folder


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(wellfit.__file__).parents[1]), **more}


def test_a_fork_predicts_unless_its_parent_has(served: Path) -> None:
    command = [sys.executable, "-c", FORKS, "model.wellfit", "rows.parquet"]
    done = subprocess.run(command, cwd=served, env=environment(), capture_output=True, text=True, timeout=100)
    *told, codes = done.stdout.splitlines()
    assert codes == "0 3", done.stdout + done.stderr
    assert len(told) == 1 and "spawn" in told[0]


def answer(folder: Path, warm: str) -> str:
    """What gunicorn --preload answers, the model having predicted before the fork ("yes") or not ("no")."""
    bound = folder / f"{warm}.bound"
    (folder / f"{warm}.py").write_text(
        f"def when_ready(server):\n    open({str(bound)!r}, 'w').write(str(server.LISTENERS[0].getsockname()[1]))\n"
    )
    command = [sys.executable, "-m", "gunicorn", "--preload", "--bind=127.0.0.1:0", f"--config=python:{warm}"]
    given = environment(WARM=warm)
    given["PYTHONPATH"] += os.pathsep + str(folder)
    silent = subprocess.DEVNULL
    server = subprocess.Popen([*command, "served:app"], cwd=folder, env=given, stdout=silent, stderr=silent)
    try:
        while not (bound.exists() and bound.read_text()):
            assert server.poll() is None
            time.sleep(0.1)
        with urllib.request.urlopen(f"http://127.0.0.1:{bound.read_text()}/", timeout=60) as reply:
            return str(reply.read().decode())
    except urllib.error.HTTPError as error:
        with error:
            return error.read().decode()
    finally:
        server.terminate()
        server.wait(30)


def test_gunicorn_with_preload_predicts_or_says_why_not(served: Path) -> None:
    pytest.importorskip("gunicorn")
    assert answer(served, "no") == "5"
    assert "spawn" in answer(served, "yes")
