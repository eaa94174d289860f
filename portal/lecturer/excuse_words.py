"""How excuses are printed."""

from __future__ import annotations

from datetime import date

from portal.accounts.models import Account
from portal.attendance.models import Excuse


def excuse_days(excuse: Excuse) -> str:
    """From when to when, without saying a month or a year twice."""
    first, last = excuse.first_day, excuse.last_day
    if first == last:
        return day_words(last)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} to {day_words(last)}"
    return f"{first.day} {first:%B}{'' if first.year == last.year else f' {first.year}'} to {day_words(last)}"


def day_words(day: date) -> str:
    """Day, month and year."""
    return f"{day.day} {day:%B %Y}"


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
    where = f"from {excuse.course.code}" if excuse.course else "from every course"
    days = excuse_days(excuse)
    when = f"on {days}" if excuse.first_day == excuse.last_day else f"from {days}"
    return f"{entered_by_words(excuse)} has excused this student {where} {when}."
