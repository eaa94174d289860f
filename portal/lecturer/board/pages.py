"""Pages of a PDF on A4: fonts, what stands at the foot, and lines of names and figures."""

from __future__ import annotations

import warnings
from typing import cast

from django.utils.translation import gettext

from portal.lecturer.board.fonts import Fonts

with warnings.catch_warnings():
    # Pillow would read pictures: the portal is installed without it.
    warnings.filterwarnings("ignore", "Pillow could not be imported")
    from fpdf import FPDF
    from fpdf.enums import MethodReturnValue, WrapMode

TEXT, FIGURES = "Text", "Figures"
MARGIN, FOOT, LINE = 14, 16, 5.2
NUMBER, NAME = 26, 62
"""Widths in millimetres."""
GREY, LINE_GREY = 90, 200
FIRST_OF_JOINED = "\u0300"
"""From here on, and nowhere before, letters are joined, stacked or written from right to left."""


class Pages(FPDF):
    """Pages with the course, the day and the number of the page at the foot of each."""

    def __init__(self, foot: str, fonts: Fonts) -> None:
        super().__init__(format="A4")
        self.foot = foot
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(auto=True, margin=FOOT)
        self.add_font(TEXT, "", fonts.text)
        self.add_font(TEXT, "B", fonts.bold)
        self.add_font(FIGURES, "", fonts.figures)
        self.add_font(FIGURES, "B", fonts.bold_figures)
        for number, path in enumerate(fonts.further):
            self.add_font(f"further{number}", "", path)
        self.set_fallback_fonts([f"further{number}" for number in range(len(fonts.further))], exact_match=False)
        self.set_font(TEXT, size=9)
        self.set_draw_color(LINE_GREY)

    def footer(self) -> None:
        """Called by the library at the end of each page."""
        self.set_y(-12)
        self.set_font(TEXT, size=8)
        self.set_text_color(GREY)
        self.cell(self.epw - 30, 5, self.foot)
        self.cell(30, 5, gettext("Page {page_no} of {{nb}}").format(page_no=self.page_no()), align="R")
        self.set_text_color(0)

    def write_text(self, text: str, width: float = 0, height: float = LINE) -> None:
        """A text that takes as many lines as it needs. The next begins at the left margin."""
        self._shape(text)
        self.multi_cell(width, height, text, align="L", new_x="LMARGIN", new_y="NEXT")
        self.set_text_shaping(False)

    def write_note(self, text: str) -> None:
        """What stands small below a table."""
        self.ln(2)
        self.set_font(TEXT, size=8)
        self.set_text_color(GREY)
        self.write_text(text, height=4)
        self.set_text_color(0)

    def lines_of(self, text: str, width: float) -> int:
        """How many lines a text takes in a column."""
        self._shape(text)
        lines = cast(
            list[str], self.multi_cell(width, LINE, text, align="L", dry_run=True, output=MethodReturnValue.LINES)
        )
        self.set_text_shaping(False)
        return len(lines)

    def write_row(self, number: str, name: str, figures: str, *, is_bold: bool = False) -> None:
        """A row of a table, whole on its page: the caller has looked whether it fits.

        figures: set in a font whose characters are equally wide, so that columns stand below each other.
        """
        top = self.get_y()
        style = "B" if is_bold else ""
        self.set_font(FIGURES, style, 8.5)
        self.set_x(self.l_margin + NUMBER + NAME)
        self.cell(0, LINE, figures)
        self.set_xy(self.l_margin, top)
        self.set_font(TEXT, style, 8.5)
        self.multi_cell(NUMBER, LINE, number, align="L", wrapmode=WrapMode.CHAR, new_x="RIGHT", new_y="TOP")
        self.set_x(self.l_margin + NUMBER)
        self.write_text(name, NAME)
        bottom = max(self.get_y(), top + LINE)
        self.line(self.l_margin, bottom, self.w - self.r_margin, bottom)
        self.set_xy(self.l_margin, bottom)

    def _shape(self, text: str) -> None:
        """Shaping takes ten times as long: only where letters need it."""
        self.set_text_shaping(any(sign >= FIRST_OF_JOINED for sign in text))
