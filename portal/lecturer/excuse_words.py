"""How excuses are printed."""

from __future__ import annotations

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext

from portal.accounts.models import Account
from portal.attendance.models import Excuse


def excuse_days(excuse: Excuse) -> str:
    """From when to when, without saying a month or a year twice."""
    first, last = excuse.first_day, excuse.last_day
    if first == last:
        return day_words(last)
    if (first.year, first.month) == (last.year, last.month):
        start = date_format(first, "DAY_OF_MONTH")
    else:
        start = date_format(first, "MONTH_DAY_FORMAT" if first.year == last.year else "LONG_DATE")
    return gettext("{first} to {last}").format(first=start, last=day_words(last))


def day_words(day: date) -> str:
    """Day, month and year."""
    return date_format(day, "LONG_DATE")


def entered_by_words(excuse: Excuse) -> str:
    """Who has entered it, as they were called then."""
    return _name(excuse.entered_by, excuse.entered_by_name)


def withdrawn_by_words(excuse: Excuse) -> str:
    """Who has withdrawn it, as they were called then."""
    return _name(excuse.withdrawn_by, excuse.withdrawn_by_name)


def _name(account: Account | None, then: str) -> str:
    return str(account) if account and then == account.name else then


def excuse_sentence(excuse: Excuse) -> str:
    """What a register says of it."""
    is_one_day = excuse.first_day == excuse.last_day
    if excuse.course:
        words = (
            gettext("{who} has excused this student from {course} on {days}.")
            if is_one_day
            else gettext("{who} has excused this student from {course} from {days}.")
        )
    else:
        words = (
            gettext("{who} has excused this student from every course on {days}.")
            if is_one_day
            else gettext("{who} has excused this student from every course from {days}.")
        )
    code = excuse.course.code if excuse.course else ""
    return words.format(who=entered_by_words(excuse), course=code, days=excuse_days(excuse))
