"""What was seen of a student, what was said of them, and what that comes to."""

from __future__ import annotations

from typing import TypedDict

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from portal.accounts.models import Account
from portal.attendance.models.people import Student
from portal.attendance.models.timetable import ClassSession, Room
from portal.web.append_only import AppendOnly, AppendOnlySet
from portal.web.languages import later as _


class Evidence(models.Model):
    """What one camera saw of one student in one hour of one class session. The recognizer writes it.

    What it saw while the clock of its machine was wrong stands in an entry of its own, beside that of the right clock.
    So does what it saw of the student or of somebody who looks alike, where it cannot tell them apart: each of them has
    such an entry, in which the next nearest student is another of them. Visitors, who are enrolled and not on the
    roster, have evidence too, and no mark.
    """

    class Suspicion(models.TextChoices):
        STILL = "still", _("the face never changed")
        TWICE = "twice", _("the face was there twice at once")
        CARRIED = "carried", _("what is around the face moved with it")

    session = models.ForeignKey(ClassSession, on_delete=models.PROTECT, related_name="evidence")
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="evidence")
    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="+", help_text="Where the camera was then.")
    camera_name = models.CharField(max_length=64, blank=True)
    hour = models.DateTimeField(help_text="The full hour, UTC, in which it was seen.")
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    minutes = models.BigIntegerField(help_text="Bit n is set where the student was seen in minute n of the hour.")
    distance = models.FloatField(help_text="The smallest to the student's references; lower is closer.")
    runner_up_number = models.CharField(
        max_length=32, blank=True, db_default="", help_text="The next nearest student at that moment."
    )
    runner_up_distance = models.FloatField(null=True, blank=True)
    encodings = models.PositiveSmallIntegerField(
        db_default=0, help_text="How many encodings were averaged then; 0 where that is not known."
    )
    is_confirmed = models.BooleanField(
        default=True,
        db_default=True,
        help_text=(
            "False where the classroom machine's clock was wrong by more than a minute: then it marks nobody "
            "until a person confirms it."
        ),
    )
    clock_was_wrong = models.BooleanField(
        default=False,
        db_default=False,
        help_text=(
            "Whether the classroom machine's clock was wrong, or was not known to be right, also where a person "
            "has confirmed the entry."
        ),
    )
    is_between = models.BooleanField(
        default=False,
        db_default=False,
        help_text=(
            "Whether it was this student or the next nearest, who look alike and whom the cameras cannot tell "
            "apart: then it marks nobody, and a person decides."
        ),
    )
    suspicion = models.CharField(
        max_length=8,
        null=True,
        blank=True,
        choices=Suspicion,
        help_text="Why the face may be on a picture that was held up. It changes no mark: a person looks.",
    )

    class Meta:
        db_table = "evidence"
        verbose_name_plural = "evidence"
        ordering = ["hour", "camera_name"]
        indexes = [
            models.Index(fields=["student", "session"], name="evidence_student_session"),
            models.Index(fields=["room", "hour"], name="evidence_room_hour"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "student", "camera_name", "hour", "clock_was_wrong", "is_between"],
                name="evidence_once_by_clock",
            ),
            models.CheckConstraint(condition=~Q(is_between=True, runner_up_number=""), name="evidence_between_two"),
            models.CheckConstraint(condition=Q(last_seen_at__gte=F("first_seen_at")), name="evidence_in_order"),
            models.CheckConstraint(condition=Q(minutes__gte=0, minutes__lt=2**60), name="evidence_minutes_of_an_hour"),
        ]

    def __str__(self) -> str:
        return f"{self.student} seen by {self.camera_name or 'a camera'}"


class Status(models.TextChoices):
    """What is said of a student in a class session."""

    PRESENT = "present", _("Present")
    LATE = "late", _("Late")
    ABSENT = "absent", _("Absent")
    EXCUSED = "excused", _("Excused")
    UNSEEN = "unseen", _("Not observed")
    EXPECTED = "expected", _("Expected")


class Source(models.TextChoices):
    """Who says it."""

    CAMERA = "camera", _("Camera")
    LECTURER = "lecturer", _("Lecturer")
    EXCUSE = "excuse", _("Excuse")
    CLOSING = "closing", _("Register closed")
    NOBODY = "nobody", _("Nobody yet")


STATUSES_OF = {
    Source.CAMERA: (Status.PRESENT, Status.LATE),
    Source.LECTURER: (Status.PRESENT, Status.LATE, Status.ABSENT, Status.EXCUSED),
    Source.EXCUSE: (Status.EXCUSED,),
    Source.CLOSING: (Status.ABSENT, Status.UNSEEN),
    Source.NOBODY: (Status.EXPECTED,),
}
"""What each source may say, as the constraint ``mark_source_explained`` has it."""

NOT_ON_ROSTER = _("Not on the roster")
"""What is printed of a row that says nothing and does not count; it is there for its history."""

PERSONS_STATUSES = (Status.PRESENT, Status.LATE, Status.ABSENT, Status.EXCUSED)
"""What a person may set."""


class Mark(models.Model):
    """A student's status in a class session: at most one row each. ``decision.decide`` says what it is."""

    Status = Status
    Source = Source

    class Because(models.TextChoices):
        """Why nobody knows whether the student was there."""

        BLIND = "blind", _("The cameras could not see enough of it")
        NOT_ENROLLED = "not enrolled", _("The room's gallery could not name the student")
        CLOCK = "clock", _("The student was seen by a wrong clock, and nobody has confirmed it")
        LOOK_ALIKE = "look-alike", _("The student was seen, or somebody who looks alike")

    session = models.ForeignKey(ClassSession, on_delete=models.PROTECT, related_name="marks")
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="marks")
    status = models.CharField(max_length=8, choices=Status)
    source = models.CharField(max_length=8, choices=Source)
    because = models.CharField(max_length=16, choices=Because, blank=True, db_default="")
    on_roster = models.BooleanField(
        default=True,
        db_default=True,
        help_text="Whether the student was on the roster of that day. Others have a row and do not count.",
    )
    first_seen_at = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    distance = models.FloatField(null=True, blank=True, help_text="To the nearest reference; lower is closer.")
    camera_name = models.CharField(max_length=64, blank=True, db_default="")
    marked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="marks"
    )
    note = models.CharField(max_length=500, blank=True, db_default="")

    class Meta:
        db_table = "mark"
        ordering = ["-session__starts_at", "student__plain_name"]
        indexes = [
            models.Index(fields=["student", "session"], name="mark_student_session"),
            # Days and records count by the first, and records find what is rare by the second.
            models.Index(fields=["session", "status", "source", "on_roster"], name="mark_session_counts"),
            models.Index(fields=["status", "source", "session"], name="mark_status_source"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["session", "student"], name="mark_once"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="mark_status_known"),
            models.CheckConstraint(
                condition=Q(source="camera", status__in=["present", "late"], first_seen_at__isnull=False)
                | Q(source="lecturer", status__in=PERSONS_STATUSES, marked_by__isnull=False)
                | Q(source="excuse", status="excused")
                | Q(source="closing", status__in=["absent", "unseen"])
                | Q(source="nobody", status="expected"),
                name="mark_source_explained",
            ),
            models.CheckConstraint(
                condition=Q(first_seen_at__isnull=True, last_seen_at__isnull=True)
                | Q(last_seen_at__gte=F("first_seen_at")),
                name="mark_seen_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.student}: {self.get_status_display()}"

    @property
    def is_outside(self) -> bool:
        """Whether nothing is said of somebody whom nobody expects: a guest taken back, or who has left the roster."""
        return self.status == Status.EXPECTED and not self.on_roster

    @property
    def status_words(self) -> str:
        """The status as it is printed."""
        return NOT_ON_ROSTER if self.is_outside else self.get_status_display()

    @property
    def changes(self) -> models.QuerySet[MarkChange]:
        """Its history, the latest change first."""
        return MarkChange.objects.filter(session=self.session_id, student=self.student_id)


class MarkChange(AppendOnly):
    """Append-only: who or which program changed a mark, when, from what to what, and why.

    The person's word in force follows from the actions in the order of the ids: ``set`` says ``to_status``, ``undo``
    takes back the latest word of the same person, and ``back`` takes back every word. ``confirm`` is no word: a person
    says that evidence with a doubtful time is right.
    """

    class Action(models.TextChoices):
        SET = "set", _("set")
        UNDO = "undo", _("took back")
        BACK = "back", _("gave back to the camera")
        CONFIRM = "confirm", _("confirmed what a camera saw")
        DECIDE = "decide", _("decided")

    session = models.ForeignKey(ClassSession, on_delete=models.PROTECT, related_name="changes")
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="mark_changes")
    action = models.CharField(max_length=8, choices=Action, db_default=Action.SET)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="mark_changes"
    )
    changed_by_name = models.CharField(
        max_length=200,
        blank=True,
        db_default="",
        help_text="Their official name at that time; empty of old changes.",
    )
    changed_by_email = models.CharField(
        max_length=254, blank=True, db_default="", help_text="Their e-mail address at that time."
    )
    program = models.CharField(
        max_length=16, blank=True, db_default="", help_text="The program that changed it; empty where a person did."
    )
    changed_at = models.DateTimeField(default=timezone.now, db_default=models.functions.Now())
    from_status = models.CharField(
        max_length=8, blank=True, choices=Status, help_text="Empty where there was no mark before."
    )
    from_source = models.CharField(max_length=8, blank=True, choices=Source, db_default="")
    to_status = models.CharField(max_length=8, choices=Status)
    to_source = models.CharField(max_length=8, choices=Source, db_default=Source.LECTURER)
    reason = models.CharField(max_length=500, blank=True, db_default="")

    objects = AppendOnlySet.as_manager()

    class Meta:
        db_table = "mark_change"
        ordering = ["-changed_at", "-id"]
        indexes = [models.Index(fields=["session", "student", "id"], name="mark_change_history")]
        constraints = [
            models.CheckConstraint(
                condition=(Q(changed_by__isnull=False, program="") & ~Q(action="decide"))
                | (Q(changed_by__isnull=True, action="decide") & ~Q(program="")),
                name="mark_change_has_author",
            ),
            models.CheckConstraint(
                condition=Q(from_status__in=["", *Status.values]) & Q(to_status__in=Status.values),
                name="mark_change_statuses_known",
            ),
        ]

    def __str__(self) -> str:
        before = self.get_from_status_display() if self.from_status else "No mark"
        return f"{before} → {self.get_to_status_display()}"


class Signature(TypedDict):
    """The fields of a change that say who made it, as they are called at that time."""

    changed_by: Account
    changed_by_name: str
    changed_by_email: str


def signature(account: Account) -> Signature:
    """What a change keeps of the person who makes it."""
    return {"changed_by": account, "changed_by_name": account.name, "changed_by_email": account.email}
