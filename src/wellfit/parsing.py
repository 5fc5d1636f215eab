"""Reading JSON and TOML that somebody else may have written: how long and how deep is found out before it is parsed.

A few bytes of nested brackets, dotted keys or digits can cost a parser gigabytes, minutes or a traceback. What is too
long, too deep or too large is refused in one sentence; so is everything else that a parser may raise.
"""

from __future__ import annotations

import json
import math
import re
import tomllib
from itertools import accumulate
from pathlib import Path
from typing import Any

from wellfit.errors import InputError, clean

MOST_JSON = 64_000_000  # bytes
MOST_RECIPE = 500_000  # bytes; all TOML is recipes
MOST_ITEMS = 5_000_000  # of all lists and tables in one text
DEEPEST = 100  # lists and tables inside one another
LONGEST_KEY = 10  # parts of a dotted key
MOST_DIGITS = 100  # of a number

# A string that is not closed reaches to the end, or looking for its end would begin anew at every quote in it.
_JSON_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_TOML_STRING = re.compile(
    r'''"""(?:[^"\\]|\\.|"(?!""))*+(?:""")?|'''
    r"""'''(?:[^']|'(?!''))*+(?:''')?|"""
    r""""(?:[^"\\\n]|\\.)*+"?|'[^'\n]*+'?|#[^\n]*+""",
    re.DOTALL,
)
# What one unforeseen kind of nonsense in a file may raise where its content is used.
NONSENSE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
_LONG_NUMBER = re.compile(rf"\d[\d_]{{{MOST_DIGITS},}}|0x[\da-fA-F_]{{{MOST_DIGITS},}}")
_NOT_IN_A_KEY = re.compile(r"[^\w.\- \t]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_STEP = {"[": 1, "{": 1, "]": -1, "}": -1}


def read_text(path: Path, what: str, most: int = MOST_JSON) -> str:
    """The text of a file.

    what: what the file is, for the message. most: bytes that it may have.

    Raises:
        InputError: it cannot be read, is too long, or is not text in UTF-8.
    """
    name = repr(str(path))
    try:
        with path.open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise InputError(f"{what} {name} cannot be read: {error.strerror or error}.") from None
    if len(content) > most:
        raise InputError(f"{what} {name} cannot be read: it is longer than {most:,} bytes.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{what} {name} cannot be read: it is not text in UTF-8 (byte {error.start}).") from None


def parse_json(text: str, most: int = MOST_JSON) -> Any:
    """The value that JSON text holds.

    most: characters that it may have.

    Raises:
        ValueError: it is not JSON, or too long, too deep or too large; the message is a clause that says which.
    """
    _check_size(text, most)
    _check_structure(_JSON_STRING.sub("s", text))
    try:
        value = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
        if "\\u" in text:
            _refuse_surrogates(value)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    return value


def parse_toml(text: str) -> dict[str, Any]:
    """The table that TOML text holds.

    Raises:
        ValueError: it is not TOML, or too long, too deep or too large; the message is a clause that says which.
    """
    _check_size(text, MOST_RECIPE)
    bare = _TOML_STRING.sub("s", text)
    _check_structure(bare)
    if any(part.count(".") >= LONGEST_KEY for part in _NOT_IN_A_KEY.split(bare)):
        raise ValueError(f"a key has more than {LONGEST_KEY} parts")
    try:
        return tomllib.loads(text)
    except (RecursionError, OverflowError):
        raise ValueError("it is nested too deeply, or a number is too large") from None
    except ValueError as error:
        raise ValueError(clean(str(error))[:200]) from None


def _check_size(text: str, most: int) -> None:
    if len(text) > most:
        raise ValueError(f"it is longer than {most:,} characters")


def _check_structure(bare: str) -> None:
    """Refuse what is too deep or too large. bare: the text without what stands in quotes."""
    if _LONG_NUMBER.search(bare):
        raise ValueError(f"a number has more than {MOST_DIGITS} digits")
    if sum(map(bare.count, ",[{")) > MOST_ITEMS:
        raise ValueError(f"it holds more than {MOST_ITEMS:,} values")
    depths = accumulate(_STEP[letter] for letter in re.findall(r"[\[\]{}]", bare))
    if max(depths, default=0) > DEEPEST:
        raise ValueError(f"its lists and tables are nested more than {DEEPEST} deep")


def _finite(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise ValueError(f"{digits[:20]} is too large for a number")
    return value


def _refuse_constant(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _refuse_surrogates(value: Any) -> None:
    """Half of a character, which JSON can escape, cannot be written to any file."""
    if _SURROGATE.search(json.dumps(value, ensure_ascii=False)):
        raise ValueError("it holds half of a character (a lone surrogate)")
