"""The admin's form for a course: a roster can be pasted."""

from __future__ import annotations

from django import forms

from portal.attendance.models import Course, RosterEntry, Student


class CourseForm(forms.ModelForm):
    """A course, with a box for the numbers of students who join its roster."""

    numbers = forms.CharField(
        label="Add to the roster",
        required=False,
        widget=forms.Textarea(attrs={"rows": 6, "cols": 40, "spellcheck": "false"}),
        help_text="Paste student numbers, one a line. Who is on the roster already stays on it once.",
    )

    class Meta:
        model = Course
        fields = ["code", "title", "lecturers"]

    def clean_numbers(self) -> list[Student]:
        """The students whose numbers were pasted; every number must be known."""
        wanted = list(dict.fromkeys(line.strip() for line in self.cleaned_data["numbers"].splitlines() if line.strip()))
        known = {student.number: student for student in Student.objects.filter(number__in=wanted)}
        unknown = [number for number in wanted if number not in known]
        if unknown:
            shown = ", ".join(unknown[:10]) + (f" and {len(unknown) - 10} more" if len(unknown) > 10 else "")
            raise forms.ValidationError(f"No student has this number: {shown}. Add the students first.")
        return [known[number] for number in wanted]

    def enrol(self) -> int:
        """Put the pasted students on the saved course's roster; the number of those who were not on it."""
        there = set(self.instance.roster.values_list("student_id", flat=True))
        joining: list[Student] = [student for student in self.cleaned_data["numbers"] if student.pk not in there]
        RosterEntry.objects.bulk_create(RosterEntry(course=self.instance, student=student) for student in joining)
        return len(joining)
