"""Arrays as compiled code takes them: buffers that start on 64 bytes, and the raw columns in one layout."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.step.step import Data
from wellfit.tables.arrays import Arrays, Target


def aligned_zeros(size: int, precision: str = "float32") -> NDArray[Any]:
    """Zeros that start on 64 bytes."""
    item = np.dtype(precision).itemsize
    raw = np.zeros(size * item + 64, np.uint8)
    offset = -raw.ctypes.data % 64
    return raw[offset : offset + size * item].view(precision)


def engine_data(arrays: Arrays, target: Target) -> Data:
    """The raw columns in the one layout that the compiled code takes, copied only where they are not so already."""
    sparse = arrays.sparse
    none = np.zeros(0, np.int64)
    return Data(
        numbers=_plain(arrays.numbers, np.float32),
        codes=_plain(arrays.codes, np.int32),
        starts=_plain(sparse.starts, np.int64) if sparse else np.zeros(arrays.rows + 1, np.int64),
        indices=_plain(sparse.indices, np.int32) if sparse else none.astype(np.int32),
        values=_plain(sparse.values, np.float32) if sparse else none.astype(np.float32),
        columns=np.array([sparse.columns if sparse else 0], np.int64),
        targets=_plain(target.values, np.float32),
    )


def _plain(array: NDArray[np.generic], dtype: type) -> NDArray[np.generic]:
    """C-contiguous, of the dtype, writeable in Numba's eyes, and no subclass such as a memory map."""
    plain = np.ascontiguousarray(array, dtype=dtype).view(np.ndarray)
    return plain if plain.flags.writeable else plain.copy()
