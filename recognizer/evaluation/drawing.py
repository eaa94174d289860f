"""How charts are drawn, as SVG. Only this module names matplotlib, and loads it only when it draws.

Words and axes are drawn in ``currentColor``, so that a page in dark shows them too.
"""

from __future__ import annotations

import io
import logging
import os
import re
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

GENUINE, IMPOSTOR, LIMIT = "#2a7fba", "#d1662a", "#8a5fbf"

_INK = "#010203"
"""Stands for the colour of the page's text until the SVG is written."""

_STYLE: dict[Any, Any] = {
    **dict.fromkeys(("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), _INK),
    # Words stay words: in the page's font, for eyes and for screen readers.
    "svg.fonttype": "none",
    "svg.hashsalt": "rollcall",
    "font.family": "sans-serif",
    "font.size": 11,
    "legend.frameon": False,
    "legend.fontsize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "savefig.transparent": True,
}


@dataclass(frozen=True, slots=True)
class Chart:
    """An SVG element, labelled by the element of this name, and the words for that."""

    name: str
    title: str
    caption: str
    svg: str


@contextmanager
def chart_style() -> Iterator[None]:
    """Within it charts are drawn. The style of whoever else draws in this process is left as it is."""
    matplotlib = _load_matplotlib()
    with matplotlib.rc_context(_STYLE), warnings.catch_warnings():
        # Names may be in letters that matplotlib's font lacks: the page's font has them.
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        yield


@contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    """A variable of the environment, for the time of the block."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        del os.environ[name]
        if before is not None:
            os.environ[name] = before


def _load_matplotlib() -> Any:
    """The library, which would leave two folders in the user's home: its settings and its list of fonts.

    Each run makes that list anew, and its log entry about it says nothing to the user.
    """
    logging.getLogger("matplotlib").setLevel(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder, _environment("MPLCONFIGDIR", folder):
        import matplotlib
        import matplotlib.figure  # Makes the list of fonts.

    return matplotlib


def make_axes(height: float = 3.8) -> tuple[Any, Any]:
    """A figure of so many inches, and the axes in it."""
    # Not pyplot, which would look for a display and keep every figure.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.6, height), layout="constrained")
    axes = figure.add_subplot()
    axes.grid(color="#808080", alpha=0.25, linewidth=0.6)
    return figure, axes


def legend_above(axes: Any) -> None:
    """Each label once, above the axes, where nothing is covered."""
    handles, labels = axes.get_legend_handles_labels()
    once = dict(zip(labels, handles, strict=True))
    axes.legend(once.values(), once.keys(), loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0)


def show_percent(*axes: Any) -> None:
    """Write shares as percent along these axes."""
    from matplotlib.ticker import FuncFormatter

    for axis in axes:
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value * 100:g} %"))


def to_svg(figure: Any, name: str) -> str:
    """The element alone, its size left to the page; its parts' names begin with the chart's, as a page has several."""
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    svg = text.getvalue()
    svg = svg[svg.index("<svg") :].replace(_INK, "currentColor")
    svg = re.sub(r'( id="| xlink:href="#|url\(#)', rf"\g<1>{name}-", svg)
    opening, rest = svg.split(">", 1)
    opening = re.sub(r' (?:width|height)="[^"]*"', "", opening)
    return f'{opening} role="img" aria-labelledby="{name}">{rest}'
