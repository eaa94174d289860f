"""Which numbers are the same: what both programs' fold says, and nothing that a collation makes up. On MariaDB."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection
from sqlalchemy import Connection

from portal.attendance.models import Student
from portal.attendance.search import find_students
from recognizer.errors import MarkRefused
from recognizer.storage.database.connection import make_engine
from recognizer.storage.database.lookup import find_student
from tests.fixtures.mariadb import MigratedMariaDB

TWO = [
    "é1 e1",
    "Ä7 A7",
    "ßa śa",
    "ø1 o1",
    "ł9 l9",
    "æ1 ae1",
    "ñ1 n1",
    "ё1 е1",
    "й1 и1",
    "٣1 31",
    "か1 が1",
    "か1 カ1",
    "T/1 T_1",
]
"""Pairs of numbers that some collation takes for one; by the fold they are two."""

ONE = ["s1001 S1001", "straße1 STRASSE1", "ﬁ1 FI1", "１２ 12", "ǆ1 Ǆ1", "σ1 ς1", "\u00e91 e\u03011"]
"""Pairs that the fold takes for one."""


@pytest.fixture
def recognizer(portal_on_mariadb: MigratedMariaDB) -> Iterator[Connection]:
    engine = make_engine(portal_on_mariadb.recognizer_url)
    with engine.connect() as found:
        yield found
    engine.dispose()


def add(number: str) -> Student:
    """As the admin does."""
    student = Student(number=number, full_name="Of A Pair")
    student.full_clean()
    student.save()
    return student


@pytest.mark.parametrize("pair", TWO)
def test_two_numbers_by_the_fold_are_two_students_in_both_programs(recognizer: Connection, pair: str) -> None:
    numbers = pair.split()
    students = [add(number) for number in numbers]
    for number, student in zip(numbers, students, strict=True):
        assert find_student(recognizer, number) == find_student(recognizer, number.upper()) == student.pk
        assert Student.objects.get(number=number) == student
        assert list(Student.objects.filter(find_students(number.upper()))) == [student]


@pytest.mark.parametrize("pair", ONE)
def test_one_number_by_the_fold_is_refused_a_second_time_and_found_by_either(recognizer: Connection, pair: str) -> None:
    first, second = pair.split()
    student = add(first)
    with pytest.raises(ValidationError):
        add(second)
    with pytest.raises(IntegrityError):
        Student.objects.create(number=second, full_name="Past the form")
    assert find_student(recognizer, second) == student.pk


def test_an_old_number_that_breaks_the_rule_is_found_in_either_case(recognizer: Connection) -> None:
    old = Student.objects.create(number="Old 1", full_name="Kept From Before")
    assert list(Student.objects.filter(find_students("old"))) == [old]
    assert find_student(recognizer, "Old 1") == old.pk
    with pytest.raises(MarkRefused):
        find_student(recognizer, "Óld 1")


def test_the_database_compares_the_columns_letter_by_letter(recognizer: Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name, collation_name FROM information_schema.columns WHERE table_schema = DATABASE()"
            " AND table_name = 'student' AND column_name IN ('number', 'folded_number')"
        )
        assert dict(cursor.fetchall()) == {"number": "utf8mb4_bin", "folded_number": "utf8mb4_bin"}
