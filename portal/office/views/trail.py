"""Who changed what, for staff to search."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from portal.accounts.models import Account
from portal.attendance.access import LecturerRequest, for_staff, zone_of
from portal.attendance.queries.trail import KINDS, Asked, find_entries
from portal.attendance.schedule import day_range
from portal.web.languages import later as _

ON_A_PAGE = 50
OF_ADMINISTRATORS = ("account",)
"""Accounts are administrators' to keep, and what was changed of them is theirs to read."""


def _day(label: str) -> forms.DateField:
    return forms.DateField(
        label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class TrailForm(forms.Form):
    """What is looked for in the trail."""

    text = forms.CharField(label=_("What it was called, or was changed to"), required=False, max_length=200)
    who = forms.CharField(label=_("Who changed it"), required=False, max_length=200)
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    since, until = _day(_("From")), _day(_("To"))
    before = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)

    def __init__(self, account: Account, data: Any) -> None:
        super().__init__(data)
        self.hidden = () if account.is_superuser else OF_ADMINISTRATORS
        kinds = [(name, words) for name, words in KINDS.items() if name not in self.hidden]
        self.fields["kind"].choices = [("", gettext("Everything but marks")), *kinds]  # type: ignore[attr-defined]

    def asked(self, account: Account) -> Asked:
        """What the valid form asks for; days are those of the account's zone."""
        values, zone = self.cleaned_data, zone_of(account)
        return Asked(
            values["text"],
            values["who"],
            values["kind"],
            day_range(values["since"], zone)[0] if values["since"] else None,
            day_range(values["until"], zone)[1] if values["until"] else None,
        )


@require_safe
@for_staff
def trail(request: LecturerRequest) -> HttpResponse:
    """A page of the changes that the address asks for, the latest first."""
    form = TrailForm(request.user, request.GET)
    if not form.is_valid():
        return render(request, "office/trail.html", {"form": form}, status=400)
    found = find_entries(form.asked(request.user), ON_A_PAGE + 1, form.cleaned_data["before"], form.hidden)
    context = {"form": form, "entries": found[:ON_A_PAGE], "has_next": len(found) > ON_A_PAGE}
    return render(request, "office/trail.html", context)
