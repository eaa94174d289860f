"""Who is taught."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Replace
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Trailed, TrailedSet
from portal.attendance.fields import ExactCharField
from portal.attendance.names import plain
from portal.attendance.numbers import fold_number, is_valid_number, normalize_number, validate_number

LONGEST_PLAIN = 255


class StudentSet(TrailedSet["Student"]):
    """Students, written with the forms that they are looked up by."""

    def bulk_create(self, objs: Iterable[Student], *arguments: Any, **options: Any) -> list[Student]:
        students = list(objs)
        for student in students:
            student.derive_forms()
        return super().bulk_create(students, *arguments, **options)


class Student(Trailed):
    """A person who may be on a roster; known to the recognizer by number alone."""

    in_trail = ("full_name", "number", "email", "tutor_email", "is_active", "merged_into")
    named_by = ("merged_into",)

    number = ExactCharField(
        max_length=32,
        unique=True,
        validators=[validate_number],
        help_text=_("Letters and digits, then also . _ - and /. Leading zeros count."),
    )
    folded_number = ExactCharField(
        max_length=128,
        unique=True,
        null=True,
        editable=False,
        help_text=(
            "The number without regard to case, by which it is looked up. NULL for an old number that breaks the "
            "rule, or that another student's differs from in case alone."
        ),
    )
    full_name = models.CharField(max_length=200)
    plain_name = models.CharField(
        max_length=LONGEST_PLAIN,
        db_default="",
        editable=False,
        help_text="The name without case and accents, by which students are searched and sorted.",
    )
    email = models.EmailField(_("e-mail address"), max_length=254, blank=True, db_default="")
    tutor_email = models.EmailField(
        _("tutor's e-mail address"),
        max_length=254,
        blank=True,
        db_default="",
        help_text=_("Who is told where a rule of warnings says so."),
    )
    is_active = models.BooleanField(default=True, db_default=True)
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="merged",
        help_text="The student who is the same person, and stands for both. Rows stay where they are.",
    )

    objects = StudentSet.as_manager()

    class Meta:
        db_table = "student"
        ordering = ["plain_name", "number"]
        indexes = [models.Index(fields=["plain_name", "number"], name="student_plain_name")]
        constraints = [models.CheckConstraint(condition=~Q(number=""), name="student_number_not_empty")]

    def __str__(self) -> str:
        return f"{self.full_name} ({self.number})"

    def save(self, *arguments: Any, **options: Any) -> None:
        """Save with the forms of number and name that students are looked up by."""
        self.derive_forms()
        if self.is_old_number() and self.others_with_number().exists():
            self.folded_number = None
        if (fields := options.get("update_fields")) is not None:
            options["update_fields"] = {*fields, "folded_number", "plain_name"}
        super().save(*arguments, **options)

    @property
    def person_id(self) -> int:
        """The primary key of the student who stands for this person: mostly this one's own."""
        return self.merged_into_id or self.pk

    @cached_property
    def others(self) -> list[Student]:
        """Those for whom this one stands."""
        return list(self.merged.all())

    @property
    def person(self) -> Student:
        """The student who stands for this person: mostly this one."""
        return self.merged_into or self

    def clean(self) -> None:
        """Refuse a number that another student has in another case."""
        if not self.is_old_number() and is_valid_number(self.number) and (other := self.others_with_number().first()):
            but = (
                ""
                if other.number == normalize_number(self.number)
                else gettext(", but for case or form of its letters")
            )
            raise ValidationError(
                {"number": gettext("{other} has this number already{but}.").format(other=other, but=but)}
            )

    def others_with_number(self) -> models.QuerySet[Student]:
        """Other students whose number differs from this one in case alone."""
        return Student.objects.filter(folded_number=fold_number(self.number)).exclude(pk=self.pk)

    def others_in_folder(self) -> models.QuerySet[Student]:
        """Other students whose number gives the same name of a folder of photos, where “/” is written “_”."""
        if self.folded_number is None:
            return Student.objects.none()
        folder = Replace("folded_number", Value("/"), Value("_"))
        same = Student.objects.annotate(folder=folder).filter(folder=self.folded_number.replace("/", "_"))
        return same.exclude(pk=self.pk)

    def is_old_number(self) -> bool:
        """Whether the number stands in the database and breaks the rule, or clashes with another: it may stay."""
        unfolded = Student.objects.filter(pk=self.pk, folded_number=None).values_list("number", flat=True)
        return self.pk is not None and bool(unfolded.first() == self.number)

    def derive_forms(self) -> None:
        """Set ``folded_number`` and ``plain_name``; a number that breaks the rule stays as it is, unfolded."""
        if is_valid_number(self.number):
            self.number = normalize_number(self.number)
            self.folded_number = fold_number(self.number)
        else:
            self.folded_number = None
        self.plain_name = plain(self.full_name)[:LONGEST_PLAIN]
