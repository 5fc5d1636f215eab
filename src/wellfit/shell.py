"""Commands as text that a shell takes back: bash and zsh read every word as it was, also one with a line break."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

_PIECE = re.compile(r"""(\s+)|\$'((?:[^'\\]|\\.)*)'|'([^']*)'|"([^"]*)"|([^\s'"]+)""")
_ESCAPED = re.compile(r"\\(?:x([0-9a-f]{2})|(.))")


def shell_word(word: str) -> str:
    """A word as a shell takes it, all of it printable.

    >>> shell_word("price"), shell_word("two words"), shell_word("it's\\nso")
    ('price', "'two words'", "$'it\\\\'s\\\\x0aso'")
    """
    if word.isprintable():
        return shlex.quote(word)
    return f"$'{''.join(map(_escaped, word))}'"


def path_word(path: str) -> str:
    """A path as an argument that no command takes for an option.

    >>> path_word("-x.csv"), path_word("x.csv")
    ('./-x.csv', 'x.csv')
    """
    return f"./{path}" if path.startswith("-") else path


def shell_line(words: Sequence[str]) -> str:
    """A command as a shell takes it, on one line."""
    return " ".join(map(shell_word, words))


def shell_words(line: str) -> list[str]:
    """The words of a command that `shell_line` wrote.

    Raises:
        ValueError: a quote has no end.
    """
    if "$'" not in line:
        return shlex.split(line)
    words, place, begun = list[str](), 0, False
    while place < len(line):
        found = _PIECE.match(line, place)
        if found is None:
            raise ValueError("A quote has no end.")
        place = found.end()
        if found[1] is not None:
            begun = False
            continue
        piece = _plain(found[2]) if found[2] is not None else next(one for one in found.groups()[2:] if one is not None)
        words = [*words[:-1], words[-1] + piece] if begun else [*words, piece]
        begun = True
    return words


def _escaped(letter: str) -> str:
    if letter in "'\\":
        return f"\\{letter}"
    return letter if letter.isprintable() else "".join(f"\\x{byte:02x}" for byte in _bytes(letter))


def _bytes(letter: str) -> bytes:
    """In UTF-8; of a file's name also bytes that are none."""
    try:
        return letter.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half of a pair, which no file's name holds
        return letter.encode("utf-8", "surrogatepass")


def _plain(inside: str) -> str:
    """What stands between $' and '."""
    parts, place = [], 0
    for found in _ESCAPED.finditer(inside):
        escaped = bytes([int(found[1], 16)]) if found[1] else found[2].encode()
        parts += [inside[place : found.start()].encode(), escaped]
        place = found.end()
    return b"".join([*parts, inside[place:].encode()]).decode("utf-8", "surrogateescape")
