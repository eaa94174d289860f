"""A student's line in a register, in the words and figures that its template prints."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

from django.utils import timezone
from django.utils.translation import gettext

from portal.accounts.models import Account
from portal.attendance.models import PERSONS_STATUSES, ClassSession, Mark, MarkChange
from portal.attendance.queries.register import Register
from portal.attendance.queries.register_rows import RegisterRow
from portal.attendance.retelling import retold
from portal.attendance.schedule import Phase
from portal.lecturer.bars import Segment, segments
from portal.lecturer.student_words import letter_of
from portal.lecturer.words import STATUS_WORDS, note_words, row_seen_words, source_words
from portal.web.polling import text_version


def letters() -> list[tuple[str, str, str]]:
    """What a person may set: its value, the letter that stands for it, and its name."""
    return [(status.value, letter_of(status.value), str(status.label)) for status in PERSONS_STATUSES]


LONGEST_NOTE = 60
"""Characters of a reason that stand in a line; the student's page has all of it."""


@dataclass(frozen=True, slots=True)
class Line:
    """``shown`` is the id of the last change by a person; ``is_undoable`` where it is the reader's own word.

    Ids are texts: a template would format each number for the reader's language.
    """

    pk: str
    name: str
    number: str
    notes: tuple[str, ...]
    status: str
    words: str
    seen: str
    source: str
    parts: tuple[Segment, ...]
    is_marked: bool
    is_undoable: bool
    shown: str

    @property
    def version(self) -> str:
        """Differs when the line would look different."""
        return text_version(repr(self))

    @property
    def label(self) -> str:
        """The bar for who cannot see it."""
        return gettext("Seen {seen}").format(seen=self.seen) if self.seen else gettext("Not seen by a camera")


def line_of(row: RegisterRow, session: ClassSession, reader: Account, phase: Phase, zone: tzinfo) -> Line:
    """The line as this reader sees it, with times of the zone."""
    last = row.last_change
    return Line(
        pk=str(row.student.pk),
        name=row.student.full_name,
        number=row.student.number,
        notes=tuple(note_words(row)),
        status=row.status,
        words=str(status_now(row.status, phase)),
        seen=row_seen_words(row, zone),
        source=_source(row, reader),
        parts=tuple(segments(session, row.seen)),
        is_marked=row.mark is not None,
        is_undoable=last is not None and last.action == MarkChange.Action.SET and last.changed_by_id == reader.pk,
        shown=str(row.version),
    )


def lines_of(rows: list[RegisterRow], found: Register, reader: Account) -> list[Line]:
    """The lines of these rows of a register."""
    zone = timezone.get_current_timezone()
    return [line_of(row, found.session, reader, found.phase, zone) for row in rows]


def status_now(status: str, phase: Phase) -> str:
    """A status as it is printed; who is expected and not there is missing once the class session has begun."""
    if status == "expected" and phase in (Phase.RUNNING, Phase.OVER):
        return gettext("Missing")
    return STATUS_WORDS.get(status, gettext("No mark"))


def _source(row: RegisterRow, reader: Account) -> str:
    """Who says so, and their reason where they gave one."""
    mark = row.mark
    if mark is None or mark.source != Mark.Source.LECTURER:
        return source_words(row)
    words = gettext("set by you") if mark.marked_by_id == reader.pk else source_words(row)
    if not mark.note:
        return words
    note = retold(mark.note)
    return f"{words}: {note if len(note) <= LONGEST_NOTE else note[: LONGEST_NOTE - 1] + '…'}"
