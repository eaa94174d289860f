"""How rules of warnings are printed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext

from portal.attendance.models import RaisedWarning, WarningMail, WarningRule
from portal.lecturer.words import all_of
from portal.web.languages import in_sentence


def rule_words(rule: WarningRule) -> str:
    """When somebody is warned."""
    match rule.kind:
        case WarningRule.Kind.BELOW:
            # xgettext:no-python-format
            return gettext("Below {number} % after {after_sessions} class sessions").format(
                number=rule.number, after_sessions=rule.after_sessions
            )
        case WarningRule.Kind.IN_A_ROW:
            return (
                gettext("{number} absences in a row").format(number=rule.number)
                if rule.number > 1
                else gettext("Each absence")
            )
        case _:
            return (
                gettext("Left early {number} times").format(number=rule.number)
                if rule.number > 1
                else gettext("Left early once")
            )


def told_words(rule: WarningRule) -> str:
    """Who is told."""
    told = [
        words
        for is_told, words in (
            (rule.to_student, gettext("the student")),
            (rule.to_lecturers, gettext("the lecturers")),
            (rule.to_tutor, gettext("the tutor")),
        )
        if is_told
    ]
    return all_of(told)


def told_warnings(mails: Iterable[WarningMail]) -> list[tuple[RaisedWarning, str]]:
    """The warnings that the mails tell of, in their order, each with whom it was mailed to."""
    of_warning: dict[RaisedWarning, list[WarningMail]] = {}
    for mail in mails:
        of_warning.setdefault(mail.warning, []).append(mail)
    return [(warning, _mailed_to(some)) for warning, some in of_warning.items()]


def _mailed_to(mails: Sequence[WarningMail]) -> str:
    sent = sorted({in_sentence(mail.get_role_display()) for mail in mails if mail.sent_at})
    waiting = sorted({in_sentence(mail.get_role_display()) for mail in mails if not mail.sent_at})
    parts = [gettext("mailed to {sent}").format(sent=", ".join(sent))] if sent else []
    return "; ".join(
        [*parts, gettext("not sent yet to {waiting}").format(waiting=", ".join(waiting))] if waiting else parts
    )
