"""Sign in and out, passwords, the profile. Django's views do the work; texts and ways on are ours."""

from __future__ import annotations

from functools import partial
from typing import Any, cast
from urllib.parse import urljoin

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm, SetPasswordForm
from django.contrib.auth.tokens import default_token_generator
from django.contrib.messages.views import SuccessMessageMixin
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.forms import BaseForm, BaseModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import translation
from django.utils.decorators import method_decorator
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST
from django.views.generic import FormView, UpdateView
from django.views.generic.edit import FormMixin

from portal.accounts.browser_names import browser_words
from portal.accounts.browsers import remember_browser
from portal.accounts.calendar_addresses import addresses_of, make_address, revoke_address
from portal.accounts.factors.keeping import has_factor
from portal.accounts.forms import PasswordForm, ProfileForm, ResetForm, SignInForm, answer_to_guess
from portal.accounts.invitations import INVITATIONS
from portal.accounts.limits import forgive, may_mail
from portal.accounts.mailing import can_mail, send_beside, send_mail
from portal.accounts.models import Account, SignIn
from portal.accounts.new_address import read_new_address, sign_new_address
from portal.accounts.sessions import end_sessions, sign_ins_of
from portal.accounts.signing_in import PASSWORD, owe_factor, safe_next, sign_in
from portal.accounts.single_sign_on import chosen, takes_passwords
from portal.accounts.single_sign_on.matching import identity_of
from portal.accounts.time_zones import validate_time_zone
from portal.web.languages import is_language, reading_language


class PlainLabels(FormMixin):
    """Labels without Django's colon: they stand on a line of their own."""

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"label_suffix": ""}


class Delayed(FormMixin):
    """A form that asks for a password: 429 where it has not been looked at yet."""

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        return answer_to_guess(super().form_invalid(form), form)


class AsksOwnPassword(Delayed):
    """A form that asks for the password of whoever is signed in."""

    request: HttpRequest

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"request": self.request}


class SignInView(PlainLabels, Delayed, views.LoginView):
    """E-mail address and password; then to the second factor of who has one, or to the page that was asked for."""

    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        return super().get_context_data(**context) | {"provider": chosen(), "takes_passwords": takes_passwords()}

    def post(self, request: HttpRequest, *arguments: Any, **options: Any) -> HttpResponse:
        if not takes_passwords():
            raise Http404("the provider alone lets in")
        return super().post(request, *arguments, **options)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        account, is_own_device = form.get_user(), form.cleaned_data["is_own_device"]
        if has_factor(account):
            owe_factor(self.request, account, self.get_success_url(), is_own_device=is_own_device)
            return redirect("accounts:second_step")
        answer = redirect(self.get_success_url())
        sign_in(self.request, answer, account, PASSWORD, is_own_device=is_own_device)
        return answer


class SignOutView(views.LogoutView):
    """Ends the session; by POST only, so that no link can do it."""

    def post(self, request: HttpRequest, *arguments: Any, **options: Any) -> HttpResponse:
        end_sessions(SignIn.objects.filter(session_key=request.session.session_key))
        return super().post(request, *arguments, **options)


@require_POST
def sign_out_elsewhere(request: HttpRequest) -> HttpResponse:
    """End all sessions of the account but this one."""
    elsewhere = sign_ins_of(cast(Account, request.user)).exclude(session_key=request.session.session_key)
    number = end_sessions(elsewhere)
    messages.success(
        request,
        ngettext("Signed out in {number} other browser.", "Signed out in {number} other browsers.", number).format(
            number=number
        ),
    )
    return redirect("accounts:profile")


class PasswordView(PlainLabels, AsksOwnPassword, SuccessMessageMixin, views.PasswordChangeView):
    """A new password for who knows the old one; other sessions of the account end."""

    form_class = PasswordForm
    template_name = "accounts/password.html"
    success_url = reverse_lazy("accounts:profile")
    success_message = _("Your password is changed. Everywhere else you have been signed out.")

    def form_valid(self, form: SetPasswordForm) -> HttpResponse:
        account = cast(Account, self.request.user)
        end_sessions(sign_ins_of(account).exclude(session_key=self.request.session.session_key))
        return super().form_valid(form)


@method_decorator(login_not_required, name="dispatch")
class ResetView(PlainLabels, FormView):
    """Mails a reset link. The answer is the same, after the same time, whether there is such an account or not."""

    template_name = "accounts/reset.html"
    form_class = ResetForm
    success_url = reverse_lazy("accounts:password_reset_sent")

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        return super().get_context_data(**context) | {"can_mail": can_mail()}

    def form_valid(self, form: ResetForm) -> HttpResponse:
        account = form.find()
        is_allowed = may_mail(self.request, account.email if account else form.cleaned_data["email"])
        origin = self.request.build_absolute_uri("/")
        send_beside(partial(_mail_link, account if is_allowed else None, origin))
        return super().form_valid(form)


def _mail_link(account: Account | None, origin: str) -> None:
    if account is not None:
        uid, token = urlsafe_base64_encode(force_bytes(account.pk)), default_token_generator.make_token(account)
        path = reverse("accounts:password_reset_confirm", kwargs={"uidb64": uid, "token": token})
        send_mail("reset_mail", {"user": account, "link": urljoin(origin, path)}, account.email, account.pk)


class ResetSentView(views.PasswordResetDoneView):
    """Says that a mail is on its way, if the account exists."""

    template_name = "accounts/reset_sent.html"


class ResetConfirmView(PlainLabels, SuccessMessageMixin, views.PasswordResetConfirmView):
    """A new password for who holds the mailed link: who has to wait after wrong ones gets in with it at once."""

    template_name = "accounts/reset_confirm.html"
    success_url = reverse_lazy("accounts:sign_in")
    success_message = _("Your password is set. Sign in with it.")

    def get_user(self, uidb64: str) -> Account | None:
        """Nobody where another account stands for it: a password of its own would let nobody in."""
        account: Account | None = super().get_user(uidb64)
        return None if account is None or account.merged_into_id else account

    def form_valid(self, form: SetPasswordForm) -> HttpResponse:
        answer = super().form_valid(form)
        end_sessions(SignIn.objects.filter(account=form.user))
        forgive(form.user.email)
        remember_browser(self.request, answer, form.user)
        return answer


class InvitationView(ResetConfirmView):
    """The first password, for who was invited."""

    token_generator = INVITATIONS
    template_name = "accounts/invitation.html"
    success_message = _("Welcome. Sign in with your e-mail address and the password that you have just chosen.")


@require_POST
def take_time_zone(request: HttpRequest) -> HttpResponse:
    """Read times in the zone of the device that the person uses now, and go on where they were."""
    account = cast(Account, request.user)
    zone = request.POST.get("time_zone", "")
    try:
        validate_time_zone(zone)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        Account.objects.filter(pk=account.pk).update(time_zone=zone)
        messages.success(request, gettext("Times are now in {zone}.").format(zone=zone))
    return redirect(safe_next(request, "accounts:profile"))


@require_POST
@login_not_required
def take_language(request: HttpRequest) -> HttpResponse:
    """Read the portal in this language from now on: in this browser, until somebody signs in who has chosen another."""
    answer = redirect(safe_next(request, "accounts:sign_in"))
    language = request.POST.get("language", "")
    if is_language(language):
        answer.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return answer


class ProfileView(PlainLabels, AsksOwnPassword, UpdateView):
    """A person's own title, preferred name, department, time zone, language and e-mail address."""

    template_name = "accounts/profile.html"
    form_class = ProfileForm
    success_url = reverse_lazy("accounts:profile")

    def get_object(self, queryset: object = None) -> Account:
        # A copy: a form that is refused leaves its values on it, and the page's head shows the account as it is.
        return Account.objects.get(pk=cast(Account, self.request.user).pk)

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        found = list(sign_ins_of(cast(Account, self.request.user)))
        for each in found:
            each.words = browser_words(each.user_agent)  # type: ignore[attr-defined]
            each.is_this = each.session_key == self.request.session.session_key  # type: ignore[attr-defined]
        address = addresses_of(cast(Account, self.request.user)).first()
        account, provider = cast(Account, self.request.user), chosen()
        return super().get_context_data(**context) | {
            "sign_ins": found,
            "calendar_address": address,
            "has_factor": has_factor(account),
            "takes_passwords": takes_passwords(),
            "provider": provider,
            "identity": identity_of(provider, account) if provider else None,
        }

    def form_valid(self, form: BaseModelForm) -> HttpResponse:
        answer = super().form_valid(form)
        # The page that says so is in the language that was just chosen.
        with translation.override(reading_language(self.request, form.instance)):
            messages.success(self.request, gettext("Your profile is saved."))
            if new := cast(ProfileForm, form).new_email:
                _ask_to_confirm(self.request, form.instance, new)
                messages.info(
                    self.request,
                    gettext("A link is on its way to {new}. Until you follow it, {old} stays.").format(
                        new=new, old=form.instance.email
                    ),
                )
        return answer


@require_POST
def calendar(request: HttpRequest) -> HttpResponse:
    """Make an address for calendar programs, which is shown in the answer alone, or revoke it."""
    account = cast(Account, request.user)
    if request.POST.get("act") == "make":
        address = request.build_absolute_uri(reverse("lecturer:calendar", args=[make_address(account)]))
        return render(request, "accounts/calendar.html", {"address": address})
    if revoke_address(account):
        messages.success(request, gettext("Revoked: the calendar address leads nowhere any more."))
    return redirect("accounts:profile")


def _ask_to_confirm(request: HttpRequest, account: Account, new: str) -> None:
    token = sign_new_address(account, new)
    link = request.build_absolute_uri(reverse("accounts:new_address", kwargs={"token": token}))
    reset = request.build_absolute_uri(reverse("accounts:password_reset"))

    def work() -> None:
        # The old one first: nothing is changed that it has not been told of.
        send_mail("old_address_mail", {"user": account, "new": new, "link": reset}, account.email, account.pk)
        send_mail("new_address_mail", {"user": account, "new": new, "link": link}, new, account.pk)

    send_beside(work)


@require_http_methods(["GET", "HEAD", "POST"])
def new_address(request: HttpRequest, token: str) -> HttpResponse:
    """Where the link in the mail to a new address leads; its owner has to be signed in, and to say yes."""
    account = cast(Account, request.user)
    new = read_new_address(token, account)
    if request.method != "POST" or not new:
        status = 200 if new else 410
        return render(request, "accounts/new_address.html", {"new": new}, status=status)
    account.email = new
    try:
        with transaction.atomic():
            account.save(update_fields=["email"])
    except IntegrityError:
        messages.error(request, gettext("There is an account with this e-mail address already."))
    else:
        messages.success(request, gettext("From now on you sign in with {new}.").format(new=new))
    return redirect("accounts:profile")
