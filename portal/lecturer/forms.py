"""What a lecturer may type in."""

from __future__ import annotations

from django import forms

from portal.attendance.models import PERSONS_STATUSES, MarkChange
from portal.attendance.queries.register import RegisterRow
from portal.attendance.search import is_found
from portal.lecturer.words import STATUS_WORDS


class CorrectionForm(forms.Form):
    """A status, why, and which change the person had seen when choosing."""

    status = forms.ChoiceField(
        choices=[(status.value, status.label) for status in PERSONS_STATUSES], widget=forms.RadioSelect
    )
    reason = forms.CharField(
        max_length=MarkChange._meta.get_field("reason").max_length,
        error_messages={"required": "Say why: the reason is kept with the change."},
    )
    shown = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def clean_reason(self) -> str:
        """One line, whatever was pasted."""
        return " ".join(self.cleaned_data["reason"].split())


class RegisterFilter(forms.Form):
    """Which rows of a register to show."""

    q = forms.CharField(required=False, max_length=200)
    show = forms.ChoiceField(
        required=False,
        choices=[("", "Everyone"), ("here", "Here"), *STATUS_WORDS.items()],
        error_messages={"invalid_choice": "There is no such group: %(value)s."},
    )

    def pick(self, rows: list[RegisterRow]) -> list[RegisterRow]:
        """The rows asked for; none where the request makes no sense."""
        if not self.is_valid():
            return []
        text, show = self.cleaned_data["q"], self.cleaned_data["show"]
        wanted = {"here": {"present", "late"}}.get(show, {show})
        return [row for row in rows if (not show or row.status in wanted) and is_found(row.student, text)]
