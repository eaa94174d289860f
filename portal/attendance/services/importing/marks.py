"""Marks: what a person says of students in class sessions, from a list that was kept elsewhere, such as on paper.

A row is the word of whoever writes the import, as a correction on a page is. What the register says already needs no
word, and another person's word stays. Days and times are those of the room.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from django.utils import timezone
from django.utils.translation import gettext

from portal.accounts.acting import acting_account
from portal.accounts.models import Account
from portal.attendance.models import (
    PERSONS_STATUSES,
    ClassSession,
    Course,
    Mark,
    RosterEntry,
    Source,
    Status,
    Student,
)
from portal.attendance.names import plain
from portal.attendance.percentages import Rules
from portal.attendance.queries.rules import rules_by_course
from portal.attendance.services.importing.columns import Field
from portal.attendance.services.importing.courses import CODE, LONGEST_CODE, LONGEST_ROOM, ROOM, known_courses
from portal.attendance.services.importing.faults import FileFault, RowFault
from portal.attendance.services.importing.people import BATCH, NUMBER, KnownStudents, read_number
from portal.attendance.services.importing.planning import (
    Choices,
    Fate,
    Outcome,
    Plan,
    Repeats,
    changed,
    fate,
    refuse,
)
from portal.attendance.services.importing.session_times import day_and_time
from portal.attendance.services.importing.sessions import DAY
from portal.attendance.services.importing.tables import Report
from portal.attendance.services.importing.values import Values
from portal.attendance.services.roll_call import say_of_each
from portal.web.languages import in_every_language
from portal.web.languages import later as _

LONGEST_REASON = 500
WITHOUT_REASON = "Imported from a list"
"""What the history says where the list gives no reason: ``retelling`` translates it."""

MARK_FIELDS = (
    CODE,
    Field("room", ROOM.label, ROOM.names, help_text=_("Where the course meets twice at that time.")),
    DAY,
    Field(
        "starts_at",
        _("starts at"),
        "start|starts|start time|begin|begins|from|time|beginn|anfang|startzeit|uhrzeit|zeit|von|heure|début|de",
        help_text=_("09:00, or with the day before it. Not needed where the course meets once on that day."),
    ),
    NUMBER,
    Field(
        "status",
        _("status"),
        "attendance|mark|anwesenheit|présence|statut",
        is_required=True,
        help_text=_("Present, late, absent or excused, in words: letters differ between languages."),
    ),
    Field("reason", _("reason"), "note|remark|remarks|comment|grund|begründung|bemerkung|motif|raison|remarque"),
)


@dataclass(frozen=True, slots=True)
class _Said:
    """What a row says. Without ``at`` it means the only class session of the day."""

    values: Values
    course: Course
    student: Student
    day: date
    at: time | None
    room: str
    status: Status
    reason: str

    @property
    def row(self) -> int:
        return self.values.row.number


@dataclass
class _MarkPlan:
    """The marks of one file. ``writes`` holds status and reason by class session and student."""

    author: Account
    is_writing: bool
    courses: dict[str, Course] = field(default_factory=known_courses)
    students: KnownStudents = field(default_factory=KnownStudents)
    statuses: dict[str, Status] = field(default_factory=lambda: dict(_names_of_statuses()))
    repeats: Repeats = field(default_factory=Repeats)
    said: list[_Said] = field(default_factory=list)
    on: dict[tuple[int, date], list[ClassSession]] = field(default_factory=lambda: defaultdict(list))
    """Class sessions by course and the day on which they start in their room."""
    at: dict[tuple[int, datetime], list[ClassSession]] = field(default_factory=lambda: defaultdict(list))
    rules: dict[int, Rules] = field(default_factory=dict)
    marks: dict[tuple[int, int], Mark] = field(default_factory=dict)
    members: dict[tuple[int, int], list[RosterEntry]] = field(default_factory=lambda: defaultdict(list))
    writes: dict[int, dict[int, tuple[str, str]]] = field(default_factory=lambda: defaultdict(dict))

    def take(self, values: Values) -> None:
        """Read one row."""
        code = values.needed("course", LONGEST_CODE, gettext("course code"))
        course = self.courses.get(code.casefold())
        if course is None:
            raise RowFault(gettext("There is no course {code}. Import the courses first.").format(code=code))
        student = self.students.needed(read_number(values))
        day, at = day_and_time(values.cell("starts_at"), values, values.day("day"))
        if day is None:
            raise RowFault(gettext("The day is missing."))
        room = values.text("room", LONGEST_ROOM).casefold()
        reason = values.text("reason", LONGEST_REASON)
        self.said.append(_Said(values, course, student, day, at, room, self._status(values), reason))

    def _status(self, values: Values) -> Status:
        text = values.needed("status", 100)
        found = self.statuses.get(plain(text))
        if found is None:
            raise RowFault(gettext("“{text}” is no status. Write present, late, absent or excused.").format(text=text))
        return found

    def load(self) -> None:
        """What the database knows of these courses; class sessions are held where they are to be written."""
        courses = {each.course.pk for each in self.said}
        self.rules = rules_by_course(courses)
        self._find_sessions(courses)
        held = set[int]()
        while self.is_writing and (more := self._meant() - held):
            for keys in _batches(more):
                list(ClassSession.objects.select_for_update().filter(pk__in=keys).order_by("pk").values_list("pk"))
            held |= more
            # Read before they were held, one may have been cancelled or moved since, and another have come.
            self._find_sessions(courses)
        students = {each.student.pk for each in self.said}
        for keys in _batches(self._meant()):
            for mark in Mark.objects.filter(session__in=keys).select_related("marked_by"):
                self.marks[mark.session_id, mark.student_id] = mark
        for entry in RosterEntry.objects.filter(course__in=courses):
            if entry.student_id in students:
                self.members[entry.course_id, entry.student_id].append(entry)

    def _find_sessions(self, courses: Collection[int]) -> None:
        self.on.clear()
        self.at.clear()
        sessions = ClassSession.objects.filter(course__in=courses).select_related("room").order_by("starts_at", "pk")
        for session in sessions:
            self.on[session.course_id, session.day].append(session)
            self.at[session.course_id, session.starts_at.replace(microsecond=0)].append(session)

    def _meant(self) -> set[int]:
        return {session.pk for each in self.said for session in self._meant_by(each)}

    def _meant_by(self, said: _Said) -> list[ClassSession]:
        """The class sessions that fit the day and, where they are said, the time and the room."""
        course, at = said.course.pk, said.at
        if at is not None and at.tzinfo is not None:
            found = self.at[course, datetime.combine(said.day, at).astimezone(UTC)]
        else:
            found = [each for each in self.on[course, said.day] if at is None or _time_of(each) == at.replace(second=0)]
        return [each for each in found if said.room in ("", each.room.name.casefold())]

    def settle(self, said: _Said) -> Fate:
        """What becomes of a row that was taken."""
        session = self._session(said)
        student = self._student_in(session, said.student)
        mark = self.marks.get((session.pk, student.pk))
        local = session.starts_at.astimezone(session.room.zone)
        subject = f"{said.course.code} · {local:%Y-%m-%d %H:%M} · {student.number} ({student.full_name})"
        key = (session.pk, student.pk)
        if self.repeats.check(said.row, key, (said.status, said.reason)):
            same = gettext("says the same as row {row_of}").format(row_of=self.repeats.row_of(key))
            return fate(said.row, Outcome.SAME, subject, [same])
        return self._fate(said, session, student, mark, subject)

    def _student_in(self, session: ClassSession, student: Student) -> Student:
        """Under which of the person's numbers the register knows them; who stands for them where it does not."""
        stands = self.students.with_merged.get(student.person_id, student)
        those = (student, stands, *self.students.merged.get(student.person_id, ()))
        return next((each for each in those if (session.pk, each.pk) in self.marks), stands)

    def _fate(self, said: _Said, session: ClassSession, student: Student, mark: Mark | None, subject: str) -> Fate:
        before = Status(mark.status) if mark and not mark.is_outside else None
        if said.status == before:
            return fate(said.row, Outcome.SAME, subject)
        words = changed(str(_("status")), before and before.label, said.status.label)
        if said.status not in PERSONS_STATUSES:
            return fate(said.row, Outcome.KEEP, subject, [gettext("no person says that"), words])
        if mark and mark.source == Source.LECTURER and mark.marked_by_id != self.author.pk:
            by = gettext("{author} said so").format(author=mark.marked_by)
            return fate(said.row, Outcome.KEEP, subject, [by, words])
        if session.is_cancelled:
            raise RowFault(gettext("This class session is cancelled."))
        if session.starts_at > timezone.now():
            raise RowFault(gettext("It has not begun yet."))
        if self.rules[session.course_id].needs_reason and not said.reason:
            raise RowFault(gettext("A correction needs a reason."))
        self.writes[session.pk][student.pk] = (said.status, said.reason or WITHOUT_REASON)
        outside = "" if mark or self._is_member(session, student) else gettext("not on the roster")
        return fate(said.row, Outcome.CHANGE if before else Outcome.ADD, subject, [words, outside])

    def _session(self, said: _Said) -> ClassSession:
        found = self._meant_by(said)
        if len(found) == 1:
            return found[0]
        words = {"code": said.course.code, "day": said.day, "at": f"{said.at:%H:%M}" if said.at else ""}
        if found and said.at:
            raise RowFault(gettext("{code} meets twice on {day} at {at}. Say the room.").format(**words))
        if found:
            raise RowFault(gettext("{code} meets several times on {day}. Say when it starts.").format(**words))
        if said.at:
            raise RowFault(gettext("{code} does not meet on {day} at {at}.").format(**words))
        raise RowFault(gettext("{code} does not meet on {day}.").format(**words))

    def _is_member(self, session: ClassSession, student: Student) -> bool:
        entries = self.members[session.course_id, student.pk]
        day = session.day
        return any((each.since or day) <= day <= (each.until or day) for each in entries)

    def write(self) -> None:
        """Within the transaction of the import."""
        for session_id in sorted(self.writes):
            say_of_each(session_id, self.writes[session_id], self.author)


def plan_marks(rows: Iterable[Values], choices: Choices, report: Report) -> Plan:
    """See the head of this module. Raises FileFault where nobody is known whose word the rows are."""
    author = acting_account()
    if author is None:
        raise FileFault(gettext("Marks are the word of a person. Say whose: --as with an e-mail address."))
    work, plan = _MarkPlan(author, choices.is_writing), Plan()
    for done, values in enumerate(rows, start=1):
        try:
            work.take(values)
        except RowFault as fault:
            plan.fates.append(refuse(values, fault))
        if done % BATCH == 0:
            report(done)
    work.load()
    for said in work.said:
        try:
            plan.fates.append(work.settle(said))
        except RowFault as fault:
            plan.fates.append(refuse(said.values, fault))
    plan.writes = [work.write]
    return plan


def _time_of(session: ClassSession) -> time:
    """When it starts by the clocks of its room, in minutes."""
    return session.starts_at.astimezone(session.room.zone).time().replace(second=0, microsecond=0)


def _names_of_statuses() -> Iterator[tuple[str, Status]]:
    """What a status may be called: as the portal calls it in each language, and as files have it.

    No letters: A is absent in English and anwesend, present, in German.
    """
    for status in Status:
        for name in (status.value, *in_every_language(status.label)):
            yield plain(name), status
    yield "abwesend", Status.ABSENT


def _batches(keys: Collection[int]) -> Iterator[list[int]]:
    ordered = sorted(keys)
    for start in range(0, len(ordered), BATCH):
        yield ordered[start : start + BATCH]
