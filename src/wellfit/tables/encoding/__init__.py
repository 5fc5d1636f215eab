"""What a member makes of raw columns, and how that is fitted on its own training rows."""

from wellfit.tables.encoding.encoding import Encoding, InputSizes
from wellfit.tables.encoding.fitting import fit_categories, fit_encoding, fit_sparse, fit_target
from wellfit.tables.encoding.quantiles import bin_edges, fit_numbers, weighted_quantile

__all__ = [
    "Encoding",
    "InputSizes",
    "bin_edges",
    "fit_categories",
    "fit_encoding",
    "fit_numbers",
    "fit_sparse",
    "fit_target",
    "weighted_quantile",
]
