"""An administrator sets a password for somebody whom no mail reaches."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.forms import SetPasswordForm
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from portal.accounts.limits import forgive
from portal.accounts.models import Account, SignIn
from portal.accounts.models.trail import note_row
from portal.accounts.sessions import end_sessions
from portal.attendance.access import LecturerRequest, for_administrators


@require_http_methods(["GET", "HEAD", "POST"])
@for_administrators
def set_password(request: LecturerRequest, account_id: int) -> HttpResponse:
    """It stands in the trail that somebody did so. Whoever was signed in is signed out; one's own is in the profile."""
    others = Account.objects.filter(is_active=True, merged_into=None).exclude(pk=request.user.person.pk)
    account = get_object_or_404(others, pk=account_id)
    form: SetPasswordForm[Account] = SetPasswordForm(
        account, request.POST if request.method == "POST" else None, label_suffix=""
    )
    if not form.is_valid():
        context = {"form": form, "account": account}
        return render(request, "office/password.html", context, status=422 if form.is_bound else 200)
    with transaction.atomic():
        form.save()
        note_row(account, "password", new="set by an administrator")
        end_sessions(SignIn.objects.filter(account=account))
    forgive(account.email)
    messages.success(request, gettext("{account} has a new password.").format(account=account))
    return redirect("office:person", account_id)
