"""Tables of results: polars DataFrames that become pandas ones without pyarrow."""

from __future__ import annotations

from typing import Any

import polars


class ResultFrame(polars.DataFrame):
    """A polars DataFrame whose `to_pandas` needs pandas alone, where polars' own needs pyarrow too.

    What polars makes of it (`filter`, `group_by` and so on) is a DataFrame of polars' own.

    >>> ResultFrame({"update": [1, 2], "loss": [0.5, None]}).to_dict(as_series=False)
    {'update': [1, 2], 'loss': [0.5, None]}
    """

    def to_pandas(self, *, use_pyarrow_extension_array: bool = False, **kwargs: Any) -> Any:
        """The same as a pandas DataFrame: numbers as NumPy's, NaN where one is missing.

        use_pyarrow_extension_array, kwargs: as polars takes them, for which it needs pyarrow (default: none).

        Raises:
            ModuleNotFoundError: pandas is not installed, or pyarrow where it is asked for.
        """
        if use_pyarrow_extension_array or kwargs:
            return super().to_pandas(use_pyarrow_extension_array=use_pyarrow_extension_array, **kwargs)
        import pandas

        return pandas.DataFrame({name: self[name].to_numpy() for name in self.columns})
