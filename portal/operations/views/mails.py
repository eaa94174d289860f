"""Who is told by mail: of all rooms, by a choice of one's own; of one room, by a list that staff keep."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from portal.accounts.models import Account
from portal.attendance.access import LecturerRequest, for_staff
from portal.attendance.models import Room, RoomContact


@require_POST
@for_staff
def tell_me(request: LecturerRequest) -> HttpResponse:
    """Switch one's own mails on or off."""
    is_told = request.POST.get("told") == "1"
    Account.objects.filter(pk=request.user.pk).update(is_told_of_cameras=is_told)
    if is_told:
        messages.success(
            request, gettext("You will get mails about cameras, to {email}.").format(email=request.user.email)
        )
    else:
        messages.success(request, gettext("You will get no mails about cameras, except of rooms that name you."))
    return HttpResponseRedirect(reverse("operations:cameras"))


@require_POST
@for_staff
def change_contacts(request: LecturerRequest, room_id: int) -> HttpResponse:
    """Name one more person for a room, or one less."""
    room = get_object_or_404(Room, pk=room_id)
    back = HttpResponseRedirect(reverse("operations:room", args=[room.pk]) + "#mails")
    for act in ("add", "remove"):
        key = request.POST.get(act, "")
        if not key.isascii() or not key.isdigit() or len(key) > 18:
            continue
        account = get_object_or_404(Account, pk=int(key), is_staff=True)
        if act == "add":
            RoomContact.objects.get_or_create(room=room, account=account)
            messages.success(
                request, gettext("{account} is told of the cameras in {room}.").format(account=account, room=room)
            )
        else:
            RoomContact.objects.filter(room=room, account=account).delete()
            messages.success(
                request, gettext("{account} is no longer named for {room}.").format(account=account, room=room)
            )
        return back
    messages.error(request, gettext("Choose somebody from the list."))
    return back
