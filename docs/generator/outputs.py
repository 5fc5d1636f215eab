"""Pages with Python are run when the site is built: what a block prints stands below it, and figures that it saves."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import tempfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

BLOCK = re.compile(r"^```python\n(.*?)^```$\n?", re.MULTILINE | re.DOTALL)
EXAMPLES = Path(__file__).parents[2] / "examples"


def write_outputs(pages: list[Path], processes: int = 2) -> None:
    """Run the Python of each page, as one program a page, and write what came out into the page.

    Raises:
        Exception: what a block raises.
    """
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        list(pool.map(_write_output, [page for page in pages if BLOCK.search(page.read_text(encoding="utf-8"))]))


def _write_output(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "examples").symlink_to(EXAMPLES, target_is_directory=True)
        os.chdir(folder)
        try:
            page.write_text(with_outputs(text, page.name), encoding="utf-8")
        finally:
            os.chdir(before)
        for figure in Path(folder).glob("*.svg"):
            shutil.copy(figure, page.parent)


def with_outputs(text: str, name: str) -> str:
    """A page's Markdown with what its blocks print below each of them.

    >>> with_outputs("```python\\nx = 2\\n```\\n\\n```python\\nprint(x)\\n```\\n", "page").splitlines()[4:]
    ['```python', 'print(x)', '```', '', '```{code-block} text', ':class: output', '', '2', '```']
    """
    namespace: dict[str, object] = {"__name__": "__main__"}

    def shown(match: re.Match[str]) -> str:
        printed = io.StringIO()
        first = text.count("\n", 0, match.start(1))
        with contextlib.redirect_stdout(printed):
            exec(compile("\n" * first + match.group(1), name, "exec"), namespace)
        lines = printed.getvalue().rstrip()
        output = f"\n```{{code-block}} text\n:class: output\n\n{lines}\n```\n" if lines else ""
        return match.group(0) + output

    return BLOCK.sub(shown, text)
