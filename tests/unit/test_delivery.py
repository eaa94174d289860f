"""Delivery: outbox → register, turn by turn, through every failure of the database."""

from __future__ import annotations

import threading
from datetime import timedelta
from itertools import pairwise

import pytest

from recognizer.delivery.evidence import RETRY_EVERY_SECONDS, EvidenceErrand
from recognizer.delivery.heartbeat import Heartbeat
from recognizer.delivery.schedule import ScheduleErrand
from recognizer.domain.register.evidence import Evidence
from recognizer.domain.register.observation import SightSpan, Span
from recognizer.domain.register.status import CameraState, CameraWord
from tests.fixtures.post import AT, AWAY, Post, entry
from tests.fixtures.waiting import wait_for

EVIDENCE, SCHEDULE, HEART = EvidenceErrand.name, ScheduleErrand.name, Heartbeat.name


def word(state: CameraState) -> CameraWord:
    return CameraWord("front", state, None)


def test_what_waits_is_delivered_batch_by_batch_and_forgotten(post: Post) -> None:
    for number in range(120):
        post.outbox.put(entry(str(number)))

    assert [post.once().done.get(EVIDENCE) for _ in range(4)] == [50, 50, 20, None]
    assert post.outbox.depth() == 0
    assert len(post.register.entries) == 120


def test_a_backlog_on_a_slow_database_stops_neither_schedule_nor_heartbeat_nor_watchdog(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    def record(evidence: Evidence) -> None:
        post.clock.pass_by(0.5)
        post.register.entries.append(evidence)

    monkeypatch.setattr(post.register, "record", record)
    for number in range(3000):
        post.backlog.put(entry(str(number)))
    post.heartbeat.report([word("watching")])
    turns = 0
    while post.clock.now() < AT + timedelta(minutes=2):
        started_at = post.clock.monotonic()
        post.once()
        turns += 1
        assert post.delivery.turned_at - started_at <= 3
    # A beat is due after five seconds, and a batch takes two.
    assert post.board.posts >= 120 / 7
    assert turns >= 120 / 2 - 1
    post.schedule.current = []
    post.clock.pass_by(30)
    assert post.once().done[SCHEDULE] == 1


def test_many_spans_on_a_slow_database_give_way_to_the_others_too(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[Span] = []

    def record(span: Span) -> None:
        post.clock.pass_by(0.5)
        written.append(span)

    monkeypatch.setattr(post.sight, "record", record)
    for number in range(60):
        post.backlog.put(SightSpan(f"camera {number}", AT, AT + timedelta(minutes=1)))
    turns = 0
    while post.backlog.depth():
        started_at = post.clock.monotonic()
        post.once()
        turns += 1
        assert post.delivery.turned_at - started_at <= 3
        assert turns <= 15
    assert len(written) == 60


def test_while_the_database_is_away_what_was_seen_waits_and_then_goes_out_once(post: Post) -> None:
    post.fail(AWAY)
    post.outbox.put(entry())

    assert set(post.once().errors.values()) == {"the database is away"}
    assert post.outbox.depth() == 1
    post.fail(None)
    # Not asked again at once, but soon.
    assert EVIDENCE not in post.once().done
    post.clock.pass_by(1)
    assert post.once().done[EVIDENCE] == 1
    assert post.register.entries == [entry()]


def test_the_waits_grow_to_five_seconds_and_no_further_for_ever(post: Post) -> None:
    """Each is drawn anew, so that a hundred rooms do not come back to their database all at once."""
    post.fail(AWAY)
    post.outbox.put(entry())
    tries = []
    for tenth in range(6000):
        if EVIDENCE in post.once().errors:
            tries.append(tenth / 10)
        post.clock.pass_by(0.1)

    waits = [later - earlier for earlier, later in pairwise(tries)]
    assert waits[0] < 1
    assert max(waits) <= 5.1
    assert all(wait >= 2.4 for wait in waits[10:])
    assert len({round(wait, 1) for wait in waits[10:]}) > 10
    assert tries[-1] > 590


@pytest.mark.parametrize("failing", ["register", "sight", "schedule", "board"])
def test_one_errand_that_fails_stops_no_other(post: Post, failing: str) -> None:
    getattr(post, failing).error = AWAY
    post.heartbeat.report([word("watching")])
    post.backlog.put(entry())
    post.backlog.put(SightSpan("front", AT, AT + timedelta(minutes=1)))

    delivered = post.once()

    assert len(delivered.errors) == 1
    # When the cameras could see waits for what was seen.
    assert len(delivered.done) == (2 if failing == "register" else 3)


def test_what_grew_while_it_was_delivered_is_delivered_again(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    def record(evidence: Evidence) -> None:
        if not post.register.entries:
            post.backlog.put(entry(minute=1))
        post.register.entries.append(evidence)

    monkeypatch.setattr(post.register, "record", record)
    post.backlog.put(entry())
    post.once()
    post.once()

    assert post.register.entries == [entry(), entry().merged(entry(minute=1))]
    assert post.backlog.depth() == 0


def test_what_is_refused_is_set_aside_and_counted_and_the_others_go_on(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    post.register.refused = {"S1"}
    post.outbox.put(entry())
    post.outbox.put(entry("S2"))
    post.heartbeat.report([word("watching")])

    post.once()

    assert [delivered.student_number for delivered in post.register.entries] == ["S2"]
    assert (post.outbox.depth(), post.outbox.refused()) == (0, 1)
    assert "student S1" in caplog.text
    assert post.board.statuses["front"].refused_marks == 1


@pytest.mark.parametrize("after", ["a change of the schedule", "an hour", "a restart"])
def test_what_was_refused_arrives_once_the_database_takes_it(
    post: Post, after: str, caplog: pytest.LogCaptureFixture
) -> None:
    post.once()
    post.register.refused = {"S1"}
    post.backlog.put(entry())
    post.once()
    post.register.refused = set()
    assert EVIDENCE not in post.once().done

    if after == "a change of the schedule":
        post.schedule.current = []
        post.clock.pass_by(30)
    elif after == "an hour":
        post.clock.pass_by(RETRY_EVERY_SECONDS)
    else:
        post.start_anew()
    post.once()
    post.once()

    assert post.register.entries == [entry()]
    assert post.outbox.refused() == 0


def test_what_is_refused_again_and_again_is_told_once(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    post.register.refused = {"S1"}
    post.backlog.put(entry())
    for _ in range(3):
        post.once()
        post.clock.pass_by(RETRY_EVERY_SECONDS)

    assert caplog.text.count("student S1") == 1


def test_what_was_seen_is_written_before_when_the_cameras_could_see(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A register that is decided in between must not call anybody absent who was seen."""
    order: list[str] = []
    monkeypatch.setattr(post.register, "record", lambda evidence: order.append("evidence"))
    monkeypatch.setattr(post.sight, "record", lambda spans: order.append("sight"))
    post.outbox.put(SightSpan("front", AT, AT + timedelta(minutes=60)))
    for number in range(120):
        post.outbox.put(entry(str(number)))
    for _ in range(4):
        post.once()
    assert order == ["evidence"] * 120 + ["sight"]


def test_a_span_that_the_database_refuses_stops_no_other(post: Post) -> None:
    post.sight.refused = {"back"}
    for camera in ("back", "front"):
        post.backlog.put(SightSpan(camera, AT, AT + timedelta(minutes=1)))
    post.once()

    assert [span.camera_name for span in post.sight.spans] == ["front"]
    assert (post.outbox.depth(), post.outbox.refused()) == (0, 1)


def test_the_heart_beats_every_five_seconds_and_at_every_change(post: Post) -> None:
    assert post.heartbeat.report([word("starting")])
    assert HEART in post.once().done
    assert HEART not in post.once().done
    assert post.heartbeat.report([word("watching")])
    assert HEART in post.once().done
    assert not post.heartbeat.report([word("watching")])
    post.clock.pass_by(5)
    assert HEART in post.once().done
    status = post.board.statuses["front"]
    assert (status.state, status.version, status.gallery_size, post.board.posts) == ("watching", "0.1.0", 3, 3)


def test_since_when_a_camera_is_so_is_written_once_by_the_databases_clock(post: Post) -> None:
    """Whatever either clock is set to later."""
    post.board.time = AT + timedelta(hours=1, seconds=20)
    post.clock.pass_by(20)
    failed_at = post.clock.monotonic() - 15
    said = []
    for ahead in (0, 3, 0):
        post.heartbeat.report([CameraWord("front", "failing", None, changed_at=failed_at, last_error="no route")])
        post.once()
        said.append(post.board.statuses["front"])
        post.clock.pass_by(5)
        post.board.time += timedelta(seconds=5 + ahead)
    assert {status.state_since for status in said} == {AT + timedelta(hours=1, seconds=5)}
    assert {status.last_error for status in said} == {"no route"}

    post.heartbeat.report([CameraWord("front", "watching", None, post.clock.monotonic(), 2.0, 12)])
    post.once()
    status = post.board.statuses["front"]
    assert status.state_since == post.board.time
    assert (status.looks_per_second, status.faces, status.last_error) == (2.0, 12, None)


def test_the_thread_delivers_as_soon_as_it_is_woken_and_a_last_time_at_the_end(post: Post) -> None:
    post.delivery.start()
    post.backlog.put(entry())
    post.delivery.wake()
    wait_for(lambda: post.register.entries, "the mark", 10)
    for number in range(120):
        post.backlog.put(entry(str(number)))

    assert post.delivery.finish(20)
    assert len(post.register.entries) == 121


def test_the_last_turn_tries_even_while_it_would_wait(post: Post) -> None:
    post.fail(AWAY)
    post.outbox.put(entry())
    post.once()
    post.fail(None)

    post.delivery.start()
    assert post.delivery.finish(10)
    assert post.register.entries == [entry()]


def test_an_end_does_not_wait_for_a_database_that_hangs(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    let_go = threading.Event()
    monkeypatch.setattr(post.register, "record", lambda _: let_go.wait(30))
    post.outbox.put(entry())
    post.delivery.start()
    post.delivery.wake()

    assert not post.delivery.finish(0.2)
    assert post.outbox.depth() == 1
    let_go.set()


def test_a_fault_of_ours_in_one_errand_ends_neither_it_nor_the_others(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    post.register.error = ZeroDivisionError("a fault")
    post.backlog.put(entry())
    assert SCHEDULE in post.once().done
    assert "writing what was seen failed" in caplog.text

    post.register.error = None
    post.clock.pass_by(5)
    assert post.once().done[EVIDENCE] == 1
