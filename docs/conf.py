"""How Sphinx builds the pages of this folder: `make docs`, into build/docs.

Nothing is fetched, neither by the build nor by who reads: the theme brings its own files, and no page names another
host but in links. Sphinx (BSD) with furo and MyST (MIT) has several releases a year and sends nothing home. Material
for MkDocs was weighed and not taken: it is in maintenance mode, and MkDocs 1 beneath it has no releases any more.
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "_extensions"), str(HERE.parent)]

from recognizer import __version__  # noqa: E402 - it needs the path

project = "Rollcall"
release = version = __version__
copyright = ""
language = "en"

extensions = ["myst_parser", "settings_tables", "messages", "face_widths", "licences_laid"]
exclude_patterns = ["_extensions"]
myst_enable_extensions = ["colon_fence", "deflist"]
# Anchors as GitHub makes them, so that the pages can be read in the repository too.
myst_heading_anchors = 4
nitpicky = True
# Messages and settings are shown as they are typed.
smartquotes = False

html_theme = "furo"
html_title = f"Rollcall {__version__}"
html_static_path = ["_static"]
html_css_files = ["rollcall.css"]
html_copy_source = False
# It would fetch the pages it finds, which a browser does not let pages of a disk do.
html_show_search_summary = False
html_show_sphinx = False
html_show_copyright = False
html_last_updated_fmt = None
html_theme_options = {"top_of_page_buttons": []}
