"""Two accounts of one person: one of them stands for both from then on, and it is undone as easily."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from portal.accounts.merging import MergeRefused, merge, separate
from portal.accounts.models import Account
from portal.attendance.access import LecturerRequest, for_administrators
from portal.attendance.services.transactions import repeat_transaction


@require_POST
@for_administrators
def merge_person(request: LecturerRequest, account_id: int) -> HttpResponse:
    """Let this account stand for the one whose address was typed."""
    into = get_object_or_404(Account, pk=account_id)
    email = request.POST.get("email", "").strip()
    other = Account.objects.filter(email=email).first()
    if other is None:
        messages.warning(
            request, gettext("Nothing was changed. There is no account with the address {email}.").format(email=email)
        )
    elif other == request.user:
        messages.warning(
            request, gettext("Nothing was changed. This is your own account: let yours stand for the other one.")
        )
    else:
        try:
            repeat_transaction(lambda: merge(other, into))
        except MergeRefused as refused:
            messages.warning(request, gettext("Nothing was changed. {refused}").format(refused=refused))
        else:
            messages.success(
                request, gettext("{email} signs in to this account from now on.").format(email=other.email)
            )
    return redirect("office:person", into.pk)


@require_POST
@for_administrators
def separate_person(request: LecturerRequest, account_id: int) -> HttpResponse:
    """Undo it. Done twice it is as done once."""
    account = get_object_or_404(Account.objects.select_related("merged_into"), pk=account_id)
    stood = account.person
    repeat_transaction(lambda: separate(account))
    messages.success(request, gettext("{email} is an account of its own again.").format(email=account.email))
    return redirect("office:person", stood.pk)
