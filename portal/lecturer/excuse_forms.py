"""The forms in which somebody is excused: first who, then from when to when, where and why."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Account
from portal.attendance.access import Right, courses_of, students_of
from portal.attendance.models import Course, Excuse, RosterEntry, Student
from portal.lecturer.filters import DAYS

LONGEST = timedelta(days=366)
EVERY = "all"


class ExcuseForm(forms.Form):
    """From when to when, in which course, and why, for students who are known already."""

    first_day = forms.DateField(
        label=_("First day"), validators=DAYS, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    last_day = forms.DateField(
        label=_("Last day"),
        validators=DAYS,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Both days are included."),
    )
    course = forms.ChoiceField(label=_("Excused from"), widget=forms.RadioSelect)
    reason = forms.CharField(
        max_length=Excuse._meta.get_field("reason").max_length, error_messages={"required": _("Say why.")}
    )

    def __init__(self, account: Account, students: list[Student], data: Any = None, initial: Any = None) -> None:
        super().__init__(data, initial=initial, label_suffix="")
        self.account, self.students = account, students
        entries = RosterEntry.objects.filter(student__in=students, course__in=courses_of(account, Right.TEACH))
        self.entries = list(entries.select_related("course").order_by("course__code"))
        self.courses = {entry.course_id: entry.course for entry in self.entries}
        choices = [(str(key), str(course)) for key, course in self.courses.items()]
        if account.is_staff or len(choices) > 1:
            # Of a lecturer it is one excuse for each of their courses: they decide nothing in a colleague's.
            choices.insert(0, (EVERY, gettext("Every course") if account.is_staff else gettext("All my courses")))
        self.fields["course"].choices = choices  # type: ignore[attr-defined]
        self.fields["course"].initial = choices[0][0] if choices else None
        self.fields["reason"].help_text = (
            gettext("Lecturers see that the student is excused, until when and by whom. The reason is for staff alone.")
            if account.is_staff
            else gettext(
                "Only you and staff see the reason. Colleagues see that the student is excused, until when and by you."
            )
        )

    def clean_reason(self) -> str:
        """One line, whatever was pasted."""
        return " ".join(self.cleaned_data["reason"].split())

    def clean(self) -> dict[str, Any]:
        """Refuse days in the wrong order, and students who are not in the course."""
        values: dict[str, Any] = super().clean() or {}
        first, last = values.get("first_day"), values.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", gettext("The last day is before the first."))
        elif first and last and last - first > LONGEST:
            self.add_error("last_day", gettext("That is more than a year: is the year right?"))
        chosen = values.get("course")
        if chosen and chosen != EVERY:
            there = {entry.student_id for entry in self.entries if str(entry.course_id) == chosen}
            if missing := [each.full_name for each in self.students if each.pk not in there]:
                self.add_error("course", gettext("Not in this course: {value}.").format(value=", ".join(missing[:10])))
        return values

    def excuses(self) -> list[Excuse]:
        """What is to be entered, one for each student and course."""
        values = {name: self.cleaned_data[name] for name in ("first_day", "last_day", "reason")}
        return [Excuse(student=student, course=course, **values) for student, course in self._pairs()]

    def _pairs(self) -> Iterable[tuple[Student, Course | None]]:
        chosen = self.cleaned_data["course"]
        if chosen == EVERY and self.account.is_staff:
            return [(student, None) for student in self.students]
        pairs = {
            (entry.student_id, entry.course_id) for entry in self.entries if chosen in (EVERY, str(entry.course_id))
        }
        return [
            (student, course)
            for student in self.students
            for key, course in self.courses.items()
            if (student.pk, key) in pairs
        ]


def chosen_students(account: Account, keys: Iterable[str]) -> list[Student]:
    """The students with these primary keys, as an address or a form names them; others are passed over."""
    numbers = {int(key) for key in keys if key.isascii() and key.isdigit() and len(key) < 19}
    return list(students_of(account, Right.TEACH).filter(pk__in=numbers)) if numbers else []
