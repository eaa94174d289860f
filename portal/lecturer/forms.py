"""What a lecturer may type in."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.attendance.models import PERSONS_STATUSES, MarkChange
from portal.attendance.queries.register_rows import UNANSWERED, RegisterRow
from portal.attendance.schedule import Phase
from portal.attendance.search import is_found
from portal.attendance.services.roll_call import Wish
from portal.lecturer.words import STATUS_WORDS

LONGEST_REASON = MarkChange._meta.get_field("reason").max_length


class CorrectionForm(forms.Form):
    """A status, why, and which change the person had seen when choosing. Some courses demand no reason."""

    status = forms.ChoiceField(
        choices=[(status.value, status.label) for status in PERSONS_STATUSES], widget=forms.RadioSelect
    )
    reason = forms.CharField(
        max_length=LONGEST_REASON,
        error_messages={"required": _("Say why: the reason is kept with the change.")},
    )
    shown = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, *arguments: Any, needs_reason: bool = True, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["reason"].required = needs_reason

    def clean_reason(self) -> str:
        """One line, whatever was pasted."""
        return " ".join(self.cleaned_data["reason"].split())


class SeveralForm(CorrectionForm):
    """One status of several students, and one reason."""

    shown = None  # type: ignore[assignment]


class MarksForm(forms.Form):
    """Letters tapped in a register, and the reason that is kept with them: a usual one, or one's own."""

    MARK = re.compile(r"(\d{1,18}):([a-z]{1,8}):(\d{1,18})", re.ASCII)
    MOST = 200

    reason = forms.CharField(required=False, max_length=LONGEST_REASON)
    own_reason = forms.CharField(required=False, max_length=LONGEST_REASON)

    def clean(self) -> dict[str, Any]:
        """``wishes``: what each letter says, read from ``student:status:last change shown``."""
        values = super().clean() or {}
        sent = self.data.getlist("mark")  # type: ignore[attr-defined]
        found = [self.MARK.fullmatch(each) for each in sent[: self.MOST + 1]]
        if not 0 < len(found) <= self.MOST or not all(found):
            raise forms.ValidationError(gettext("Nothing was saved: choose a letter in a student’s line."))
        values["wishes"] = [Wish(int(each[1]), each[2], int(each[3])) for each in found if each]
        values["reason"] = " ".join((values.get("own_reason") or values.get("reason") or "").split())
        return values


class RegisterFilter(forms.Form):
    """Which rows of a register to show, in which order, and whether a person takes it by hand."""

    q = forms.CharField(required=False, max_length=200)
    show = forms.ChoiceField(
        required=False,
        choices=[("", _("Everyone")), ("here", _("Here")), *STATUS_WORDS.items()],
        error_messages={"invalid_choice": _("There is no such group: %(value)s.")},
    )
    order = forms.ChoiceField(
        required=False,
        choices=[("", _("As usual")), ("missing", _("Missing first")), ("name", _("By surname"))],
        error_messages={"invalid_choice": _("There is no such order: %(value)s.")},
    )
    by = forms.ChoiceField(
        required=False,
        choices=[("", _("Cameras")), ("hand", _("By hand"))],
        error_messages={"invalid_choice": _("A register is not taken by %(value)s.")},
    )

    def pick(self, rows: list[RegisterRow], phase: Phase) -> list[RegisterRow]:
        """The rows asked for, in the order asked for; none where the request makes no sense."""
        if not self.is_valid():
            return []
        text, show = self.cleaned_data["q"], self.cleaned_data["show"]
        wanted = {"here": {"present", "late"}}.get(show, {show})
        found = [row for row in rows if (not show or row.status in wanted) and is_found(row.student, text)]
        if self.order_in(phase) == "missing":
            found.sort(key=lambda row: row.status not in UNANSWERED)
        return found

    def order_in(self, phase: Phase) -> str:
        """``missing`` or ``name``: while a class session runs who is missing stands first, unless taken by hand."""
        values = getattr(self, "cleaned_data", {})
        usual = "missing" if phase is Phase.RUNNING and values.get("by") != "hand" else "name"
        return values.get("order") or usual
