"""Whether arrays hold the columns that a network was trained on."""

from __future__ import annotations

from wellfit.engines.contract.network import Network
from wellfit.errors import InputError
from wellfit.tables.arrays import Arrays, Image
from wellfit.tables.reading.images import shape_in_words


def check_arrays(arrays: Arrays, network: Network) -> None:
    """InputError where arrays do not have the columns that a network was trained on."""
    encoding = network.encoding
    if arrays.image != encoding.image:
        raise InputError(
            f"The model was trained on {_kind_of(encoding.image)}; got arrays of {_kind_of(arrays.image)}: make "
            "them by the model's own schema."
        )
    sparse = 0 if arrays.sparse is None else arrays.sparse.columns
    came = (arrays.numbers.shape[1], arrays.codes.shape[1], sparse)
    wanted = (len(encoding.centre), len(encoding.units), sum(len(factors) for factors in encoding.factors))
    if came != wanted:
        raise InputError(
            f"The model was trained on {wanted[0]} numeric, {wanted[1]} categorical and {wanted[2]} sparse columns; "
            f"got arrays with {came[0]}, {came[1]} and {came[2]}: make them by the model's own schema."
        )


def _kind_of(image: Image | None) -> str:
    return "a table" if image is None else f"images of {shape_in_words(image)}"
