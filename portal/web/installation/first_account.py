"""The first account: whoever has it may make all others."""

from __future__ import annotations

import getpass
from collections.abc import Callable

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from portal.accounts.models import Account
from portal.web.installation.errors import SetupError
from portal.web.installation.files import new_password

ASK_AGAIN = 3


def is_missing() -> bool:
    """Whether nobody may do everything yet."""
    return not Account.objects.filter(is_superuser=True, is_active=True).exists()


def checked(email: str, name: str) -> Account:
    """An account that is not saved yet. Raises SetupError."""
    account = Account(email=email.strip().lower(), name=name.strip(), is_staff=True, is_superuser=True)
    try:
        account.full_clean(exclude=["password"])
    except ValidationError as error:
        faults = ", ".join(f"{key}: {' '.join(each)}" for key, each in error.message_dict.items())
        raise SetupError(f"the first account cannot be made ({faults}).") from None
    return account


def create(account: Account, password: str) -> None:
    """Save it with its password. Raises SetupError where the password is too weak."""
    if fault := weakness(account, password):
        raise SetupError(f"the first account cannot be made: {fault}")
    account.set_password(password)
    account.save()


def ask_password(account: Account, complain: Callable[[str], None]) -> str:
    """Ask twice on the terminal; empty where one is to be made up. Raises SetupError after three weak ones."""
    for _ in range(ASK_AGAIN):
        password = getpass.getpass("Password (empty: one is made up and shown): ")
        if not password:
            return ""
        fault = weakness(account, password)
        if not fault and getpass.getpass("Once more: ") != password:
            fault = "The two are not the same."
        if not fault:
            return password
        complain(fault)
    raise SetupError("no account was made: run rollcall-manage setup again for it.")


def made_up() -> str:
    """A password to be shown once."""
    return new_password()


def weakness(account: Account, password: str) -> str:
    """What is wrong with a password; empty where nothing is."""
    try:
        validate_password(password, account)
    except ValidationError as error:
        return " ".join(error.messages)
    return ""
