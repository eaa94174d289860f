"""A database of the first release becomes one of this: what is kept, and that a failure half-way does no harm."""

from __future__ import annotations

import functools
import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from django.db import IntegrityError, connection
from pytest_django import DjangoDbBlocker

from portal.attendance.models import (
    ClassSession,
    Evidence,
    Mark,
    MarkChange,
    RoomCamera,
    RosterEntry,
    Student,
)
from tests.fixtures.mariadb import MariaDB
from tests.fixtures.patience import few, only_long
from tests.fixtures.portal_database import connected_to
from tests.portal.migrating.copies import FirstReleases
from tests.portal.migrating.first_release import (
    NINE,
    PHRASES,
    RECENTLY,
    migrate,
    second_number,
    work_on_with_the_first_release,
)
from tests.portal.migrating.interruption import Killed, everything, killed_after
from tests.portal.migrating.kept_models import models_are_kept

EVERY_STATEMENT = bool(os.environ.get("EVERY_STATEMENT"))
"""Set by ``make test-migrations``, which has minutes."""

PARTS = 2 if EVERY_STATEMENT else 1
"""Into so many tests the statements are dealt out, for as many processes."""

TO_THE_END: tuple[str, ...] = () if EVERY_STATEMENT else ("attendance", "0004")
"""How far a failed upgrade goes on: in the usual run until the facts are complete."""

STEP = 5 if EVERY_STATEMENT else 30
"""By how many statements each of several attempts gets further than the one before."""


@pytest.fixture(scope="module", autouse=True)
def _models_are_kept() -> Iterator[None]:
    with models_are_kept():
        yield


@pytest.fixture(scope="module")
def first_releases(
    mariadb: MariaDB, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> Iterator[FirstReleases]:
    databases = FirstReleases(mariadb, tmp_path_factory.mktemp("first"), django_db_blocker)
    yield databases
    databases.drop_all()


class Upgrade(NamedTuple):
    """A database of the first release that was migrated without a failure; tests only read it."""

    url: str
    statements: list[str]
    everything: dict[str, Any]


@pytest.fixture(scope="module")
def upgrade(first_releases: FirstReleases, django_db_blocker: DjangoDbBlocker) -> Callable[[str], Upgrade]:
    """Call it with "mariadb" or "sqlite", and where it shall end, if not with the last migration."""

    @functools.cache
    def make(kind: str, *target: str) -> Upgrade:
        url = first_releases.copy(kind)
        with django_db_blocker.unblock(), connected_to(url), killed_after(100_000) as statements:
            migrate(*target)
            return Upgrade(url, statements, everything())

    return make


@pytest.fixture(scope="module", params=few(["mariadb", "sqlite"]))
def upgraded(
    request: pytest.FixtureRequest, upgrade: Callable[[str], Upgrade], django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Django's connection goes to it."""
    with django_db_blocker.unblock(), connected_to(upgrade(request.param).url):
        yield


def test_marks_keep_everything_and_evidence_is_made_of_their_times(upgraded: None) -> None:
    session = ClassSession.objects.get(starts_at=NINE)
    marks = {mark.student.number: mark for mark in Mark.objects.filter(session=session)}
    present, corrected = marks["S1001"], marks[second_number()]
    assert (present.status, present.source, present.distance, present.camera_name) == (
        "present",
        "camera",
        0.31,
        "front",
    )
    assert (corrected.status, corrected.source, corrected.note) == ("absent", "lecturer", "a photo")
    assert corrected.marked_by is not None
    assert corrected.marked_by.name == "Ada"
    assert [change.to_status for change in corrected.changes.order_by("pk")] == ["excused", "absent"]
    entries = Evidence.objects.filter(student=present.student)
    assert [(each.hour, each.minutes) for each in entries] == [
        (NINE, 1 << 3),
        (NINE + timedelta(hours=1), 1 << 2),
    ]


def test_registers_that_are_over_are_closed_and_nobody_becomes_absent(upgraded: None) -> None:
    session = ClassSession.objects.get(starts_at=NINE)
    said = {mark.student.number: (mark.status, mark.on_roster) for mark in Mark.objects.filter(session=session)}
    assert said == {
        "S1001": ("present", True),
        second_number(): ("absent", True),
        "S 3": ("unseen", True),
        "0042": ("unseen", True),
        "G1": ("present", False),
    }
    assert session.closed_at
    assert not Mark.objects.exclude(session=session).exists()
    assert ClassSession.objects.filter(closed_at=None).count() == 2
    assert MarkChange.objects.filter(program="migration").count() == 2


def test_rosters_have_no_since_and_numbers_that_clash_or_break_the_rule_are_kept(upgraded: None) -> None:
    assert set(RosterEntry.objects.values_list("since", "until")) == {(None, None)}
    folded = dict(Student.objects.exclude(full_name="Of A Pair").values_list("number", "folded_number"))
    second = {"s1001": None} if connection.vendor == "sqlite" else {"T1002": "t1002"}
    assert folded == {"S1001": "s1001", "S 3": None, "0042": "0042", "G1": "g1", "I1": "i1", PHRASES: None} | second
    assert Student.objects.get(number=second_number()).plain_name.endswith("elodie")


def test_cameras_that_have_reported_lately_belong_to_their_room_since_then(upgraded: None) -> None:
    """The attic's is gone, and its recognizer adds it should it come back; closed registers count none of them."""
    assert list(RoomCamera.objects.values_list("camera_name", "since", "until")) == [("front", RECENTLY, None)]


def test_forms_that_differ_in_an_accent_are_two(upgraded: None) -> None:
    pair = Student.objects.filter(full_name="Of A Pair")
    assert dict(pair.values_list("number", "folded_number")) == {"ﬁ1": "fi1", "fí1": "fí1"}


def test_days_are_those_of_the_installations_zone(first_releases: FirstReleases, settings: Any) -> None:
    settings.DEFAULT_TIME_ZONE = "Asia/Tokyo"
    with first_releases.connected("sqlite"), connection.cursor() as cursor:
        migrate("attendance", "0004")
        cursor.execute("SELECT time_zone FROM room")
        assert cursor.fetchall() == [("Asia/Tokyo",)]
        cursor.execute("SELECT MAX(day) FROM class_session")
        assert [str(day) for (day,) in cursor.fetchall()] == ["2126-01-02"]


@pytest.mark.parametrize("part", range(PARTS))
def test_on_mariadb_a_failure_at_any_statement_leaves_what_a_second_run_completes(
    part: int, first_releases: FirstReleases, upgrade: Callable[[str], Upgrade]
) -> None:
    whole = upgrade("mariadb", *TO_THE_END)
    statements = whole.statements
    for done in _where_to_fail(statements)[part::PARTS]:
        with first_releases.connected("mariadb"):
            with pytest.raises(Killed), killed_after(done):
                migrate(*TO_THE_END)
            migrate(*TO_THE_END)
            assert everything() == whole.everything, f"after a failure at {statements[done]}"


def _where_to_fail(statements: list[str]) -> Sequence[int]:
    """At every statement; in the usual run where a failure leaves most to be mended: a foreign key is dropped then,
    and not added again yet."""
    if EVERY_STATEMENT:
        return range(len(statements))
    return [1 + next(index for index, statement in enumerate(statements) if "DROP FOREIGN KEY" in statement)]


@only_long
def test_on_mariadb_one_failure_after_another_is_survived(
    first_releases: FirstReleases, upgrade: Callable[[str], Upgrade]
) -> None:
    """Every attempt begins with what the one before has left, repeats some of it and gets a few statements further."""
    with first_releases.connected("mariadb"):
        failures = _fail_until_it_is_done()
        assert everything() == upgrade("mariadb").everything
    assert failures >= 2


def _fail_until_it_is_done() -> int:
    """How many attempts failed."""
    for failures in itertools.count():
        with suppress(Killed), killed_after(STEP * (failures + 1)):
            migrate()
            break
    return failures


@only_long
def test_on_sqlite_a_failure_undoes_the_whole_migration(
    first_releases: FirstReleases, upgrade: Callable[[str], Upgrade]
) -> None:
    statements = len(upgrade("sqlite").statements)
    with first_releases.connected("sqlite"):
        for share in (0.4, 0.6):
            # Django checks the keys of the half-way tables before it lets the transaction go.
            with pytest.raises((Killed, IntegrityError)), killed_after(int(statements * share)):
                migrate()
        migrate()
        assert everything() == upgrade("sqlite").everything


@only_long
@pytest.mark.parametrize("kind", few(["mariadb", "sqlite"]))
def test_what_the_first_release_writes_after_a_failure_half_way_is_completed_too(
    kind: str, first_releases: FirstReleases
) -> None:
    """The upgrade stopped, and the first release's portal and recognizer were started again meanwhile."""
    with first_releases.connected(kind):
        migrate("attendance", "0003")
        work_on_with_the_first_release()
        migrate()

        session = ClassSession.objects.get(starts_at=NINE + timedelta(days=7))
        assert (str(session.day), session.closed_at is not None) == ("2026-03-09", True)
        late = Mark.objects.get(session=session, student__number="N1")
        assert [change.to_status for change in late.changes] == ["excused"]
        assert Evidence.objects.filter(session=session, student=late.student).exists()
        assert late.student.plain_name == "new comer"
        assert Mark.objects.get(session=session, student__number="0042").status == "unseen"
