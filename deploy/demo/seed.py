"""Puts the demo's data into its database: ``python -m deploy.demo.seed people``, then ``… session MINUTES``.

Run it in the demo's environment. ``people`` prints the addresses of the lecturer and of the administrator and the new
password of both, ``session`` the class session's id, each as one line of JSON.
"""

from __future__ import annotations

import json
import secrets
import sys
from datetime import timedelta

import django
from django.db import transaction
from django.utils import timezone

from deploy.demo.folder import ENROLLED, MADE_UP, NOT_ENROLLED, ROOM

LECTURER = "demo@rollcall.example"
ADMINISTRATOR = "admin@rollcall.example"
COURSE = ("DEMO 101", "Introduction to Rollcall")
START_SECONDS = 20
"""Until the class session begins: the recognizer needs them to load its models, and should see all of the session."""


@transaction.atomic
def seed_people() -> dict[str, object]:
    """Make the lecturer, an administrator, the course and its roster; what is there is used again."""
    from portal.accounts.models import Account
    from portal.attendance.models import Course, Room, RosterEntry, Student

    password = secrets.token_urlsafe(9)
    lecturer = Account.objects.filter(email=LECTURER).first() or Account.objects.create_user(
        LECTURER, title="Dr", name="Demo Lecturer", department="Demonstrations"
    )
    administrator = Account.objects.filter(email=ADMINISTRATOR).first() or Account.objects.create_superuser(
        ADMINISTRATOR, name="Demo Administrator", department="Demonstrations"
    )
    for account in (lecturer, administrator):
        account.set_password(password)
        account.save()

    Room.objects.get_or_create(name=ROOM)
    course, _ = Course.objects.get_or_create(code=COURSE[0], defaults={"title": COURSE[1]})
    course.lecturers.add(lecturer)
    enrolled = {number: name for number, (name, _) in ENROLLED.items()}
    for number, name in (enrolled | MADE_UP | NOT_ENROLLED).items():
        student, _ = Student.objects.get_or_create(number=number, defaults={"full_name": name})
        RosterEntry.objects.get_or_create(course=course, student=student)
    return {"lecturer": LECTURER, "administrator": ADMINISTRATOR, "password": password}


@transaction.atomic
def seed_session(minutes: int) -> dict[str, object]:
    """Make a class session that begins in a moment and lasts so many minutes."""
    from portal.attendance.models import ClassSession, Course, Room

    room, course = Room.objects.get(name=ROOM), Course.objects.get(code=COURSE[0])
    now = timezone.now()
    # The camera sees one class session at a time: the one of an earlier demo is over, or does not take place.
    earlier = ClassSession.objects.filter(room=room, ends_at__gt=now)
    earlier.filter(starts_at__gte=now).update(is_cancelled=True)
    earlier.filter(starts_at__lt=now).update(ends_at=now)
    starts_at = now + timedelta(seconds=START_SECONDS)
    session = ClassSession.objects.create(
        course=course, room=room, starts_at=starts_at, ends_at=starts_at + timedelta(minutes=minutes)
    )
    return {"session": session.pk}


if __name__ == "__main__":
    django.setup()
    print(json.dumps(seed_people() if sys.argv[1] == "people" else seed_session(int(sys.argv[2]))))
