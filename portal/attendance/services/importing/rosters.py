"""Rosters: who is in which course, from when until when.

A file is the whole roster of each course that stands in it: a later one adds, changes and ends memberships. Other
courses are left alone, and so is every closed register.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.db.models import Max
from django.utils.formats import date_format
from django.utils.translation import gettext

from portal.attendance.models import ClassSession, Course, RosterEntry, Student
from portal.attendance.services.importing.columns import Field
from portal.attendance.services.importing.courses import CODE, LONGEST_CODE, known_courses
from portal.attendance.services.importing.faults import RowFault
from portal.attendance.services.importing.people import BATCH, NUMBER, KnownStudents, read_number
from portal.attendance.services.importing.planning import (
    Choices,
    Outcome,
    Plan,
    Repeats,
    changed,
    fate,
    refuse,
)
from portal.attendance.services.importing.tables import Report
from portal.attendance.services.importing.values import Values
from portal.attendance.services.rosters import hold_students
from portal.web.languages import later as _

ROSTER_FIELDS = (
    CODE,
    NUMBER,
    Field(
        "since",
        _("since"),
        (
            "from|start date|joined|enrolled on|enrolment date|seit|ab|von|beginn|eingeschrieben seit|depuis"
            "|à partir du|date d'inscription|date de début"
        ),
        help_text=_("The first day. Empty: as for all new members below."),
    ),
    Field(
        "until",
        _("until"),
        "to|end date|left|withdrawn on|last day|bis|ende|abgemeldet am|jusqu'au|date de fin|au",
        help_text=_("The last day. Empty: until further notice."),
    ),
)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a row says."""

    row: int
    student: Student
    since: date | None
    until: date | None


@dataclass(slots=True)
class _Span:
    """A membership as it is to be; ``row`` is the one that says so, ``entry`` the one that is there."""

    since: date | None
    until: date | None
    row: int | None = None
    entry: RosterEntry | None = None

    def overlaps(self, other: _Span) -> bool:
        first, last = date.min, date.max
        return max(self.since or first, other.since or first) <= min(self.until or last, other.until or last)


def plan_rosters(rows: Iterable[Values], choices: Choices, report: Report) -> Plan:
    """See the head of this module."""
    plan = Plan()
    work = _RosterPlan(choices, plan)
    for done, values in enumerate(rows, start=1):
        work.take(values)
        if done % BATCH == 0:
            report(done)
    work.load()
    for course_id, wanted in work.wanted.items():
        work.plan_course(work.courses_by_id[course_id], wanted)
    plan.writes = [work.write]
    plan.rosters = {course: students for course, students in work.touched.items() if students}
    return plan


class _RosterPlan:
    """The rosters of one file."""

    def __init__(self, choices: Choices, plan: Plan) -> None:
        self.choices, self.plan = choices, plan
        self.courses, self.students = known_courses(), KnownStudents()
        self.courses_by_id: dict[int, Course] = {course.pk: course for course in self.courses.values()}
        self.repeats = Repeats()
        self.wanted: dict[int, list[_Wanted]] = defaultdict(list)
        self.refused_in: set[int] = set()
        self.has_since = self.has_until = False
        self.entries: dict[int, dict[int, list[RosterEntry]]] = defaultdict(lambda: defaultdict(list))
        self.last_met: dict[int, date] = {}
        self.new: list[RosterEntry] = []
        self.edited: list[RosterEntry] = []
        self.removed: list[int] = []
        self.touched: dict[int, set[int]] = defaultdict(set)

    def take(self, values: Values) -> None:
        """Read one row; what becomes of it is known when all of its course are."""
        course = None
        try:
            code = values.needed("course", LONGEST_CODE, gettext("course code"))
            course = self.courses.get(code.casefold())
            if course is None:
                raise RowFault(gettext("There is no course {code}. Import the courses first.").format(code=code))
            wanted = self._read(values)
            key = (course.pk, wanted.student.pk, wanted.since)
            if self.repeats.check(wanted.row, key, wanted.until):
                words = [gettext("says the same as row {row_of}").format(row_of=self.repeats.row_of(key))]
                self.plan.fates.append(fate(wanted.row, Outcome.SAME, _subject(course, wanted.student), words))
            else:
                self.wanted[course.pk].append(wanted)
        except RowFault as fault:
            self.plan.fates.append(refuse(values, fault))
            if course:
                self.refused_in.add(course.pk)
                self.wanted.setdefault(course.pk, [])

    def _read(self, values: Values) -> _Wanted:
        self.has_since, self.has_until = values.has("since"), values.has("until")
        student = self.students.needed(read_number(values))
        since, until = values.day("since"), values.day("until")
        if since and until and until < since:
            raise RowFault(
                gettext("The last day, {show}, is before the first, {show2}.").format(
                    show=_show(until), show2=_show(since)
                )
            )
        return _Wanted(values.row.number, student, since, until)

    def load(self) -> None:
        """What the database knows of these courses; held where it is to be written."""
        courses = list(self.wanted)
        rows = RosterEntry.objects.filter(course__in=courses)
        if self.choices.is_writing:
            concerned = {each.student.pk for wanted in self.wanted.values() for each in wanted}
            keys = sorted(concerned | set(rows.values_list("student_id", flat=True)))
            for start in range(0, len(keys), BATCH):
                hold_students(keys[start : start + BATCH])
        for entry in rows.select_related("student").order_by("since", "pk"):
            self.entries[entry.course_id][entry.student_id].append(entry)
        met = ClassSession.objects.filter(course__in=courses, day__lt=self.choices.today).order_by().values("course")
        self.last_met = dict(met.annotate(last=Max("day")).values_list("course", "last"))

    def plan_course(self, course: Course, wanted: list[_Wanted]) -> None:
        """The fates of the course's rows, and of the members who have none."""
        there = self.entries[course.pk]
        joins_on = self.choices.joins_on or (self.choices.today if there else None)
        by_student: dict[int, list[_Wanted]] = defaultdict(list)
        for each in wanted:
            student = self._member(each.student, there)
            by_student[student.pk].append(replace(each, student=student))
        persons = {rows[0].student.person_id for rows in by_student.values()}
        for student_id, rows in by_student.items():
            self._plan_student(course, rows, there.get(student_id, []), joins_on)
        if self.choices.ends_missing and course.pk not in self.refused_in:
            for student_id, entries in there.items():
                if student_id not in by_student and entries[0].student.person_id not in persons:
                    for entry in entries:
                        self._end(course, entry)

    def _member(self, student: Student, there: Mapping[int, list[RosterEntry]]) -> Student:
        """Of a person's numbers the one that is on the roster already, or else the one who stands for them."""
        person = self.students.with_merged.get(student.person_id)
        if student.pk in there or person is None:
            return student
        held = (entries[0].student for entries in there.values())
        return next((each for each in held if each.person_id == person.pk), person)

    def _plan_student(
        self, course: Course, rows: list[_Wanted], entries: list[RosterEntry], joins_on: date | None
    ) -> None:
        spans: list[_Span] = []
        left = list(entries)
        for each in rows:
            entry = self._match(each, left, alone=len(rows) == 1)
            if entry:
                left.remove(entry)
                since = each.since or entry.since
                until = each.until if self.has_until or each.since else entry.until
                spans.append(_Span(since, until, each.row, entry))
            else:
                spans.append(_Span(each.since or joins_on, each.until, each.row))
        ending = [entry for entry in left if self.has_since and self.choices.ends_missing and self._is_current(entry)]
        others = [_Span(entry.since, entry.until) for entry in left if entry not in ending]
        student = rows[0].student
        for span in spans:
            self._settle(course, student, span, [other for other in [*spans, *others] if other is not span])
        for entry in ending:
            self._end(course, entry)

    def _match(self, wanted: _Wanted, entries: list[RosterEntry], *, alone: bool) -> RosterEntry | None:
        """The membership that a row means: the one with its first day, else the one that holds now or later."""
        current = [entry for entry in entries if self._is_current(entry)]
        if wanted.since is None:
            ended = [entry for entry in entries if entry.since is None and entry.until == wanted.until and wanted.until]
            return next(iter([*ended, *current]), None)
        same = [entry for entry in entries if entry.since == wanted.since]
        return next(iter([*same, *(current if alone and len(current) == 1 else [])]), None)

    def _settle(self, course: Course, student: Student, span: _Span, others: list[_Span]) -> None:
        """The fate of one row whose membership is known."""
        subject = _subject(course, student)
        if span.since and span.until and span.until < span.since:
            fault = gettext("The last day, {show}, is before the first, {show2}.").format(
                show=_show(span.until), show2=_show(span.since)
            )
            self._refuse(course, span, subject, fault)
        elif any(span.overlaps(other) for other in others):
            self._refuse(
                course, span, subject, gettext("On some of these days the student would be on the roster twice.")
            )
        elif span.entry is None:
            self.new.append(RosterEntry(course=course, student=student, since=span.since, until=span.until))
            self.touched[course.pk].add(student.pk)
            self.plan.fates.append(fate(span.row, Outcome.ADD, subject, [_days(span.since, span.until)]))
        elif (changes := _changes(span)) and (entry := span.entry):
            entry.since, entry.until = span.since, span.until
            self.edited.append(entry)
            self.touched[course.pk].add(student.pk)
            is_end = span.until is not None and span.until < self.choices.today
            self.plan.fates.append(fate(span.row, Outcome.END if is_end else Outcome.CHANGE, subject, changes))
        else:
            self.plan.fates.append(fate(span.row, Outcome.SAME, subject))

    def _refuse(self, course: Course, span: _Span, subject: str, words: str) -> None:
        self.refused_in.add(course.pk)
        self.plan.fates.append(fate(span.row, Outcome.REFUSE, subject, [words]))

    def _end(self, course: Course, entry: RosterEntry) -> None:
        """Let a membership that is not in the file end yesterday; it goes where no class was held in it."""
        if not self._is_current(entry):
            return
        yesterday = self.choices.today - timedelta(days=1)
        met = self.last_met.get(course.pk)
        self.touched[course.pk].add(entry.student_id)
        subject = _subject(course, entry.student)
        if met is None or (entry.since and met < entry.since):
            self.removed.append(entry.pk)
            words = gettext("not in the file: leaves the roster; no class was held in this membership")
        else:
            entry.until = yesterday
            self.edited.append(entry)
            words = gettext("not in the file: leaves the roster, last day {show}").format(show=_show(yesterday))
        self.plan.fates.append(fate(None, Outcome.END, subject, [words]))

    def _is_current(self, entry: RosterEntry) -> bool:
        """Whether it holds today or later."""
        return entry.until is None or entry.until >= self.choices.today

    def write(self) -> None:
        """Within the transaction of the import."""
        for start in range(0, len(self.removed), BATCH):
            RosterEntry.objects.filter(pk__in=self.removed[start : start + BATCH]).delete()
        RosterEntry.objects.bulk_update(self.edited, ["since", "until"], batch_size=500)
        RosterEntry.objects.bulk_create(self.new, batch_size=BATCH)


def _subject(course: Course, student: Student) -> str:
    return f"{course.code} · {student.number} {student.full_name}"


def _changes(span: _Span) -> list[str]:
    assert span.entry
    pairs = (("since", span.entry.since, span.since), ("until", span.entry.until, span.until))
    return [changed(label, _show(old), _show(new)) for label, old, new in pairs if old != new]


def _days(since: date | None, until: date | None) -> str:
    parts = [
        gettext("since {show}").format(show=_show(since)) if since else gettext("from the beginning"),
        gettext("until {show}").format(show=_show(until)) if until else "",
    ]
    return " ".join(filter(None, parts))


def _show(day: date | None) -> str:
    return date_format(day, "DATE_FORMAT") if day else ""
