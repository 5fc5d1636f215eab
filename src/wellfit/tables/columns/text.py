"""Text: words, or pairs and triples of characters, counted in a fixed number of hashed columns.

Hashing keeps nothing of the training rows, so that the same text gives the same counts for ever. The weighting by
rarity (TF-IDF) is fitted by each member on its own training rows.
"""

from __future__ import annotations

from typing import Any

import polars as pl

DEFAULT_WIDTH = 1024
LEAST_WORDS = 2.0  # a text has so many words or more in the mean
LEAST_DISTINCT = 0.5
LEAST_SHORT = 20  # different texts: with fewer, texts of up to 4 words are categories
_LONG_WORDS = 4.0
_LEAST_CHARACTERS = 4.0
WORDS, CHARACTERS = "words", "characters"
TOKENS = (WORDS, CHARACTERS)
# Scripts whose words are not set apart by blanks: Chinese, Japanese, Thai, Lao, Khmer, Burmese, Tibetan.
_UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}]"


def count_tokens(cells: pl.Series, width: int, tokens: str = WORDS) -> Any:
    """Counts (rows, width) as scipy CSR float32 of lower-case words of two letters or more, or of pairs and triples of
    characters.

    Single words only: pairs of words would collide in so few columns and blur more than they tell.
    """
    import numpy as np
    from sklearn.feature_extraction.text import HashingVectorizer

    how: dict[str, Any] = {"analyzer": "char", "ngram_range": (2, 3)} if tokens == CHARACTERS else {}
    hashing = HashingVectorizer(n_features=width, alternate_sign=False, norm=None, dtype=np.float32, **how)
    counts = hashing.transform(cells.cast(pl.String).fill_null("").to_list()).tocsr()
    counts.sum_duplicates()
    counts.sort_indices()
    return counts


def is_text(distinct: pl.Series, cells: int) -> bool:
    """Whether distinct cells, out of so many that are not missing, look like texts rather than categories.

    More than half of the cells differ, and they have more than 4 words in the mean, or 2 words in letters where there
    are 20 different ones, or 4 characters of a script without blanks.
    """
    if len(distinct) <= LEAST_DISTINCT * cells:
        return False
    if mean_words(distinct) > _LONG_WORDS:
        return True
    if len(distinct) < LEAST_SHORT:
        return False
    lettered = _mean(distinct.str.count_matches(r"(?:^|\s)\S*\p{L}{2}"))
    return lettered >= LEAST_WORDS or _is_unspaced(distinct)


def written_without_blanks(distinct: pl.Series) -> bool:
    """Whether words are not set apart by blanks, so that characters are counted instead."""
    return mean_words(distinct) < LEAST_WORDS or _is_unspaced(distinct)


def mean_words(distinct: pl.Series) -> float:
    """Mean number of words separated by blanks."""
    return _mean(distinct.str.count_matches(r"\S+"))


def _is_unspaced(distinct: pl.Series) -> bool:
    """Whether texts are mostly in a script whose words are not set apart."""
    letters = _mean(distinct.str.count_matches(r"\p{L}"))
    unspaced = _mean(distinct.str.count_matches(_UNSPACED))
    return unspaced >= _LEAST_CHARACTERS and unspaced >= 0.5 * letters


def _mean(counts: pl.Series) -> float:
    mean = counts.mean()
    return float(mean) if isinstance(mean, int | float) else 0.0
