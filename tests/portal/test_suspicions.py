"""A camera suspects a picture that is held up: the lecturer is told, and nothing else follows from it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from portal.attendance.models import Mark
from portal.attendance.services.closing import close_session
from tests.portal.school import found_school

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("still", "a face that never changed"),
        ("twice", "face twice at once"),
        ("carried", "around this student’s face moved with it"),
    ],
)
def test_the_register_asks_to_look_and_the_student_s_page_says_why(client: Client, word: str, told: str) -> None:
    school = found_school()
    school.watch()
    school.enrol()
    one, other = school.students[:2]
    school.notice(one, 2, 30, suspicion=word)
    school.notice(other, 2, 30)
    close_session(school.session)
    assert {mark.student_id: mark.status for mark in Mark.objects.filter(status="present")} == {
        one.pk: "present",
        other.pk: "present",
    }
    client.force_login(school.lecturer)

    def page(name: str, *more: int) -> str:
        return client.get(reverse(f"lecturer:{name}", args=[school.session.pk, *more])).content.decode()

    assert page("register").count("perhaps a photo: please look") == 1
    assert "by front. The face never changed" in client.get("/exceptions/").content.decode()
    assert told in page("correct", one.pk)
    assert "perhaps" not in page("correct", other.pk)
    assert told not in page("correct", other.pk)
