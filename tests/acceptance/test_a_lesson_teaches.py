"""Lessons teach: the real recognizer, its own user of a real MariaDB, and class sessions one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fixtures.classroom import Classroom
from tests.fixtures.learning_room import LearningRoom
from tests.fixtures.lessons import face
from tests.fixtures.mariadb import MigratedMariaDB
from tests.fixtures.patience import only_long
from tests.fixtures.waiting import wait_for

AS_ENROLLED, ANOTHER_LOOK, NOBODY = face(0.2), face(0.45), face(3.0, 5)
"""What a camera sees of S1001: one look it is sure of, and one that is too far from the photo alone; and a stranger."""

SECONDS = 60


@pytest.fixture
def room(
    tmp_path: Path, migrated_mariadb: MigratedMariaDB, classroom_in: Callable[[str], Classroom]
) -> Iterator[LearningRoom]:
    classroom = classroom_in(migrated_mariadb.owner_url)
    room = LearningRoom(tmp_path, classroom, migrated_mariadb.recognizer_url, migrated_mariadb.portal_url)
    room.show(AS_ENROLLED)
    yield room
    room.stop()


@only_long
def test_two_lessons_teach_another_look_until_a_lecturer_corrects_one(room: LearningRoom) -> None:
    room.start()
    wait_for(room.kept, "a sample of the first lesson", SECONDS)
    assert room.learned() == {}, "one lesson is not enough"

    second = room.next_lesson()
    room.start()
    wait_for(lambda: room.kept() == 2, "a sample of the second lesson", SECONDS)
    assert room.learned() == {"S1001": 2}
    assert room.samples_path.stat().st_mode & 0o777 == 0o600

    third = room.next_lesson()
    room.show(ANOTHER_LOOK)
    room.start()
    wait_for(lambda: room.marked(third) == ["S1001"], "the mark that was learned", SECONDS)

    room.say(second, "absent")
    wait_for(lambda: not room.samples_path.exists(), "the correction to count", SECONDS)
    assert room.learned() == {}
    fourth = room.next_lesson()
    room.start()
    wait_for(lambda: room.classroom.camera_states() == {"front": "watching"}, "the camera", SECONDS)
    wait_for(lambda: (at := room.classroom.last_frame_at()) and at > room.begun_at(fourth), "its frames", SECONDS)
    assert room.marked(fourth) == []


@only_long
def test_a_lecturers_word_counts_as_a_lesson_and_one_command_forgets_all(room: LearningRoom) -> None:
    room.start()
    wait_for(room.kept, "a sample", SECONDS)
    room.say(room.classroom.session_id, "present")
    wait_for(lambda: room.learned() == {"S1001": 1}, "the word to count", SECONDS)
    listed = room.command("gallery").stdout
    assert "Learned" in listed
    assert "1 learned reference of 1 student" in listed
    checked = room.command("check").stdout
    assert "2 students, 2 references and 1 learned" in checked

    room.show(NOBODY)
    done = room.command("gallery", "forget-learned")
    assert (done.returncode, done.stdout) == (0, "Forgot 1 sample of what lessons taught; the enrolled photos stay.\n")
    assert room.learned() == {}
    assert not room.samples_path.exists()


@only_long
def test_a_student_who_is_taken_out_of_the_gallery_takes_along_what_was_learned(room: LearningRoom) -> None:
    room.start()
    wait_for(room.kept, "a sample", SECONDS)
    room.say(room.classroom.session_id, "late")
    wait_for(lambda: room.learned() == {"S1001": 1}, "the word to count", SECONDS)
    renamed = room.command("gallery", "rename", "S1001", "S7007")
    assert (renamed.returncode, room.learned()) == (0, {"S7007": 1})

    done = room.command("gallery", "remove", "s7007")
    assert done.stdout.startswith("Removed S7007 with 1 reference and 1 that lessons taught;")
    assert room.kept() == 0


@only_long
def test_nothing_is_learned_where_it_is_off_and_what_was_is_forgotten(room: LearningRoom) -> None:
    room.start()
    wait_for(room.kept, "a sample", SECONDS)

    second = room.next_lesson()
    room.start(learn=False)
    wait_for(lambda: room.marked(second) == ["S1001"], "the mark", SECONDS)
    wait_for(lambda: not room.samples_path.exists(), "the samples to be forgotten", SECONDS)
    assert room.learned() == {}
    assert "recognition.learn is off" in (room.folder / "log").read_text()
