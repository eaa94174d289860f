"""One account: what the office says of it, and its invitation."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_http_methods, require_POST

from portal.accounts.factors.keeping import has_factor, take_factors_off, tell_owner
from portal.accounts.invitations import VALID_FOR, invite
from portal.accounts.mailing import can_mail, log_failure
from portal.accounts.models import Account, SignIn
from portal.accounts.sessions import end_sessions
from portal.accounts.single_sign_on import chosen
from portal.accounts.single_sign_on.matching import disconnect, identity_of
from portal.attendance.access import LecturerRequest, for_administrators
from portal.attendance.models import Course, Department
from portal.office.person_forms import PartForm, PersonForm
from portal.office.saving import save_form


@require_http_methods(["GET", "HEAD", "POST"])
@for_administrators
def add(request: LecturerRequest) -> HttpResponse:
    """A new account, whose owner is invited at once where mails are sent."""
    form = save_form(
        lambda: PersonForm(request.user, request.POST if request.method == "POST" else None, label_suffix="")
    )
    if not form.is_bound or form.errors:
        return render(request, "office/person.html", {"form": form}, status=422 if form.is_bound else 200)
    account = form.instance
    if can_mail():
        _invite(request, account)
    else:
        messages.success(
            request,
            gettext("{account} has an account. Set a password below: this portal sends no mails.").format(
                account=account
            ),
        )
    return redirect("office:person", account.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@for_administrators
def person(request: LecturerRequest, account_id: int) -> HttpResponse:
    """An account as it stands; what is changed stands in the trail."""
    account = get_object_or_404(Account, pk=account_id)

    if request.method != "POST":
        return _page(request, account, PersonForm(request.user, instance=account, label_suffix=""))
    form = save_form(
        lambda: PersonForm(request.user, request.POST, instance=Account.objects.get(pk=account_id), label_suffix="")
    )
    if form.errors:
        return _page(request, account, form)
    messages.success(request, gettext("Saved."))
    return redirect("office:person", account.pk)


@require_POST
@for_administrators
def invite_again(request: LecturerRequest, account_id: int) -> HttpResponse:
    """Another invitation, for who has never signed in."""
    account = get_object_or_404(Account, pk=account_id, last_login=None, is_active=True, merged_into=None)
    _invite(request, account)
    return redirect("office:person", account.pk)


@require_POST
@for_administrators
def take_off(request: LecturerRequest, account_id: int) -> HttpResponse:
    """Take the second factors off an account whose owner has lost the device; the owner is told by mail."""
    account = get_object_or_404(Account, pk=account_id)
    if take_factors_off(account):
        messages.success(
            request,
            gettext("Taken off. {account} signs in with the password alone, and sets new ones up then.").format(
                account=account
            ),
        )
    return redirect("office:person", account.pk)


@require_POST
@for_administrators
def disconnect_provider(request: LecturerRequest, account_id: int) -> HttpResponse:
    """Let nobody sign in to the account by single sign-on, until it is connected anew; the owner is told by mail."""
    account, provider = get_object_or_404(Account, pk=account_id), chosen()
    if provider and disconnect(provider, account):
        end_sessions(SignIn.objects.filter(account=account.person))
        tell_owner(account, gettext_noop("An administrator has disconnected it from {name}."), name=provider.name)
        messages.success(request, gettext("Disconnected from {name}.").format(name=provider.name))
    return redirect("office:person", account.pk)


def _invite(request: LecturerRequest, account: Account) -> None:
    try:
        invite(account, request.build_absolute_uri("/"))
    except OSError as error:  # SMTP's errors are such too.
        log_failure(account.pk, error)
        messages.error(
            request, gettext("The mail server took no mail. The account is there: send the invitation later.")
        )
    else:
        messages.success(request, gettext("An invitation is on its way to {email}.").format(email=account.email))


def _page(request: LecturerRequest, account: Account, form: PersonForm) -> HttpResponse:
    provider = chosen()
    context: dict[str, Any] = {
        "form": form,
        "account": account,
        "merged": account.merged.order_by("email"),
        "parts": parts_of(account),
        "kinds": PartForm.KINDS,
        "course_codes": Course.objects.order_by("code").values_list("code", flat=True)[:1000],
        "departments": Department.objects.values_list("name", flat=True)[:1000],
        "can_invite": can_mail() and account.is_active and account.last_login is None and not account.merged_into_id,
        "days": VALID_FOR.days,
        "may_set_password": account.is_active and not account.merged_into_id and account != request.user.person,
        "has_factor": has_factor(account),
        "provider": provider,
        "identity": identity_of(provider, account) if provider else None,
    }
    return render(request, "office/person.html", context, status=422 if form.is_bound else 200)


def parts_of(account: Account) -> list[tuple[str, str, str, str]]:
    """Kind, words, the course's code or the department's name, and the title, of each part somebody has."""
    words = dict(PartForm.KINDS)
    found = [("lecturers", each.code, each.title) for each in account.courses.all()]
    found += [("assistants", each.code, each.title) for each in account.assisted_courses.all()]
    found += [("viewers", each.name, "") for each in account.viewed_departments.all()]
    return [(kind, str(words[kind]), where, title) for kind, where, title in found]
