"""How rules of warnings are printed."""

from __future__ import annotations

from portal.attendance.models import WarningRule


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
