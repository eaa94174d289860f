"""Tells in the reader's language which field the trail speaks of, and what stands in it.

The trail keeps English, as it was written down then. So its words are known again here; what a person has typed is none
of them, and stays as it is.
"""

from __future__ import annotations

import re

from portal.web.languages import later as _

FIELD_WORDS = {
    "account": _("account"),
    "added": _("added"),
    "assistant": _("assistant"),
    "calendar address": _("calendar address"),
    "camera name": _("camera"),
    "checked by": _("checked by"),
    "code": _("code"),
    "course": _("course"),
    "department": _("department"),
    "each camera sees all": _("each camera sees all of it"),
    "each camera sees all of it": _("each camera sees all of it"),
    "early minutes": _("left early (minutes)"),
    "e-mail address": _("e-mail address"),
    "email": _("e-mail address"),
    "ends": _("end"),
    "ends at": _("end"),
    "every so many weeks": _("every so many weeks"),
    "every weeks": _("every so many weeks"),
    "excuse": _("excuse"),
    "excused counts": _("what an excused student counts"),
    "first day": _("first day"),
    "free absences": _("free absences"),
    "from": _("start"),
    "full name": _("name"),
    "is active": _("active"),
    "is cancelled": _("cancelled"),
    "is on": _("switched on"),
    "is staff": _("staff"),
    "is superuser": _("administrator"),
    "last day": _("last day"),
    "late after minutes": _("late after (minutes)"),
    "late percent": _("what late counts (percent)"),
    "least coverage in percent": _("least coverage (percent)"),
    "least coverage percent": _("least coverage (percent)"),
    "least minutes": _("least minutes there"),
    "lecturer": _("lecturer"),
    "may sign in": _("may sign in"),
    "merged into": _("merged into"),
    "name": _("name"),
    "needs reason": _("a correction needs a reason"),
    "no longer in this room since": _("no longer in this room since"),
    "not after": _("not after"),
    "not before": _("not before"),
    "number": _("number"),
    "official name": _("name"),
    "on the roster": _("on the roster"),
    "password": _("password"),
    "preferred name": _("preferred name"),
    "reads confidential": _("reads confidential reasons"),
    "reads confidential reasons": _("reads confidential reasons"),
    "removed": _("removed"),
    "room": _("room"),
    "second factor": _("second factor"),
    "since": _("since"),
    "single sign-on": _("single sign-on"),
    "staff": _("staff"),
    "staff number": _("staff number"),
    "starts": _("start"),
    "starts at": _("start"),
    "subject": _("subject"),
    "superuser status": _("administrator"),
    "text": _("text"),
    "threshold percent": _("threshold (percent)"),
    "time zone": _("time zone"),
    "title": _("title"),
    "to": _("end"),
    "tutor email": _("tutor's e-mail address"),
    "tutor's e-mail address": _("tutor's e-mail address"),
    "until": _("until"),
    "viewer": _("viewer"),
    "warning rule": _("rule of warnings"),
    "weekday": _("weekday"),
}
"""What the field of a change is called, by the name of the field or by what the trail said of it."""

_ANSWERS = {"True": _("yes"), "False": _("no")}
_EVENTS = {
    "calendar address": {"made": _("made"), "revoked": _("revoked")},
    "excuse": {"entered": _("entered"), "entered again": _("entered again"), "withdrawn": _("withdrawn")},
    "password": {"set by an administrator": _("set by an administrator")},
    "second factor": {
        "all, taken off": _("all, taken off"),
        "authenticator app": _("authenticator app"),
        "recovery codes": _("recovery codes"),
    },
}
"""What happened, where a field has no values: by the field, since a person may have called a room “made”."""
_NAMED = {
    "second factor": (re.compile(r"passkey “(?P<name>.*)”", re.DOTALL), _("passkey “{name}”")),
    "single sign-on": (re.compile(r"connected with (?P<name>.*)", re.DOTALL), _("connected with {name}")),
}
_NEXT_FIELD = re.compile(f"; (?=(?:{'|'.join(map(re.escape, FIELD_WORDS))}): )")


def told_field(name: str) -> str:
    """The field of a change."""
    words = name.replace("_", " ")
    return str(FIELD_WORDS.get(words, words))


def told_value(text: str, field: str = "") -> str:
    """What stood in the field: yes or no, what happened, or several fields of a row that was added or removed; any
    other text as it is.
    """
    if event := _ANSWERS.get(text) or _EVENTS.get(field, {}).get(text):
        return str(event)
    if field in _NAMED:
        shape, words = _NAMED[field]
        named = shape.fullmatch(text)
        return str(words).format(name=named["name"]) if named else text
    parts = [part.partition(": ") for part in _NEXT_FIELD.split(text)]
    if not all(colon and name in FIELD_WORDS for name, colon, _rest in parts):
        return text
    return "; ".join(f"{FIELD_WORDS[name]}: {_ANSWERS.get(value, value)}" for name, _colon, value in parts)
