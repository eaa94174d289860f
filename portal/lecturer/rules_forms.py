"""The rules of a course, or of the institution, as they are typed in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext

from portal.attendance.models import CourseRules
from portal.attendance.percentages import Rules
from portal.web.languages import later as _

LABELS = {
    "late_after_minutes": _("Late after (minutes)"),
    "early_minutes": _("Left early (minutes before the end)"),
    "least_minutes": _("Least minutes there"),
    "late_percent": _("Late counts (percent of a class session)"),
    "excused_counts": _("An excused student"),
    "free_absences": _("Free absences"),
    "threshold_percent": _("Threshold (percent)"),
    "needs_reason": _("A correction needs a reason"),
}
HELP = {
    "late_after_minutes": _("What new class sessions begin with. Those that are planned keep theirs."),
    "early_minutes": _("Who was last seen longer than this before the end is an exception for you to look at."),
    "least_minutes": _("Who was seen for less, from first to last, is an exception too. 0: nobody is."),
    "late_percent": _("100: as present. 50: as half. 0: as absent."),
    "excused_counts": "",
    "free_absences": _("So many absences of each student are left out."),
    "threshold_percent": _("Who has less is below the threshold."),
    "needs_reason": _("A first mark needs none: it corrects nothing."),
}


def rule_words(name: str, value: Any) -> str:
    """A rule's value as a page says it."""
    if name == "needs_reason":
        return gettext("Yes") if value else gettext("No")
    return str(CourseRules.Excused(value).label) if name == "excused_counts" else str(value)


class RulesForm(forms.ModelForm):
    """Single rules; what is left empty is as ``usual`` says: the institution's rule, or Rollcall's own."""

    class Meta:
        model = CourseRules
        fields = CourseRules.RULES

    def __init__(self, usual: Rules, whose: str, data: Any, instance: CourseRules) -> None:
        super().__init__(data, instance=instance, label_suffix="")
        for name, field in self.fields.items():
            words = f"{whose}: {rule_words(name, getattr(usual, name))}"
            field.label, field.help_text = LABELS[name], HELP[name]
            if isinstance(field, forms.IntegerField):
                field.widget.attrs["placeholder"] = words
        usual_excused = f"{whose}: {rule_words('excused_counts', usual.excused_counts)}"
        self.fields["excused_counts"] = forms.TypedChoiceField(
            choices=[("", usual_excused), *CourseRules.Excused.choices],
            required=False,
            empty_value=None,
            label=LABELS["excused_counts"],
        )
        self.fields["needs_reason"] = forms.TypedChoiceField(
            choices=[
                ("", f"{whose}: {rule_words('needs_reason', usual.needs_reason)}"),
                (gettext("True"), gettext("Yes")),
                (gettext("False"), gettext("No")),
            ],
            coerce=lambda text: text == "True",
            required=False,
            empty_value=None,
            label=LABELS["needs_reason"],
            help_text=HELP["needs_reason"],
        )
