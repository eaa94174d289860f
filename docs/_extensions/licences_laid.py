"""Lays the licences of what the built pages bring along beside it: scripts, styles, and the stemmer of the search."""

from __future__ import annotations

import importlib.metadata
import re
import shutil
from pathlib import Path

from sphinx.application import Sphinx

BROUGHT = ("sphinx", "furo", "sphinx-basic-ng", "pygments", "snowballstemmer")
"""The distributions whose files the theme, the highlighting and the search put into the pages."""

FOLDER = Path("_static", "licences")


def lay_licences(app: Sphinx, error: Exception | None) -> None:
    """After a build that went well: a folder for each distribution."""
    for name in BROUGHT if error is None and app.builder.format == "html" else ():
        for file in importlib.metadata.files(name) or ():
            if file.suffix not in (".py", ".pyc") and re.search(r"licen[cs]e|copying|authors", file.name.lower()):
                target = Path(app.outdir) / FOLDER / name / file.name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(str(file.locate()), target)


def setup(app: Sphinx) -> dict[str, bool]:
    """What Sphinx calls."""
    app.connect("build-finished", lay_licences)
    return {"parallel_read_safe": True}
