"""Who changed what: staff find it by person, object, kind and days, roster pastes by name included."""

from __future__ import annotations

import ast
import re
from typing import Any
from urllib.parse import parse_qsl

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.utils import timezone, translation

from portal.accounts.acting import acting_for
from portal.accounts.models import Account, OfficialChange, Trailed
from portal.attendance.forms import CourseForm
from portal.attendance.models import ConfidentialKind, Course, Room, RoomCamera, RosterEntry, Student
from portal.attendance.services.closing import check_register
from portal.attendance.services.correction import correct_mark
from portal.attendance.services.importing.jobs import receive
from portal.attendance.services.room_cameras import end_camera
from portal.attendance.services.rosters import end_membership
from portal.attendance.trail_words import FIELD_WORDS, told_value
from tests.environment import ROOT
from tests.portal.school import School, found_school

pytestmark = pytest.mark.django_db


@pytest.fixture
def school(client: Client) -> School:
    school = found_school()
    client.force_login(school.staff)
    return school


def found(client: Client, **query: Any) -> list[str]:
    """The changes that the page shows, as text."""
    page = client.get("/trail/", query)
    assert page.status_code == 200
    lines = re.findall(r"<li><p>(.*?)</li>", page.text.split("<form")[-1], re.S)
    return [" ".join(re.sub(r"<[^>]+>", " ", line).split()) for line in lines]


def test_courses_rooms_and_days_of_rosters_stand_there_with_old_and_new(client: Client, school: School) -> None:
    with acting_for(school.staff):
        school.course.least_coverage_percent = 60
        school.course.save()
        Room.objects.filter(pk=school.room.pk).update(each_camera_sees_all=True)
        entry = RosterEntry.objects.get(course=school.course, student=school.students[0])
        entry.until = timezone.localdate()
        entry.save()
    course = found(client, kind="course", text="CSC")[0]
    assert "least coverage (percent): 80 → 60" in course
    assert "Sam Registrar · registrar@uni.example" in course
    assert "each camera sees all of it: no → yes" in found(client, kind="room")[0]
    assert "Élodie Marchand (0042) in CSC 301" in found(client, text="0042")[0]
    assert len(found(client, who="registrar")) == 3
    assert found(client, who="somebody else") == []


def test_a_pasted_roster_and_who_leaves_it_stand_there_by_name(client: Client, school: School) -> None:
    new = Student.objects.create(number="N1", full_name="Nora New")
    form = CourseForm(
        {"code": "CSC 301", "title": "Operating Systems", "numbers": "N1", "least_coverage_percent": 80},
        instance=school.course,
    )
    assert form.is_valid(), form.errors
    with acting_for(school.staff):
        (entry,) = form.enrol()
        assert not end_membership(entry, timezone.localdate()) or entry.until
    joined = found(client, kind="roster_entry", text="Nora")[-1]
    assert joined.startswith(f"{new} in CSC 301 Rosters on the roster: – → ")
    assert len(found(client, kind="roster_entry", text="Nora")) == 2


def test_what_is_added_and_removed_stands_there_whichever_way_it_went(client: Client, school: School) -> None:
    with acting_for(school.staff):
        Room.objects.bulk_create([Room(name="B 1"), Room(name="B 2")])
        Room.objects.get(name="B 1").delete()
        Room.objects.filter(name="B 2").delete()
        gone = Course.objects.create(code="X 1", title="Given up")
        RosterEntry.objects.create(course=gone, student=school.students[0])
        gone.delete()
    rooms = [line.split(" Sam")[0] for line in found(client, kind="room", who="registrar")]
    assert rooms == [
        "B 2 Rooms removed: name: B 2; time zone: UTC → –",
        "B 1 Rooms removed: name: B 1; time zone: UTC → –",
        "B 2 Rooms added: – → name: B 2; time zone: UTC",
        "B 1 Rooms added: – → name: B 1; time zone: UTC",
    ]
    assert "X 1 Given up Courses, lecturers, assistants removed: code: X 1" in found(client, kind="course", text="X")[0]
    # The memberships go with their course.
    assert "on the roster: always to further notice → –" in found(client, kind="roster_entry", text="X 1")[0]


def test_who_taught_a_course_stands_there_when_all_are_taken_from_it_at_once(client: Client, school: School) -> None:
    with acting_for(school.staff):
        school.course.lecturers.clear()
    assert "lecturer: Ama Adjei (adjei@uni.example) → –" in found(client, kind="course", who="registrar")[0]


def test_corrected_marks_are_a_kind_of_their_own(client: Client, school: School) -> None:
    mark = school.see(school.students[1])
    correct_mark(school.session, mark.student, "absent", "Left at once", school.lecturer)
    (line,) = found(client, kind="mark", text="hopper", who="adjei")
    assert "Grace Hopper (S1001) in CSC 301" in line
    assert "Present → Absent “ Left at once ”" in line
    assert found(client, kind="mark", text="collins") == []


def test_days_and_pages_and_what_is_administrators_alone(client: Client, school: School) -> None:
    with acting_for(school.staff):
        for number in range(60):
            Student.objects.filter(pk=school.students[0].pk).update(full_name=f"Name {number}")
        school.lecturer.name = "Ama Other"
        school.lecturer.save()
    first = client.get("/trail/")
    assert len(first.context["entries"]) == 50
    assert len(found(client, before=first.context["entries"][-1].key, who="registrar")) == 10
    today = timezone.localdate()
    assert found(client, since=today, until=today)
    assert found(client, until="2020-01-01") == []
    assert client.get("/trail/", {"since": "nonsense"}).status_code == 400
    assert OfficialChange.objects.filter(table_name="account").exists()
    assert found(client, text="Ama", kind="") == []
    assert client.get("/trail/", {"kind": "account"}).status_code == 400
    school.staff.is_superuser = True
    school.staff.save()
    assert "Ama Adjei" in found(client, text="Ama")[0]


def test_what_is_added_stands_there_by_its_name_where_the_database_does_not_tell_what_it_has_chosen(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As MySQL does not."""
    for feature in ("can_return_columns_from_insert", "can_return_rows_from_bulk_insert"):
        monkeypatch.setattr(type(connection.features), feature, False)

    nia = Account.objects.create_user("nia@uni.example", name="Nia Newton")
    course = Course.objects.create(code="X 1", title="Logic")
    Student.objects.bulk_create([Student(number="N7", full_name="Nora New")])

    assert str(nia) == nia.get_short_name() == "Nia Newton"
    assert course.least_coverage_percent == 80
    added = OfficialChange.objects.filter(field="added", row_name__in=["Nia Newton", str(course), "Nora New (N7)"])
    assert added.count() == 3
    assert not added.filter(new__contains="DatabaseDefault").exists()


def test_every_table_of_the_office_is_in_the_trail() -> None:
    """A new table derives from ``Trailed``, or is named here."""
    tells_itself = ["mark", "mark_change", "excuse", "confidential_reason", "warning_rule", "cleared_exception"]
    tells_itself += ["data_import", "import_row", "import_piece", "board_export"]
    is_ones_own = ["saved_filter", "digest_subscriber", "data_export", "export_piece"]
    is_by_machines = ["evidence", "near_miss", "sight", "blind_span", "enrolled", "camera_status", "outbox_fault"]
    is_by_machines += [
        "room_lease",
        "camera_alarm",
        "alarm_mail",
        "raised_warning",
        "warning_mail",
        "warning_scan",
        "task",
    ]
    models = apps.get_app_config("attendance").get_models()
    others = {model._meta.db_table for model in models if not issubclass(model, Trailed)}
    assert others == {*tells_itself, *is_ones_own, *is_by_machines}


def test_cameras_of_rooms_who_is_told_of_them_and_confidential_kinds_are_in_the_trail(
    client: Client, school: School
) -> None:
    camera = RoomCamera.objects.create(room=school.room, camera_name="front", since=timezone.now())
    client.post(f"/cameras/{school.room.pk}/contacts/", {"add": school.staff.pk})
    with acting_for(school.staff):
        end_camera(camera, timezone.now())
        ConfidentialKind.objects.create(name="Medical note")
        check_register(school.session, school.staff)
    (ended,) = found(client, kind="room_camera", who="registrar")
    assert ended.startswith("Lecture Theatre 1 · front Cameras of rooms until: – → ")
    assert "account: Sam Registrar" in found(client, kind="room_contact")[0]
    assert "name: Medical note" in found(client, kind="confidential_kind")[0]
    assert "checked by: – → Sam Registrar" in found(client, kind="class_session")[0]


def test_each_field_has_words_in_the_readers_language(client: Client, school: School) -> None:
    trailed = [model for model in apps.get_models() if issubclass(model, Trailed)]
    names = {
        name.replace("_", " ") for model in trailed for name in (*model.in_trail, model.added_as, model.removed_as)
    }
    said = {str(model._meta.get_field(name).verbose_name) for model in trailed for name in model.in_trail}
    assert names | said <= {*FIELD_WORDS}
    Student.objects.create(number="V1", full_name="Visitor: a; b")
    Account.objects.filter(pk=school.staff.pk).update(language="fr")
    assert "ajouté: – → nom complet: Visitor: a; b; numéro: V1; actif: oui" in found(client, text="V1")[0]


def test_who_has_an_account_without_a_name_is_told_by_its_address_alone(client: Client, school: School) -> None:
    nameless = Account.objects.create(email="nameless@uni.example", is_staff=True)
    with acting_for(nameless):
        school.course.title = "Robots"
        school.course.save()
    (told,) = found(client, who="nameless")
    assert "nameless@uni.example" in told
    assert "nobody named" not in told
    record = receive("students", "students.csv", b"number,name\n1,One\n", nameless)
    assert record.asked_by_name == "nameless@uni.example"
    assert receive("students", "students.csv", b"", school.staff).asked_by_name.endswith("<registrar@uni.example>")


def written_events() -> list[tuple[str, str]]:
    """The field and the words of every change that the portal writes down in words of its own."""
    found = []
    for path in (ROOT / "portal").rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        named = {
            target.id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        for call in (each for each in calls if isinstance(each.func, ast.Name) and each.func.id == "note_row"):
            field = call.args[1]
            name = field.value if isinstance(field, ast.Constant) else named.get(getattr(field, "id", ""))
            for value in (each.value for each in call.keywords):
                if isinstance(value, ast.JoinedStr):
                    words = "".join(part.value if isinstance(part, ast.Constant) else "Key" for part in value.values)
                else:
                    words = value.value if isinstance(value, ast.Constant) else named.get(getattr(value, "id", ""))
                if isinstance(name, str) and isinstance(words, str):
                    found.append((name, words))
    return found


@pytest.mark.parametrize("language", ["de", "fr"])
def test_what_the_portal_itself_writes_down_is_told_in_the_readers_language(language: str) -> None:
    events = written_events()
    assert ("excuse", "entered") in events
    assert ("second factor", "passkey “Key”") in events
    with translation.override(language):
        assert [event for event in events if told_value(event[1], event[0]) == event[1]] == []
        # A room may be called so.
        assert told_value("entered", "name") == "entered"


def test_a_students_number_finds_what_was_changed_of_the_student_before_and_after_another_number(
    client: Client, school: School
) -> None:
    student = school.students[0]
    with acting_for(school.staff):
        student.full_name = "Élodie Dupont"
        student.save()
        student.number = "N-7"
        student.save()
    page = client.get(f"/students/{student.pk}/office/").text
    (address,) = re.findall(r'href="(/trail/[^"]*)"', page)
    query = dict(parse_qsl(address.partition("?")[2].replace("&amp;", "&")))
    told = found(client, **query)
    assert "number: 0042 → N-7" in told[0]
    assert "name: Élodie Marchand → Élodie Dupont" in told[1]
    # In whatever form it is typed, and nobody else's.
    assert found(client, text="n-7") == told
    assert not any("Élodie" in line for line in found(client, text="S1001"))
