"""How rules of warnings are printed."""

from __future__ import annotations

from portal.attendance.models import RaisedWarning, WarningMail, WarningRule


def rule_words(rule: WarningRule) -> str:
    """When somebody is warned."""
    match rule.kind:
        case WarningRule.Kind.BELOW:
            return f"Below {rule.number} % after {rule.after_sessions} class sessions"
        case WarningRule.Kind.IN_A_ROW:
            return f"{rule.number} absences in a row" if rule.number > 1 else "Each absence"
        case _:
            return f"Left early {rule.number} times" if rule.number > 1 else "Left early once"


def told_words(rule: WarningRule) -> str:
    """Who is told."""
    told = [
        words
        for is_told, words in (
            (rule.to_student, "the student"),
            (rule.to_lecturers, "the lecturers"),
            (rule.to_tutor, "the tutor"),
        )
        if is_told
    ]
    return " and ".join([", ".join(told[:-1]), told[-1]]) if len(told) > 1 else told[0]


def warned_words(warning: RaisedWarning) -> str:
    """To whom a warning was mailed."""
    mails = [mail for mail in warning.mails.all() if mail.about == WarningMail.About.RAISED]
    if not mails:
        return "mailed to nobody"
    sent = sorted({mail.get_role_display().lower() for mail in mails if mail.sent_at})
    waiting = sorted({mail.get_role_display().lower() for mail in mails if not mail.sent_at})
    parts = [f"mailed to {', '.join(sent)}"] if sent else []
    return "; ".join([*parts, f"not sent yet to {', '.join(waiting)}"] if waiting else parts)
