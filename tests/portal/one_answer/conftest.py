"""A school on MariaDB, as the portal's shipped user, and the recognizer of its room."""

from __future__ import annotations

import pytest

from portal.attendance.models import Student
from tests.fixtures.mariadb import MigratedMariaDB
from tests.fixtures.portal_database import RoomsRecognizer, recognizer_of
from tests.portal.school import School, found_school


@pytest.fixture
def school(portal_on_mariadb: MigratedMariaDB) -> School:
    return found_school()


@pytest.fixture
def recognizer(portal_on_mariadb: MigratedMariaDB, school: School) -> RoomsRecognizer:
    return recognizer_of(portal_on_mariadb, school.room)


@pytest.fixture
def élodie(school: School) -> Student:
    return school.students[0]
