"""The one place where a password is looked at: all guesses are counted, wherever they are made."""

from __future__ import annotations

from django.contrib.auth import authenticate
from django.http import HttpRequest

from portal.accounts.limits import count_guess
from portal.accounts.models import Account


def account_with(request: HttpRequest, email: str, password: str) -> Account | None:
    """The account that address and password belong to; None where they do not, or where it may not be signed in to.

    Raises ``limits.MustWait`` where there were too many wrong passwords before.
    """
    owner = Account.objects.person_with(email)
    # Counted for the person: two addresses are no more guesses than one.
    guess = count_guess(request, owner.email if owner else email)
    account = authenticate(request, username=email, password=password)
    if not isinstance(account, Account):
        return None
    guess.was_right()
    return account


def is_own_password(request: HttpRequest, password: str) -> bool:
    """Whether it is the password of whoever is signed in. Raises ``limits.MustWait`` like ``account_with``."""
    owner = request.user
    return isinstance(owner, Account) and account_with(request, owner.email, password) == owner
