"""Sign in and out, passwords, the profile. Django's views do the work; texts and ways on are ours."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth import views
from django.contrib.auth.forms import AuthenticationForm, SetPasswordForm
from django.contrib.messages.views import SuccessMessageMixin
from django.core.exceptions import ValidationError
from django.forms import BaseForm, BaseModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse, reverse_lazy
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST
from django.views.generic import UpdateView
from django.views.generic.edit import FormMixin

from portal.accounts.browsers import remember_browser
from portal.accounts.forms import MUST_WAIT, PasswordForm, ProfileForm, ResetForm, SignInForm
from portal.accounts.limits import forgive
from portal.accounts.models import Account
from portal.accounts.time_zones import validate_time_zone


class PlainLabels(FormMixin):
    """Labels without Django's colon: they stand on a line of their own."""

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"label_suffix": ""}


class Delayed(FormMixin):
    """A form that asks for a password: 429 where it has not been looked at yet."""

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        answer = super().form_invalid(form)
        for errors in form.errors.as_data().values():
            for error in errors:
                if error.code == MUST_WAIT:
                    answer.status_code = 429
                    answer.headers["Retry-After"] = str((error.params or {})["seconds"])
        return answer


class AsksOwnPassword(Delayed):
    """A form that asks for the password of whoever is signed in."""

    request: HttpRequest

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"request": self.request}


class SignInView(PlainLabels, Delayed, views.LoginView):
    """E-mail address and password; then to the page that was asked for, or today."""

    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        answer = super().form_valid(form)
        remember_browser(self.request, answer, form.get_user())
        return answer


class SignOutView(views.LogoutView):
    """Ends the session; by POST only, so that no link can do it."""


class PasswordView(PlainLabels, AsksOwnPassword, SuccessMessageMixin, views.PasswordChangeView):
    """A new password for who knows the old one; other sessions of the account end."""

    form_class = PasswordForm
    template_name = "accounts/password.html"
    success_url = reverse_lazy("accounts:profile")
    success_message = "Your password is changed. Everywhere else you have been signed out."


class ResetView(PlainLabels, views.PasswordResetView):
    """Mails a reset link; the answer is the same whether there is such an account or not."""

    template_name = "accounts/reset.html"
    form_class = ResetForm
    email_template_name = "accounts/reset_mail.txt"
    subject_template_name = "accounts/reset_mail_subject.txt"
    success_url = reverse_lazy("accounts:password_reset_sent")


class ResetSentView(views.PasswordResetDoneView):
    """Says that a mail is on its way, if the account exists."""

    template_name = "accounts/reset_sent.html"


class ResetConfirmView(PlainLabels, SuccessMessageMixin, views.PasswordResetConfirmView):
    """A new password for who holds the mailed link: who has to wait after wrong ones gets in with it at once."""

    template_name = "accounts/reset_confirm.html"
    success_url = reverse_lazy("accounts:sign_in")
    success_message = "Your password is set. Sign in with it."

    def form_valid(self, form: SetPasswordForm) -> HttpResponse:
        answer = super().form_valid(form)
        forgive(form.user.email)
        remember_browser(self.request, answer, form.user)
        return answer


@require_POST
def take_time_zone(request: HttpRequest) -> HttpResponse:
    """Read times in the zone of the device that the person uses now, and go on where they were."""
    account = cast(Account, request.user)
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    if not (is_ours and back.startswith("/")):
        back = reverse("accounts:profile")
    zone = request.POST.get("time_zone", "")
    try:
        validate_time_zone(zone)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        Account.objects.filter(pk=account.pk).update(time_zone=zone)
        messages.success(request, f"Times are now in {zone}.")
    return HttpResponseRedirect(back)


class ProfileView(PlainLabels, AsksOwnPassword, UpdateView):
    """A person's own name, e-mail address, title, department and time zone."""

    template_name = "accounts/profile.html"
    form_class = ProfileForm
    success_url = reverse_lazy("accounts:profile")

    def get_object(self, queryset: object = None) -> Account:
        # A copy: a form that is refused leaves its values on it, and the page's head shows the account as it is.
        return Account.objects.get(pk=cast(Account, self.request.user).pk)

    def form_valid(self, form: BaseModelForm) -> HttpResponse:
        messages.success(self.request, "Your profile is saved.")
        return super().form_valid(form)
