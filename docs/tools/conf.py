"""Sphinx's settings of the site; `make docs` runs it. Nothing is fetched: fonts, scripts and search lie in the site."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

import archgraph  # noqa: E402

project = "archgraph"
author = "the archgraph authors"
copyright = "the archgraph authors, Apache-2.0"
version = release = archgraph.__version__
extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3
exclude_patterns = ["tools"]
nitpicky = True
smartquotes_action = "qe"  # no dashes: options begin with two hyphens
html_theme = "furo"
html_title = "archgraph"
html_static_path = ["../static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
highlight_language = "text"
pygments_style = "friendly"
linkcheck_ignore = [r"https?://.*"]  # there is no network; links inside are checked by the build
