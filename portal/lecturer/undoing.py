"""Messages with a button that takes back what was done."""

from __future__ import annotations

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext


def with_undo(words: str, address: str, *, label: str = "", **sent: object) -> SafeString:
    """The message and its button, which belongs to the page's form ``act``.

    words: HTML where it is safe already. label: what is undone, for who hears the button alone. sent: what the button
    sends, under its name.
    """
    hearing = format_html(' aria-label="{}"', gettext("Undo: {words}").format(words=label)) if label else ""
    return format_html(
        '<span>{}</span> <button class="undo" form="act" formaction="{}"{}{}>{}</button>',
        words,
        address,
        format_html_join("", ' name="{}" value="{}"', sent.items()),
        hearing,
        gettext("Undo"),
    )
