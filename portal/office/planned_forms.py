"""Forms for terms, closures and slots, and what becomes of class sessions when one is saved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext

from portal.attendance.models import Closure, Slot, Term, Weekday
from portal.attendance.percentages import Rules
from portal.attendance.queries.rules import rules_of
from portal.web.languages import later as _
from portal.web.stale_forms import FreshForm

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
TIME = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class TermForm(FreshForm):
    """The days of a term."""

    class Meta:
        model = Term
        fields = ["name", "first_day", "last_day"]
        labels = {"name": _("Name"), "first_day": _("First day"), "last_day": _("Last day")}
        widgets = {"first_day": DAY, "last_day": DAY}

    def concerned(self) -> Iterable[Slot]:
        """The slots whose class sessions follow from what was saved."""
        return _slots().filter(term=self.instance)


class ClosureForm(FreshForm):
    """The days of a closure."""

    class Meta:
        model = Closure
        fields = ["name", "first_day", "last_day"]
        labels = {"name": _("Name"), "first_day": _("First day"), "last_day": _("Last day")}
        widgets = {"first_day": DAY, "last_day": DAY}

    def concerned(self) -> Iterable[Slot]:
        """Those of every term that is not over."""
        return _slots().filter(term__last_day__gte=timezone.localdate())


class SlotForm(FreshForm):
    """A weekly slot; its course stays."""

    class Meta:
        model = Slot
        fields = [
            *("term", "course", "room", "weekday", "starts", "ends", "every_weeks", "first_day", "last_day"),
            "late_after_minutes",
        ]
        labels = {
            "term": _("Term"),
            "course": _("Course"),
            "room": _("Room"),
            "weekday": _("Weekday"),
            "late_after_minutes": _("Late after minutes"),
        }
        widgets = {"first_day": DAY, "last_day": DAY, "starts": TIME, "ends": TIME}

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        for name in ("term", "course", "room"):
            self.fields[name].empty_label = gettext("Choose one")  # type: ignore[attr-defined]
        weekday: Any = self.fields["weekday"]
        weekday.choices = [("", gettext("Choose one")), *Weekday.choices]
        if self.instance.pk:
            del self.fields["course"]
        else:
            late = self.fields["late_after_minutes"]
            late.required, late.initial = False, None
            late.help_text = gettext("Seen first later than this: late. Empty: as the rules of the course say.")
            self.initial.pop("late_after_minutes", None)

    def clean_late_after_minutes(self) -> int:
        """Without a late limit that of the course's rules holds."""
        minutes: int | None = self.cleaned_data["late_after_minutes"]
        course = self.cleaned_data.get("course")
        if minutes is None:
            return rules_of(course.pk).late_after_minutes if course else Rules().late_after_minutes
        return minutes

    def concerned(self) -> Iterable[Slot]:
        """Itself, as it was saved."""
        return _slots().filter(pk=self.instance.pk)


def _slots() -> QuerySet[Slot]:
    return Slot.objects.select_related("term", "course", "room")


@dataclass(frozen=True)
class Kind:
    """Something that is planned."""

    name: str
    adds: str
    changes: str
    model: type[Term | Closure | Slot]
    form: type[TermForm | ClosureForm | SlotForm]


KINDS = {
    kind.name: kind
    for kind in (
        Kind("terms", _("Add a term"), _("Change a term"), Term, TermForm),
        Kind("closures", _("Add a closure"), _("Change a closure"), Closure, ClosureForm),
        Kind("slots", _("Add a weekly slot"), _("Change a weekly slot"), Slot, SlotForm),
    )
}
