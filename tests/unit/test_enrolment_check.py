"""What `recognizer check` says where gallery and portal do not know the same students."""

from __future__ import annotations

from recognizer.commands.enrolment_check import explain_roster, explain_unknown


def test_nothing_is_said_where_every_enrolled_number_is_a_students() -> None:
    assert explain_unknown(("S1", "S2"), frozenset({"S1", "S2", "S3"})) == ""


def test_a_renumbered_student_is_named_with_what_to_do() -> None:
    told = explain_unknown(("S1", "S2"), frozenset({"S2001", "S2"}))
    assert told.startswith("no student has the number S1: whoever is seen under such a number is not marked")
    assert "gallery rename OLD NEW" in told


def test_a_number_in_another_spelling_is_named_with_the_portals() -> None:
    told = explain_unknown(("s 1", "2023_1"), frozenset({"S 1", "2023/1"}))
    assert told.startswith("s 1 is S 1 in the portal; 2023_1 is 2023/1 in the portal: ")


def test_a_number_in_another_case_is_marked_while_it_runs_so_nothing_is_said_of_it() -> None:
    assert explain_unknown(("s1", "STRASSE2"), frozenset({"S1", "straße2"})) == ""


def test_students_on_a_roster_who_are_not_enrolled_are_named_and_of_many_the_count() -> None:
    roster = frozenset(f"S{n:03}" for n in range(1, 41))
    assert "1 of 40 students on the rosters of this week's class sessions is not enrolled" in explain_roster(
        roster, sorted(roster)[1:]
    )
    told = explain_roster(roster, ())
    assert "40 of 40 students" in told
    assert "S001, S002" in told
    assert "S020 and 20 more" in told
    assert explain_roster(roster, sorted(roster)).startswith("all 40 students")
    assert explain_roster(frozenset(), ("S1",)).startswith("no students")


def test_of_a_roster_of_one_it_is_told_in_the_singular() -> None:
    one = frozenset({"S1"})
    assert explain_roster(one, ("S1",)) == "1 student on the rosters of this week's class sessions is enrolled"
    assert explain_roster(one, ()).startswith("1 of 1 student on the rosters of this week's class sessions is not")
    assert explain_roster(one | {"S2"}, ()).startswith(
        "2 of 2 students on the rosters of this week's class sessions are"
    )


def test_who_is_enrolled_in_other_letters_counts_as_enrolled() -> None:
    roster = frozenset({"S1001", "É2"})
    assert explain_roster(roster, ("s1001", "é2")).startswith("all 2 students")
