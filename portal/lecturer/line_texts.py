"""A student's line in a register, as HTML.

A register has up to 500 lines, and a template of Django's takes nine times as long for each.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from portal.lecturer.lines import Line, letters


@dataclass(frozen=True, slots=True)
class LineTexts:
    """Writes the lines of one register. ``query`` is its address's, to be kept: "" or "?q=…"."""

    query: str
    may_mark: bool
    letters: list[tuple[str, str, str]] = field(default_factory=letters)
    why: str = field(default_factory=lambda: escape(gettext("Why, and what was changed")))

    def of(self, line: Line) -> SafeString:
        """The line's HTML; whatever stands in it is escaped here."""
        pk, shown, status, name = (escape(each) for each in (line.pk, line.shown, line.status, line.name))
        query, notes = escape(self.query), "".join(f" · {escape(note)}" for note in line.notes)
        bars = "".join(f'<rect class="seen" x="{each.x}" width="{each.width}" height="100%"/>' for each in line.parts)
        return mark_safe(
            f'<li class="row" id="student-{pk}" data-version="{line.version}" data-shown="{shown}" tabindex="-1">\n'
            f'<div class="who"><a href="students/{pk}/{query}" title="{self.why}"><bdi>{name}</bdi></a>'
            f"<span>{escape(line.number)}{notes}</span></div>\n"
            f'<svg class="lesson {status}" role="img" aria-label="{escape(line.label)}"><use href="#lesson-ground"/>'
            f'{bars}<use href="#lesson-over"/></svg>\n'
            f'<p class="says">{self._undo(line)}<b class="status {status}">{escape(line.words)}</b>'
            f"{_span(line.seen)}{_source(line.source)}</p>\n"
            f"{self._buttons(line)}\n</li>\n"
        )

    def _undo(self, line: Line) -> str:
        if not (line.is_undoable and self.may_mark):
            return ""
        label = gettext("Undo your “{words}” of {name}").format(words=line.words.lower(), name=line.name)
        return (
            f'<button class="undo" form="act" formaction="students/{escape(line.pk)}/undo/{escape(self.query)}"'
            f' name="shown" value="{escape(line.shown)}" aria-label="{escape(label)}">{gettext("Undo")}</button>'
        )

    def _buttons(self, line: Line) -> str:
        """One for each status that a person may set."""
        if not self.may_mark:
            return ""
        now, pk, shown = line.status if line.is_marked else "", escape(line.pk), escape(line.shown)
        buttons = (
            f'<button form="marks" name="mark" value="{pk}:{value}:{shown}" class="{value}" title="{label}"'
            f' aria-label="{label}" aria-pressed="{"true" if value == now else "false"}">{letter}</button>'
            for value, letter, label in self.letters
        )
        label = escape(gettext("Status of {name}").format(name=line.name))
        return f'<div class="set" role="group" aria-label="{label}">{"".join(buttons)}</div>'


def _span(seen: str) -> str:
    return f"<span>{escape(seen)}</span>" if seen else ""


def _source(source: str) -> str:
    return f'<span class="source" dir="auto">{escape(source)}</span>' if source else ""
