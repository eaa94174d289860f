"""Courses with their lecturers, and rooms with their time zones."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext

from portal.accounts.models import Account
from portal.attendance.models import Course, Department, Room
from portal.attendance.services.importing.columns import Field
from portal.attendance.services.importing.faults import RowFault
from portal.attendance.services.importing.planning import (
    Choices,
    Fate,
    Outcome,
    Plan,
    Repeats,
    changed,
    doubt,
    fate,
    refuse,
)
from portal.attendance.services.importing.tables import Report
from portal.attendance.services.importing.values import Values, check_email, one_line
from portal.attendance.services.room_zones import change_zone
from portal.web.languages import later as _

CODE = Field(
    "course",
    _("course"),
    (
        "course code|code|course id|short name|course short name|module|module code|unit|class|kürzel|kurskürzel|kurs"
        "|veranstaltungsnummer|lv-nummer|lv-nr.|lvnr|vorlesungsnummer|modul|modulnummer|nummer|code cours|code du cours"
        "|cours|matière|code matière|code ue|ue|COURSE_CODE|SIS course ID|idnumber"
    ),
    is_required=True,
)
ROOM = Field(
    "room",
    _("room"),
    "room name|room code|location|venue|raum|raumname|raumnummer|hörsaal|ort|salle|nom de la salle|lieu|local",
    is_required=True,
)
COURSE_FIELDS = (
    CODE,
    Field(
        "title",
        _("course title"),
        (
            "title|course name|name|full name|course full name|titel|bezeichnung|kurstitel|veranstaltung"
            "|veranstaltungstitel|intitulé|titre|nom|nom du cours|libellé|lib_ue|description"
        ),
    ),
    Field(
        "lecturers",
        _("lecturers"),
        (
            "lecturer|teacher|teachers|instructor|instructors|lecturer e-mail|lecturer email|teacher email"
            "|instructor email|dozent|dozenten|dozentin|lehrende|lehrender|lehrperson|enseignant"
            "|enseignants|enseignante|professeur"
        ),
        help_text=_("Their e-mail addresses, with commas between. They must have accounts."),
    ),
    Field(
        "assistants",
        _("assistants"),
        (
            "assistant|tutor|tutors|assistant e-mail|teaching assistant|teaching assistants|tutoren|tutorin|hilfskraft"
            "|hilfskräfte|assistenz|chargé de td|chargés de td|moniteur"
        ),
        help_text=_(
            "Who takes registers of the course: e-mail addresses, with commas between. They must have accounts."
        ),
    ),
    Field(
        "department",
        _("department"),
        "faculty|institute|school|fachbereich|fakultät|institut|abteilung|département|ufr",
        help_text=_("Its viewers read the registers. A new name makes a new department."),
    ),
    Field(
        "coverage",
        _("least coverage in percent"),
        "coverage|least coverage|mindestabdeckung",
    ),
)
ROOM_FIELDS = (
    ROOM,
    Field("time_zone", _("time zone"), "timezone|zeitzone|fuseau horaire|zone", help_text=_("Such as Europe/Berlin.")),
    Field("each_sees_all", _("each camera sees all of it"), "each camera sees all|jede kamera sieht alles"),
)
LONGEST_CODE, LONGEST_TITLE, LONGEST_ROOM = 32, 200, 64
_BETWEEN = re.compile(r"[,;|\s]+")


def known_courses() -> dict[str, Course]:
    """All courses by their code, without regard to case."""
    return {
        one_line(course.code).casefold(): course
        for course in Course.objects.order_by("-pk").select_related("department")
    }


def known_rooms() -> dict[str, Room]:
    """All rooms by their name, without regard to case."""
    return {one_line(room.name).casefold(): room for room in Room.objects.order_by("-pk")}


def plan_courses(rows: Iterable[Values], choices: Choices, report: Report) -> Plan:
    """New courses and departments are added and known courses brought to what the file says; none is removed."""
    work = _CoursePlan()
    plan = Plan()
    for values in rows:
        try:
            plan.fates.append(work.take(values))
        except RowFault as fault:
            plan.fates.append(refuse(values, fault))
    plan.writes = [work.write]
    return plan


ROLES = ("lecturers", "assistants")


@dataclass(frozen=True)
class _Said:
    """What a row says of a course; None, 0 or nothing where it does not say."""

    title: str
    department: str
    coverage: int | None
    people: dict[str, frozenset[str]]
    """Who has a role, by their addresses; without the roles of which the file says nothing."""


class _CoursePlan:
    """The courses of one file."""

    def __init__(self) -> None:
        self.known = known_courses()
        self.accounts = {each.email: each for each in Account.objects.filter(is_active=True)}
        self.departments = {one_line(each.name).casefold(): each for each in Department.objects.all()}
        self.there = {role: _people_by_course(role) for role in ROLES}
        self.repeats = Repeats()
        self.new: list[Course] = []
        self.edited: list[Course] = []
        self.people: list[tuple[Course, str, frozenset[str]]] = []

    def take(self, values: Values) -> Fate:
        """The fate of one row."""
        code, row = values.needed("course", LONGEST_CODE, gettext("course code")), values.row.number
        said = self._read(values)
        course = self.known.get(code.casefold())
        subject = f"{course.code if course else code} {said.title or (course.title if course else '')}"
        if self.repeats.check(row, code.casefold(), said):
            return fate(
                row,
                Outcome.SAME,
                subject,
                [gettext("says the same as row {row_of}").format(row_of=self.repeats.row_of(code.casefold()))],
            )
        if course is None:
            return self._add(row, subject, code, said)
        return self._change(row, subject, course, said)

    def _read(self, values: Values) -> _Said:
        coverage = values.number("coverage", 100)
        if coverage == 0:
            raise RowFault(gettext("The least coverage is from 1 to 100 percent."))
        return _Said(
            values.text("title", LONGEST_TITLE),
            values.text("department", LONGEST_TITLE),
            coverage,
            {role: self._emails(values, role) for role in ROLES if values.has(role)},
        )

    def _add(self, row: int, subject: str, code: str, said: _Said) -> Fate:
        if not said.title:
            raise RowFault(gettext("The title is missing."))
        course = Course(code=code, title=said.title, least_coverage_percent=said.coverage or 80)
        words = [self._put_in(course, said.department)] if said.department else []
        self.new.append(course)
        self.people += [(course, role, emails) for role, emails in said.people.items()]
        words += [", ".join(sorted(emails)) for emails in said.people.values()]
        return fate(row, Outcome.ADD, subject, [*words, doubt(said.title)])

    def _change(self, row: int, subject: str, course: Course, said: _Said) -> Fate:
        changes = []
        if said.title and said.title != one_line(course.title):
            changes.append(changed("title", course.title, said.title))
            course.title = said.title
        before = course.department
        if said.department and said.department.casefold() != one_line(before.name if before else "").casefold():
            changes.append(changed("department", before.name if before else "", self._put_in(course, said.department)))
        if said.coverage and said.coverage != course.least_coverage_percent:
            changes.append(changed(gettext("least coverage"), course.least_coverage_percent, said.coverage))
            course.least_coverage_percent = said.coverage
        if changes:
            self.edited.append(course)
        for role, emails in said.people.items():
            there = self.there[role].get(course.pk, set())
            if emails != there:
                changes.append(changed(role, ", ".join(sorted(there)), ", ".join(sorted(emails))))
                self.people.append((course, role, emails))
        return fate(row, Outcome.CHANGE if changes else Outcome.SAME, subject, changes)

    def _put_in(self, course: Course, name: str) -> str:
        """Let the course belong to the department, which may be a new one; its name, in words for the row."""
        known = self.departments.setdefault(name.casefold(), Department(name=name))
        course.department = known
        return known.name if known.pk else gettext("{name} (a new department)").format(name=known.name)

    def _emails(self, values: Values, role: str) -> frozenset[str]:
        """The addresses in a row's cell."""
        emails = frozenset(filter(None, _BETWEEN.split(values.text(role, 1000).lower())))
        for email in sorted(emails):
            check_email(email)
            if email not in self.accounts:
                raise RowFault(
                    gettext("{email} has no account, or may not sign in. Import the lecturers first.").format(
                        email=email
                    )
                )
        return emails

    def write(self) -> None:
        """Within the transaction of the import."""
        for course in [*self.new, *self.edited]:
            if course.department and course.department.pk is None:
                course.department.save()
            # Assigned again: an object takes over the key of another when it is set, not when that one is saved.
            course.department = course.department
        Course.objects.bulk_create(self.new, batch_size=500)
        Course.objects.bulk_update(self.edited, ["title", "department", "least_coverage_percent"], batch_size=500)
        # MySQL does not tell the keys of rows that are written together, so they are read.
        written = {each.code: each for each in Course.objects.all()}
        for course, role, emails in self.people:
            getattr(written[course.code], role).set([self.accounts[email] for email in emails])


def _people_by_course(role: str) -> dict[int, set[str]]:
    """The addresses of who has the role, by course."""
    found: dict[int, set[str]] = {}
    for course_id, email in getattr(Course, role).through.objects.values_list("course_id", "account__email"):
        found.setdefault(course_id, set()).add(email)
    return found


def plan_rooms(rows: Iterable[Values], choices: Choices, report: Report) -> Plan:
    """New rooms are added and known ones brought to what the file says; none is removed."""
    known, repeats, plan = known_rooms(), Repeats(), Plan()
    new: list[Room] = []
    edited: list[tuple[Room, str]] = []
    for values in rows:
        try:
            plan.fates.append(_room(values, known, repeats, new, edited))
        except RowFault as fault:
            plan.fates.append(refuse(values, fault))

    def write() -> None:
        Room.objects.bulk_create(new, batch_size=500)
        for room, zone in edited:
            room.save(update_fields=["each_camera_sees_all"])
            if zone != room.time_zone:
                change_zone(room, zone)

    plan.writes = [write]
    return plan


def _room(
    values: Values, known: dict[str, Room], repeats: Repeats, new: list[Room], edited: list[tuple[Room, str]]
) -> Fate:
    name, row = values.needed("room", LONGEST_ROOM, "room"), values.row.number
    zone, sees_all = values.text("time_zone", 64), values.truth("each_sees_all")
    if zone and zone not in zoneinfo.available_timezones():
        raise RowFault(gettext("“{zone}” is no time zone. Write it as Europe/Berlin.").format(zone=zone))
    room = known.get(name.casefold())
    if repeats.check(row, name.casefold(), (zone, sees_all)):
        return fate(
            row,
            Outcome.SAME,
            name,
            [gettext("says the same as row {row_of}").format(row_of=repeats.row_of(name.casefold()))],
        )
    if room is None:
        zone = zone or settings.DEFAULT_TIME_ZONE
        new.append(Room(name=name, time_zone=zone, each_camera_sees_all=bool(sees_all)))
        return fate(row, Outcome.ADD, name, [zone, doubt(name)])
    changes = []
    if zone and zone != room.time_zone:
        changes.append(changed(gettext("time zone"), room.time_zone, zone))
    if sees_all is not None and sees_all != room.each_camera_sees_all:
        changes.append(
            changed(gettext("each camera sees all of it"), _word(room.each_camera_sees_all), _word(sees_all))
        )
        room.each_camera_sees_all = sees_all
    if changes:
        edited.append((room, zone or room.time_zone))
    return fate(row, Outcome.CHANGE if changes else Outcome.SAME, room.name, changes)


def _word(is_so: bool) -> str:
    return "yes" if is_so else "no"
