"""Tells in the reader's language what programs have written down in English: why a mark was decided, and warnings.

The database keeps the sentence as it was told, for both programs write it. So it is known again by its words, and what
stands in it is put into its translation. What a person has typed is none of these sentences, and stays as it is.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache

from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, gettext_noop

_SENTENCES = (
    gettext_noop("Confidential"),
    gettext_noop("No reason was kept."),
    gettext_noop("No answer yet."),
    gettext_noop("Not on the roster."),
    gettext_noop("Not seen; the register was checked."),
    gettext_noop("Guest, added by hand"),
    gettext_noop("Guest, seen by a camera"),
    gettext_noop("Marked with all who were missing"),
    gettext_noop("Marked with the rest"),
    gettext_noop("Imported from a list"),
    gettext_noop("Looked at: the cameras were not sure"),
    gettext_noop("Looked at: the face never changed, was there twice, or moved with all around it"),
    gettext_noop("Looked at: excused, and seen by a camera"),
    gettext_noop("Looked at: hardly there"),
    gettext_noop("Looked at: left early"),
    gettext_noop("Seen while the classroom machine's clock was wrong, and nobody has confirmed it."),
    gettext_noop("Seen, or somebody who looks alike: the cameras cannot tell them apart."),
    # xgettext:no-python-format
    gettext_noop("The cameras could see {percent} % of the class session; {least} % is needed."),
    # xgettext:no-python-format
    gettext_noop("The cameras could have named the student in {percent} % of the class session; {least} % is needed."),
    # xgettext:no-python-format
    gettext_noop("Not seen; the cameras could see {percent} % of the class session."),
    gettext_noop("First seen at the start."),
    gettext_noop("First seen by {camera}, at the start."),
    gettext_noop("First seen 1 minute before the start."),
    gettext_noop("First seen 1 minute after the start."),
    gettext_noop("First seen {minutes} minutes before the start."),
    gettext_noop("First seen {minutes} minutes after the start."),
    gettext_noop("First seen by {camera}, 1 minute before the start."),
    gettext_noop("First seen by {camera}, 1 minute after the start."),
    gettext_noop("First seen by {camera}, {minutes} minutes before the start."),
    gettext_noop("First seen by {camera}, {minutes} minutes after the start."),
    gettext_noop("Excused on {day} by {name}."),
    gettext_noop("Excused from {first} to {day} by {name}."),
    gettext_noop("Attendance is {percent} %, below {limit} %: {number} class sessions count so far."),
    gettext_noop("1 absence."),
    gettext_noop("{number} absences in a row."),
    gettext_noop("Left early once."),
    gettext_noop("Left early {number} times."),
)
_DAYS = {"%A %d %B %Y, %H:%M": "WEEKDAY_DATETIME", "%d %B %Y": "LONG_DATE"}
"""How they are written down, and the named format in which they are told."""


def retold(text: str) -> str:
    """The sentence, or the day, in the reader's language; any other text as it is."""
    if not text or get_language() == "en":
        return text
    for pattern, sentence in _patterns():
        if found := pattern.fullmatch(text):
            values = {name: retold_day(value) for name, value in found.groupdict().items()}
            return gettext(sentence).format(**values)
    return text


def retold_day(text: str) -> str:
    """A day, or a day and a time, in the reader's language; any other text as it is."""
    for written, told in _DAYS.items():
        try:
            # The words say by which clock it is, and no zone.
            return date_format(datetime.strptime(text, written), told)  # noqa: DTZ007
        except ValueError:
            continue
    return text


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """Those with the most words of their own first: a shorter one may fit them as well."""
    ordered = sorted(_SENTENCES, key=lambda sentence: -len(re.sub(r"{\w+}", "", sentence)))
    return [(re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+?)", re.escape(each))), each) for each in ordered]
