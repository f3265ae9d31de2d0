"""The documentation site: python -m sphinx -W --keep-going docs build/docs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import docstrings  # noqa: E402
import reference  # noqa: E402
from sphinx.application import Sphinx  # noqa: E402

import hill_exp  # noqa: E402

project = "hill_exp"
author = "The hill_exp authors"
release = version = hill_exp.__version__
copyright = author  # of the footer

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx_copybutton"]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_in_temp = True  # a notebook's store is gone after it
nb_execution_timeout = 300  # seconds a cell
nb_merge_streams = True

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
autodoc_type_aliases = {name: name for name in ("Bools", "Bytes", "Floats", "Ints")}  # arrays, whose shapes are said
smartquotes_action = "q"  # no dash in place of the -- of an option
default_role = "code"  # what stands between backticks in a docstring

html_theme = "furo"
html_title = "hill_exp"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_show_sphinx = False
copybutton_exclude = ".linenos, .gp, .go"


def setup(app: Sphinx) -> dict[str, Any]:
    reference.write(HERE / "generated")
    app.connect("autodoc-process-docstring", docstrings.process)
    app.connect("autodoc-process-signature", docstrings.signature)
    return {"parallel_read_safe": True}
