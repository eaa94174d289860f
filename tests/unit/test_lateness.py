"""How late frames are, by their own times."""

from __future__ import annotations

from recognizer.vision.capture.lateness import Lateness


def test_frames_that_come_as_they_were_sent_are_not_late() -> None:
    lateness = Lateness()

    assert max(lateness.note(number / 25, 1000 + number / 25) for number in range(100)) < 1e-6


def test_a_backlog_is_as_old_as_it_is() -> None:
    """Read at half the rate at which it is sent, a stream is five seconds late after ten."""
    lateness = Lateness()

    late = [lateness.note(number / 25, 1000 + number / 12.5) for number in range(126)]

    assert abs(late[-1] - 5) < 0.1


def test_what_a_camera_sends_at_once_in_the_beginning_makes_nothing_late() -> None:
    lateness = Lateness()
    for number in range(25):
        lateness.note(number / 25, 1000)

    assert lateness.note(1.0, 1000.04) < 0.1


def test_a_camera_whose_clock_runs_slowly_is_not_late_after_a_day() -> None:
    lateness = Lateness()

    late = [lateness.note(second * (1 - 1e-4), 1000 + second) for second in range(86400)]

    assert max(late) < 0.02


def test_a_stream_that_begins_again_or_tells_no_time_is_not_called_late() -> None:
    lateness = Lateness()
    for number in range(1000):
        lateness.note(number, 1000 + number)

    assert lateness.note(0, 2000) == 0
    assert lateness.note(1, 2001) < 0.1
    assert [lateness.note(1, 2001 + second) for second in range(1, 30)] == [0] * 29
