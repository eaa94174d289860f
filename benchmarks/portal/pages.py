"""Which pages are opened: ``python -m benchmarks.portal.pages PEOPLE`` prints them, with a sign-in for each person.

A process of its own for each database: Django knows one. It also counts the queries of each kind of page.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

STAFF_ONE_IN = 8
"""Of those who open pages; the others are lecturers."""

ROWS_OF_EXPORT = 100_000
PAGES_TO_FAR = 20


def main() -> None:
    importlib.import_module("django").setup()
    persons = [_person(place, account) for place, account in enumerate(_accounts(int(sys.argv[1])))]
    queries: dict[str, int] = {}
    # One of staff, and a lecturer.
    for person in persons[:2]:
        for kind, address in dict.fromkeys(person["pages"]):
            queries[kind] = max(queries.get(kind, 0), _queries(person["client"], address))
    told = [{name: person[name] for name in ("session", "pages")} for person in persons]
    models: Any = importlib.import_module("portal.attendance.models")
    days = _export_days(models)
    exports = {
        "records": f"/records.csv?since={days[0]}&until={days[1]}",
        "rosters": "/term/export/rosters.csv",
    }
    marks = models.Mark.objects.count()
    json.dump({"people": told, "queries": queries, "exports": exports, "marks": marks}, sys.stdout)


def _accounts(people: int) -> Iterator[Any]:
    model: Any = importlib.import_module("portal.accounts.models").Account
    staff = list(model.objects.filter(is_staff=True).order_by("pk"))
    lecturers = list(model.objects.filter(is_staff=False).order_by("pk"))
    for place in range(people):
        mine = staff if place % STAFF_ONE_IN == 0 else lecturers
        # Far apart, so that each has other courses and rooms.
        yield mine[place * 37 % len(mine)]


def _person(place: int, account: Any) -> dict[str, Any]:
    """A sign-in, and the kinds and addresses of the pages that somebody opens one after another."""
    test: Any = importlib.import_module("django.test")
    client = test.Client(HTTP_HOST="localhost")
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    pages = list(_pages(place, account))
    session = client.cookies["sessionid"].value
    return {"client": client, "session": session, "pages": pages}


def _pages(place: int, account: Any) -> Iterator[tuple[str, str]]:
    """As often as people open them: Today and registers most, then the records, and what looks back."""
    access: Any = importlib.import_module("portal.attendance.access")
    models: Any = importlib.import_module("portal.attendance.models")
    now = importlib.import_module("django.utils.timezone").now()
    courses = list(access.courses_of(account, access.Right.READ))
    course = courses[place * 53 % len(courses)]
    held = models.ClassSession.objects.filter(course=course, starts_at__lt=now).order_by("-starts_at")
    recent = [each.pk for each in held[:3]]
    roster = models.RosterEntry.objects.filter(course=course).order_by("pk")
    student = roster[place % roster.count()].student
    day = held[place % held.count()].day
    searches = _searches(account, course, student, day)
    yield "today", "/"
    yield "register", f"/sessions/{recent[0]}/"
    for number, query in enumerate(searches):
        yield "records", f"/records/{query}"
        if number % 2:
            yield "today", f"/?day={day - timedelta(days=number)}"
            yield "register", f"/sessions/{recent[number % len(recent)]}/"
        if number % 5 == 0:
            yield "student", f"/students/{student.pk}/"
        if number % 6 == 0:
            yield "grid", f"/courses/{course.pk}/"


def _searches(account: Any, course: Any, student: Any, day: Any) -> list[str]:
    """Each filter of the records, and a page far into them."""
    return [
        "",
        f"?after={_far_mark(account)}",
        f"?student={student.full_name.split()[-1]}",
        f"?student={student.number}",
        f"?since={day - timedelta(days=6)}&until={day}",
        f"?course={course.pk}",
        "?status=absent",
        "?status=excused",
        "?source=lecturer",
        f"?room={(course.pk - 1) // 6 + 1}",
        "?sort=session",
        f"?course={course.pk}&status=absent",
    ]


def _far_mark(account: Any) -> int:
    """The last mark of a page far into the records, as whoever goes on from page to page comes to it."""
    filters: Any = importlib.import_module("portal.lecturer.filters")
    walk: Any = importlib.import_module("portal.attendance.queries.session_walk")
    form = filters.RecordsForm(account, {})
    assert form.is_valid()
    found = form.records()
    page = found.page(filters.PER_PAGE)
    for _ in range(PAGES_TO_FAR):
        if not page.has_next:
            break
        page = found.page(filters.PER_PAGE, walk.Position.of(page.marks[-1]))
    return int(page.marks[-1].pk)


def _queries(client: Any, address: str) -> int:
    """How many the second opening of a page takes: the first fills what the process keeps."""
    connection: Any = importlib.import_module("django.db").connection
    count = 0

    def counted(execute: Any, *arguments: Any) -> Any:
        nonlocal count
        count += 1
        return execute(*arguments)

    assert client.get(address).status_code == 200, address
    with connection.execute_wrapper(counted):
        client.get(address)
    return count


def _export_days(models: Any) -> tuple[str, str]:
    """The first and last day that have about ROWS_OF_EXPORT marks between them."""
    held = models.ClassSession.objects.filter(closed_at__isnull=False).order_by("-day")
    last = held[0].day
    first, rows = last, 0
    for day in held.order_by("-day").values_list("day", flat=True).distinct():
        first, rows = day, rows + models.Mark.objects.filter(session__day=day).count()
        if rows >= ROWS_OF_EXPORT:
            break
    return first.isoformat(), last.isoformat()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.web.settings")
    main()
