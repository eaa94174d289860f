"""How often every page asks the database: seldom, and no more often where there is more to show."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.attendance.models import ClassSession, Student, WarningRule
from portal.attendance.services.closing import close_session
from tests.fixtures.patience import IS_LONG
from tests.portal.rich_school import enrich
from tests.portal.test_access import MATRIX, WHO, StaffedSchool, filled, signed_in, staffed_school

pytestmark = pytest.mark.django_db

MOST = 12
WRITING = 17
"""More statements where a page has to close a register, or to decide it anew, before it shows it."""

ROWS = 5
"""So many rows are added of each kind, before a page is opened and once more."""

READERS = WHO if IS_LONG else ("anonymous", "lecturer", "administrator")

SINGLE = {"AuthenticatorApp", "WarningScan", "WarningText"}
"""Tables of which nobody, or the whole portal, has more than a few rows."""

STATES = (
    "/records/?status=absent",
    "/records/?student=student",
    "/records/?group=student",
    "/records/?group=course",
    "/exceptions/?since=term",
    "/excuses/?q=student",
    "/excuses/?show=withdrawn",
    "/courses/?q=course",
    "/students/?q=student",
    "/students/?show=merged",
    "/people/?q=colleague",
    "/trail/?q=student",
    "/cameras/?search=room",
    "/cameras/?show=fault",
)
"""Other forms of pages of which MATRIX has the plain one."""


@pytest.fixture
def school() -> StaffedSchool:
    cache.clear()
    return staffed_school()


@pytest.fixture
def sessions(school: StaffedSchool) -> dict[str, ClassSession]:
    """A class session in each state that a register may be in; all are filled."""
    now = timezone.now()
    found = {
        "closed": school.session,
        "to come": school.meet(now + timedelta(hours=1)),
        "running": school.meet(now - timedelta(minutes=20)),
        "over": school.meet(now - timedelta(minutes=55)),
        "cancelled": school.meet(now - timedelta(hours=20), is_cancelled=True),
        # At a full hour: all that is seen in it lies in one hour, whenever the test runs.
        "closed just now": school.meet(school.session.starts_at - timedelta(hours=30)),
    }
    # Its camera goes on to see after that, and says so each minute.
    school.watch(session=found["closed just now"])
    more(school, found)
    for state in ("closed", "closed just now"):
        close_session(found[state])
    return found


def more(school: StaffedSchool, sessions: dict[str, ClassSession]) -> None:
    enrich(school, ROWS, sessions.values())


def pages(school: StaffedSchool, sessions: dict[str, ClassSession]) -> Iterator[str]:
    """Every page that is a GET away, in each state that it may be in."""
    yield from (filled(route, school) for route, answers in MATRIX.items() if 200 in answers)
    yield from STATES
    yield f"/?day={school.session.day}"
    yield from (f"/warnings/{each.pk}/" for each in WarningRule.objects.order_by("-pk")[:9])
    for session in sessions.values():
        register = f"/sessions/{session.pk}/"
        yield from (f"{register}{rest}" for rest in ("", "?q=stu", "?by=hand", "check/", "several/", "change/"))
        # One of each kind of mark, visitors among them.
        seen = session.evidence.order_by("student").values_list("student", flat=True).distinct()[:ROWS]
        yield from (f"{register}students/{key}/" for key in (*seen, school.students[1].pk, school.students[0].pk))


class Asked(dict[tuple[str, str], list[str]]):
    """What pages ask, by who opened them and their addresses; those that show something, for whoever is shown it."""

    def open(self, client: Client, who: str, address: str) -> None:
        # Opened a moment ago: what is kept for a while is known.
        client.get(address).close()
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(address)
        # A file is read while it is sent, a chunk at a time: however long it is, little of it is in memory.
        if answer.status_code == 200 and not answer.streaming:
            self[who, address] = [each["sql"] for each in queries]
        answer.close()


def opened(school: StaffedSchool, addresses: list[str]) -> Asked:
    asked = Asked()
    for who in READERS:
        client = signed_in(school, who)
        for address in addresses:
            asked.open(client, who, address)
    return asked


def test_every_table_has_rows_to_fill_pages_with(school: StaffedSchool, sessions: dict[str, ClassSession]) -> None:
    ours: list[Any] = [each for app in ("accounts", "attendance") for each in apps.get_app_config(app).get_models()]
    few = {model: model._base_manager.count() for model in ours if model.__name__ not in SINGLE}
    assert [model.__name__ for model, number in few.items() if number < ROWS] == []
    more(school, sessions)
    assert [model.__name__ for model, number in few.items() if model._base_manager.count() < number + ROWS] == []


def test_no_page_asks_more_than_twelve_times_or_more_often_where_there_is_more(
    school: StaffedSchool, sessions: dict[str, ClassSession]
) -> None:
    addresses = list(dict.fromkeys(pages(school, sessions)))
    few = opened(school, addresses)
    more(school, sessions)
    many = opened(school, addresses)
    assert len(few) > 60 * (len(READERS) - 1)
    asked = {key: (len(few[key]), len(many[key])) for key in few}
    told = {key: numbers for key, numbers in asked.items() if max(numbers) > MOST or numbers[1] > numbers[0]}
    assert told == {}, "\n".join(sql[:300] for key in told for sql in (str(key), *many[key]))


@pytest.mark.parametrize("is_late", [False, True], ids=["closes it", "decides it anew"])
def test_what_a_register_is_written_with_when_its_page_is_opened_takes_as_many_statements_for_more_rows(
    school: StaffedSchool, is_late: bool
) -> None:
    """Beside what the page itself asks: the register is held, its facts are read, rows and history are written."""
    client, taken = signed_in(school, "lecturer"), []
    client.get("/")
    for times in (1, 2):
        session = school.meet(school.session.starts_at + timedelta(minutes=times))
        for _ in range(times):
            more(school, {"": session})
        if is_late:
            close_session(session)
            school.enrol(Student.objects.create(number=f"E{times}", full_name="Enrolled just now"))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/sessions/{session.pk}/").status_code == 200
        taken.append(len(queries))
    assert taken[0] == taken[1]
    assert taken[0] <= MOST + WRITING
