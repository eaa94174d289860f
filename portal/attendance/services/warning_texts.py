"""The words of the mails about warnings: Rollcall's own, until the institution has its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portal.attendance.models import RaisedWarning, WarningText
from portal.attendance.retelling import retold, retold_day
from portal.web.languages import later as _

LIST, NAME = "{warnings}", "{student}"


@dataclass(frozen=True, slots=True)
class Text:
    """A mail's subject and text; ``title`` says which mail it is. The text has LIST in it, and may have NAME."""

    title: str
    subject: str
    text: str


TEXTS = {
    "student raised": Text(
        _("To the student"),
        _("Your attendance"),
        _(
            "Dear {student},\n\nyour attendance needs a word:\n\n{warnings}\n\n"
            "If a class session is wrong here, or if there is a reason, please tell your lecturer."
        ),
    ),
    "student withdrawn": Text(
        _("To the student, when a warning was wrong"),
        _("Your attendance: a warning was wrong"),
        _(
            "Dear {student},\n\na warning about your attendance was wrong, since a register or a rule was corrected. "
            "It is withdrawn:\n\n{warnings}\n\nWe are sorry for the trouble."
        ),
    ),
    "colleague raised": Text(
        _("To lecturers and tutors"),
        _("Attendance: students to look at"),
        _("These students have been warned, or are to be looked at:\n\n{warnings}"),
    ),
    "colleague withdrawn": Text(
        _("To lecturers and tutors, when a warning was wrong"),
        _("Attendance: warnings that were wrong"),
        _("These warnings were wrong, since a register or a rule was corrected. They are withdrawn:\n\n{warnings}"),
    ),
}


def text_of(name: str) -> Text:
    """As the institution words it, else as Rollcall does."""
    own, usual = WarningText.objects.filter(name=name).first(), TEXTS[name]
    return Text(usual.title, own.subject, own.text) if own else usual


def fill(text: Text, warnings: Sequence[RaisedWarning], *, with_names: bool) -> tuple[str, str]:
    """Subject and text for these warnings. What a name contains is put in as it is, and stands for nothing."""
    parts = []
    for each in warnings:
        who = f"{each.student.full_name} ({each.student.number}), " if with_names else ""
        dates = [f"  - {retold_day(date)}" for date in each.dates]
        lines = [f"{who}{each.course.code} {each.course.title}", retold(each.what), *dates]
        parts.append("\n".join(lines))
    name = warnings[0].student.full_name
    before, found, after = str(text.text).partition(LIST)
    body = "".join([before.replace(NAME, name), "\n\n".join(parts) if found else "", after.replace(NAME, name)])
    return " ".join(str(text.subject).replace(NAME, name).split()), f"{body.strip()}\n"
