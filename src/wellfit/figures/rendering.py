"""Specifications as SVG, PNG and pages that need no network; vl-convert draws, without a browser."""

from __future__ import annotations

import contextlib
import hashlib
import json
from functools import cache
from importlib.metadata import version
from typing import Any

from wellfit.errors import InputError, clean, quoted
from wellfit.files import write_atomically
from wellfit.numerics.cache_folder import cache_folder

VEGA_LITE = "6.4"
SNIPPET = "window.vegaEmbed = vegaEmbed;"  # what the script leaves behind
# "<" is written as JavaScript writes it, so that no text of a table can end the script.
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{{ title }}</title>
<style>
body { margin: 1.5em; font-family: Helvetica, Arial, sans-serif; }
.vega-bind input { width: 14em; }
.vega-bind input + span { display: none; }
</style>
<script type="module">{{ library | safe }}
const actions = {"export": true, "source": false, "compiled": false, "editor": false};
vegaEmbed("#figure", {{ spec | safe }}, {"actions": actions});
</script>
</head>
<body>
<div id="figure" role="img" aria-label="{{ description }}"></div>
</body>
</html>
"""


def printable(value: Any) -> Any:
    """The same with control characters in all texts escaped: vl-convert would end the whole process at one of them."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {printable(key): printable(item) for key, item in value.items()}
    return [printable(item) for item in value] if isinstance(value, (list, tuple)) else value


def svg(spec: dict[str, Any]) -> str:
    """A specification as SVG text."""
    import vl_convert

    return str(vl_convert.vegalite_to_svg(printable(spec), vl_version=VEGA_LITE, allowed_base_urls=[]))


def png(spec: dict[str, Any], scale: float) -> bytes:
    """A specification as a PNG file's bytes; scale: pixels of the file for one of the screen."""
    import vl_convert

    if not 0 < scale <= 10:
        raise InputError(f"The scale of a picture lies above 0 and at most at 10; got {quoted(scale)}.")
    return bytes(vl_convert.vegalite_to_png(printable(spec), vl_version=VEGA_LITE, scale=scale, allowed_base_urls=[]))


@cache
def javascript() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script, from the installed package.

    Putting it together takes more than a second: it is kept in the folder of compiled kernels, which nobody else may
    write, under the versions that it is made of and with a checksum.
    """
    folder = cache_folder()
    kept = None if folder is None else folder / _script_name()
    if kept is not None and kept.is_file():
        checksum, _, script = kept.read_bytes().partition(b"\n")
        if checksum.decode("ascii", "replace") == hashlib.sha256(script).hexdigest():
            return script.decode()
    made = bundled()
    if kept is not None:
        with contextlib.suppress(OSError):  # a full disk: it is put together again next time
            write_atomically(kept, f"{hashlib.sha256(made.encode()).hexdigest()}\n{made}".encode())
    return made


def bundled() -> str:
    """The script, put together anew."""
    import vl_convert

    return str(vl_convert.javascript_bundle(SNIPPET, vl_version=VEGA_LITE))


def needs_bundling() -> bool:
    """Whether the script has yet to be put together, once for a machine and version."""
    folder = cache_folder()
    return folder is None or not (folder / _script_name()).is_file()


def _script_name() -> str:
    own = hashlib.sha256(SNIPPET.encode()).hexdigest()[:8]
    return f"vega-lite-{VEGA_LITE}-{version('vl-convert-python')}-{own}.js"


def html(title: str, description: str, spec: dict[str, Any]) -> str:
    """A page with one figure and all that it needs."""
    import jinja2

    written = json.dumps(printable(spec), allow_nan=False).replace("<", "\\u003c")
    page = jinja2.Environment(autoescape=True).from_string(_PAGE)
    return str(page.render(title=title, description=description, spec=written, library=javascript()))
