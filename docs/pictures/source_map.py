"""The parts of the source as a stack: what is above knows what is below."""

from __future__ import annotations

from typing import Any

from docs.generator.source_map import layers, part
from docs.pictures.common import MAIN, QUIET


def draw(figure: Any) -> None:
    """A row a layer, parts of one layer side by side; behind each name the number of its files."""
    axes, stack = figure.add_axes((0.0, 0.0, 1.0, 1.0)), layers()
    axes.set_axis_off()
    axes.set_xlim(0, 1)
    axes.set_ylim(-0.2, len(stack))
    for height, names in enumerate(stack):
        wide = 1 / len(names)
        for k, name in enumerate(names):
            one = part(name)
            color = MAIN if one.packages else QUIET
            axes.add_patch(_box(k * wide + 0.01, height, wide - 0.02, color))
            axes.text(k * wide + 0.03, height + 0.42, one.name, va="center", weight="bold")
            many = f"{one.files} files" if one.files > 1 else "1 file"
            words = ", ".join([*one.packages, many])
            axes.text((k + 1) * wide - 0.03, height + 0.42, words, ha="right", va="center", size=8)


def _box(left: float, bottom: float, width: float, color: str) -> Any:
    from matplotlib.patches import FancyBboxPatch

    return FancyBboxPatch(
        (left, bottom + 0.08), width, 0.7, boxstyle="round,pad=0,rounding_size=0.03", facecolor=color, alpha=0.25
    )
