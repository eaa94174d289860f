"""Writes down who reads what, before it is shown."""

from __future__ import annotations

from django.http import HttpRequest

from portal.accounts.acting import acting_account
from portal.accounts.addresses import client_network
from portal.accounts.models import Account, Reading


def note_sign_in(request: HttpRequest, account: Account) -> None:
    """Somebody has signed in."""
    _note(Reading.Act.SIGN_IN, "", account, request)


def note_export(what: str, request: HttpRequest | None = None) -> None:
    """Somebody exports. request: None where a command is typed."""
    _note(Reading.Act.EXPORT, what, acting_account(), request)


def note_student(request: HttpRequest, student_id: int, name: str) -> None:
    """Somebody looks at the page of a student, whose row and name are given. Not for HEAD, which shows nothing.

    A form that is refused shows the page too, so that a POST is written down as a GET is.
    """
    if request.method != "HEAD":
        _note(Reading.Act.STUDENT, name, acting_account(), request, student_id)


def _note(
    act: Reading.Act, about: str, account: Account | None, request: HttpRequest | None, row_id: int | None = None
) -> None:
    Reading.objects.create(
        reader=account,
        reader_name=account.name if account else "",
        reader_email=account.email if account else "",
        address=client_network(request)[:64] if request else "",
        act=act,
        about=about[:300],
        row_id=row_id,
    )
