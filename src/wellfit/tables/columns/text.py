"""Text: words counted in a fixed number of hashed columns.

Hashing keeps nothing of the training rows, so that the same text gives the same counts for ever. The weighting by
rarity (TF-IDF) is fitted by each member on its own training rows.
"""

from __future__ import annotations

from typing import Any

import polars as pl

DEFAULT_WIDTH = 1024
LEAST_WORDS = 4.0  # a text has more words than this in the mean
LEAST_DISTINCT = 0.5


def count_words(cells: pl.Series, width: int) -> Any:
    """Counts (rows, width) as scipy CSR float32 of lower-case words of two letters or more.

    Single words only: pairs of words would collide in so few columns and blur more than they tell.
    """
    import numpy as np
    from sklearn.feature_extraction.text import HashingVectorizer

    hashing = HashingVectorizer(n_features=width, alternate_sign=False, norm=None, lowercase=True, dtype=np.float32)
    counts = hashing.transform(cells.cast(pl.String).fill_null("").to_list()).tocsr()
    counts.sum_duplicates()
    counts.sort_indices()
    return counts


def is_text(distinct: pl.Series, cells: int) -> bool:
    """Whether distinct cells, out of so many that are not missing, look like sentences rather than categories."""
    return len(distinct) > LEAST_DISTINCT * cells and mean_words(distinct) > LEAST_WORDS


def mean_words(distinct: pl.Series) -> float:
    """Mean number of words separated by blanks."""
    mean = distinct.str.extract_all(r"\S+").list.len().mean()
    return float(mean) if isinstance(mean, int | float) else 0.0
