"""A picture for each technique, drawn by its own code: `draw(figure, cls)` of the module named after its family.

`draw` gets an empty matplotlib figure and the technique's class, draws what the technique does, and returns the
caption. It draws through the technique's settings, functions and kernels (see `run_kernel`), never from a formula typed
again. The same code gives the same picture.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path

import wellfit.techniques  # noqa: F401 - fills the registry
from wellfit.techniques.base import REGISTRY

SIZE = (7.2, 2.8)  # inches
STYLE = {
    "svg.hashsalt": "wellfit",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 9,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "lines.linewidth": 1.6,
}


def write_pictures(folders: dict[str, Path], processes: int = 2) -> dict[str, str]:
    """Draw all techniques of families into folders, in several processes. Returns the captions by "family.name"."""
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        parts = pool.map(_write_family, folders, folders.values())
        return {key: caption for part in parts for key, caption in part.items()}


def _write_family(family: str, folder: Path) -> dict[str, str]:
    folder.mkdir(parents=True, exist_ok=True)
    return {f"{family}.{name}": write_picture(family, name, folder / f"{name}.svg") for name in REGISTRY[family]}


def write_picture(family: str, name: str, path: Path) -> str:
    """Draw a technique into an SVG file; returns the caption."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=SIZE, layout="constrained")
        caption: str = import_module(f"docs.pictures.{family}").draw(figure, REGISTRY[family][name])
        figure.savefig(path, metadata={"Date": None}, facecolor="white")
    return caption


def write_map(path: Path) -> None:
    """Draw the parts of the source into an SVG file."""
    import matplotlib
    from matplotlib.figure import Figure

    from docs.pictures.source_map import draw

    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(SIZE[0], 4.6))
        draw(figure)
        figure.savefig(path, metadata={"Date": None}, facecolor="white")
