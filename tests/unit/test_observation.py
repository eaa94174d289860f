"""Sight: what a camera's pulses say of the time in which it could see."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from recognizer.domain.register.observation import BLIND_REASONS, BlindSpan, Observation, SightSpan, Span

START = datetime(2026, 10, 5, 9, 0)  # noqa: DTZ001 - naive UTC


class Watch:
    """An observation of one camera, and all that it has handed out by now, the longest of each span."""

    def __init__(self) -> None:
        self.observation = Observation("front")
        self.clock_setting = ""
        self.seconds = 0.0
        self.jumped = timedelta()
        self.handed: list[Span] = []

    def pulses(self, seconds: float, blind_because: str = "", is_wanted: bool = True) -> None:
        """Twice a second for so long."""
        for _ in range(int(seconds * 2)):
            self.observation.note_time(self.now(), self.seconds, self.clock_setting)
            self.observation.note_pulse(self.now(), self.seconds, blind_because)
            self._turn(is_wanted)

    def silence(self, seconds: float, is_wanted: bool = True) -> None:
        for _ in range(int(seconds * 2)):
            self._turn(is_wanted)

    def spans(self) -> list[tuple[str, float, float]]:
        """Reason, beginning and end in seconds; after the end of it all."""
        self.handed += self.observation.flush()
        longest = {span.key: span for span in self.handed}
        return [
            (span.reason if isinstance(span, BlindSpan) else "", _at(span.starts_at), _at(span.ends_at))
            for span in longest.values()
        ]

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds) + self.jumped

    def _turn(self, is_wanted: bool) -> None:
        self.seconds += 0.5
        self.observation.note_turn(self.now(), self.seconds, self.clock_setting, is_wanted=is_wanted)
        self.handed += self.observation.due()


def _at(instant: datetime) -> float:
    return (instant - START).total_seconds()


@pytest.fixture
def watch() -> Watch:
    return Watch()


def test_a_camera_sees_from_its_first_pulse_to_its_last(watch: Watch) -> None:
    watch.pulses(100)

    assert watch.spans() == [("", 0, 99.5)]


def test_a_span_is_handed_out_after_some_seconds_then_each_minute_and_at_its_end(watch: Watch) -> None:
    watch.pulses(150)
    assert [_at(span.ends_at) for span in watch.handed] == [5, 65, 125]
    watch.spans()

    assert [_at(span.ends_at) for span in watch.handed] == [5, 65, 125, 149.5]


@pytest.mark.parametrize("reason", BLIND_REASONS)
def test_a_camera_that_sees_again_is_told_within_seconds_not_at_the_next_minute(watch: Watch, reason: str) -> None:
    watch.silence(14)
    watch.pulses(20, reason)
    watch.pulses(6)

    assert isinstance(watch.handed[-1], SightSpan)
    assert watch.handed[-1].ends_at > max(span.ends_at for span in watch.handed if isinstance(span, BlindSpan))


@pytest.mark.parametrize("reason", BLIND_REASONS)
def test_a_camera_that_cannot_see_is_blind_from_the_last_seeing_pulse_to_the_next(watch: Watch, reason: str) -> None:
    watch.pulses(30)
    watch.pulses(30, reason)
    watch.pulses(30)

    assert watch.spans() == [("", 0, 29.5), (reason, 29.5, 60), ("", 60, 89.5)]


def test_another_reason_begins_another_span(watch: Watch) -> None:
    watch.pulses(30, "dark")
    watch.pulses(30, "torn")

    assert watch.spans() == [("dark", 0, 30), ("torn", 30, 59.5)]


def test_a_camera_that_is_wanted_and_says_nothing_has_no_picture(watch: Watch) -> None:
    watch.silence(30)
    watch.pulses(30)

    assert watch.spans() == [("no picture", 0.5, 30), ("", 30, 59.5)]


def test_a_gap_is_not_sight(watch: Watch) -> None:
    watch.pulses(30)
    watch.silence(20)
    watch.pulses(30)

    assert watch.spans() == [("", 0, 29.5), ("no picture", 29.5, 50), ("", 50, 79.5)]


def test_one_look_that_takes_some_seconds_is_no_gap(watch: Watch) -> None:
    watch.pulses(30)
    watch.silence(8)
    watch.pulses(30)

    assert watch.spans() == [("", 0, 67.5)]


def test_nothing_is_said_of_times_in_which_nobody_wants_the_camera(watch: Watch) -> None:
    watch.silence(600, is_wanted=False)
    watch.pulses(30)
    watch.silence(600, is_wanted=False)

    assert watch.spans() == [("", 600, 629.5)]


def test_a_camera_that_is_dead_until_the_end_is_blind_until_the_end(watch: Watch) -> None:
    watch.silence(130)
    assert [_at(span.ends_at) for span in watch.handed] == [5.5, 65.5, 125.5]
    watch.silence(60, is_wanted=False)

    assert watch.spans() == [("no picture", 0.5, 130)]


@pytest.mark.parametrize("hours", [-2, 2])
def test_a_clock_that_jumps_makes_neither_sight_nor_blindness(watch: Watch, hours: int) -> None:
    watch.pulses(30)
    watch.jumped = timedelta(hours=hours)
    watch.pulses(30)

    spans = watch.spans()
    assert [reason for reason, _, _ in spans] == ["", ""]
    assert all(end - start <= 31 for _, start, end in spans)


@pytest.mark.parametrize("reason", ["", *BLIND_REASONS])
@pytest.mark.parametrize("silence", [0, 1, 8])
def test_a_camera_is_not_blind_when_the_database_tells_its_time(watch: Watch, reason: str, silence: float) -> None:
    watch.clock_setting = "since boot"
    watch.pulses(30, reason)
    watch.clock_setting = ""
    watch.silence(silence)
    watch.pulses(30, reason)

    first, second = watch.spans()
    assert first == (reason, 0, 29.5)
    assert second[0] == reason
    assert 30 <= second[1] <= 30.5
    assert second[2] == 59.5 + silence


def test_a_camera_that_is_silent_from_then_on_has_no_picture_since_then(watch: Watch) -> None:
    watch.clock_setting = "since boot"
    watch.pulses(30)
    watch.clock_setting = ""
    watch.silence(20)

    assert watch.spans() == [("", 0, 29.5), ("no picture", 29.5, 50)]


def test_a_silence_in_which_the_database_tells_its_time_is_as_long_as_another(watch: Watch) -> None:
    watch.clock_setting = "since boot"
    watch.pulses(30)
    watch.silence(8)
    watch.clock_setting = ""
    watch.silence(8)
    watch.pulses(30)

    assert watch.spans() == [("", 0, 29.5), ("no picture", 29.5, 46), ("", 46, 75.5)]


def test_pulses_that_waited_because_the_parent_was_held_up_are_no_gap(watch: Watch) -> None:
    watch.pulses(30)
    held_from = watch.seconds
    watch.seconds += 40
    for half in range(80):
        watch.observation.note_pulse(START + timedelta(seconds=held_from + half / 2), watch.seconds, "")
    watch.pulses(30)

    assert [reason for reason, _, _ in watch.spans()] == [""]


def test_a_film_that_is_played_faster_than_time_passes_is_seen_in_its_own_time(watch: Watch) -> None:
    for tenth in range(60):
        watch.observation.note_pulse(START + timedelta(seconds=60 * tenth), watch.seconds, "")
        watch._turn(is_wanted=True)

    assert watch.spans() == [("", 0, 59 * 60)]


def test_a_span_only_grows() -> None:
    short, long = (SightSpan("front", START, START + timedelta(seconds=end)) for end in (1, 9))

    assert short.merged(long) == long.merged(short) == long
