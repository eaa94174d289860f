"""Days and times in the forms that people write: in English, German and French, and as programs print them.

A day such as 03/04/2026 is the third of April to most and the fourth of March to some. It is refused until the form
says which; 27/11/2026 and 03.04.2026 can be read in one way only.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time
from enum import StrEnum

from django.utils.translation import gettext

from portal.attendance.names import plain
from portal.attendance.services.importing.faults import RowFault

FIRST_YEAR, LAST_YEAR = 1970, 2999


class DateOrder(StrEnum):
    """What comes first in 03/04/2026."""

    UNKNOWN = ""
    DAY_FIRST = "day"
    MONTH_FIRST = "month"


class AmbiguousDay(RowFault):
    """A day that can be read in two ways."""


_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar janv janvier janner",
            "feb february februar fev fevr fevrier",
            "mar march mrz marz maerz mars",
            "apr april avr avril",
            "may mai",
            "jun june juni juin",
            "jul july juli juil juillet",
            "aug august aout",
            "sep sept september septembre",
            "oct october okt oktober octobre",
            "nov november novembre",
            "dec december dez dezember decembre",
        ),
        start=1,
    )
    for name in names.split()
}
_YEAR_FIRST = re.compile(r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$")
_COMPACT = re.compile(r"^((?:19|20)\d\d)(\d\d)(\d\d)$")
_NUMBERS = re.compile(r"^(\d{1,2})\s*([-/.])\s*(\d{1,2})\s*\2\s*(\d{4}|\d\d)$")
_DAY_NAMED = re.compile(r"^(\d{1,2})(?:st|nd|rd|th|er)?[\s.-]+([^\W\d]+)[\s.,-]+(\d{4}|\d\d)$")
_MONTH_NAMED = re.compile(r"^([^\W\d]+)[\s.]+(\d{1,2})(?:st|nd|rd|th)?[\s.,]+(\d{4})$")
_WEEKDAY = re.compile(r"^[^\W\d]{2,}\.?,?\s+(?=\d|[^\W\d])", re.UNICODE)
_DAYS = """
    mon monday tue tues tuesday wed wednesday thu thur thurs thursday fri friday sat saturday sun sunday
    mo montag di dienstag mi mittwoch do donnerstag fr freitag sa samstag sonnabend so sonntag
    lun lundi mar mardi mer mercredi jeu jeudi ven vendredi sam samedi dim dimanche
"""
_WEEKDAYS = frozenset(_DAYS.split())
_TIME = re.compile(
    r"^(\d{1,2})(?:\s*[:.h]\s*(\d\d)(?:[:.](\d\d)(?:\.\d+)?)?|\s*h)?\s*(a\.?m\.?|p\.?m\.?|uhr|h)?$", re.IGNORECASE
)
_FOUR_DIGITS = re.compile(r"^([01]\d|2[0-3])([0-5]\d)$")
_OFFSET = re.compile(r"\s*(Z|[+-]\d\d:?\d\d)$")
_RANGE = re.compile(r"\s*(?:-|–|—|\bbis\b|\bto\b|\bà\b|\buntil\b)\s*")


def read_day(text: str, order: DateOrder = DateOrder.UNKNOWN) -> date:
    """The day that a text names. Raises RowFault, and AmbiguousDay where ``order`` is needed."""
    bare = _without_weekday(" ".join(text.split()))
    if found := _YEAR_FIRST.match(bare) or _COMPACT.match(bare):
        return _day(text, *map(int, found.groups()))
    if found := _NUMBERS.match(bare):
        first, sign, second, year = int(found[1]), found[2], int(found[3]), _year(found[4])
        return _day(text, year, *_month_and_day(text, first, second, sign, order))
    if found := _DAY_NAMED.match(bare):
        return _day(text, _year(found[3]), _month(text, found[2]), int(found[1]))
    if found := _MONTH_NAMED.match(bare):
        return _day(text, int(found[3]), _month(text, found[1]), int(found[2]))
    raise RowFault(gettext("“{text}” is no day. Write it as 2026-11-27.").format(text=text))


def read_time(text: str) -> time:
    """The time of day that a text names: 9:00, 09.00, 9h30, 9 Uhr, 2:15 pm, 0900; 09:00+01:00 names its zone too."""
    bare = " ".join(text.split())
    offset = _OFFSET.search(bare)
    if offset and ":" in bare[: offset.start()]:
        try:
            return time.fromisoformat(bare.replace(" ", ""))
        except ValueError:
            raise RowFault(gettext("“{text}” is no time. Write it as 09:00.").format(text=text)) from None
    if found := _FOUR_DIGITS.match(bare):
        return time(int(found[1]), int(found[2]))
    found = _TIME.match(bare)
    if not found or not (found[2] or found[4] or "h" in bare.lower()):
        raise RowFault(gettext("“{text}” is no time. Write it as 09:00.").format(text=text))
    hour, minute, second = int(found[1]), int(found[2] or 0), int(found[3] or 0)
    half = (found[4] or "").lower().replace(".", "")
    if half in ("am", "pm"):
        if not 1 <= hour <= 12:
            raise RowFault(gettext("“{text}” is no time. Write it as 09:00.").format(text=text))
        hour = hour % 12 + (12 if half == "pm" else 0)
    try:
        return time(hour, minute, second)
    except ValueError:
        raise RowFault(gettext("“{text}” is no time. Write it as 09:00.").format(text=text)) from None


def read_moment(text: str, order: DateOrder = DateOrder.UNKNOWN) -> tuple[date, time | None]:
    """A day, and the time that follows it where one does."""
    bare = " ".join(text.split())
    try:
        moment = datetime.fromisoformat(bare) if "-" in bare[:5] and len(bare) > 10 else None
    except ValueError:
        moment = None
    if moment:
        return _day(text, moment.year, moment.month, moment.day), moment.timetz()
    try:
        return read_day(bare, order), None
    except AmbiguousDay:
        raise
    except RowFault:
        for place in (index for index, sign in enumerate(bare) if sign in " T,"):
            try:
                return read_day(bare[:place].rstrip(" ,"), order), read_time(bare[place + 1 :].strip())
            except AmbiguousDay:
                raise
            except RowFault:
                continue
        raise


def split_range(text: str) -> list[str]:
    """The two times of “09:00–10:30”; the text alone where it names one."""
    parts = [part for part in _RANGE.split(text.strip()) if part]
    return parts if len(parts) == 2 else [text]


def _month_and_day(text: str, first: int, second: int, sign: str, order: DateOrder) -> tuple[int, int]:
    """The month and the day of two numbers before a year. With points between them the day comes first everywhere."""
    if sign == "." or first == second:
        return second, first
    if order is DateOrder.UNKNOWN:
        if first > 12:
            return second, first
        if second > 12:
            return first, second
        raise AmbiguousDay(
            gettext("“{text}” may be a day of month {second} or of month {first}. Say which comes first.").format(
                text=text, second=second, first=first
            )
        )
    return (second, first) if order is DateOrder.DAY_FIRST else (first, second)


def _day(text: str, year: int, month: int, day: int) -> date:
    try:
        found = date(year, month, day)
    except ValueError as error:
        raise RowFault(gettext("“{text}” is no day of the calendar: {error}.").format(text=text, error=error)) from None
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise RowFault(
            gettext("“{text}”: days are from {first_year} to {last_year}. Is the year right?").format(
                text=text, first_year=FIRST_YEAR, last_year=LAST_YEAR
            )
        )
    return found


def _year(text: str) -> int:
    """Two digits are a year of this century."""
    return int(text) if len(text) == 4 else 2000 + int(text)


def _month(text: str, name: str) -> int:
    number = _MONTHS.get(plain(name))
    if number is None:
        raise RowFault(
            gettext("“{text}” is no day: “{name}” is no month. Write it as 2026-11-27.").format(text=text, name=name)
        )
    return number


def _without_weekday(text: str) -> str:
    found = _WEEKDAY.match(text)
    if found and plain(found[0]) in _WEEKDAYS:
        rest = text[found.end() :]
        # “Mar 3, 2026” is March, “mar 3 mars 2026” is mardi.
        is_month = plain(found[0]) in _MONTHS and not re.search(r"[^\W\d]{3,}", rest)
        return text if is_month else rest
    return text
