"""Hostile text: refused in one sentence, before it costs time or memory; and what messages quote of what came."""

from __future__ import annotations

import json
import os
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from wellfit import Recipe
from wellfit.errors import InputError, quoted, reason
from wellfit.parsing import parse_json, parse_toml, read_text
from wellfit.recipe import read_recipe

TOML = {
    "dotted keys": "a." * 50_000 + "a = 1",
    "dotted header": "[" + "a." * 50_000 + "a]",
    "quoted dotted keys": "'a'.\"b\" . " * 20_000 + "a = 1",
    "dotted keys in a table": "t = {" + "a." * 50_000 + "a = 1}",
    "dotted keys after a string": '#"""\na = """\\"#""" # """\n' + "b." * 50_000 + "b = 1",
    "brackets": "a = " + "[" * 100_000,
    "tables in tables": "a = " + "{b = " * 2000 + "1" + "}" * 2000,
    "digits": "epochs = " + "1" * 5000,
    "hexadecimal digits": "epochs = 0x" + "f" * 5000,
    "a large number": "epochs = 1e999",
    "no such day": "epochs = 2020-13-45",
    "an open string": 'a = "' + '\\"' * 200_000,
    "open long strings": '"""\\"' * 100_000,
    "a long name": "x" * 400_000 + " = 1",
    "a long value": 'activation = "' + "x" * 400_000 + '"',
    "many layers": "hidden = [" + "1, " * 100_000 + "1]",
    "wide layers": "hidden = [" + "9" * 90 + "]",
    "too long": "#" * 600_000,
}
JSON = {
    "brackets": '{"hidden": ' + "[" * 100_000,
    "tables": '{"a":' * 50_000,
    "digits": '{"epochs": ' + "1" * 5000 + "}",
    "a large number": '{"epochs": 1e999}',
    "no number": '{"epochs": NaN}',
    "half a character": '{"class_weight": {"\\ud800": 1}}',
    "an open string": '"' + '\\"' * 200_000,
    "too long": '{"epochs": 3}' + " " * 600_000,
    "a list": "[" + "[]," * 100_000 + "1]",
}


@pytest.mark.parametrize("name", [f"{name}.toml" for name in TOML] + [f"{name}.json" for name in JSON])
def test_a_hostile_recipe_is_refused_in_one_sentence(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    text = (JSON if path.suffix == ".json" else TOML)[path.stem]
    path.write_text(text)
    tracemalloc.start()
    started = time.process_time()
    try:
        with pytest.raises(InputError) as caught:
            read_recipe(path)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert time.process_time() - started < 30
    assert most < 100 * len(text) + 10**7
    message = str(caught.value)
    assert message.startswith(str(path)) or repr(str(path)) in message
    assert len(message) < 1500 and message.isprintable()


@pytest.mark.parametrize(
    "text",
    [
        'hidden = [8]\n[class_weight]\n"a.b.c.d.e.f.g.h.i.j.k.l" = 1.5 # a.b.c.d.e.f.g.h.i.j.k.l\n',
        '"dropout" = 0.1\nhidden = [8, # [[[[\n8]\noptimizer . learning_rate = 0.1\noptimizer.name = "sgd"',
        "hidden = [8]\ndropout = 0.10000000000000000555111512312578270211815834045410",
    ],
)
def test_what_only_looks_hostile_is_read(text: str) -> None:
    assert Recipe.from_toml(text).hidden[0] == 8


def test_json_means_what_it_meant() -> None:
    value = {"a\\": ['"[[', "\u00e9\U0001f600", -1.5e300, 10**60, None, True, {}, []], "\n": "]"}
    assert parse_json(json.dumps(value)) == value
    assert parse_json("[" * 100 + "]" * 100) and parse_toml("a = " + "[" * 100 + "]" * 100)
    with pytest.raises(ValueError, match="nested"):
        parse_json("[" * 101 + "]" * 101)


def test_a_file_is_read_no_further_than_it_may_be_long(tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes("naïve".encode("latin-1"))
    for path, words in (
        (Path("/dev/zero"), "longer than 1,000 bytes"),
        (tmp_path, "directory"),
        (tmp_path / "none", "No such file"),
        (tmp_path / "latin", "not text in UTF-8"),
    ):
        with pytest.raises(InputError, match=words):
            read_text(path, "The recipe", 1000)
    (tmp_path / "marked").write_bytes(b"\xef\xbb\xbfx = 1")
    assert read_text(tmp_path / "marked", "The recipe") == "x = 1"


QUOTED = [
    "x" * 10**6,
    "\x1b[31m\x07" * 50,
    b"\0" * 1000,
    10**6000,
    {"a": [10**6000], "b": "y" * 1000},
    [["x" * 1000] * 1000] * 1000,
    np.zeros((100, 100)),
    ValueError("\r\n\x1b[2J" * 100),
    Path("/" + "p" * 5000),
    "\u202e\u0000\ud800",
]


@pytest.mark.parametrize("place", range(len(QUOTED)))
def test_a_message_quotes_at_most_80_characters_and_no_command_to_a_terminal(place: int) -> None:
    value = QUOTED[place]
    shown = quoted(value)
    assert 0 < len(shown) <= 80 and shown.isprintable()
    assert len(reason(Exception(value if isinstance(value, str) else shown))) <= 300


def test_what_is_short_is_quoted_as_python_writes_it() -> None:
    for value in ("price", 3, 0.5, ["a", 1], {"name": "sgd"}, None, "it's", os.PathLike):
        assert quoted(value) == repr(value)
