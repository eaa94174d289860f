"""What each program's user of the database tries to forge or to read, with the shipped rights: the database refuses.

The recognizer's user stands for a classroom machine that was taken over, or for its password in another's hands; the
portal's for the portal's password. Rights refuse some of it and triggers the rest. A session that switches its checks
and foreign keys off gets no further.
"""

from __future__ import annotations

import pytest

from tests.fixtures.classroom import Classroom
from tests.fixtures.mariadb import MigratedMariaDB
from tests.integration.forgeries.session import (
    NO_RIGHT,
    NO_SUCH_COLUMN,
    REFUSED,
    REFUSED_BY_TRIGGER,
    VIEW_MAY_NOT,
    by_the_views,
    needs_triggers,
    session_without_checks,
)
from tests.integration.forgeries.statements import BY_THE_PORTAL, BY_THE_RECOGNIZER, WITH_EVERY_RIGHT


def everything(classroom: Classroom) -> list[list[dict[str, object]]]:
    tables = ("mark", "mark_change", "django_admin_log", "reading", "student", "account", "class_session", "evidence")
    return [classroom.rows(f"SELECT * FROM {table} ORDER BY id") for table in tables]


@needs_triggers
@pytest.mark.parametrize(
    ("url", "forgeries", "expected"),
    [
        (
            "recognizer_url",
            {forged: by_the_views(text) for forged, text in BY_THE_RECOGNIZER.items()},
            (*REFUSED, NO_SUCH_COLUMN, VIEW_MAY_NOT),
        ),
        ("recognizer_url", {forged: text for forged, text in BY_THE_RECOGNIZER.items() if " mark" in text}, NO_RIGHT),
        ("portal_url", BY_THE_PORTAL, REFUSED),
        ("owner_url", WITH_EVERY_RIGHT, (REFUSED_BY_TRIGGER,)),
    ],
    ids=["the recognizer", "the recognizer behind its views", "the portal", "who has every right"],
)
def test_nothing_is_forged_by(
    migrated_mariadb: MigratedMariaDB,
    classroom: Classroom,
    url: str,
    forgeries: dict[str, str],
    expected: tuple[int, ...],
) -> None:
    before = everything(classroom)
    with session_without_checks(migrated_mariadb, getattr(migrated_mariadb, url)) as code_of:
        codes = {forged: code_of(statement) for forged, statement in forgeries.items()}
    assert {forged: code for forged, code in codes.items() if code not in expected} == {}
    assert everything(classroom) == before
