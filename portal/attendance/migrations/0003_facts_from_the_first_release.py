"""Writes down what the first release left to be derived.

Every step looks for the rows that still need it, so that a second run goes on where a failed one ended. Nothing here
imports the portal's own rules: they may change, and what was migrated stays.
"""

import re
import unicodedata
import zoneinfo
from datetime import UTC, timedelta
from itertools import islice

from django.conf import settings
from django.db import migrations, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

BATCH = 1000
ALSO = ("Nd", "Mn", "Mc")
LONGEST_FOLDED = 128


def in_batches(rows):
    """Lists of at most BATCH rows, all read before the first is changed."""
    keys = iter(list(rows.order_by("pk").values_list("pk", flat=True)))
    while some := list(islice(keys, BATCH)):
        yield rows.model.objects.filter(pk__in=some)


SIGNS_INSIDE_WORDS = dict.fromkeys(map(ord, "'\u2018\u2019\u201b\u02b9\u02ba\u02bb\u02bc\u02bd\u02be\u02bf\u02c8\u2032\u2033`\u00b4\uff07\u00b7\u0640"))
OTHER_LETTERS = str.maketrans(
    {
        "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ı": "i", "ȷ": "j", "ŋ": "n", "ĸ": "k", "ə": "e", "ɛ": "e", "ɔ": "o",
        "ƶ": "z", "ȥ": "z", "ſ": "s",
        "\u0629": "\u0647", "\u0649": "\u064a", "\u06cc": "\u064a", "\u06a9": "\u0643", "\u0671": "\u0627",
    }
)
BASE_LETTER = re.compile(r"((?:LATIN|CYRILLIC|GREEK) SMALL LETTER \S+) WITH ")


def plain_letter(character):
    if character.isspace():
        return " "
    if unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Cc", "Cs"):
        return ""
    if unicodedata.category(character).startswith("P"):
        return " "
    if base := BASE_LETTER.match(unicodedata.name(character, "")):
        try:
            return unicodedata.lookup(base[1])
        except KeyError:
            return character
    return character


def plain(text):
    """The words of a name without case, accents and punctuation; repeated until it stays as it is."""
    apart = unicodedata.normalize("NFKD", text.translate(SIGNS_INSIDE_WORDS).casefold()).casefold()
    letters = "".join(map(plain_letter, apart.translate(SIGNS_INSIDE_WORDS))).translate(OTHER_LETTERS)
    form = " ".join(unicodedata.normalize("NFC", letters).split())
    return form if form == text else plain(form)


def folded(number):
    """The number's folded form; None for one that breaks the rule: letters and digits, then also marks and . _ - /"""
    number = unicodedata.normalize("NFC", number)
    kinds = [unicodedata.category(character) for character in number]
    is_begun = bool(kinds) and (kinds[0][0] == "L" or kinds[0] == "Nd")
    if not is_begun or not all(kind[0] == "L" or kind in ALSO or c in "._-/" for kind, c in zip(kinds, number)):
        return None
    while (form := unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", number).casefold())) != number:
        number = form
    # Some Arabic letters stand for whole phrases.
    return number if len(number) <= LONGEST_FOLDED and not any(map(str.isspace, number)) else None


def write_forms_of_students(apps, schema_editor):
    """Numbers and names as they are looked up. Of two numbers that differ in case alone the older keeps the form."""
    Student = apps.get_model("attendance", "Student")
    taken = set(Student.objects.exclude(folded_number=None).values_list("folded_number", flat=True))
    for students in in_batches(Student.objects.filter(plain_name="")):
        changed = list(students.order_by("pk"))
        for student in changed:
            form = folded(student.number)
            if student.folded_number is None and form is not None and form not in taken:
                student.folded_number = form
                taken.add(form)
            student.plain_name = plain(student.full_name)[:255]
        Student.objects.bulk_update(changed, ["folded_number", "plain_name"])


def write_zones_of_rooms(apps, schema_editor):
    """The installation's own zone: until now there was none, and every room was taken to be in UTC."""
    apps.get_model("attendance", "Room").objects.filter(time_zone="UTC").update(time_zone=settings.DEFAULT_TIME_ZONE)


def write_days(apps, schema_editor):
    """The day of each class session in its room's zone."""
    ClassSession = apps.get_model("attendance", "ClassSession")
    for sessions in in_batches(ClassSession.objects.filter(day=None)):
        changed = list(sessions.select_related("room"))
        for session in changed:
            session.day = session.starts_at.astimezone(zoneinfo.ZoneInfo(session.room.time_zone)).date()
        ClassSession.objects.bulk_update(changed, ["day"])


def write_keys_of_changes(apps, schema_editor):
    """A change names class session and student itself."""
    MarkChange = apps.get_model("attendance", "MarkChange")
    if not any(field.name == "mark" for field in MarkChange._meta.get_fields()):
        return
    for changes in in_batches(MarkChange.objects.filter(Q(session=None) | Q(student=None))):
        changed = list(changes.select_related("mark"))
        for change in changed:
            change.session_id, change.student_id = change.mark.session_id, change.mark.student_id
        MarkChange.objects.bulk_update(changed, ["session", "student"])


def write_evidence(apps, schema_editor):
    """What cameras saw, as far as the marks tell: the minutes between first and last seen are not known."""
    Mark, Evidence = apps.get_model("attendance", "Mark"), apps.get_model("attendance", "Evidence")
    made = Evidence.objects.filter(session=OuterRef("session"), student=OuterRef("student"), is_between=False)
    seen = Mark.objects.filter(~Exists(made), first_seen_at__isnull=False)
    for marks in in_batches(seen):
        Evidence.objects.bulk_create(
            entry for mark in marks.select_related("session") for entry in evidence_of(Evidence, mark)
        )


def evidence_of(Evidence, mark):
    """An entry for the hour of the first sighting, and one for that of the last."""
    last_seen_at = mark.last_seen_at or mark.first_seen_at
    by_hour = {}
    for at in (mark.first_seen_at, last_seen_at):
        by_hour.setdefault(at.astimezone(UTC).replace(minute=0, second=0, microsecond=0), []).append(at)
    for hour, instants in by_hour.items():
        minutes = 0
        for at in instants:
            minutes |= 1 << int((at - hour) // timedelta(minutes=1))
        yield Evidence(
            session_id=mark.session_id,
            student_id=mark.student_id,
            room_id=mark.session.room_id,
            camera_name=mark.camera_name,
            hour=hour,
            first_seen_at=instants[0],
            last_seen_at=instants[-1],
            minutes=minutes,
            # A first release that kept no distance with a mark kept no sighting either; 1 is farther than any.
            distance=1.0 if mark.distance is None else mark.distance,
        )


def close_registers_that_are_over(apps, schema_editor):
    """Whoever has no mark there is unseen: whether a camera could have seen them was never written down."""
    ClassSession = apps.get_model("attendance", "ClassSession")
    now = timezone.now()
    due = ClassSession.objects.filter(closed_at=None, is_cancelled=False, ends_at__lte=now - timedelta(minutes=15))
    for pk in list(due.order_by("pk").values_list("pk", flat=True)):
        close_register(apps, ClassSession.objects.get(pk=pk), now)


@transaction.atomic
def close_register(apps, session, now):
    Mark, MarkChange = apps.get_model("attendance", "Mark"), apps.get_model("attendance", "MarkChange")
    RosterEntry = apps.get_model("attendance", "RosterEntry")
    roster = set(
        RosterEntry.objects.filter(course=session.course_id, student__is_active=True).values_list("student", flat=True)
    )
    marked = set(Mark.objects.filter(session=session).values_list("student", flat=True))
    everybody = set(RosterEntry.objects.filter(course=session.course_id).values_list("student", flat=True))
    if guests := marked - everybody:
        Mark.objects.filter(session=session, student__in=guests).update(on_roster=False)
    unmarked = sorted(roster - marked)
    Mark.objects.bulk_create(
        Mark(session=session, student_id=student, status="unseen", source="closing") for student in unmarked
    )
    MarkChange.objects.bulk_create(
        MarkChange(
            session=session,
            student_id=student,
            action="decide",
            program="migration",
            changed_at=now,
            to_status="unseen",
            to_source="closing",
            reason="Closed by the upgrade: whether a camera could see was not kept before.",
        )
        for student in unmarked
    )
    session.closed_at = session.decided_at = now
    session.save(update_fields=["closed_at", "decided_at"])


STEPS = (
    write_forms_of_students,
    write_zones_of_rooms,
    write_days,
    write_keys_of_changes,
    write_evidence,
    close_registers_that_are_over,
)


class Migration(migrations.Migration):
    """Each step looks for the rows that still need it. It may be run again after a failure."""

    dependencies = [
        ("attendance", "0002_what_was_seen"),
    ]

    operations = [
        *(migrations.RunPython(step, migrations.RunPython.noop) for step in STEPS),
    ]
