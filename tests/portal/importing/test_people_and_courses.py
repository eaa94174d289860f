"""Students, lecturers, courses and rooms from files."""

from __future__ import annotations

import pytest

from portal.accounts.models import Account, OfficialChange
from portal.attendance.models import Course, Department, Room, Student
from portal.attendance.services.importing.faults import FileFault
from tests.portal.importing.conftest import Office

STUDENTS = """Matrikelnr.;Nachname;Vorname;E-Mail
0042;Marchand;Élodie;
s1001;Hopper;Grace;grace@uni.example
2001;Müller;Zoë;zoe@uni.example
"""


def test_the_columns_of_a_german_export_are_recognised_and_case_and_zeros_are_kept(office: Office) -> None:
    assert office.fates("students", STUDENTS) == [
        (2, "same", ""),
        (3, "change", "e-mail address: – → grace@uni.example"),
        (4, "add", ""),
    ]
    assert Student.objects.count() == 4, "a plan writes nothing"
    office.write("students", STUDENTS)
    new = Student.objects.get(number="2001")
    assert (new.full_name, new.plain_name, new.folded_number) == ("Zoë Müller", "zoe muller", "2001")
    assert Student.objects.get(number="S1001").email == "grace@uni.example"
    assert office.counts(office.plan("students", STUDENTS)) == {"same": 3}


@pytest.mark.parametrize(
    "header",
    ["ID number,First name,Surname,Email address", "COD_ETU,LIB_PR1_IND,LIB_NOM_PAT_IND,Courriel",
     "N° étudiant,Prénom,Nom,Adresse mail", "REGISTRATION_NUMBER,FIRST_NAME_OF_STUDENT,FAMILY_NAME_OF_STUDENT,E-Mail",
     "MtkNr,Vorname,Name,Mail", "Student ID,Given name,Family name,E-mail", "STU_CODE,STU_FNM1,STU_SURN,email"],
)  # fmt: skip
def test_exports_of_student_systems_are_understood(office: Office, header: str) -> None:
    office.write("students", f"List of participants\n{header}\n3001,Ada,Byron,ada@uni.example\n")
    added = Student.objects.get(number="3001")
    assert (added.full_name, added.email) == ("Ada Byron", "ada@uni.example")


def test_rows_with_faults_are_named_and_keep_all_others_from_being_written(office: Office) -> None:
    text = """number,name,email,active
4001,Good One,,yes
42,Lost Zeros,,
4002,,,
4003,Bad Mail,nobody@,
4001,Another Name,,
4001,Good One,,yes
S 1,Blank Within,,
1.2E+5,Shortened,,
4004,Lost \ufffd,,
4005,Odd,,perhaps
,No Number,,
"""
    found = {row: (outcome, words) for row, outcome, words in office.fates("students", text)}
    assert found[2] == ("add", "")
    assert found[7] == ("same", "says the same as row 2")
    words = {3: "0042 is (Élodie Marchand). Were leading zeros lost", 4: "name is missing", 5: "no e-mail address",
             6: "Row 2 says otherwise", 8: "contains a blank", 9: "shortened", 10: "a letter is lost",
             11: "neither yes nor no", 12: "student number is missing"}  # fmt: skip
    for row, part in words.items():
        assert found[row][0] == "refuse"
        assert part in found[row][1]
    with pytest.raises(FileFault, match="cannot be imported: 9"):
        office.write("students", text)
    assert not Student.objects.filter(number="4001").exists()


def test_names_of_every_kind_are_kept_and_signs_without_a_shape_are_not(office: Office) -> None:
    long = "x" * 200
    office.write("students", f"number,name\n5001,\u202eAda\u200b  Byron 🙂\n5002,{long}\n5003,Zoe\u0308\n")
    assert Student.objects.get(number="5001").full_name == "Ada Byron 🙂"
    assert Student.objects.get(number="5002").full_name == long
    assert Student.objects.get(number="5003").full_name == "Zoë"
    assert office.fates("students", f"number,name\n5004,{long}x\n")[0][1] == "refuse"


def test_a_name_in_the_wrong_encoding_is_pointed_out(office: Office) -> None:
    wrong = "Müller".encode().decode("cp1252")
    (fate,) = office.fates("students", f"number,name\n6001,{wrong}\n")
    assert fate == (2, "add", f"“{wrong}” looks like “Müller” in a wrong encoding")


def test_names_with_the_family_name_first_are_turned_round_where_it_is_said(office: Office) -> None:
    office.write("students", 'number,name\n7001,"Byron, Ada"\n', family_name_first=True)
    assert Student.objects.get(number="7001").full_name == "Ada Byron"


def test_a_file_that_was_cut_off_is_refused(office: Office) -> None:
    with pytest.raises(FileFault, match="says 3 rows, and there are 2"):
        office.plan("students", "number,name\n1,a\n2,b\n# complete: 3 rows,\n")


def test_students_get_their_tutors_and_keep_them_where_a_later_file_says_nothing(office: Office) -> None:
    office.write("students", "Matrikelnummer;Name;Tutor\n7;Ada Byron;Knuth@uni.example\n8;Don Knuth;")
    office.write("students", "Matrikelnummer;Name;Tutor\n7;Ada Lovelace;\n8;Don Knuth;dean@uni.example")
    found = Student.objects.filter(number__in=["7", "8"]).order_by("number")
    assert [(each.full_name, each.tutor_email) for each in found] == [
        ("Ada Lovelace", "knuth@uni.example"),
        ("Don Knuth", "dean@uni.example"),
    ]


def test_lecturers_get_an_account_without_a_password_and_no_more_rights(office: Office) -> None:
    text = (
        "Titel;Vorname;Nachname;E-Mail;Institut\n"
        "Prof.;Ada;Byron;Byron@Uni.example;Mathematics\n"
        ";Neu;Hier;neu@uni.example;\n"
    )
    assert office.fates("lecturers", text) == [
        (2, "change", "title: – → Prof.; department: – → Mathematics"),
        (3, "add", ""),
    ]
    office.write("lecturers", text)
    new = Account.objects.get(email="neu@uni.example")
    assert (new.name, new.is_staff, new.is_superuser, new.has_usable_password()) == ("Neu Hier", False, False, False)
    assert office.counts(office.plan("lecturers", text)) == {"same": 2}


def test_courses_name_their_lecturers_and_a_later_file_changes_them(office: Office) -> None:
    text = (
        "Kürzel,Titel,Dozenten\n"
        'csc 301,Operating Systems,"adjei@uni.example; byron@uni.example"\n'
        "PHY 1,Physics,byron@uni.example\n"
    )
    assert [outcome for _, outcome, _ in office.fates("courses", text)] == ["change", "add"]
    office.write("courses", text)
    assert {each.email for each in office.school.course.lecturers.all()} == {"adjei@uni.example", "byron@uni.example"}
    assert Course.objects.get(code="PHY 1").lecturers.get() == office.school.other
    (fate,) = office.fates("courses", "course,title,lecturer\nPHY 1,Physics,nobody@uni.example\n")
    assert fate[1] == "refuse"
    assert "Import the lecturers first" in fate[2]
    (fate,) = office.fates("courses", "course,title\nPHY 1,Physics II\n")
    assert fate == (2, "change", "title: Physics → Physics II"), "no column, no change of lecturers"


def test_courses_name_their_assistants_and_their_department(office: Office) -> None:
    text = (
        "course,title,tutors,faculty\n"
        "CSC 301,Operating Systems,byron@uni.example,Computing\n"
        "PHY 1,Physics,,Physics\n"
        "PHY 2,Optics,,physics\n"
    )
    assert [words for _, _, words in office.fates("courses", text)] == [
        "department: – → Computing (a new department); assistants: – → byron@uni.example",
        "Physics (a new department)",
        "Physics (a new department)",
    ]
    office.write("courses", text)
    course = Course.objects.get(code="CSC 301")
    assert course.assistants.get() == office.school.other
    assert {each.name: each.courses.count() for each in Department.objects.all()} == {"Computing": 1, "Physics": 2}
    assert office.counts(office.plan("courses", text)) == {"same": 3}
    (note,) = OfficialChange.objects.filter(table_name="course", field="assistant")
    assert (note.row_name, note.field, note.new) == (
        "CSC 301 Operating Systems",
        "assistant",
        "Ada Byron (byron@uni.example)",
    )


def test_codes_that_the_database_takes_for_one_are_refused_whole(office: Office) -> None:
    with pytest.raises(FileFault, match="nothing was written"):
        office.write("courses", "course,title\nBIO 1,Biology\nBÍO 1,Other\n")
    assert not Course.objects.filter(code="BIO 1").exists()


def test_rooms_have_their_zone_and_another_one_moves_the_days_of_class_sessions(office: Office) -> None:
    text = "Raum;Zeitzone\nlecture theatre 1;Pacific/Auckland\nA 101;Europe/Berlin\nB 7;Mars/Base\n"
    fates = office.fates("rooms", text)
    assert [outcome for _, outcome, _ in fates] == ["change", "add", "refuse"]
    office.write("rooms", text.rsplit("B 7", 1)[0])
    assert Room.objects.get(name="A 101").time_zone == "Europe/Berlin"
    office.school.session.refresh_from_db()
    office.school.room.refresh_from_db()
    assert office.school.room.time_zone == "Pacific/Auckland"
    assert office.school.session.day == office.school.session.local_day()
