"""Filters of the records under names of one's own."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from portal.attendance.access import LecturerRequest
from portal.attendance.models import SavedFilter
from portal.attendance.services.saved_filters import NotKept, forget_filter, keep_filter, rename_filter
from portal.lecturer.filters import RecordsForm


class NameForm(forms.ModelForm):
    """The name of a filter."""

    class Meta:
        model = SavedFilter
        fields = ("name",)


@require_POST
def keep(request: LecturerRequest) -> HttpResponse:
    """Keep what is asked for under a name."""
    asked, form = RecordsForm(request.user, QueryDict(request.POST.get("query", ""))), NameForm(request.POST)
    if not (asked.is_valid() and form.is_valid()):
        messages.error(request, gettext("Not kept: give it a name of at most 60 characters."))
        return redirect("lecturer:records")
    query = asked.query()
    try:
        kept = keep_filter(request.user, form.cleaned_data["name"], query)
    except NotKept as error:
        messages.error(request, str(error))
    else:
        messages.success(request, gettext("Kept as “{name}”.").format(name=kept.name))
    return redirect(f"{reverse('lecturer:records')}?{query}")


@require_POST
def change(request: LecturerRequest, filter_id: int) -> HttpResponse:
    """Rename a filter of one's own, or delete it."""
    kept = get_object_or_404(SavedFilter, pk=filter_id, account=request.user)
    if "delete" in request.POST:
        forget_filter(kept)
        messages.success(request, gettext("“{name}” is deleted.").format(name=kept.name))
        return redirect("lecturer:records")
    form = NameForm(request.POST)
    try:
        if not form.is_valid():
            raise NotKept(gettext("Give it a name of at most 60 characters."))
        rename_filter(kept, form.cleaned_data["name"])
    except NotKept as error:
        messages.error(request, str(error))
    else:
        messages.success(request, gettext("It is called “{name}” now.").format(name=kept.name))
    return redirect("lecturer:records")
