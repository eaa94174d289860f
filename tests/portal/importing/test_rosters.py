"""Rosters from files: a later file adds, changes and ends memberships, and closed registers stay."""

from __future__ import annotations

from datetime import date, timedelta

from portal.attendance.models import Mark, RosterEntry
from portal.attendance.services.closing import close_session
from portal.attendance.services.importing.writing import decide_rosters
from portal.attendance.services.merging import merge
from tests.portal.importing.conftest import TODAY, Office

FIRST = "Kurs;Matrikelnummer\nMAT 110;0042\nMAT 110;S1001\nMAT 110;s1002\n"


def members(office: Office, course: str = "MAT 110") -> set[tuple[str, date | None, date | None]]:
    rows = RosterEntry.objects.filter(course__code=course)
    return set(rows.values_list("student__number", "since", "until"))


def test_the_first_roster_of_a_course_holds_from_the_beginning(office: Office) -> None:
    office.write("rosters", FIRST)
    assert members(office) == {("0042", None, None), ("S1001", None, None), ("S1002", None, None)}
    assert office.counts(office.plan("rosters", FIRST)) == {"same": 3}


def test_a_later_file_adds_ends_and_says_which(office: Office) -> None:
    school = office.school
    changed = "course,number\nCSC 301,0042\nCSC 301,S1001\nCSC 301,S1003\n"
    assert office.fates("rosters", changed) == [
        (2, "same", ""),
        (3, "same", ""),
        (4, "same", ""),
        (None, "end", "not in the file: leaves the roster, last day 26 Nov 2026"),
    ]
    office.write("rosters", changed)
    assert ("S1002", None, TODAY - timedelta(days=1)) in members(office, "CSC 301")
    back = changed + "CSC 301,S1002\n"
    assert office.fates("rosters", back)[3] == (5, "add", "since 27 Nov 2026")
    office.write("rosters", back)
    assert members(office, "CSC 301") >= {("S1002", None, TODAY - timedelta(days=1)), ("S1002", TODAY, None)}
    assert school.other_course.roster.count() == 0, "courses that are not in the file are left alone"


def test_who_never_was_in_a_class_of_the_course_is_removed(office: Office) -> None:
    office.write("rosters", FIRST)
    plan = office.write("rosters", "course,number\nMAT 110,0042\n")
    assert [fate.words for fate in plan.fates[1:]] == [
        "not in the file: leaves the roster; no class was held in this membership"
    ] * 2
    assert members(office) == {("0042", None, None)}


def test_whoever_is_not_in_the_file_stays_where_that_is_said(office: Office) -> None:
    office.write("rosters", FIRST)
    office.write("rosters", "course,number\nMAT 110,S1003\n", ends_missing=False)
    assert len(members(office)) == 4


def test_a_person_with_two_numbers_is_on_the_roster_once_by_whichever_a_file_names(office: Office) -> None:
    old, new = office.school.students[1:3]
    RosterEntry.objects.filter(student=new).delete()
    merge(old, into=new)
    for number in ("S1001", "S1002"):
        file = f"course,number\nCSC 301,{number}\nCSC 301,0042\nCSC 301,S1003\n"
        assert office.counts(office.plan("rosters", file)) == {"same": 3}
    office.write("rosters", "course,number\nMAT 110,S1001\n")
    assert members(office) == {("S1002", None, None)}


def test_days_are_taken_from_the_file_and_changed_by_a_later_one(office: Office) -> None:
    office.write("rosters", "course,number,from,to\nMAT 110,0042,01.10.2026,\nMAT 110,S1001,2026-10-01,2026-11-01\n")
    assert members(office) == {("0042", date(2026, 10, 1), None), ("S1001", date(2026, 10, 1), date(2026, 11, 1))}
    later = "course,number,from,to\nMAT 110,0042,15.10.2026,\nMAT 110,S1001,2026-10-01,\n"
    assert office.fates("rosters", later) == [
        (2, "change", "since: 1 Oct 2026 → 15 Oct 2026"),
        (3, "change", "until: 1 Nov 2026 → –"),
    ]
    twice = later + "MAT 110,S1001,2026-10-20,\n"
    assert [outcome for _, outcome, _ in office.fates("rosters", twice)] == ["change", "refuse", "refuse"]


def test_ambiguous_and_impossible_days_are_refused_row_by_row(office: Office) -> None:
    text = (
        "course,number,since,until\n"
        "MAT 110,0042,03/04/2026,\n"
        "MAT 110,S1001,2026-10-02,2026-10-01\n"
        "MAT 110,9999,,\n"
        "NO 1,0042,,\n"
    )
    words = [words for _, outcome, words in office.fates("rosters", text) if outcome == "refuse"]
    assert len(words) == 4
    assert "may be a day of month 4 or of month 3" in words[0]
    assert "is before the first" in words[1]
    assert "No student has the number 9999" in words[2]
    assert "There is no course NO 1" in words[3]


def test_a_roster_with_lost_zeros_says_whom_it_may_mean(office: Office) -> None:
    ((_, outcome, words),) = office.fates("rosters", "course,number\nMAT 110,42\n")
    assert outcome == "refuse"
    assert "0042 is (Élodie Marchand): were leading zeros lost?" in words


def test_closed_registers_stay_and_open_ones_count_by_the_new_roster(office: Office) -> None:
    school = office.school
    close_session(school.session)
    before = set(Mark.objects.values_list("session", "student", "status", "on_roster"))
    running = school.meet(school.session.starts_at + timedelta(days=4, hours=2))
    seen = school.see(school.students[2], session=running)
    assert seen.on_roster
    plan = office.write("rosters", "course,number,since\nCSC 301,0042,\n")
    decide_rosters(plan.rosters)
    assert before <= set(Mark.objects.values_list("session", "student", "status", "on_roster"))
    seen.refresh_from_db()
    assert not seen.on_roster
