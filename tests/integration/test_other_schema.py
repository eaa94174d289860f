"""A recognizer of this release on a database that the portal of another release has migrated.

The real parent with real children, whose camera and faces are made up.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from portal.web.installation.grants import read_views
from tests.fixtures.classroom import Classroom
from tests.fixtures.made_up_camera import Parent
from tests.fixtures.mariadb import MigratedMariaDB
from tests.fixtures.patience import long
from tests.fixtures.waiting import wait_for

LACKS = "the database lacks what this release needs ("
BACK = "the database has all that this release needs again"


(MARKS,) = [view for view in read_views() if view.table == "mark"]


def waiting(state: Path) -> set[str]:
    """Of whom something waits in the outbox."""
    with closing(sqlite3.connect(f"file:{state / 'outbox.sqlite3'}?mode=ro", uri=True, timeout=5)) as outbox:
        rows = outbox.execute("SELECT content FROM waiting WHERE kind = 'evidence'").fetchall()
    return {json.loads(content)["student_number"] for (content,) in rows}


@pytest.fixture
def classroom(own_mariadb: MigratedMariaDB, classroom_in: Callable[[str], Classroom]) -> Classroom:
    return classroom_in(own_mariadb.owner_url)


def test_more_columns_and_tables_change_nothing(
    own_mariadb: MigratedMariaDB, classroom: Classroom, start_parent: Callable[..., Parent], tmp_path: Path
) -> None:
    """Release N on the schema of N + 1, changed while it runs: a column with a default or NULL, wherever it writes."""
    parent = start_parent(own_mariadb.recognizer_url, report_seconds=1)
    wait_for(classroom.marks, "the mark", 30)
    tables = (
        "mark",
        "mark_change",
        "evidence",
        "near_miss",
        "sight",
        "blind_span",
        "enrolled",
        "room_camera",
        "camera_status",
    )
    with classroom.transaction() as connection:
        for table in (*tables, "room_lease", "outbox_fault", "student", "course", "room", "class_session"):
            connection.exec_driver_sql(
                f"ALTER TABLE {table} ADD COLUMN mood varchar(9) NOT NULL DEFAULT 'calm', ADD COLUMN weather int NULL"
            )
        connection.exec_driver_sql("CREATE TABLE of_the_next_release (id bigint PRIMARY KEY)")
    (tmp_path / "S1002").touch()
    wait_for(lambda: "S1002" in classroom.marks(), "the mark of who came second", 30)
    before = classroom.last_frame_at()
    wait_for(lambda: classroom.last_frame_at() != before, "the heartbeat", 30)
    assert LACKS not in parent.output()
    assert "has to wait" not in parent.output()
    parent.process.terminate()
    assert parent.process.wait(5) == 0, parent.output()


@pytest.mark.parametrize(
    ("change", "named", "mend"),
    [
        long(
            "ALTER TABLE evidence DROP COLUMN encodings",
            "evidence.encodings",
            "ALTER TABLE evidence ADD COLUMN encodings smallint unsigned NOT NULL DEFAULT 0",
            name="a dropped column",
        ),
        long(
            f"CREATE OR REPLACE VIEW {MARKS.definition.replace('because', 'source AS reason_given')}",
            "camera_mark.because",
            f"CREATE OR REPLACE VIEW {MARKS.definition}",
            name="a renamed column",
        ),
        long("RENAME TABLE evidence TO seen", "evidence", "RENAME TABLE seen TO evidence", name="a renamed table"),
    ],
)
def test_a_column_that_is_gone_is_named_and_all_waits_until_it_is_back(
    own_mariadb: MigratedMariaDB,
    classroom: Classroom,
    start_parent: Callable[..., Parent],
    tmp_path: Path,
    change: str,
    named: str,
    mend: str,
) -> None:
    parent = start_parent(own_mariadb.recognizer_url, frames=1)
    assert parent.process.wait(60) == 0, "it has copies of schedule and roster"
    classroom.forget()
    with classroom.transaction() as connection:
        connection.exec_driver_sql(change)

    parent = start_parent(own_mariadb.recognizer_url)
    wait_for(lambda: f"{LACKS}{named})" in parent.output(), "it to say what is missing", 30)
    (tmp_path / "S1002").touch()
    wait_for(lambda: waiting(tmp_path / "state") == {"S1001", "S1002"}, "both to wait in the outbox", 30)
    assert not classroom.marks()
    assert parent.process.poll() is None
    assert parent.output().count(LACKS) == 1

    with classroom.transaction() as connection:
        connection.exec_driver_sql(mend)
    wait_for(lambda: set(classroom.marks()) == {"S1001", "S1002"}, "both marks", 30)
    wait_for(lambda: BACK in parent.output(), "it to say that all is there again", 30)
    parent.process.terminate()
    assert parent.process.wait(5) == 0, parent.output()
    assert not waiting(tmp_path / "state")
