"""Which tab of the main navigation a page belongs to."""

from __future__ import annotations

from django import template
from django.http import HttpRequest

register = template.Library()

_PAGES = {
    "today": ("register", "correct", "check", "add_session", "change_session", "room"),
    "courses": ("course", "course_rules", "rules", "institution_rules"),
    "records": ("student", "changes", "exports", "export"),
    "exceptions": ("warnings", "add_warning", "warning_texts", "warning_rule"),
    "excuses": ("add_excuse", "withdraw_excuse", "enter_excuse_again"),
}
_TABS = {f"lecturer:{page}": tab for tab, pages in _PAGES.items() for page in pages}
_OF_COURSES = ("course", "course_staff", "roster", "add_course", "membership")


@register.simple_tag(takes_context=True)
def tab_of_page(context: template.Context) -> str:
    """The name of the tab; empty for a page that belongs to none, such as the profile."""
    request: HttpRequest | None = context.get("request")
    found = request.resolver_match if request else None
    if found is None:
        return ""
    if found.app_name == "office":
        return "courses" if found.url_name in _OF_COURSES else "term"
    if found.app_name == "operations":
        return "cameras"
    return _TABS.get(found.view_name, "")
