"""Who is told that a student was often absent: by which rule, of what, and by which mail."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from portal.accounts.models.trail import Trailed, TrailedSet
from portal.attendance.models.courses import Course
from portal.attendance.models.people import Student


class WarningRule(models.Model):
    """When somebody is warned, in one course or in every one. It is switched on and off, and never changed."""

    class Kind(models.TextChoices):
        BELOW = "below", _("Attendance below a percentage")
        IN_A_ROW = "in a row", _("Absences in a row")
        LEFT_EARLY = "left early", _("Left early so often")

    course = models.ForeignKey(
        Course,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="warning_rules",
        help_text="Empty: every course.",
    )
    kind = models.CharField(max_length=16, choices=Kind)
    number = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(100)], help_text="The percentage, or how often."
    )
    after_sessions = models.PositiveSmallIntegerField(
        _("not before so many class sessions"),
        default=4,
        validators=[MinValueValidator(1), MaxValueValidator(200)],
        help_text=_("For a percentage: so many class sessions have to count for the student."),
    )
    to_student = models.BooleanField(_("the student"), default=True)
    to_lecturers = models.BooleanField(_("the lecturers of the course"), default=False)
    to_tutor = models.BooleanField(_("the tutor"), default=False)
    is_on = models.BooleanField(default=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "warning_rule"
        ordering = ["course__code", "kind", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(to_student=True) | Q(to_lecturers=True) | Q(to_tutor=True),
                name="warning_rule_tells_somebody",
            ),
            models.CheckConstraint(condition=Q(number__gte=1, number__lte=100), name="warning_rule_number"),
        ]

    def __str__(self) -> str:
        where = self.course.code if self.course else "every course"
        return f"{self.get_kind_display()}: {self.number}, {where}"


class RaisedWarning(models.Model):
    """A rule holds for a student in a course. ``is_open`` is NULL once it was withdrawn, since it was wrong.

    What it goes by ends with the class session that starts at ``through``: what comes later makes it no more wrong.
    """

    rule = models.ForeignKey(WarningRule, on_delete=models.PROTECT, related_name="raised")
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="warnings")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="warnings")
    occasion = models.CharField(
        max_length=32,
        blank=True,
        default="",
        help_text="Which of several: the key of the class session with which absences in a row begin.",
    )
    what = models.CharField(max_length=200, help_text="What holds, as it was told.")
    dates: models.JSONField[list[str], list[str]] = models.JSONField(
        default=list, help_text="The class sessions that it goes by, as told."
    )
    through = models.DateTimeField()
    is_covered = models.BooleanField(
        default=False, help_text="A stricter rule was raised with it: nobody is told of this one."
    )
    raised_at = models.DateTimeField(db_default=Now())
    withdrawn_at = models.DateTimeField(null=True)
    is_open = models.BooleanField(null=True, default=True)

    class Meta:
        db_table = "raised_warning"
        ordering = ["-raised_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "student", "course", "occasion", "is_open"], name="raised_warning_once"
            ),
            models.CheckConstraint(
                condition=Q(is_open=True, withdrawn_at__isnull=True)
                | Q(is_open__isnull=True, withdrawn_at__isnull=False),
                name="raised_warning_open_or_withdrawn",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.student}, {self.course.code}: {self.what}"


class WarningMail(models.Model):
    """One person is told once that a warning was raised, and once that it was withdrawn."""

    class About(models.TextChoices):
        RAISED = "raised", _("Raised")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    class Role(models.TextChoices):
        STUDENT = "student", _("Student")
        LECTURER = "lecturer", _("Lecturer")
        TUTOR = "tutor", _("Tutor")

    warning = models.ForeignKey(RaisedWarning, on_delete=models.PROTECT, related_name="mails")
    role = models.CharField(max_length=8, choices=Role)
    address = models.CharField(max_length=254)
    about = models.CharField(max_length=10, choices=About)
    listed_at = models.DateTimeField(db_default=Now())
    claimed_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True, help_text="When the mail server had accepted it.")

    class Meta:
        db_table = "warning_mail"
        ordering = ["pk"]
        indexes = [models.Index(fields=["sent_at", "listed_at"], name="warning_mail_unsent")]
        constraints = [
            models.UniqueConstraint(fields=["warning", "role", "address", "about"], name="warning_mail_once")
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()}: {self.get_about_display()}"


class WarningText(Trailed):
    """A mail's subject and text as the institution words it, in the place of Rollcall's own."""

    in_trail = ("name", "subject", "text")

    name = models.CharField(max_length=32, unique=True, help_text="A key of services.warning_texts.TEXTS.")
    subject = models.CharField(max_length=200)
    text = models.TextField(max_length=4000)

    objects = TrailedSet["WarningText"].as_manager()

    class Meta:
        db_table = "warning_text"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class WarningScan(models.Model):
    """How far the history of marks has been looked through for warnings. One row."""

    last_change = models.BigIntegerField(default=0)

    class Meta:
        db_table = "warning_scan"

    def __str__(self) -> str:
        return f"change {self.last_change}"
