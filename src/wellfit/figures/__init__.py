"""Figures made of plain columns: Vega-Lite specifications that carry their data, in one look.

A builder takes columns and axes and returns a `Figure`, which notebooks show and which saves itself as SVG, PNG, HTML
or JSON. Nothing here knows networks, and what draws (vl-convert, altair) is loaded when a figure is drawn.
"""

from wellfit.figures.axis import Axis
from wellfit.figures.bars import bar_figure
from wellfit.figures.density import density_figure
from wellfit.figures.display import Display
from wellfit.figures.figure import Figure
from wellfit.figures.heat import Points, heat_figure
from wellfit.figures.intervals import interval_figure
from wellfit.figures.lines import line_figure
from wellfit.figures.paths import path_figure
from wellfit.figures.scatter import scatter_figure
from wellfit.figures.slider import with_slider

__all__ = [
    "Axis",
    "Display",
    "Figure",
    "Points",
    "bar_figure",
    "density_figure",
    "heat_figure",
    "interval_figure",
    "line_figure",
    "path_figure",
    "scatter_figure",
    "with_slider",
]
