"""Corrections and excuses that somebody sent who had been signed out meanwhile: kept until they are signed in again.

What was typed lies in the server's session, never in an address or a cookie. It is given back to its author alone: the
form carries who it was made for, signed, so that nobody can plant a text in another person's form, and whoever signs in
instead on the same machine never sees it.
"""

from __future__ import annotations

from django.core import signing
from django.http import HttpRequest

from portal.accounts.models import Account

FIELDS = ("status", "reason", "shown", "kept", "who", "student", "first_day", "last_day", "course", "in", "next")
"""Of the forms for one student, for several and for an excuse; what stands more than once, one a line."""
LONGEST = 20_001
"""Characters of a field: one more than can be pasted at once, so that a text which is cut off here is refused later."""

_KEY = "unsaved_correction"
_SALT = "portal.lecturer.unsaved"


def sign_author(account: Account) -> str:
    """Whose form it is, for a hidden field."""
    return signing.dumps(account.pk, salt=_SALT)


def author_of(request: HttpRequest) -> int:
    """The key of the account that the form was made for; raises BadSignature where it is not a form of ours."""
    return int(signing.loads(request.POST.get("author", ""), salt=_SALT))


def is_own_page(request: HttpRequest) -> bool:
    """Whether what was sent comes from a page that was made for whoever is signed in now."""
    try:
        return author_of(request) == request.user.pk
    except signing.BadSignature:
        return False


def keep_unsaved(request: HttpRequest, path: str = "", fields: dict[str, str] | None = None) -> bool:
    """Keep what was sent until its author is signed in; False where it does not come from a form of ours.

    ``path`` is the page of the form, where it was not sent to that, and ``fields`` are those of the form.
    """
    try:
        author = author_of(request)
    except signing.BadSignature:
        return False
    sent = {name: "\n".join(request.POST.getlist(name)) for name in FIELDS} | (fields or {})
    kept = {name: value[:LONGEST] for name, value in sent.items()}
    request.session[_KEY] = {"author": author, "path": path or request.path, "fields": kept}
    return True


def take_unsaved(request: HttpRequest, account: Account) -> dict[str, str] | None:
    """The fields as this person sent them from this page before; what somebody else sent is forgotten."""
    kept = request.session.get(_KEY)
    if not kept:
        return None
    if kept["author"] == account.pk and kept["path"] != request.path:
        return None
    del request.session[_KEY]
    return dict(kept["fields"]) if kept["author"] == account.pk else None
