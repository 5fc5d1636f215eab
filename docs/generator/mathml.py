"""Formulas become MathML when the site is built, so that a page needs neither a script nor a network to show them."""

from __future__ import annotations

from typing import Any


def set_up(app: Any) -> None:
    """Connect to Sphinx, as the renderer "mathml"."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))


def mathml(tex: str) -> str:
    """A formula as an element of HTML, its fractions in full size.

    >>> mathml("w^2").partition("<mrow>")[2]
    '<msup><mi>w</mi><mn>2</mn></msup></mrow></math>'

    Raises:
        ValueError: it holds a command that is not known.
    """
    from latex2mathml.converter import convert

    text: str = convert(tex)
    if "\\" in text:
        raise ValueError(f"latex2mathml does not know all commands of the formula {tex!r}: write it with others")
    return text.replace("<math ", '<math displaystyle="true" ', 1)


def _inline(translator: Any, node: Any) -> None:
    from docutils.nodes import SkipNode

    translator.body.append(mathml(node.astext()))
    raise SkipNode


def _block(translator: Any, node: Any) -> None:
    """A line each, at the left."""
    from docutils.nodes import SkipNode

    lines = [mathml(line) for line in node.astext().splitlines()]
    translator.body.append("".join(f'<div class="formula">{line}</div>' for line in lines))
    raise SkipNode
