"""Courses with their lecturers, and rooms with their time zones."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Iterable

from django.conf import settings

from portal.accounts.models import Account
from portal.attendance.models import Course, Room
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
from portal.attendance.services.timetable import change_zone

CODE = Field(
    "course",
    "course",
    "course code|code|course id|short name|course short name|module|module code|unit|class|kürzel|kurskürzel|kurs"
    "|veranstaltungsnummer|lv-nummer|lv-nr.|lvnr|vorlesungsnummer|modul|modulnummer|nummer|code cours|code du cours"
    "|cours|matière|code matière|code ue|ue|COURSE_CODE|SIS course ID|idnumber",
    is_required=True,
)
ROOM = Field(
    "room",
    "room",
    "room name|room code|location|venue|raum|raumname|raumnummer|hörsaal|ort|salle|nom de la salle|lieu|local",
    is_required=True,
)
COURSE_FIELDS = (
    CODE,
    Field(
        "title",
        "course title",
        "title|course name|name|full name|course full name|titel|bezeichnung|kurstitel|veranstaltung"
        "|veranstaltungstitel|intitulé|titre|nom|nom du cours|libellé|lib_ue|description",
    ),
    Field(
        "lecturers",
        "lecturers",
        "lecturer|teacher|teachers|instructor|instructors|lecturer e-mail|lecturer email|teacher email|instructor email"
        "|dozent|dozenten|dozentin|lehrende|lehrender|lehrperson|enseignant|enseignants|enseignante|professeur",
        help_text="Their e-mail addresses, with commas between. They must have accounts.",
    ),
    Field(
        "coverage",
        "least coverage in percent",
        "coverage|least coverage|mindestabdeckung",
    ),
)
ROOM_FIELDS = (
    ROOM,
    Field("time_zone", "time zone", "timezone|zeitzone|fuseau horaire|zone", help_text="Such as Europe/Berlin."),
    Field("each_sees_all", "each camera sees all of it", "each camera sees all|jede kamera sieht alles"),
)
LONGEST_CODE, LONGEST_TITLE, LONGEST_ROOM = 32, 200, 64
_BETWEEN = re.compile(r"[,;|\s]+")


def known_courses() -> dict[str, Course]:
    """All courses by their code, without regard to case."""
    return {one_line(course.code).casefold(): course for course in Course.objects.order_by("-pk")}


def known_rooms() -> dict[str, Room]:
    """All rooms by their name, without regard to case."""
    return {one_line(room.name).casefold(): room for room in Room.objects.order_by("-pk")}


def plan_courses(rows: Iterable[Values], choices: Choices, report: Report) -> Plan:
    """New courses are added and known ones brought to what the file says; none is removed."""
    known, accounts = known_courses(), {each.email: each for each in Account.objects.filter(is_active=True)}
    taught: dict[int, set[str]] = {}
    for course_id, email in Course.lecturers.through.objects.values_list("course_id", "account__email"):
        taught.setdefault(course_id, set()).add(email)
    work = _CoursePlan(known, accounts, taught)
    plan = Plan()
    for values in rows:
        try:
            plan.fates.append(work.take(values))
        except RowFault as fault:
            plan.fates.append(refuse(values, fault))
    plan.writes = [work.write]
    return plan


class _CoursePlan:
    """The courses of one file."""

    def __init__(self, known: dict[str, Course], accounts: dict[str, Account], taught: dict[int, set[str]]) -> None:
        self.known, self.accounts, self.taught = known, accounts, taught
        self.repeats = Repeats()
        self.new: list[tuple[Course, set[str]]] = []
        self.edited: list[Course] = []
        self.lecturers: list[tuple[Course, set[str]]] = []

    def take(self, values: Values) -> Fate:
        """The fate of one row."""
        code, row = values.needed("course", LONGEST_CODE, "course code"), values.row.number
        title = values.text("title", LONGEST_TITLE)
        emails = self._emails(values)
        coverage = values.number("coverage", 100)
        if coverage == 0:
            raise RowFault("The least coverage is from 1 to 100 percent.")
        course = self.known.get(code.casefold())
        subject = f"{course.code if course else code} {title or (course.title if course else '')}"
        if self.repeats.check(row, code.casefold(), (title, emails, coverage)):
            return fate(row, Outcome.SAME, subject, [f"says the same as row {self.repeats.row_of(code.casefold())}"])
        if course is None:
            if not title:
                raise RowFault("The title is missing.")
            course = Course(code=code, title=title, least_coverage_percent=coverage or 80)
            self.new.append((course, emails or set()))
            return fate(row, Outcome.ADD, subject, [", ".join(sorted(emails or ())), doubt(title)])
        return self._change(row, subject, course, title, emails, coverage)

    def _change(
        self, row: int, subject: str, course: Course, title: str, emails: set[str] | None, coverage: int | None
    ) -> Fate:
        changes = []
        if title and title != one_line(course.title):
            changes.append(changed("title", course.title, title))
        if coverage and coverage != course.least_coverage_percent:
            changes.append(changed("least coverage", course.least_coverage_percent, coverage))
        if changes:
            course.title, course.least_coverage_percent = (
                title or course.title,
                coverage or course.least_coverage_percent,
            )
            self.edited.append(course)
        before = self.taught.get(course.pk, set())
        if emails is not None and emails != before:
            changes.append(changed("lecturers", ", ".join(sorted(before)), ", ".join(sorted(emails))))
            self.lecturers.append((course, emails))
        return fate(row, Outcome.CHANGE if changes else Outcome.SAME, subject, changes)

    def _emails(self, values: Values) -> set[str] | None:
        """The lecturers' addresses; None where the file does not say who they are."""
        text = values.text("lecturers", 1000).lower()
        emails = {each for each in _BETWEEN.split(text) if each}
        for email in sorted(emails):
            check_email(email)
            if email not in self.accounts:
                raise RowFault(f"{email} has no account, or may not sign in. Import the lecturers first.")
        return emails if values.has("lecturers") else None

    def write(self) -> None:
        """Within the transaction of the import."""
        Course.objects.bulk_create([course for course, _ in self.new], batch_size=500)
        Course.objects.bulk_update(self.edited, ["title", "least_coverage_percent"], batch_size=500)
        if self.new:
            # MySQL and MariaDB do not tell the keys of rows that are written together.
            keys = dict(Course.objects.values_list("code", "pk"))
            for course, _ in self.new:
                course.pk = keys[course.code]
        for course, emails in [*self.new, *self.lecturers]:
            course.lecturers.set([self.accounts[email] for email in emails])


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
        raise RowFault(f"“{zone}” is no time zone. Write it as Europe/Berlin.")
    room = known.get(name.casefold())
    if repeats.check(row, name.casefold(), (zone, sees_all)):
        return fate(row, Outcome.SAME, name, [f"says the same as row {repeats.row_of(name.casefold())}"])
    if room is None:
        zone = zone or settings.DEFAULT_TIME_ZONE
        new.append(Room(name=name, time_zone=zone, each_camera_sees_all=bool(sees_all)))
        return fate(row, Outcome.ADD, name, [zone, doubt(name)])
    changes = []
    if zone and zone != room.time_zone:
        changes.append(changed("time zone", room.time_zone, zone))
    if sees_all is not None and sees_all != room.each_camera_sees_all:
        changes.append(changed("each camera sees all of it", _word(room.each_camera_sees_all), _word(sees_all)))
        room.each_camera_sees_all = sees_all
    if changes:
        edited.append((room, zone or room.time_zone))
    return fate(row, Outcome.CHANGE if changes else Outcome.SAME, room.name, changes)


def _word(is_so: bool) -> str:
    return "yes" if is_so else "no"
