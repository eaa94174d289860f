"""Sign in and out, passwords, the profile. Django's views do the work; texts and ways on are ours."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth import views
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.messages.views import SuccessMessageMixin
from django.forms import BaseModelForm
from django.http import HttpResponse
from django.urls import reverse_lazy
from django.views.generic import UpdateView
from django.views.generic.edit import FormMixin

from portal.accounts.forms import ProfileForm, ResetForm, SignInForm
from portal.accounts.lockout import forgive
from portal.accounts.models import Account


class PlainLabels(FormMixin):
    """Labels without Django's colon: they stand on a line of their own."""

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"label_suffix": ""}


class SignInView(PlainLabels, views.LoginView):
    """E-mail address and password; then to the page that was asked for, or today."""

    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True


class SignOutView(views.LogoutView):
    """Ends the session; by POST only, so that no link can do it."""


class PasswordView(PlainLabels, SuccessMessageMixin, views.PasswordChangeView):
    """A new password for who knows the old one; other sessions of the account end."""

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
    """A new password for who holds the mailed link; a lock-out of the account ends with it."""

    template_name = "accounts/reset_confirm.html"
    success_url = reverse_lazy("accounts:sign_in")
    success_message = "Your password is set. Sign in with it."

    def form_valid(self, form: SetPasswordForm) -> HttpResponse:
        forgive(form.user.email)
        return super().form_valid(form)


class ProfileView(PlainLabels, UpdateView):
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
