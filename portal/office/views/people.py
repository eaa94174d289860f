"""Everybody with an account: who may do what, and who has not come yet."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from portal.accounts.invitations import not_invited
from portal.accounts.mailing import can_mail
from portal.accounts.models import Account
from portal.attendance.access import LecturerRequest, for_administrators
from portal.attendance.models import Course, Department, Task
from portal.attendance.services.tasks import ask

PER_PAGE = 50
GROUPS = {
    "": (_("Everybody"), Q()),
    "staff": (_("Staff"), Q(is_staff=True)),
    "waiting": (_("Never signed in"), Q(last_login=None, is_active=True)),
    "gone": (_("May not sign in"), Q(is_active=False)),
}
INVITING = "accounts.invite"


@require_safe
@for_administrators
def people(request: LecturerRequest) -> HttpResponse:
    """A page of the accounts that the address asks for."""
    text, show = request.GET.get("q", "").strip()[:100], request.GET.get("show", "")
    group = GROUPS.get(show, GROUPS[""])
    found = _with_courses(_search(text).filter(group[1]))
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(each, _parts(each)) for each in page.object_list],
        "q": text,
        "show": show,
        "groups": [(name, words) for name, (words, _) in GROUPS.items()],
        "not_invited": not_invited().count(),
        "inviting": Task.objects.filter(name=INVITING).order_by("-pk").first(),
        "can_mail": can_mail(),
    }
    return render(request, "office/people.html", context)


@require_POST
@for_administrators
def invite_everybody(request: LecturerRequest) -> HttpResponse:
    """Whoever has never signed in and was never invited is sent an invitation, by the worker."""
    ids = list(not_invited().values_list("pk", flat=True))
    running = Task.objects.filter(name=INVITING, state__in=[Task.State.WAITING, Task.State.RUNNING])
    if ids and not running.exists():
        origin = request.build_absolute_uri("/")
        asked_at = timezone.now().isoformat()
        ask(INVITING, request.user, len(ids), ids=ids, origin=origin, asked_at=asked_at)
        messages.success(request, gettext("The invitations are on their way."))
    return redirect("office:people")


def _search(text: str) -> QuerySet[Account]:
    words = Q()
    for word in text.split():
        words &= Q(name__icontains=word) | Q(email__icontains=word) | Q(number__icontains=word)
    return Account.objects.filter(words).order_by("name", "email", "pk")


def _with_courses(accounts: QuerySet[Account]) -> QuerySet[Any]:
    """With how many courses each teaches and assists in, and how many departments each reads."""

    def count(pairs: Any) -> Coalesce:
        mine = pairs.objects.filter(account=OuterRef("pk")).order_by().values("account")
        return Coalesce(Subquery(mine.annotate(number=Count("pk")).values("number")), 0)

    return accounts.annotate(
        teaches=count(Course.lecturers.through),
        assists=count(Course.assistants.through),
        reads=count(Department.viewers.through),
    )


def _parts(account: Any) -> str:
    """What somebody of ``_with_courses`` may do, in a few words."""
    found = [account.role] if account.is_staff else []
    number = account.teaches
    if number:
        found.append(ngettext("teaches {number} course", "teaches {number} courses", number).format(number=number))
    if number := account.assists:
        words = ngettext("assists in {number} course", "assists in {number} courses", number)
        found.append(words.format(number=number))
    if number := account.reads:
        words = ngettext("reads {number} department", "reads {number} departments", number)
        found.append(words.format(number=number))
    return capfirst(" · ".join(found)) or gettext("No course yet")
