"""Queries that are written once give what the queries would that they were made from."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.test.utils import CaptureQueriesContext
from django.utils.text import format_lazy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.accounts.models import Account
from portal.attendance import access
from portal.attendance.access import Right
from portal.attendance.models import ClassSession, Department, Mark, RosterEntry, Student
from portal.attendance.queries import register_facts
from portal.web.prepared import prepared
from tests.portal.school import NINE, School, found_school

pytestmark = pytest.mark.django_db

written: list[str] = []


@pytest.fixture
def school() -> School:
    return found_school(NINE)


@prepared
def _of_days(courses: tuple[int, ...] | None, first: date, until: datetime, room: int) -> QuerySet[ClassSession]:
    written.append("days")
    found = ClassSession.objects.filter(day__gte=first, starts_at__lt=until, room=room).select_related("course")
    return found if courses is None else found.filter(course__in=courses)


@prepared
def _named(text: str, course: int, *, is_active: bool) -> QuerySet[Student]:
    written.append("named")
    on_roster = RosterEntry.objects.filter(course=course).values("student")
    return Student.objects.filter(Q(full_name__contains=text) & Q(pk__in=on_roster), is_active=is_active)


@prepared
def _compared(
    text: str, keys: tuple[int, ...] | None, room: int, day: date, at: datetime, *, negated: bool
) -> QuerySet[Any, tuple[Any, ...]]:
    """Of each class session whether each condition holds, or with ``negated`` whether ``exclude`` leaves it in."""
    listed = Q(pk=room) if keys is None else Q(pk__in=keys) | Q(late_after_minutes__in=keys)
    conditions = [
        Q(course__code__contains=text),
        Q(course__title=text) | Q(course__code__startswith=text),
        listed,
        Q(pk=room) | Q(pk__gt=room, late_after_minutes=room),
        Q(day__gte=day) & Q(starts_at__gt=at),
        Q(starts_at__lte=at) | Q(closed_at__gt=at),
    ]
    rows = ClassSession.objects.order_by("pk")
    for number, condition in enumerate(conditions):
        found = ClassSession.objects.exclude(condition) if negated else ClassSession.objects.filter(condition)
        rows = rows.annotate(**{f"found_{number}": Exists(found.filter(pk=OuterRef("pk")))})
    return rows.values_list("pk", *(f"found_{number}" for number in range(len(conditions))))


_TEXTS = st.one_of(
    st.text("%_\\'CS 3é", max_size=4),
    st.sampled_from(["CSC 301", "csc 301", Mark.Status.LATE, format_lazy("{a}SC", a="C"), "Operating Systems"]),
)
_NUMBERS = st.one_of(st.integers(-1, 4), st.booleans(), st.sampled_from([2**63 - 1, -(2**63)]))
_INSTANTS = st.builds(
    lambda minutes, zone: (NINE + timedelta(minutes=minutes)).astimezone(zone),
    st.integers(-2000, 2000),
    st.sampled_from([UTC, ZoneInfo("Europe/Berlin"), ZoneInfo("Pacific/Apia")]),
)


def test_every_kind_of_value_is_put_in_anew_at_each_call(school: School) -> None:
    early, late = date(2000, 1, 1), school.session.ends_at
    school.meet(school.session.starts_at + timedelta(days=1), course=school.other_course)
    room, both = school.room.pk, (school.course.pk, school.other_course.pk)
    tomorrow = late + timedelta(days=2)
    calls: list[tuple[Any, ...]] = [
        *((courses, early, tomorrow, room) for courses in (None, (), both[:1], both[1:], both, (*both, 99))),
        (both, early, late, room),
        (both, date(2100, 1, 1), tomorrow, room),
        (both, early, tomorrow, room + 1),
    ]
    for call in calls * 2:
        assert _of_days(*call) == list(_of_days.__wrapped__(*call)), call  # type: ignore[attr-defined]
    assert [len(_of_days(*call)) for call in calls] == [2, 0, 1, 1, 2, 2, 1, 0, 0]
    student = school.students[0]
    name, course = student.full_name.split()[-1], school.course.pk
    assert _named(name, course, is_active=True) == [student]
    assert _named(name, course, is_active=False) == _named(name, 99, is_active=True) == []
    assert _named("%", course, is_active=True) == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=_TEXTS,
    keys=st.none() | st.lists(_NUMBERS, max_size=5).map(tuple),
    room=_NUMBERS | st.sampled_from([2**63, 10**30]),
    day=st.dates(date(2026, 11, 22), date(2026, 11, 25)),
    at=_INSTANTS,
    negated=st.booleans(),
)
def test_whatever_is_asked_for_and_whatever_is_left_out_the_rows_are_those_of_the_query_set(
    school: School, **values: Any
) -> None:
    assert _compared(**values) == list(_compared.__wrapped__(**values))  # type: ignore[attr-defined]


def test_a_query_is_written_once_for_lists_of_about_one_length(school: School) -> None:
    first, until = date(2000, 1, 1), school.session.ends_at
    _of_days((1, 2, 3), first, until, 1)
    _of_days(None, first, until, 1)
    before = len(written)
    for number in (3, 4):
        _of_days(tuple(range(number)), first, until, number)
    _of_days(None, first, until, 2)
    assert len(written) == before
    _of_days(tuple(range(5)), first, until, 1)
    assert len(written) == before + 1


def test_a_query_on_a_list_that_was_made_longer_finds_nothing_twice(school: School) -> None:
    with CaptureQueriesContext(connection) as asked:
        found = _of_days((school.course.pk, 98, 99), date(2000, 1, 1), school.session.ends_at, school.room.pk)
    assert found == [school.session]
    assert asked.captured_queries[0]["sql"].count("99") == 2


@pytest.mark.parametrize("right", list(Right))
def test_everybody_gets_what_they_may_see_whoever_asked_before(school: School, right: Right) -> None:
    assistant, viewer = (
        Account.objects.create_user(f"{name}@example.org", "secret") for name in ("assistant", "viewer")
    )
    school.course.assistants.add(assistant)
    department = Department.objects.create(name="Mathematics")
    department.viewers.add(viewer)
    school.other_course.department = department
    school.other_course.save()
    people = [school.lecturer, school.other, school.staff, assistant, viewer]
    seen = {person: {each.pk for each in access.list_courses(person, right)} for person in people}
    assert seen == {person: {each.pk for each in access.courses_of(person, right)} for person in people}
    assert seen[school.lecturer] == {school.course.pk}
    assert len(seen[school.staff]) == 2
    may = {person: bool(access._course(person, school.course.pk, right)) for person in people}
    assert may == {person: school.course.pk in seen[person] for person in people}


def test_rows_of_a_prepared_query_are_new_at_each_call(school: School) -> None:
    first, second = (register_facts._members(school.session, NINE, NINE) for _ in range(2))
    assert first == second
    assert first[0] is not second[0]
