"""What happens to the recognizer itself, and around it, in the middle of a lesson."""

from __future__ import annotations

import os
import signal
import time

from recognizer import __version__
from tests.acceptance.breaking import faults
from tests.acceptance.breaking.daemon import set_aside_in
from tests.acceptance.breaking.oracle import assert_true
from tests.acceptance.breaking.room import BrokenRoom
from tests.fixtures.patience import IS_LONG, only_long
from tests.fixtures.secure_database import run_manage

LOCKED_SECONDS = 60.0 if IS_LONG else 6.0
"""The shorter one is longer than SQLite waits for a lock by itself."""

CORRECTIONS = """
import time
from portal.accounts.models import Account
from portal.attendance.models import ClassSession, Student
from portal.attendance.services.correction import back_to_camera, correct_mark
session, student = ClassSession.objects.get(pk={session}), Student.objects.get(number="{student}")
by = Account.objects.create(email="{student}@rollcall.example", name="Ada Byron", is_superuser=True)
until, rounds = time.monotonic() + 4, 0
while time.monotonic() < until or rounds < 5:
    correct_mark(session, student, "excused", "Ill", by)
    back_to_camera(session, student, by)
    rounds += 1
correct_mark(session, student, "excused", "Ill", by)
print(rounds)
"""


def test_a_camera_whose_process_aborts_again_and_again_leaves_the_others_alone_and_comes_back(
    room: BrokenRoom,
) -> None:
    first, second, third = room.newcomers(3)
    deaths = room.daemon.output().count("signal SIGSEGV")
    with faults.suffers("dies")(room):
        begun_at = room.timepiece.true_now()
        room.wait_for(lambda: room.states() == {"front": "watching", "back": "failing"}, "the failure to be told")
        room.show(first)
        room.wait_for_marks(first)
        room.wait_for(lambda: room.daemon.output().count("signal SIGSEGV") >= deaths + 3, "three deaths")
        room.show(second)
        room.wait_for_marks(second)
        room.assert_pace(begun_at, "front")
    room.wait_for(lambda: room.states() == {"front": "watching", "back": "watching"}, "the camera to be watched again")
    room.show(third, camera="back")
    room.wait_for_marks(third)
    assert_true(room)


@only_long
def test_a_camera_whose_process_hangs_is_replaced(room: BrokenRoom) -> None:
    first, second = room.newcomers(2)
    with faults.suffers("hangs")(room):
        room.show(first)
        room.wait_for_marks(first)
        room.wait_for(lambda: "it hangs" in room.daemon.output(), "the process to be ended")
    room.show(second, camera="back")
    room.wait_for_marks(second)
    assert_true(room)


@only_long
def test_an_outbox_that_another_program_holds_locked_is_waited_for(room: BrokenRoom) -> None:
    """And never called damaged. Meanwhile the database takes what is in memory."""
    first, second = room.newcomers(2)
    with faults.outbox_is_locked(room):
        begun_at = room.timepiece.true_now()
        room.show(first)
        time.sleep(LOCKED_SECONDS)
        room.show(first, second)
        room.assert_pace(begun_at)
    room.wait_for_marks(first, second)
    assert "damaged" not in room.daemon.output()
    assert not list(room.daemon.state.glob("*.damaged-*"))
    assert_true(room)


def test_a_lecturers_word_stands_while_the_camera_goes_on(room: BrokenRoom) -> None:
    """The portal's own code corrects and takes back, as its own user, as fast as it can."""
    (student,) = room.newcomers(1)
    room.show(student)
    room.wait_for_marks(student)
    code = CORRECTIONS.format(session=room.lessons[0].id, student=student)
    done = run_manage(room.database.portal_url, "shell", "--no-imports", "-c", code)
    assert done.returncode == 0, done.stderr
    corrected_at = room.timepiece.true_now()

    def mark() -> dict[str, object]:
        rows = room.rows(
            "SELECT status, source, last_seen_at FROM mark JOIN student ON student.id = student_id WHERE number = :n",
            n=student,
        )
        return rows[0]

    room.wait_for(lambda: str(mark()["last_seen_at"]) > str(corrected_at), "the camera to go on")
    assert (mark()["status"], mark()["source"]) == ("excused", "lecturer")
    room.words.add(student)
    assert_true(room)


@only_long
def test_an_upgrade_in_the_middle_of_a_lesson_loses_nothing(room: BrokenRoom) -> None:
    """The portal's database first; the recognizer later, while the database is away."""
    first, second, third = room.newcomers(3)
    room.execute("ALTER TABLE mark ADD COLUMN of_a_newer_release INT NOT NULL DEFAULT 0")
    room.execute("CREATE TABLE of_a_newer_release (id INT PRIMARY KEY)")
    room.show(first)
    room.wait_for_marks(first)
    with faults.refuses(room):
        room.show(first, second)
        room.wait_for_outbox(second)
        room.upgrade("99.0.0")
        room.show(first, second, third)
        room.wait_for_outbox(third)
    room.wait_for_marks(second, third)
    versions = room.rows("SELECT DISTINCT version FROM camera_status WHERE room_id = :room")
    # Of a program there is no other release to be had; what counts is that it was stopped and started as by an upgrade.
    assert versions == [{"version": "99.0.0" if room.pace.is_scripted else __version__}]
    assert_true(room)


@only_long
def test_students_who_were_deleted_renumbered_and_restored_meanwhile_keep_what_was_seen(room: BrokenRoom) -> None:
    deleted, renumbered, other = room.newcomers(3)
    with faults.refuses(room):
        room.show(deleted, renumbered, other)
        room.wait_for_outbox(deleted, renumbered, other)
        room.show()
        time.sleep(room.pace.step_seconds + 1)
        room.delete_student(deleted)
        room.renumber_student(renumbered, "X")
    room.wait_for_marks("X", other)

    def told() -> set[int]:
        return {
            row["refused_marks"] for row in room.rows("SELECT refused_marks FROM camera_status WHERE room_id = :room")
        }

    def set_aside() -> int:
        return len(set_aside_in(room.daemon.state))

    # Each camera's entry is set aside by itself, one after the other.
    room.wait_for(
        lambda: set_aside() and told() == {set_aside()}, "what was seen of nobody to be set aside, and counted"
    )
    room.renumber_student("X", renumbered)
    room.enter_student(deleted)
    room.wait_for_marks(deleted, renumbered, other)
    room.wait_for_the_refused()
    assert_true(room)


@only_long
def test_a_recognizer_that_was_stopped_by_the_system_goes_on(room: BrokenRoom) -> None:
    """As on a machine that was put to sleep: all processes stand still, and go on."""
    first, second = room.newcomers(2)
    room.show(first)
    room.wait_for_marks(first)
    os.killpg(room.daemon.process.pid, signal.SIGSTOP)
    time.sleep(room.pace.gap_seconds + 1)
    os.killpg(room.daemon.process.pid, signal.SIGCONT)
    room.show(second)
    room.wait_for_marks(second)
    assert_true(room)
