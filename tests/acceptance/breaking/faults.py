"""What is broken, and mended again: each fault lasts as long as its block."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from datetime import timedelta
from pathlib import Path

from tests.acceptance.breaking.daemon import Daemon, set_aside_in, waiting_in
from tests.acceptance.breaking.room import BrokenRoom
from tests.fixtures.waiting import wait_for

Fault = Callable[[BrokenRoom], AbstractContextManager[None]]


class NotNow(Exception):
    """What this fault takes is not there at the moment; nothing was broken."""


# The way to the database.


@contextmanager
def refuses(room: BrokenRoom) -> Iterator[None]:
    """Nobody listens at the database's port."""
    room.proxy.refuse()
    try:
        yield
    finally:
        room.proxy.listen_again()


@contextmanager
def stalls(room: BrokenRoom) -> Iterator[None]:
    """The database takes calls and says nothing."""
    room.proxy.fault.is_stalled = True
    try:
        yield
    finally:
        room.proxy.fault.is_stalled = False


@contextmanager
def answers_late(room: BrokenRoom) -> Iterator[None]:
    """Each answer of the database comes after five seconds."""
    room.proxy.fault.answer_seconds = 5.0
    try:
        yield
    finally:
        room.proxy.fault.answer_seconds = 0.0


@contextmanager
def trickles(room: BrokenRoom) -> Iterator[None]:
    """A thousand bytes pass in a second."""
    room.proxy.fault.bytes_per_second = 1000.0
    try:
        yield
    finally:
        room.proxy.fault.bytes_per_second = 0.0


@contextmanager
def is_frozen(room: BrokenRoom) -> Iterator[None]:
    """The database's server is stopped by SIGSTOP."""
    room.database.server.freeze()
    try:
        yield
    finally:
        room.database.server.thaw()


@contextmanager
def is_locked(room: BrokenRoom) -> Iterator[None]:
    """Another transaction holds all class sessions."""
    with room.locked():
        yield


@contextmanager
def loses_commits(room: BrokenRoom) -> Iterator[None]:
    """The answers to three commits are lost."""
    room.proxy.fault.lost_commits = 3
    yield


@contextmanager
def cuts_transactions(room: BrokenRoom) -> Iterator[None]:
    """Three connections are lost before the commit."""
    room.proxy.fault.cut_transactions = 3
    yield


@contextmanager
def deadlocks(room: BrokenRoom) -> Iterator[None]:
    """Six statements end in a deadlock or wait for a lock in vain."""
    room.proxy.fault.refused_statements = [1213, 1205] * 3
    yield


@contextmanager
def loses_connections(room: BrokenRoom) -> Iterator[None]:
    """Every connection is cut, on the way or by the server."""
    room.proxy.cut()
    yield


# Cameras.


def turns(word: str) -> Fault:
    """The pictures of one camera show nobody for this reason."""

    @contextmanager
    def fault(room: BrokenRoom) -> Iterator[None]:
        room.blind(word, room.cameras[0])
        try:
            yield
        finally:
            room.blind("", room.cameras[0])

    return fault


def suffers(trouble: str) -> Fault:
    """A camera's process dies again and again, hangs, or finds the camera gone."""

    @contextmanager
    def fault(room: BrokenRoom) -> Iterator[None]:
        room.trouble(trouble, room.cameras[-1])
        try:
            yield
        finally:
            room.trouble("", room.cameras[-1])

    return fault


@contextmanager
def changes_its_size(room: BrokenRoom) -> Iterator[None]:
    """Somebody sets another size of a camera's pictures, and sets it back."""
    camera = room.luck.choice(room.cameras)
    room.resize(camera)
    try:
        yield
    finally:
        room.resize(camera)


# The recognizer.


@contextmanager
def is_killed(room: BrokenRoom) -> Iterator[None]:
    """The parent is killed and started again."""
    room.kill()
    room.start_watching()
    yield


@contextmanager
def loses_power(room: BrokenRoom) -> Iterator[None]:
    """All of its processes are killed at once, and it is started again."""
    room.kill(Daemon.cut_power)
    room.start_watching()
    yield


@contextmanager
def loses_a_child(room: BrokenRoom) -> Iterator[None]:
    """One camera's process is killed."""
    for child in room.daemon.children()[:1]:
        with suppress(ProcessLookupError):
            os.kill(child, room.luck.choice([signal.SIGKILL, signal.SIGSEGV]))
    yield


@contextmanager
def is_restarted(room: BrokenRoom) -> Iterator[None]:
    """It is stopped by SIGTERM and started again, as an upgrade does."""
    room.stop(seconds=30)
    room.start_watching()
    yield


@contextmanager
def meets_a_second_one(room: BrokenRoom) -> Iterator[None]:
    """Another recognizer is started for the same room, which waits, takes over or watches too."""
    second = room.start_second()
    try:
        yield
    finally:
        room.stop(seconds=30, daemon=second)


@contextmanager
def clock_is_wrong(room: BrokenRoom) -> Iterator[None]:
    """The machine's clock is an hour ahead or behind, and is set right again."""
    room.set_clock_wrong(timedelta(hours=room.luck.choice([-1, 1])))
    try:
        yield
    finally:
        room.set_clock_right()


# What people do.


@contextmanager
def is_corrected(room: BrokenRoom) -> Iterator[None]:
    """A lecturer excuses somebody who has a mark, by the portal's own code."""
    for student in sorted(room.marked() - room.words)[:1]:
        room.correct(student)
    yield


@contextmanager
def loses_students(room: BrokenRoom) -> Iterator[None]:
    """Two are seen while the database is away. Before it hears of them the office deletes one and gives the other
    another number; at the end both are what they were."""
    camera = _camera_that_delivers(room)
    if not room.has_newcomers(2):
        raise NotNow
    deleted, renumbered = room.newcomers(2)
    with refuses(room):
        others = room.in_picture(camera)
        room.show(*others, deleted, renumbered, camera=camera)
        room.wait_for_outbox(deleted, renumbered, state=room.daemon.state, seconds=60)
        room.show(*others, camera=camera)
        # Until no frame is on its way that shows them: whoever is on no roster is a visitor.
        time.sleep(room.pace.step_seconds + 1)
        room.delete_student(deleted)
        room.renumber_student(renumbered, f"{renumbered}-x")
    try:
        yield
    finally:
        room.renumber_student(f"{renumbered}-x", renumbered)
        room.enter_student(deleted)


def _camera_that_delivers(room: BrokenRoom) -> str:
    whole = [camera for camera in room.cameras if room.is_whole(camera)]
    if not whole:
        raise NotNow
    camera = room.luck.choice(whole)
    before = len(room.moments(camera))
    time.sleep(1)
    if len(room.moments(camera)) == before:
        raise NotNow
    return camera


# Its disk.


@contextmanager
def disk_is_full(room: BrokenRoom) -> Iterator[None]:
    """No byte can be written into its state folder."""
    assert room.disk is not None
    room.disk.fill()
    try:
        yield
    finally:
        room.disk.make_room()
        _wait_until_nothing_is_in_memory(room)


@contextmanager
def outbox_is_deleted(room: BrokenRoom) -> Iterator[None]:
    """Somebody deletes the outbox while it is in use."""
    for part in room.daemon.state.glob("outbox.sqlite3*"):
        part.unlink(missing_ok=True)
    yield


@contextmanager
def outbox_is_cut_short(room: BrokenRoom) -> Iterator[None]:
    """The power fails, and half of the outbox is gone when it is back.

    Only while nothing lies in it: of what did, nobody could say afterwards what can be read.
    """
    daemon = room.daemon
    if not any(_stopped_with_an_empty_outbox(daemon) for _ in range(20)):
        raise NotNow
    room.kill(Daemon.cut_power)
    cut_short(daemon.state / "outbox.sqlite3")
    started = room.start_watching()
    assert "the outbox is damaged" in started.output(), started.output()
    yield


def _stopped_with_an_empty_outbox(daemon: Daemon) -> bool:
    """Stopped, since what it writes between a look and its end would be lost; it goes on where something waits."""
    os.killpg(daemon.process.pid, signal.SIGSTOP)
    if not (waiting_in(daemon.state) or set_aside_in(daemon.state)):
        return True
    os.killpg(daemon.process.pid, signal.SIGCONT)
    time.sleep(0.1)
    return False


def cut_short(outbox: Path) -> None:
    """Take half of a file of SQLite that nobody uses."""
    with closing(sqlite3.connect(outbox)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with outbox.open("r+b") as file:
        file.truncate(outbox.stat().st_size // 2)


@contextmanager
def outbox_is_locked(room: BrokenRoom) -> Iterator[None]:
    """Another program holds the outbox, a backup for example."""
    try:
        with closing(sqlite3.connect(room.daemon.state / "outbox.sqlite3", isolation_level=None, timeout=30)) as holder:
            holder.execute("BEGIN IMMEDIATE")
            yield
    finally:
        _wait_until_nothing_is_in_memory(room)


def _wait_until_nothing_is_in_memory(room: BrokenRoom) -> None:
    """No process leaves that behind which is killed."""

    def is_in_the_file() -> bool:
        said = room.daemon.output()
        return said.count("the outbox takes what is seen again") == said.count("kept in memory only until")

    wait_for(is_in_the_file, "the outbox to take what was in memory", 60)
