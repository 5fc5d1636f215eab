"""Sphinx's settings. Everything that a page needs comes with the build: no remote fonts, scripts or inventories."""

from __future__ import annotations

from docs.generator import docstrings, mathml

import wellfit

project = "wellfit"
author = "the wellfit authors"
copyright = "the wellfit authors"
release = version = wellfit.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc"]
myst_enable_extensions = ["deflist"]
html_math_renderer = "mathml"
html_theme = "furo"
html_title = f"wellfit {release}"
html_static_path = ["_static"]
html_css_files = ["wellfit.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
html_last_updated_fmt = None
default_role = "code"
autodoc_typehints = "none"
autodoc_default_options = {"exclude-members": "model_config, model_post_init"}
add_module_names = False
python_display_short_literal_types = True
nitpick_ignore = [("py:exc", "NotFittedError")]  # scikit-learn's
smartquotes_action = "qe"  # quotes and dots; "--" belongs to options
pygments_style, pygments_dark_style = "friendly", "monokai"


def setup(app: object) -> None:
    """Docstrings in the house's style become fields, formulas MathML."""
    docstrings.set_up(app)
    mathml.set_up(app)
