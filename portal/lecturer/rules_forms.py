"""The rules of a course, or of the institution, as they are typed in."""

from __future__ import annotations

from typing import Any

from django import forms

from portal.attendance.models import CourseRules
from portal.attendance.percentages import Rules

LABELS = {
    "late_after_minutes": "Late after (minutes)",
    "early_minutes": "Left early (minutes before the end)",
    "least_minutes": "Least minutes there",
    "late_percent": "Late counts (percent of a class session)",
    "excused_counts": "An excused student",
    "free_absences": "Free absences",
    "threshold_percent": "Threshold (percent)",
    "needs_reason": "A correction needs a reason",
}
HELP = {
    "late_after_minutes": "What new class sessions begin with. Those that are planned keep theirs.",
    "early_minutes": "Who was last seen longer than this before the end is an exception for you to look at.",
    "least_minutes": "Who was seen for less, from first to last, is an exception too. 0: nobody is.",
    "late_percent": "100: as present. 50: as half. 0: as absent.",
    "excused_counts": "",
    "free_absences": "So many absences of each student are left out.",
    "threshold_percent": "Who has less is below the threshold.",
    "needs_reason": "A first mark needs none: it corrects nothing.",
}


def rule_words(name: str, value: Any) -> str:
    """A rule's value as a page says it."""
    if name == "needs_reason":
        return "Yes" if value else "No"
    return CourseRules.Excused(value).label if name == "excused_counts" else str(value)


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
                ("True", "Yes"),
                ("False", "No"),
            ],
            coerce=lambda text: text == "True",
            required=False,
            empty_value=None,
            label=LABELS["needs_reason"],
            help_text=HELP["needs_reason"],
        )
