"""The exam board's file as a PDF on A4: what it is, each student's figures, and the whole grid."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import groupby

from django.utils.formats import date_format
from django.utils.translation import get_language, gettext

from portal.attendance.queries.course import GridRow
from portal.lecturer.board.fonts import Fonts, choose_fonts
from portal.lecturer.board.pages import GREY, LINE, NAME, NUMBER, TEXT, Pages
from portal.lecturer.board.report import HEADS, HOW_TO_CHECK, Report, counts_of, key_words, percent_words
from portal.lecturer.student_words import letter_of
from portal.web.languages import later as _

SESSIONS_ON_A_PAGE = 30
KEY_OF_FIGURES = _(
    "n.o. not observed · n.a. no answer yet: both count nowhere. Who is below the threshold is set in bold."
)


def write_pdf(report: Report) -> bytes:
    """The PDF, without a seal. Raises NoFont."""
    fonts = choose_fonts("".join([report.title, report.made_by, *(row.student.full_name for row in report.rows)]))
    pages = Pages(
        gettext("{code} · {made_at} UTC · reference {reference}").format(
            code=report.course.code, made_at=f"{report.made_at:%Y-%m-%d %H:%M}", reference=report.reference
        ),
        fonts,
    )
    pages.set_title(report.title)
    pages.set_lang(get_language())
    pages.set_creation_date(report.made_at)
    pages.set_creator(gettext("Rollcall"))
    pages.add_page("portrait")
    _write_facts(pages, report, fonts)
    _write_figures(pages, report.rows)
    for first in range(0, len(report.sessions), SESSIONS_ON_A_PAGE):
        _write_grid(pages, report, slice(first, first + SESSIONS_ON_A_PAGE))
    return bytes(pages.output())


def _write_facts(pages: Pages, report: Report, fonts: Fonts) -> None:
    pages.set_font(TEXT, "B", 15)
    pages.write_text(report.title, height=8)
    pages.ln(2)
    facts = [*report.facts, (gettext("Digest"), report.digest), (gettext("To check"), str(HOW_TO_CHECK))]
    if fonts.unreadable:
        facts.append(
            (gettext("Not readable"), gettext("This server has no font for some letters of names: go by the numbers."))
        )
    for label, text in facts:
        pages.set_font(TEXT, size=9)
        pages.set_text_color(GREY)
        pages.cell(34, LINE, label)
        pages.set_text_color(0)
        pages.write_text(text)
    pages.ln(4)


def _write_figures(pages: Pages, rows: Sequence[GridRow]) -> None:
    def head() -> None:
        pages.write_row(gettext("Number"), gettext("Name"), _figures("%", "", map(str, HEADS.values())), is_bold=True)

    head()
    for row in rows:
        _make_room(pages, row, head, "portrait")
        below = "below" if row.figures.is_below else ""
        line = _figures(percent_words(row.figures), below, counts_of(row))
        pages.write_row(row.student.number, row.student.full_name, line, is_bold=row.figures.is_below)
    pages.write_note(str(KEY_OF_FIGURES))


def _write_grid(pages: Pages, report: Report, columns: slice) -> None:
    """All students in some of the class sessions."""
    starts = [session.starts_at.astimezone(session.room.zone) for session in report.sessions[columns]]

    def head() -> None:
        pages.write_row("", "", f"    {_months(starts)}", is_bold=True)
        pages.write_row(
            gettext("Number"), gettext("Name"), f"   %{_in_columns(str(start.day) for start in starts)}", is_bold=True
        )
        pages.write_row("", gettext("Hour of the start"), f"    {_in_columns(f'{start:%H}' for start in starts)}")

    pages.add_page("landscape")
    head()
    for row in report.rows:
        _make_room(pages, row, head, "landscape")
        line = f"{percent_words(row.figures):>4}{_in_columns(letter_of(status) for status in row.statuses[columns])}"
        pages.write_row(row.student.number, row.student.full_name, line)
    pages.write_note(
        gettext("{key_words}. Days and hours are by the clocks of the room.").format(key_words=key_words())
    )


def _make_room(pages: Pages, row: GridRow, head: Callable[[], None], orientation: str) -> None:
    """Begin a page, with the heads, where the row does not fit on this one."""
    pages.set_font(TEXT, "B", 8.5)
    lines = max(pages.lines_of(row.student.full_name, NAME), pages.lines_of(row.student.number, NUMBER))
    if pages.will_page_break(lines * LINE):
        pages.add_page(orientation)
        head()


def _figures(percent: str, below: str, counts: Iterable[int | str]) -> str:
    return f"{percent:>4} {below:<6}" + "".join(f"{number:>5}" for number in counts)


def _in_columns(texts: Iterable[str]) -> str:
    """Three characters a class session."""
    return "".join(f"{text:>3}" for text in texts)


def _months(starts: Sequence[datetime]) -> str:
    """The name of each month above its class sessions, as long as there is room for it."""
    line = ""
    for _month, group in groupby(starts, key=lambda start: (start.year, start.month)):
        some = list(group)
        width = 3 * len(some)
        words = (date_format(some[0], form) for form in ("F Y", "M Y", "M", "m"))
        line += f" {next(each for each in words if len(each) < width)}".ljust(width)
    return line
