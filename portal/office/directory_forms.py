"""Forms for a student, a course, a membership and whoever has a part in a course."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext

from portal.accounts.models import Account
from portal.attendance.models import Course, RosterEntry, Student
from portal.attendance.pasting import find_pasted
from portal.attendance.services.rosters import hold_students
from portal.office.planned_forms import DAY
from portal.web.languages import later as _
from portal.web.stale_forms import FreshForm


class CourseDetailsForm(FreshForm):
    """What a course is called, and where it belongs."""

    class Meta:
        model = Course
        fields = ["code", "title", "department", "least_coverage_percent"]
        labels = {"code": _("Course code"), "title": _("Title"), "department": _("Department")}

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["department"].empty_label = gettext("No department")  # type: ignore[attr-defined]


class JoinForm(forms.Form):
    """Who joins a roster, by number or name, and from when on."""

    students = forms.CharField(
        label=_("Numbers or names"),
        max_length=200_000,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text=_("One a line, or rows pasted from a spreadsheet with a number in each."),
    )
    since = forms.DateField(label=_("From"), required=False, widget=DAY, help_text=_("The first day. Empty: always."))

    def clean_students(self) -> list[Student]:
        """Every line must fit one student, or be a heading."""
        pasted = find_pasted(self.cleaned_data["students"])
        self.passed_over = pasted.passed_over()
        return pasted.students


class CourseChoiceForm(forms.Form):
    """A course that a student joins, and from when on."""

    course = forms.CharField(label=_("Course code"), max_length=32)
    since = forms.DateField(label=_("From"), required=False, widget=DAY, help_text=_("The first day. Empty: always."))

    def clean_course(self) -> Course:
        """The course with that code."""
        course = Course.objects.filter(code__iexact=self.cleaned_data["course"]).first()
        if course is None:
            raise forms.ValidationError(
                gettext("There is no course “{value}”.").format(value=self.cleaned_data["course"])
            )
        return course


class MembershipForm(FreshForm):
    """The days of a membership."""

    class Meta:
        model = RosterEntry
        fields = ["since", "until"]
        labels = {"since": _("From"), "until": _("To")}
        widgets = {"since": DAY, "until": DAY}

    def clean(self) -> dict[str, Any] | None:
        """Hold the student: until this is saved nobody else puts them on a roster."""
        hold_students([self.instance.student_id])
        return super().clean()


class StaffingForm(forms.Form):
    """Who is given a part in a course, or loses it: by the e-mail address, or by a name that is one person's."""

    KINDS = [("lecturers", _("Teaches it")), ("assistants", _("Takes its registers"))]

    kind = forms.ChoiceField(choices=KINDS)
    who = forms.CharField(label=_("Name or e-mail address"), max_length=254)

    def clean_who(self) -> Account:
        """The one account that fits."""
        text = self.cleaned_data["who"].strip()
        exact = Account.objects.filter(email=text, merged_into=None).first()
        found = [exact] if exact else list(Account.objects.filter(_words(text), merged_into=None, is_active=True)[:5])
        if not found:
            raise forms.ValidationError(gettext("Nobody with an account is called “{text}”.").format(text=text))
        if len(found) > 1:
            names = ", ".join(f"{each.name} ({each.email})" for each in found)
            raise forms.ValidationError(
                gettext("“{text}” fits several people: {names}. Give the e-mail address.").format(
                    text=text, names=names
                )
            )
        return found[0]


def _words(text: str) -> Q:
    found = Q()
    for word in text.split():
        found &= Q(name__icontains=word) | Q(email__icontains=word)
    return found
