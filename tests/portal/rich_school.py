"""A school with many rows of each kind, all of them of what the pages of one register, course, room and person show."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, time, timedelta
from itertools import cycle
from typing import Any

from django.contrib.sessions.models import Session
from django.utils import timezone

from portal.accounts import models as people
from portal.attendance import models
from portal.attendance.models import ClassSession, Course, Department, Mark, MarkChange, Room, Student
from tests.portal.test_access import WHO, StaffedSchool

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def enrich(school: StaffedSchool, number: int, sessions: Collection[ClassSession]) -> None:
    """So many rows more of each kind, those of registers in each of these class sessions."""
    names = [f"{Student.objects.count()}-{each}" for each in range(number)]
    accounts = [_account(school, name) for name in names]
    students = [_student(school, name, account) for name, account in zip(names, accounts, strict=True)]
    rooms = [_room(school, name, account) for name, account in zip(names, accounts, strict=True)]
    courses = [_course(school, name, account, room) for name, account, room in zip(names, accounts, rooms, strict=True)]
    _watch(school, school.room, names)
    for session in sessions:
        _mark(school, session, students)
    for name, account, room, course in zip(names, accounts, rooms, courses, strict=True):
        _set_up(school, name, account, room)
        _belong_to(school, name, account)
        held = [_held(about, where) for about in (course, school.course) for where in (room, school.room)]
        for session in held:
            _mark(school, session, students[:2])
        _warn(school, course, students, held[0])


def _account(school: StaffedSchool, name: str) -> people.Account:
    """Somebody with every part there is, who has another account."""
    account = people.Account.objects.create_user(
        f"{name}@uni.example", name=f"Colleague {name}", is_staff=True, is_told_of_cameras=True
    )
    for merged_into in (account, school.lecturer):
        people.Account.objects.create_user(
            f"{name}-{merged_into.pk}@uni.example", name=f"Other {name}", merged_into=merged_into
        )
    for kind in (school.course.lecturers, school.course.assistants, school.course.department.viewers):
        kind.add(account)
    return account


def _student(school: StaffedSchool, name: str, account: people.Account) -> Student:
    """Somebody on the roster of the course, with another number, and with an excuse or two."""
    student = Student.objects.create(
        number=f"N{name}", full_name=f"Student {name}", email=f"{name}@uni.example", tutor_email="tutor@uni.example"
    )
    for merged_into in (student, school.students[1]):
        other = Student.objects.create(number=f"O{name}.{merged_into.pk}", full_name=f"Other {name}")
        Student.objects.filter(pk=other.pk).update(merged_into=merged_into)
        school.course.roster.create(student=other)
    school.course.roster.create(student=student)
    for each, course in ((student, school.course), (school.students[1], None), (school.students[1], school.course)):
        excuse = models.Excuse.objects.create(
            student=each,
            course=course,
            first_day=school.session.day,
            last_day=school.session.day + 9 * DAY,
            reason=models.CONFIDENTIAL,
            entered_by=account,
            entered_by_name=account.name,
        )
        models.ConfidentialReason.objects.create(excuse=excuse, entered_by=account, text="ill")
    return student


def _room(school: StaffedSchool, name: str, account: people.Account) -> Room:
    room = Room.objects.create(name=f"Room {name}")
    _watch(school, room, [name, f"{name}-back"])
    now = timezone.now()
    models.RoomLease.objects.create(
        room=room, holder=name, machine=name, held_since=now, expires_at=now + HOUR, token=name
    )
    for place in (room, school.room):
        models.RoomContact.objects.create(room=place, account=account)
        models.OutboxFault.objects.create(
            room=place,
            happened_at=now - place.outbox_faults.count() * MINUTE,
            reason="damaged",
            entries_saved=1,
            entries_lost=1,
            bytes_unreadable=0,
        )
        alarm = models.CameraAlarm.objects.create(
            room=place, kind="silent", trouble="silent", began_at=now - HOUR, ended_at=now, is_open=None
        )
        models.AlarmMail.objects.create(alarm=alarm, account=account, about="began", claimed_until=now)
    return room


def _watch(school: StaffedSchool, room: Room, names: list[str]) -> None:
    """Cameras with these names, which saw some of the class session."""
    now, start = timezone.now(), school.session.starts_at
    for name, state in zip(names, cycle(["watching", "failing", "starting", "stopped"])):
        where: dict[str, Any] = {"room": room, "camera_name": name}
        models.RoomCamera.objects.create(**where, since=start - DAY, recorded_at=start - DAY)
        said = {"state": state, "reported_at": now, "gallery_version": "abc", "gallery_size": 9, "version": "1.0"}
        models.CameraStatus.objects.create(**where, **said)
        for minute in (0, 20):
            spans = {"starts_at": start + minute * MINUTE, "recorded_at": start + HOUR}
            models.Sight.objects.create(**where, **spans, ends_at=start + (minute + 15) * MINUTE)
            models.BlindSpan.objects.create(
                **where,
                reason="covered",
                recorded_at=start + HOUR,
                starts_at=start + (minute + 15) * MINUTE,
                ends_at=start + (minute + 19) * MINUTE,
            )
        models.BlindSpan.objects.create(**where, starts_at=now - HOUR, ends_at=now, reason="dark")


def _course(school: StaffedSchool, name: str, account: people.Account, room: Room) -> Course:
    """A course of its own department, which everybody has a part in."""
    department = Department.objects.create(name=f"Department {name}")
    course = Course.objects.create(code=f"C {name}", title=f"Course {name}", department=department)
    course.lecturers.add(school.lecturer, account)
    course.assistants.add(school.assistant, account)
    department.viewers.add(school.viewer, account)
    for student in school.students:
        course.roster.create(student=student)
    models.CourseRules.objects.create(course=course, threshold_percent=60)
    year = 2100 + models.Term.objects.count()
    days = {"first_day": date(year, 1, 1), "last_day": date(year, 9, 9)}
    term = models.Term.objects.create(name=f"Term {name}", **days)
    models.Closure.objects.create(name=f"Closure {name}", **days)
    for taught in (course, school.course):
        models.Slot.objects.create(term=term, course=taught, room=room, weekday=0, starts=time(9), ends=time(10))
    # One runs now, one comes, and one was cancelled.
    now = timezone.now()
    for starts_at, is_cancelled in ((now - MINUTE, False), (now + HOUR, False), (now - 2 * HOUR, True)):
        for place in (room, school.room):
            school.meet(starts_at, course=course, room=place, is_cancelled=is_cancelled)
    return course


def _held(course: Course, room: Room) -> ClassSession:
    """A class session of last week, whose register was closed."""
    full_hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    starts_at = full_hour - 7 * DAY - HOUR * ClassSession.objects.count()
    ends_at = starts_at + HOUR
    return ClassSession.objects.create(
        course=course, room=room, starts_at=starts_at, ends_at=ends_at, closed_at=ends_at, decided_at=ends_at
    )


def _mark(school: StaffedSchool, session: ClassSession, students: list[Student]) -> None:
    """Every kind of mark with what was seen and said of each of these students, and of the school's own."""
    start, accounts = session.starts_at, people.Account.objects.filter(is_told_of_cameras=True)[:2]
    for place, student in enumerate([*students, school.students[1]]):
        hour = start.replace(minute=0, second=0, microsecond=0)
        hour += place * HOUR if student in school.students else timedelta()
        seen = {"first_seen_at": start + MINUTE, "last_seen_at": start + 9 * MINUTE, "distance": 0.3}
        found = {"session": session, "student": student, "room": session.room, "hour": hour, "minutes": 2, **seen}
        camera = f"camera {models.Evidence.objects.count()}"
        for flags in ({}, {"is_between": True}, {"is_confirmed": False}, {"suspicion": "still"}):
            models.Evidence.objects.create(
                **found, camera_name=f"{camera} {flags}", runner_up_number=f"x{camera}", **flags
            )
        models.NearMiss.objects.create(**found, camera_name=camera, sure_below=0.4, runner_up_number=student.number)
        models.Enrolled.objects.get_or_create(
            room=session.room,
            student=student,
            reference_count=2,
            enrolled_at=school.session.starts_at - DAY,
            recorded_at=school.session.starts_at - DAY,
        )
        kinds: list[dict[str, Any]] = [
            {"status": "present", "source": "camera", **seen, "camera_name": camera},
            {"status": "late", "source": "lecturer", "marked_by": school.lecturer},
            {"status": "absent", "source": "closing"},
            {"status": "unseen", "source": "closing", "because": "clock"},
            {"status": "unseen", "source": "closing", "because": "look-alike"},
            {"status": "unseen", "source": "closing", "because": "blind"},
            {"status": "excused", "source": "excuse"},
        ]
        Mark.objects.get_or_create(session=session, student=student, defaults=kinds[place % len(kinds)])
        # Of the first nobody has said anything: what was seen decides.
        for by in (school.lecturer, *accounts, None) if place else (None,):
            change = MarkChange.objects.create(
                session=session,
                student=student,
                action="set" if by else "decide",
                to_status="late",
                to_source="lecturer",
                **(
                    {"changed_by": by, "changed_by_name": by.name, "reason": models.CONFIDENTIAL}
                    if by
                    else {"program": "p"}
                ),
            )
            if by:
                models.ConfidentialReason.objects.create(change=change, entered_by=by, text="ill")
        models.ClearedException.objects.create(
            session=session, student=student, kind="left early", facts="x", cleared_by=school.lecturer
        )


def _warn(school: StaffedSchool, course: Course, students: list[Student], session: ClassSession) -> None:
    rules = [
        models.WarningRule.objects.create(course=about, kind=kind, number=number, made_by=school.lecturer)
        for about in (course, school.course, None)
        for kind, number in (("below", 99), ("in a row", 1), ("left early", 1))
    ]
    rules.append(models.WarningRule.objects.order_by("pk")[0])
    for rule in rules:
        for student in (students[0], school.students[1]):
            for about in {rule.course or course, school.course}:
                raised, _ = models.RaisedWarning.objects.get_or_create(
                    rule=rule, student=student, course=about, occasion=str(session.pk), through=session.starts_at
                )
                models.WarningMail.objects.get_or_create(
                    warning=raised, role="student", address=student.email, about="raised"
                )


def _set_up(school: StaffedSchool, name: str, account: people.Account, room: Room) -> None:
    """What the office has done."""
    models.ConfidentialKind.objects.create(name=f"kind {name}")
    task = models.Task.objects.create(name="x", asked_by=account, state="done")
    record = models.DataImport.objects.create(kind="students", file_name=name, asked_by=account, task=task)
    for of in (record, models.DataImport.objects.order_by("pk")[0]):
        models.ImportRow.objects.create(
            data_import=of, position=of.rows.count(), number=1, outcome="add", subject=name, words="x"
        )
        models.ImportPiece.objects.create(data_import=of, number=of.pieces.count(), content=b"")
    models.BoardExport.objects.create(
        reference=name, course=school.course, form="pdf", made_by=account, students=1, sessions=1
    )


def _belong_to(school: StaffedSchool, name: str, account: people.Account) -> None:
    """What each person has: filters, browsers, passkeys, mails in the evening; and what they have read."""
    now = timezone.now()
    for who in (account, *(getattr(school, each) for each in WHO[1:])):
        models.SavedFilter.objects.create(account=who, name=name, query="status=absent")
        models.DigestSubscriber.objects.get_or_create(account=who)
        file: dict[str, Any] = {
            "kind": "records",
            "file_name": f"{name}.xlsx",
            "about": "records",
            "language": "en",
            "goes_at": now + DAY,
        }
        file["what"] = {"query": ""}
        task = models.Task.objects.create(name="export.make", asked_by=who, state="done")
        made = models.DataExport.objects.create(**file, asked_by=who, task=task, made_at=now)
        models.ExportPiece.objects.create(data_export=made, number=0, content=b"x")
        people.Passkey.objects.create(account=who, name=name, credential=b"x", sign_count=0)
        people.RecoveryCode.objects.create(account=who, digest=name)
        people.ProviderIdentity.objects.create(account=who, issuer=name, subject=str(who.pk), digest=f"{name}{who.pk}")
        people.CalendarAddress.objects.get_or_create(account=who, digest=who.email)
        key = f"{name}{who.pk}"
        people.SignIn.objects.create(account=who, session_key=key, user_agent="Firefox")
        Session.objects.create(session_key=key, session_data="", expire_date=now + DAY)
        people.Reading.objects.create(reader=who, reader_name=who.name, act="student", about=name)
        people.Attempt.objects.create(kind="password", email=who.email)
