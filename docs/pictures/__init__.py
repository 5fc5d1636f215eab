"""A picture for each technique, drawn by its own code: `draw(figure, cls)` of the module named after its family.

`draw` gets an empty matplotlib figure and the technique's class, draws what the technique does, and returns the
caption. It draws through the technique's settings, functions and kernels (see `run_kernel`), never from a formula typed
again. The same code gives the same file, byte by byte.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

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


def write_picture(family: str, name: str, path: Path) -> str:
    """Draw a technique into an SVG file; returns the caption."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=SIZE, layout="constrained")
        caption: str = import_module(f"docs.pictures.{family}").draw(figure, REGISTRY[family][name])
        figure.savefig(path, metadata={"Date": None}, facecolor="white")
    return caption
