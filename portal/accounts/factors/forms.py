"""The forms of second factors."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext

from portal.accounts.factors.authenticator import DIGITS, take_code
from portal.accounts.factors.recovery import take_recovery_code
from portal.accounts.forms import check_own_password, refusal
from portal.accounts.limits import MustWait, count_guess
from portal.accounts.models import Account, Attempt
from portal.web.languages import later as _


def _code_field(**attributes: Any) -> forms.CharField:
    kept = {"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True, "spellcheck": "false"}
    return forms.CharField(
        label=_("Code from your app"), max_length=20, widget=forms.TextInput(attrs=kept | attributes)
    )


def _digits(code: str) -> str:
    """As apps show it there may be a gap in the middle."""
    digits = "".join(code.split())
    if not (digits.isascii() and digits.isdecimal() and len(digits) == DIGITS):
        raise ValidationError(gettext("The code has {digits} digits.").format(digits=DIGITS))
    return digits


class GuessedForm(forms.Form):
    """Something that can be guessed: what is wrong counts, as wrong passwords do."""

    complaint = ""

    def __init__(self, request: HttpRequest, account: Account, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.request, self.account = request, account

    def is_right(self) -> bool:
        """Whether what was typed is the account's; then it is used."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.errors:
            return data
        try:
            guess = count_guess(self.request, self.account.email, Attempt.Kind.CODE)
        except MustWait as wait:
            raise refusal(wait) from None
        if not self.is_right():
            raise ValidationError(self.complaint)
        guess.was_right()
        return data


class CodeForm(GuessedForm):
    """The code that the app shows."""

    code = _code_field()
    complaint = _("This is not the code. Each works once, and for half a minute: wait for the next one.")

    def clean_code(self) -> str:
        return _digits(str(self.cleaned_data["code"]))

    def is_right(self) -> bool:
        return take_code(self.account, self.cleaned_data["code"])


class RecoveryForm(GuessedForm):
    """One of the codes that were kept for the day when the device is lost."""

    recovery_code = forms.CharField(
        label=_("Recovery code"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    complaint = _("This is none of your recovery codes, or it was used already.")

    def is_right(self) -> bool:
        return take_recovery_code(self.account, self.cleaned_data["recovery_code"])


class NewAppForm(forms.Form):
    """The first code of an app that is being set up."""

    code = _code_field()

    def clean_code(self) -> str:
        return _digits(str(self.cleaned_data["code"]))


class NewPasskeyForm(forms.Form):
    """What the browser has made, and what its owner calls it."""

    name = forms.CharField(
        label=_("What you call it"),
        max_length=60,
        initial=_("My device"),
        help_text=_("So that you know it again, such as “work laptop” or “key on my ring”."),
    )
    credential = forms.CharField(widget=forms.HiddenInput, required=False)


class ConfirmForm(forms.Form):
    """The password again, of whoever is signed in."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )

    def __init__(self, request: HttpRequest, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.request = request

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        check_own_password(self.request, password, gettext("This is not your password."))
        return password
