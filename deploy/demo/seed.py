"""Puts the demo's data into its database: ``python -m deploy.demo.seed``, in the demo's environment.

Prints one line of JSON: the class session's id, and the lecturer's address and new password.
"""

from __future__ import annotations

import json
import secrets
from datetime import timedelta

import django
from django.db import transaction
from django.utils import timezone

from deploy.demo.folder import ENROLLED, ROOM

LECTURER = "demo@rollcall.example"
COURSE = ("DEMO 101", "Introduction to Rollcall")
OTHER_STUDENTS = {
    "S1003": "Amara Okonjo",
    "S1004": "Bruno Kessler",
    "S1005": "Chiara Lombardo",
    "S1006": "Elin Sandvik",
    "S1007": "Jun Takeda",
    "S1008": "Mateo Villar",
}
"""Made up, and on the roster alone: no camera will ever see them."""


@transaction.atomic
def seed() -> dict[str, object]:
    """Make the lecturer, the course, its roster, and a class session that runs now; what is there is used again."""
    from portal.accounts.models import Account
    from portal.attendance.models import ClassSession, Course, Room, RosterEntry, Student

    password = secrets.token_urlsafe(9)
    lecturer = Account.objects.filter(email=LECTURER).first() or Account.objects.create_user(
        LECTURER, title="Dr", name="Demo Lecturer", department="Demonstrations"
    )
    lecturer.set_password(password)
    lecturer.save()

    room, _ = Room.objects.get_or_create(name=ROOM)
    course, _ = Course.objects.get_or_create(code=COURSE[0], defaults={"title": COURSE[1]})
    course.lecturers.add(lecturer)
    for number, name in {**{number: name for number, (name, _) in ENROLLED.items()}, **OTHER_STUDENTS}.items():
        student, _ = Student.objects.get_or_create(number=number, defaults={"full_name": name})
        RosterEntry.objects.get_or_create(course=course, student=student)

    now = timezone.now()
    # The camera sees one class session at a time: the one of an earlier demo is over.
    ClassSession.objects.filter(room=room, starts_at__lt=now, ends_at__gt=now).update(ends_at=now)
    session = ClassSession.objects.create(
        course=course,
        room=room,
        starts_at=now - timedelta(minutes=2),
        ends_at=now + timedelta(minutes=48),
    )
    return {"session": session.pk, "user": LECTURER, "password": password}


if __name__ == "__main__":
    django.setup()
    print(json.dumps(seed()))
