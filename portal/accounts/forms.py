"""The forms of sign-in and profile."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.accounts.limits import MustWait, may_mail
from portal.accounts.mailing import can_mail
from portal.accounts.models import Account
from portal.accounts.passwords import account_with, is_own_password
from portal.accounts.single_sign_on import takes_passwords
from portal.accounts.time_zones import choices_with, time_zone_choices
from portal.web.lines import check_lines

MUST_WAIT = "must wait"
"""The code of the error of a form whose password was not looked at."""


def refusal(wait: MustWait, way_out: str = "") -> ValidationError:
    """The error of a form whose password was not looked at."""
    return ValidationError(f"{wait}{way_out}", code=MUST_WAIT, params={"seconds": wait.seconds})


def answer_to_guess(answer: HttpResponse, form: forms.BaseForm | None) -> HttpResponse:
    """The page of such a form: 429 where what was typed has not been looked at yet."""
    for errors in form.errors.as_data().values() if form is not None else ():
        for error in errors:
            if error.code == MUST_WAIT:
                answer.status_code = 429
                answer.headers["Retry-After"] = str((error.params or {})["seconds"])
    return answer


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
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    is_own_device = forms.BooleanField(
        label=_("This is my own device"), required=False, help_text=_("Stay signed in for a week without using it.")
    )
    error_messages = {
        "invalid_login": _("This e-mail address and password do not belong together."),
        "inactive": _("This account may not sign in any more."),
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
                raise refusal(wait, _way_out()) from None
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
        check_own_password(self.request, old, gettext("This is not your password."))
        return old


class ResetForm(forms.Form):
    """The address to send a reset link to."""

    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True}),
    )

    def find(self) -> Account | None:
        """Whose it is; also of who has no password yet: this is how they get one."""
        found = Account.objects.person_with(self.cleaned_data["email"])
        return found if found and found.is_active else None


class ProfileForm(forms.ModelForm):
    """What a person may change about themselves; a new e-mail address takes the current password.

    ``new_email`` is the address to be confirmed; it is not saved with the rest.
    """

    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=time_zone_choices, help_text=_("Every time in the portal is shown in it.")
    )
    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        choices=[("", _("As the browser says")), *settings.LANGUAGES],
        help_text=_("Of pages, and of mails to you."),
    )
    current_password = forms.CharField(
        label=_("Current password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text=_("Only needed to change the e-mail address, which is what you sign in with."),
    )

    class Meta:
        model = Account
        fields = ["title", "preferred_name", "department", "time_zone", "language", "email"]
        labels = {
            "title": _("Title before the name"),
            "preferred_name": _("Preferred name"),
            "department": _("Department"),
        }
        widgets = {
            "title": forms.TextInput(attrs={"autocomplete": "honorific-prefix"}),
            "preferred_name": forms.TextInput(attrs={"autocomplete": "nickname"}),
            "email": forms.EmailInput(attrs={"autocomplete": "email"}),
        }

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        check_lines(self)
        self.request = request
        self.email_before = self.instance.email
        self.fields["time_zone"].choices = choices_with(self.instance.time_zone)  # type: ignore[attr-defined]
        self.new_email = ""
        self.fields["email"].help_text = gettext(
            "A new one counts once you have followed the link that is mailed to it."
        )
        if not takes_passwords():
            # Without a password nobody shows that they may change it: it is the office's.
            del self.fields["email"], self.fields["current_password"]

    def clean_title(self) -> str:
        title = str(self.cleaned_data["title"])
        if title != self.instance.title and _names_somebody(title, self.instance):
            raise ValidationError(gettext("A title holds nobody’s name. Is yours alike? Ask the office to enter it."))
        return title

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        email = str(data.get("email", self.email_before)).lower()
        if email != self.email_before:
            self.new_email = email
            self._check_new_email(data.get("current_password", ""))
        return data

    def save(self, commit: bool = True) -> Account:
        self.instance.email = self.email_before
        saved: Account = super().save(commit=False)
        if commit:
            saved.save(update_fields=[name for name in self.Meta.fields if name != "email"])
        return saved

    def _check_new_email(self, password: str) -> None:
        complaint = gettext("To change the e-mail address, enter your password.")
        try:
            if not password:
                raise ValidationError(complaint)
            check_own_password(self.request, password, complaint)
        except ValidationError as error:
            self.add_error("current_password", error)
            return
        if not can_mail():
            self.add_error(
                "email", gettext("This portal has no mail server to confirm it by: ask the office to change it.")
            )
        elif not may_mail(self.request, self.new_email):
            self.add_error("email", gettext("Too many mails have been sent to this address. Try again in an hour."))


def _way_out() -> str:
    """With a new password nobody waits."""
    how = (
        gettext("set a new password by mail")
        if can_mail()
        else gettext("have whoever runs Rollcall set a new password")
    )
    return gettext(" Or {how}: with it you are let in at once.").format(how=how)


def _names_somebody(text: str, but: Account) -> bool:
    """Whether somebody else's official name stands in the text, or a part of it that is no initial."""
    words = set(_words_of(text))
    others = Account.objects.exclude(pk=but.pk).values_list("name", flat=True)
    return any(_shares_name(words, set(_words_of(name))) for name in others) if words else False


def _shares_name(words: set[str], name: set[str]) -> bool:
    return any(len(word) > 2 for word in words & name) or (len(name) > 1 and name <= words)


def _words_of(text: str) -> list[str]:
    """Without accents, and without signs that have no shape: between two letters they would make other words of one."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return re.findall(r"[^\W\d_]+", "".join(filter(_has_shape, plain)))


def _has_shape(character: str) -> bool:
    return unicodedata.category(character) not in ("Mn", "Me", "Cf")
