"""Tables of JSON as frames that figures are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars

from wellfit.frames import ResultFrame


def frame_of(plain: Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Any]]) -> ResultFrame:
    """A frame of columns by name, or of rows; a column of which nothing is known is one of numbers."""
    if isinstance(plain, Mapping):
        frame = polars.DataFrame(dict(plain), strict=False)
    else:
        frame = polars.DataFrame(list(plain), infer_schema_length=None)
    empty = [name for name, kind in frame.schema.items() if kind == polars.Null]
    return ResultFrame(frame.with_columns(polars.col(name).cast(polars.Float64) for name in empty))
