"""Pages cost what they show: rows that MariaDB reads for them, with many marks.

ROLLCALL_TEST_MARKS says how many marks; `make scale` takes a million. The bounds hold for any number.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pymysql
import pytest

from portal.attendance.queries.warnings import MOST_MARKS
from tests.environment import ROOT, TEST_DATABASE, TEST_MARKS, TEST_REPORT, product_environment
from tests.fixtures.mariadb import MariaDB, MigratedMariaDB, copied_database

pytestmark = pytest.mark.timeout(1800)

MARKS = int(os.environ.get(TEST_MARKS, "20000"))
COURSES, ROOMS, AT_ONCE, PER_COURSE = 50, 25, 10, 80
SESSIONS, STUDENTS, FRESHERS = MARKS // PER_COURSE, COURSES * PER_COURSE, 150
"""FRESHERS are students without a mark."""


class Cost(NamedTuple):
    """Rows that the database read, by index or not, and how long the path took; of queries how many."""

    rows: int
    milliseconds: int


FILL = [
    "CREATE TABLE numbers (seq INT PRIMARY KEY)",
    "INSERT INTO numbers VALUES (1)",
    *["INSERT INTO numbers SELECT seq + (SELECT MAX(seq) FROM numbers) FROM numbers"] * MARKS.bit_length(),
    "INSERT INTO room (id, name, time_zone) SELECT seq, CONCAT('Room ', seq), 'UTC' FROM numbers WHERE seq <= {rooms}",
    """INSERT INTO course (id, code, title)
       SELECT seq, CONCAT('C', seq), CONCAT('Course ', seq) FROM numbers WHERE seq <= {courses}""",
    """INSERT INTO student (id, number, folded_number, full_name, plain_name)
       SELECT seq, CONCAT('N', seq), CONCAT('n', seq), CONCAT('Student ', seq), CONCAT('student ', seq)
       FROM numbers WHERE seq <= {students}""",
    "UPDATE student SET full_name = 'Søren Ødegård', plain_name = 'soren odegard' WHERE id = 7",
    """INSERT INTO student (id, number, folded_number, full_name, plain_name)
       SELECT {students} + seq, CONCAT('F', seq), CONCAT('f', seq), CONCAT('Fresher ', seq), CONCAT('fresher ', seq)
       FROM numbers WHERE seq <= {freshers}""",
    """INSERT INTO roster_entry (course_id, student_id)
       SELECT (seq - 1) DIV {per_course} + 1, seq FROM numbers WHERE seq <= {students}""",
    # Ids do not follow time. The last ones lie a few hours ahead.
    """INSERT INTO class_session (id, course_id, room_id, starts_at, ends_at, day, closed_at, decided_at)
       SELECT seq, seq % {courses} + 1, seq % {rooms} + 1, at, at + INTERVAL 50 MINUTE, DATE(at),
              IF(at < UTC_TIMESTAMP(), at, NULL), IF(at < UTC_TIMESTAMP(), at + INTERVAL 65 MINUTE, NULL)
       FROM (SELECT seq, TIMESTAMP(UTC_DATE()) + INTERVAL HOUR(UTC_TIME()) + 3 HOUR
                         - INTERVAL (seq * 7919 % {sessions}) DIV {at_once} HOUR AS at
             FROM numbers WHERE seq <= {sessions}) AS times""",
    """INSERT INTO mark (session_id, student_id, status, source, marked_by_id, first_seen_at, last_seen_at)
       SELECT session, student, status, CASE WHEN status = 'excused' THEN 'lecturer'
              WHEN status IN ('present', 'late') THEN 'camera' ELSE 'closing' END,
              IF(status = 'excused', {lecturer}, NULL), seen, seen
       FROM (SELECT (seq - 1) DIV {per_course} + 1 AS session,
                    ((seq - 1) DIV {per_course} + 1) % {courses} * {per_course}
                    + (seq - 1) % {per_course} + 1 AS student,
                    CASE WHEN seq % 20011 = 0 THEN 'excused' WHEN seq * 31 % 100 < 75 THEN 'present'
                         WHEN seq * 31 % 100 < 83 THEN 'late' WHEN seq * 31 % 100 < 95 THEN 'absent'
                         ELSE 'unseen' END AS status,
                    IF(seq % 20011 <> 0 AND seq * 31 % 100 < 83, '2026-03-02 09:00', NULL) AS seen
             FROM numbers WHERE seq <= {marks}) AS said""",
    "DROP TABLE numbers",
    """INSERT INTO sight (room_id, camera_name, starts_at, ends_at, recorded_at)
       SELECT room_id, CONCAT('camera ', id), starts_at, ends_at, ends_at FROM class_session""",
    """INSERT INTO mark_change (session_id, student_id, action, program, changed_at, from_status, to_status, to_source)
       SELECT session_id, student_id, 'decide', 'portal', ends_at, '', status, source
       FROM mark JOIN class_session ON class_session.id = session_id""",
    """INSERT INTO mark_change (session_id, student_id, action, changed_by_id, reason, from_status, to_status)
       SELECT session_id, student_id, 'set', {lecturer}, 'A letter.', 'absent', status
       FROM mark WHERE status = 'excused'""",
    """INSERT INTO evidence (session_id, student_id, room_id, camera_name, hour, first_seen_at, last_seen_at, minutes,
                            distance)
       SELECT session_id, student_id, room_id, 'front', starts_at, starts_at, starts_at, 1, 0.3
       FROM mark JOIN class_session ON class_session.id = session_id WHERE source = 'camera'""",
    "ANALYZE TABLE mark, mark_change, evidence, sight, class_session, student, course, room, roster_entry",
]

VISIT = """
import json, sys, time
from datetime import timedelta
import django
django.setup()
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.http import urlencode
from portal.accounts.models import Account
from portal.attendance.decision import CLOSES_AFTER
from portal.attendance.models import ClassSession, Mark, WarningRule
from portal.attendance.queries.session_walk import Position
from portal.attendance.services.closing import due_sessions
from portal.lecturer.filters import RecordsForm
from portal.lecturer.record_columns import COLUMNS, read_by

def rows_read():
    with connection.cursor() as cursor:
        cursor.execute("SHOW SESSION STATUS LIKE 'Handler_read%'")
        return sum(int(number) for _, number in cursor.fetchall())

nothing = rows_read()
nothing = rows_read() - nothing

def cost(work):
    before, start = rows_read(), time.perf_counter()
    work()
    took = time.perf_counter() - start
    return rows_read() - before - nothing, round(took * 1000)

by = Account.objects.get(email="lecturer@uni.example")
rules = [
    WarningRule.objects.create(course_id=course, kind="left early", number=1, made_by=by) for course in (2, None)
]
costs = {}
client = Client(HTTP_HOST="localhost")
now = timezone.now()
first, last = [(now - timedelta(hours=hours)).date().isoformat() for hours in (60, 30)]
for who in ("staff", "lecturer"):
    account = Account.objects.get(email=f"{who}@uni.example")
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    sessions = RecordsForm(account, {})
    assert sessions.is_valid()
    records = sessions.records()
    far = records.page(50)
    for _ in range(200 if who == "staff" else 20):
        far = records.page(50, Position.of(far.marks[-1]))
    asked = {
        "first page": {}, "far page": {"after": far.marks[0].pk}, "far page back": {"before": far.marks[0].pk},
        "oldest first": {"sort": "session"}, "a day": {"day": first}, "absent": {"status": "absent"},
        "present": {"status": "present"}, "rare": {"status": "excused"},
        "rare far": {"status": "excused", "after": far.marks[0].pk},
        "expected": {"status": "expected"}, "by lecturer": {"source": "lecturer"}, "by camera": {"source": "camera"},
        "late by lecturer": {"status": "late", "source": "lecturer"}, "closing": {"source": "closing"},
        "one student": {"student": "soren"}, "one number": {"student": "N77"}, "everybody": {"student": "student"},
        "some students": {"student": "student 11"}, "nobody": {"student": "nobody at all"},
        "freshers": {"student": "fresher"},
        "student absent": {"student": "soren", "status": "absent"},
        "some absent": {"student": "student 11", "status": "absent"}, "course": {"course": 2}, "room": {"room": 2},
        "course absent": {"course": 2, "status": "absent"}, "room rare": {"room": 2, "status": "excused"},
        "days": {"since": first, "until": last}, "days absent": {"since": first, "until": last, "status": "absent"},
        "not held too": {"held": "all"},
    }
    for name, query in asked.items():
        form = RecordsForm(account, query)
        assert form.is_valid(), (name, form.errors)
        records = form.records()
        costs[f"{who}: page: {name}"] = cost(lambda: form.page(records))
        costs[f"{who}: counts: {name}"] = cost(form.records().counts)
        address = f"/records/?{urlencode(query)}"
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200, address
        costs[f"{who}: queries: {name}"] = len(queries), 0
    costs[f"{who}: export chunk"] = cost(lambda: next(form.records().chunks(read_by(COLUMNS))))
    for name, address in {"records": "/records/", "today": "/"}.items():
        client.get(address)
        costs[f"{who}: {name}"] = cost(lambda: client.get(address))
    if who == "staff":
        lists = {
            "mark": ["", "?p=9", "?q=soren", "?q=student", "?status__exact=absent", "?status__exact=excused"],
            "markchange": ["", "?p=9", "?q=soren", "?action__exact=decide", f"?changed_by__id__exact={account.pk + 1}"],
            "evidence": ["", "?p=9", "?q=soren", "?room__id__exact=2"],
            "classsession": ["", "?p=2", "?when=past", "?room__id__exact=2"],
        }
        for name, queries in lists.items():
            for query in queries:
                address = f"/admin/attendance/{name}/{query}"
                assert client.get(address).status_code == 200
                costs[f"admin: {name}{query}"] = cost(lambda: client.get(address))
    running = ClassSession.objects.filter(course=2, starts_at__lt=now).order_by("-starts_at")[0]
    address = f"/sessions/{running.pk}/"
    client.get(address)
    costs[f"{who}: register"] = cost(lambda: client.get(address))
    held = ClassSession.objects.filter(course=2, closed_at__isnull=False).order_by("-starts_at")[0]
    student = Mark.objects.filter(session=held).earliest("pk").student_id
    pages = {
        "closed register": f"/sessions/{held.pk}/", "check": f"/sessions/{held.pk}/check/",
        "why": f"/sessions/{held.pk}/students/{student}/", "exceptions": "/exceptions/",
        "grid": "/courses/2/", "student": f"/students/{student}/",
        "rule of one course": f"/warnings/{rules[0].pk}/", "rule of all courses": f"/warnings/{rules[1].pk}/",
    }
    if who == "staff":
        pages |= {"room": f"/cameras/{held.room_id}/", "cameras": "/cameras/"}
    for name, page in pages.items():
        assert client.get(page).status_code == 200, page
        costs[f"{who}: {name}"] = cost(lambda: client.get(page))
    costs[f"{who}: poll"] = cost(lambda: client.get(address, headers={"HX-Request": "true", "HX-Target": "live"}))
costs["timer"] = cost(lambda: due_sessions(None, now, limit=None, after=CLOSES_AFTER))
json.dump(costs, sys.stdout)
"""


@pytest.fixture(scope="module")
def costs(mariadb: MariaDB) -> Iterator[dict[str, Cost]]:
    """What every path costs, by its name."""
    with copied_database(mariadb, "rollcall_at_scale", has_triggers=False) as database:
        yield _costs_in(database)


def _costs_in(database: MigratedMariaDB) -> dict[str, Cost]:
    environment = product_environment(database_url=database.portal_url, secret_key="x" * 50, plain_http="1")
    environment |= {"DJANGO_SETTINGS_MODULE": "portal.web.settings"}

    def run(code: str, *arguments: str) -> str:
        command = [sys.executable, "-c", code, *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=1500, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    lecturer = int(run(ACCOUNTS))
    _fill(database, lecturer)
    run(TEACH)
    found = {name: Cost(*cost) for name, cost in json.loads(run(VISIT, str(MARKS))).items()}
    if report := os.environ.get(TEST_REPORT):
        lines = (f"{cost.rows:8} rows {cost.milliseconds:6} ms  {name}" for name, cost in found.items())
        Path(report).write_text("\n".join(lines) + "\n")
    return found


ACCOUNTS = """
import django
django.setup()
from portal.accounts.models import Account
Account.objects.create_superuser("staff@uni.example", name="Sam")
print(Account.objects.create_user("lecturer@uni.example", name="Ama").pk)
"""

TEACH = """
import django
django.setup()
from portal.accounts.models import Account
Account.objects.get(email="lecturer@uni.example").courses.set([2, 3, 4])
"""


def _fill(database: MigratedMariaDB, lecturer: int) -> None:
    values: dict[str, int] = {
        **{
            "rooms": ROOMS,
            "courses": COURSES,
            "students": STUDENTS,
            "freshers": FRESHERS,
            "sessions": SESSIONS,
            "marks": SESSIONS * PER_COURSE,
        },
        **{"per_course": PER_COURSE, "at_once": AT_ONCE, "lecturer": lecturer},
    }
    server = database.server
    with (
        pymysql.connect(
            host="127.0.0.1", port=server.port, user="root", database=database.name, autocommit=True, read_timeout=1500
        ) as connection,
        connection.cursor() as cursor,
    ):
        for statement in FILL:
            cursor.execute(statement.format(**values))


SEARCHES = ["one student", "one number", "everybody", "some students", "nobody", "freshers", "student absent"]
BOTH = ["some absent"]
FILTERS = [
    *["first page", "far page", "far page back", "oldest first", "a day", "absent", "present", "rare", "rare far"],
    *["expected", "by lecturer", "by camera", "late by lecturer", "closing", "course", "room", "course absent"],
    *["room rare", "days", "days absent", "not held too"],
]


@pytest.mark.parametrize("who", ["staff", "lecturer"])
@pytest.mark.parametrize("name", FILTERS)
def test_a_page_of_the_records_reads_about_what_it_shows(costs: dict[str, Cost], who: str, name: str) -> None:
    """Fifty marks with student, class session, course, room and author, of class sessions of eighty."""
    assert costs[f"{who}: page: {name}"].rows < 3_500


@pytest.mark.parametrize("who", ["staff", "lecturer"])
@pytest.mark.parametrize("name", SEARCHES)
def test_a_search_reads_the_students_and_little_else(costs: dict[str, Cost], who: str, name: str) -> None:
    """And the marks of those found where these are few, some times: N77 finds 11 students, and "student 11" 111.

    Where the class sessions of all marks are few too, MariaDB may begin with them: with 20,000 marks it does.
    """
    of_each = MARKS // STUDENTS
    looked_up = max(11 * of_each, min(111 * of_each, 1001))
    all_marks = MARKS if MARKS < 100_000 else 0
    assert costs[f"{who}: page: {name}"].rows < STUDENTS + 6_000 + 5 * looked_up + all_marks


@pytest.mark.parametrize("who", ["staff", "lecturer"])
@pytest.mark.parametrize("name", FILTERS + SEARCHES + BOTH)
def test_a_page_of_the_records_asks_no_more_than_twelve_times(costs: dict[str, Cost], who: str, name: str) -> None:
    """Opened for the second time within an hour: then it is known which kinds of marks are not rare."""
    assert costs[f"{who}: queries: {name}"].rows <= 12


@pytest.mark.parametrize("who", ["staff", "lecturer"])
@pytest.mark.parametrize("name", FILTERS + SEARCHES)
def test_counting_ends_however_many_marks_there_are(costs: dict[str, Cost], who: str, name: str) -> None:
    """At most 248 class sessions of eighty marks; a filtered index entry is read again from the table of groups."""
    assert costs[f"{who}: counts: {name}"].rows < (STUDENTS if name in SEARCHES else 0) + 2 * 248 * PER_COURSE


@pytest.mark.parametrize("who", ["staff", "lecturer"])
def test_an_export_reads_a_chunk_at_a_time(costs: dict[str, Cost], who: str) -> None:
    """Two thousand marks, and before them a chunk of class sessions counted by index."""
    assert costs[f"{who}: export chunk"].rows < 12_000


@pytest.mark.parametrize("who", ["staff", "lecturer"])
@pytest.mark.parametrize("page", ["register", "poll"])
def test_a_register_reads_its_own_rows(costs: dict[str, Cost], who: str, page: str) -> None:
    assert costs[f"{who}: {page}"].rows < 1_500


@pytest.mark.parametrize("who", ["staff", "lecturer"])
@pytest.mark.parametrize("page", ["closed register", "check", "why", "grid", "student", "rule of one course"])
def test_a_page_of_one_session_course_or_student_reads_its_own_rows(
    costs: dict[str, Cost], who: str, page: str
) -> None:
    assert costs[f"{who}: {page}"].rows < 3_000


@pytest.mark.parametrize("page", ["room", "cameras"])
def test_a_page_of_cameras_reads_little_of_what_they_ever_saw(costs: dict[str, Cost], page: str) -> None:
    assert costs[f"staff: {page}"].rows < 1_500


@pytest.mark.parametrize("who", ["staff", "lecturer"])
def test_a_rule_of_all_courses_reads_no_more_marks_than_somebody_waits_for(costs: dict[str, Cost], who: str) -> None:
    """Each mark with its student, and first how often each course has met and how many are on its roster."""
    assert costs[f"{who}: rule of all courses"].rows < 3 * min(MARKS, MOST_MARKS) + SESSIONS + STUDENTS


def test_the_timer_reads_spans_and_class_sessions_once(costs: dict[str, Cost]) -> None:
    """Not each span with every class session that its room ever had: it runs each minute."""
    assert costs["timer"].rows < 4 * SESSIONS + 200


@pytest.mark.parametrize("name", ["mark", "markchange", "evidence"])
def test_a_list_of_the_admin_reads_about_what_it_shows(costs: dict[str, Cost], name: str) -> None:
    """A hundred rows with what is shown of other tables, and a thousand that are counted, by index or not.

    Of a status that few marks have MySQL sorts them all, 2,400 of 20,000; with a million it does not.
    """
    found = {path: cost.rows for path, cost in costs.items() if path.startswith(f"admin: {name}") and "?q=" not in path}
    assert len(found) >= 3
    on_mysql = os.environ.get(TEST_DATABASE) == "mysql"
    assert max(found.values()) < (6_500 if on_mysql and MARKS < 100_000 else 4_000), found


@pytest.mark.parametrize("name", ["mark", "markchange", "evidence"])
def test_a_search_of_the_admin_reads_the_students_and_little_else(costs: dict[str, Cost], name: str) -> None:
    assert costs[f"admin: {name}?q=soren"].rows < STUDENTS + 3_000


def test_the_admins_class_sessions_count_the_marks_of_those_that_are_shown(costs: dict[str, Cost]) -> None:
    """A hundred class sessions of eighty marks; all class sessions are counted, which are eighty times fewer."""
    found = {path: cost.rows for path, cost in costs.items() if path.startswith("admin: classsession")}
    assert len(found) == 4
    assert max(found.values()) < 100 * PER_COURSE + 3_000 + 2 * SESSIONS, found


@pytest.mark.parametrize("who", ["staff", "lecturer"])
def test_a_day_reads_its_own_class_sessions_and_their_marks(costs: dict[str, Cost], who: str) -> None:
    """Each class session shown with its marks or its roster, and a week of class sessions that might still run."""
    shown = 24 * AT_ONCE if who == "staff" else 24 * AT_ONCE * 3 // COURSES
    assert costs[f"{who}: today"].rows < shown * (PER_COURSE + 60) + 1_000
