"""What class sessions are made of: terms, the weekly slots in them, and the days on which nothing is held."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.accounts.models.trail import Trailed, TrailedSet, Values
from portal.attendance.models.courses import Course
from portal.attendance.models.timetable import Room

LONGEST = timedelta(days=366)
"""A term or a closure that is longer has a wrong day."""


class Weekday(models.IntegerChoices):
    """As Python counts them."""

    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class Days(Trailed):
    """A name for some days, the first and the last included."""

    in_trail = ("name", "first_day", "last_day")

    name = models.CharField(max_length=64, unique=True)
    first_day = models.DateField()
    last_day = models.DateField()

    class Meta:
        abstract = True
        ordering = ["first_day", "name"]

    def __str__(self) -> str:
        return self.name

    @property
    def trail_words(self) -> str:
        """What the trail says of one that is added or removed."""
        return f"{self.first_day} to {self.last_day}"

    def clean(self) -> None:
        """Refuse days that are in the wrong order or too far apart."""
        if self.first_day is None or self.last_day is None:
            return
        if self.last_day < self.first_day:
            raise ValidationError({"last_day": gettext("The last day is before the first.")})
        if self.last_day - self.first_day > LONGEST:
            raise ValidationError({"last_day": gettext("That is more than a year: is the year right?")})

    def has(self, day: date) -> bool:
        """Whether the day is one of them."""
        return self.first_day <= day <= self.last_day


class Term(Days):
    """When courses are taught."""

    objects = TrailedSet["Term"].as_manager()

    class Meta(Days.Meta):
        db_table = "term"


class Closure(Days):
    """Days on which no slot makes a class session: holidays, a strike."""

    objects = TrailedSet["Closure"].as_manager()

    class Meta(Days.Meta):
        db_table = "closure"


class Slot(Trailed):
    """When and where a course meets each week, or every few weeks, of a term. Times are those of the room's clocks."""

    in_trail = (
        *("course", "room", "weekday", "starts", "ends", "every_weeks", "first_day", "last_day"),
        "late_after_minutes",
    )
    named_by = ("term", "course", "room")

    term = models.ForeignKey(Term, on_delete=models.PROTECT, related_name="slots")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="slots")
    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="slots")
    weekday = models.PositiveSmallIntegerField(choices=Weekday.choices)
    starts = models.TimeField(_("from"))
    ends = models.TimeField(_("to"), help_text=_("Earlier than the start: on the next day."))
    every_weeks = models.PositiveSmallIntegerField(
        _("every so many weeks"), default=1, validators=[MinValueValidator(1), MaxValueValidator(26)]
    )
    first_day = models.DateField(
        _("not before"),
        null=True,
        blank=True,
        help_text=_("Empty: from the beginning of the term. Weeks are counted from it."),
    )
    last_day = models.DateField(_("not after"), null=True, blank=True, help_text=_("Empty: to the end of the term."))
    late_after_minutes = models.PositiveSmallIntegerField(
        default=15,
        validators=[MaxValueValidator(1000)],
        help_text=_("Seen first later than this after the start: late."),
    )

    objects = TrailedSet["Slot"].as_manager()

    class Meta:
        db_table = "timetable_slot"
        ordering = ["weekday", "starts", "course__code", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(starts=F("ends")), name="timetable_slot_has_a_length"),
            models.CheckConstraint(condition=Q(every_weeks__gte=1, weekday__lte=6), name="timetable_slot_recurs"),
        ]

    def __str__(self) -> str:
        return f"{self.course.code} {self.trail_words}"

    @property
    def trail_words(self) -> str:
        """What the trail says of one that is added or removed."""
        weekday = Weekday(self.weekday).label
        return f"{weekday} {self.starts:%H:%M}–{self.ends:%H:%M}, {self.room.name}, {self.term.name}"

    @classmethod
    def names_in_trail(cls, before: Values) -> dict[Any, str]:
        """The course, and when it met."""
        return {slot.pk: str(slot) for slot in cls._base_manager.filter(pk__in=list(before))}

    def clean(self) -> None:
        """Refuse one that lasts no time, or that never meets."""
        if self.starts is not None and self.starts == self.ends:
            raise ValidationError({"ends": gettext("It ends when it starts.")})
        if self.term_id is None or self.weekday is None or not self.every_weeks:
            return
        if self.first_day and self.last_day and self.last_day < self.first_day:
            raise ValidationError({"last_day": gettext("The last day is before the first.")})
        if not self.days():
            raise ValidationError(gettext("On these days of the term it never meets."))

    def days(self) -> list[date]:
        """The days on which it meets, whatever is closed."""
        start = self.first_day or self.term.first_day
        day = start + timedelta(days=(self.weekday - start.weekday()) % 7)
        last = min(self.last_day or date.max, self.term.last_day)
        found = []
        while day <= last:
            if day >= self.term.first_day:
                found.append(day)
            day += timedelta(weeks=self.every_weeks)
        return found
