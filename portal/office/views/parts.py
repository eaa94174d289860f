"""Somebody is given a part in a course or a department, or it is taken from them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from portal.accounts.models import Account
from portal.attendance.access import LecturerRequest, for_administrators
from portal.office.person_forms import PartForm


@require_POST
@for_administrators
def change_part(request: LecturerRequest, account_id: int) -> HttpResponse:
    """Add the part, or take it away where the form says so. Done twice it is as done once."""
    account = get_object_or_404(Account, pk=account_id)
    form = PartForm(request.POST)
    if not form.is_valid():
        for errors in form.errors.values():
            messages.warning(request, gettext("Nothing was changed. {value}").format(value=errors[0]))
    else:
        people = getattr(form.cleaned_data["found"], form.cleaned_data["kind"])
        if "remove" in request.POST:
            people.remove(account)
        else:
            people.add(account)
        messages.success(request, gettext("Saved."))
    return redirect("office:person", account.pk)
