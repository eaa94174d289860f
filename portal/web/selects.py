"""Lists to choose from."""

from __future__ import annotations

from html import escape
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.safestring import SafeString, mark_safe


class PlainSelect(forms.Select):
    """A select without groups, as Django prints it. Its own renders two templates for each option: 800 courses take it
    longer than all else of a page."""

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        chosen = self.format_value(value)
        given = flatatt(self.build_attrs(self.attrs, {"name": name} | (attrs or {})))
        options = "".join(_option(str(key), str(label), str(key) in chosen) for key, label in self.choices)
        return mark_safe(f"<select{given}>{options}</select>")


def _option(key: str, label: str, is_chosen: bool) -> str:
    return f'<option value="{escape(key)}"{" selected" if is_chosen else ""}>{escape(label)}</option>'
