"""What may be typed in about warnings."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Account
from portal.attendance.access import Right, courses_of
from portal.attendance.models import WarningRule
from portal.attendance.percentages import Rules
from portal.attendance.services.warning_texts import LIST

MOST_TIMES = 50


class WarningRuleForm(forms.ModelForm):
    """A rule that is not on yet."""

    class Meta:
        model = WarningRule
        fields = ["course", "kind", "number", "after_sessions", "to_student", "to_lecturers", "to_tutor"]
        labels = {"course": _("Course"), "kind": _("Kind"), "number": _("Percentage or number")}
        help_texts = {
            "course": "",
            "number": _("75 for a percentage; 3 for three absences in a row, or for leaving early thrice."),
        }

    def __init__(self, account: Account, data: Any = None, *, course: str = "") -> None:
        """course: the key of the one that it is for unless somebody chooses another."""
        super().__init__(data, label_suffix="")
        field: Any = self.fields["course"]
        field.queryset = courses_of(account, Right.TEACH)
        field.required = not account.is_staff
        field.empty_label = gettext("Every course") if account.is_staff else None
        field.initial = course
        kind: Any = self.fields["kind"]
        kind.choices, kind.initial = WarningRule.Kind.choices, WarningRule.Kind.BELOW
        self.fields["number"].initial = Rules().threshold_percent

    def clean(self) -> dict[str, Any]:
        """Somebody is told, and a number of times is one that a term has."""
        values: dict[str, Any] = super().clean() or {}
        if not any(values.get(name) for name in ("to_student", "to_lecturers", "to_tutor")):
            self.add_error("to_student", gettext("Say who is told."))
        kind, number = values.get("kind"), values.get("number")
        if kind and kind != WarningRule.Kind.BELOW and number and number > MOST_TIMES:
            self.add_error(
                "number", gettext("That is never reached. At most {most_times}.").format(most_times=MOST_TIMES)
            )
        return values


class WarningTextForm(forms.Form):
    """How the institution words one of the mails."""

    subject = forms.CharField(label=_("Subject"), max_length=200)
    text = forms.CharField(label=_("Text"), max_length=4000, widget=forms.Textarea(attrs={"rows": 9}))

    def clean_text(self) -> str:
        """Without its list a mail would warn of nothing."""
        text: str = self.cleaned_data["text"]
        if text.count(LIST) != 1:
            raise forms.ValidationError(
                gettext("Leave {list} in it, once: there the warnings are put in.").format(list=LIST)
            )
        return text
