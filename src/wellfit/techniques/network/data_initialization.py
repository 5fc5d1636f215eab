"""Initialisation from data: the drawn weights are rescaled by what they do to the training rows."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from wellfit.techniques.base import Mechanism, Seam, Symptom, Technique, technique


class DataInitialization(Technique):
    """What is done to the drawn weights before the first update."""

    title: ClassVar[str] = "Initialisation from data"
    seam: ClassVar[Seam] = "before training"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("trains faster or more safely",)
    symptoms: ClassVar[tuple[Symptom, ...]] = ("does not move", "explodes", "slow")

    name: str


@technique("data_initialization")
class NoDataInitialization(DataInitialization):
    """None: weights start as they are drawn, biases at 0."""

    helps: ClassVar[bool] = False

    name: Literal["none"] = "none"


@technique("data_initialization")
class UnitVariance(DataInitialization):
    """Unit variance: every hidden unit's weights are rescaled so that its pre-activation has variance 1 over rows.

    Layer by layer from the inputs, each seeing what the rescaled ones before it make of the rows: with z = h W for the
    layer's inputs h (rows, fan_in) and drawn weights W (fan_in, units), column u of W is divided by the standard
    deviation of z_u. Then the biases: b_u = -(sum over i of p_i z_u of row r_i), with 5 rows r_i drawn anew for each
    unit and p uniform on the simplex, so that each unit's kink lies inside the data. Rows have their weights in moments
    and draws; a weight of k counts as k rows where all rows are used. The network is in evaluation mode: dropout is
    off, batch normalisation passes values on. Biases that batch normalisation left out stay out, a unit that does not
    vary stays as it is drawn, and the output layer and projections keep their own initialisation.

    rows: training rows used, drawn by the member's seed, 2 to 100000, default 1000; all where there are fewer.
    biases: "kinks" (default) or "zero". output: "drawn" (default), or "zero": the output layer's weights start at 0.
    Departures: the authors use all rows; for the first layer they see embedded inputs, as here.
    Cost: one forward pass of those rows in float64 before training. Layers that are transferred stay as they
    came, and those above see what they make of the rows. Not for networks of which all hidden layers are transferred.

    >>> from wellfit import Recipe
    >>> Recipe(data_initialization="unit_variance").data_initialization.rows
    1000

    Source: Holzmueller, Grinsztajn & Steinwart, "Better by default", 2024; the biases after Steinwart, "A sober look at
    neural network initializations", 2019; the idea after Mishkin & Matas, "All you need is a good init", 2016.
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"W_{iu} \leftarrow \frac{W_{iu}}{\operatorname{sd}(z_u)}, \quad z = h W",
        r"b_u = -\sum_{i=1}^{5} p_i \, z_{r_i u}, \quad p \text{ uniform on the simplex}",
    )
    heading: ClassVar[str] = "Unit variance from data"
    try_first: ClassVar[dict[Symptom, tuple[int, str]]] = {
        "does not move": (3, "no layer begins saturated or dead on these very rows"),
    }

    name: Literal["unit_variance"] = "unit_variance"
    rows: int = Field(default=1000, ge=2, le=100_000)
    biases: Literal["kinks", "zero"] = "kinks"
    output: Literal["drawn", "zero"] = "drawn"
