"""The forms of sign-in and profile."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm, PasswordResetForm
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.http import HttpRequest
from django.template.loader import render_to_string

from portal.accounts.limits import MustWait
from portal.accounts.models import Account
from portal.accounts.passwords import account_with, is_own_password
from portal.accounts.time_zones import choices_with, time_zone_choices

MUST_WAIT = "must wait"
"""The code of the error of a form whose password was not looked at."""

log = logging.getLogger(__name__)


def refusal(wait: MustWait, way_out: str = "") -> ValidationError:
    """The error of a form whose password was not looked at."""
    return ValidationError(f"{wait}{way_out}", code=MUST_WAIT, params={"seconds": wait.seconds})


def check_own_password(request: HttpRequest, password: str, complaint: str) -> None:
    """Raise ValidationError where it is not the password of whoever is signed in, or is not looked at yet."""
    try:
        is_right = is_own_password(request, password)
    except MustWait as wait:
        raise refusal(wait) from None
    if not is_right:
        raise ValidationError(complaint)


class SignInForm(AuthenticationForm):
    """E-mail address and password; the answer to a wrong one does not say which was wrong."""

    username = forms.CharField(
        label="E-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    error_messages = {
        "invalid_login": "This e-mail address and password do not belong together.",
        "inactive": "This account may not sign in any more.",
    }

    def clean_username(self) -> str:
        return str(self.cleaned_data["username"]).strip().lower()

    def clean(self) -> dict[str, Any]:
        email, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if email and password:
            assert self.request is not None
            try:
                self.user_cache = account_with(self.request, email, password)
            except MustWait as wait:
                raise refusal(wait, " Or set a new password by mail: with it you are let in at once.") from None
            if self.user_cache is None:
                raise self.get_invalid_login_error()
        return self.cleaned_data


class PasswordForm(PasswordChangeForm):
    """A new password for who knows the old one."""

    def __init__(self, request: HttpRequest, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.request = request

    def clean_old_password(self) -> str:
        old = str(self.cleaned_data["old_password"])
        check_own_password(self.request, old, "This is not your password.")
        return old


class ResetForm(PasswordResetForm):
    """The address to send a reset link to."""

    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True}),
    )

    def get_users(self, email: str) -> Iterable[Account]:
        """Also accounts without a password yet: this is how their owners get one."""
        return Account.objects.filter(email=email, is_active=True)

    def send_mail(
        self,
        subject_template_name: str,
        email_template_name: str,
        context: dict[str, Any],
        from_email: str | None,
        to_email: str,
        html_email_template_name: str | None = None,
    ) -> None:
        """As Django's, but a mail server that fails is one line of the log. Whoever asked is told nothing of it."""
        subject = " ".join(render_to_string(subject_template_name, context).split())
        letter = EmailMessage(subject, render_to_string(email_template_name, context), from_email, [to_email])
        try:
            letter.send()
        except OSError as error:  # SMTP's errors are such too.
            log.error(
                "no link was mailed to account %s, see ROLLCALL_EMAIL_URL: the mail server failed (%s)",
                context["user"].pk,
                error,
                extra={"event": "mail server fails"},
            )


class ProfileForm(forms.ModelForm):
    """What a person may change about themselves; a new e-mail address takes the current password."""

    time_zone = forms.ChoiceField(
        label="Time zone", choices=time_zone_choices, help_text="Every time in the portal is shown in it."
    )
    current_password = forms.CharField(
        label="Current password",
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text="Only needed to change the e-mail address, which is what you sign in with.",
    )

    class Meta:
        model = Account
        fields = ["title", "name", "department", "time_zone", "email"]
        widgets = {
            "title": forms.TextInput(attrs={"autocomplete": "honorific-prefix"}),
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "email": forms.EmailInput(attrs={"autocomplete": "email"}),
        }

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        self.email_before = self.instance.email
        self.fields["time_zone"].choices = choices_with(self.instance.time_zone)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        email = str(data.get("email", self.email_before)).lower()
        if email != self.email_before:
            self._check_password(data.get("current_password", ""))
        return data

    def _check_password(self, password: str) -> None:
        complaint = "To change the e-mail address, enter your password."
        try:
            if not password:
                raise ValidationError(complaint)
            check_own_password(self.request, password, complaint)
        except ValidationError as error:
            self.add_error("current_password", error)
