"""Real processes copied from a real server: what they share, and what none of them does to another."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from recognizer.bootstrap.camera import prepare_cameras
from recognizer.camera.messages import Failed
from recognizer.camera.wire import Hearing
from recognizer.config.configuration import Config, Engine, RecognitionConfig
from recognizer.room.fork_server import SERVER_NAME, ForkedChild, ForkServer
from tests.fixtures.made_up_camera import process_name
from tests.fixtures.waiting import wait_for

loaded: list[int] = []
"""What the server loads: where, that is in which process, it did."""


def load() -> None:
    loaded.append(os.getpid())


def load_where_there_is(file: Path) -> None:
    loaded.append(int(file.read_text()))


def load_for_ever() -> None:
    time.sleep(1000)


def tell(connection: Connection[Any, Any]) -> None:
    """What runs in a copy: it tells who loaded, then waits for the end of the pipe."""
    connection.send((os.getpid(), loaded))
    connection.poll(None)


def crash(connection: Connection[Any, Any]) -> None:
    ctypes.string_at(0)


def fail(connection: Connection[Any, Any]) -> None:
    raise ZeroDivisionError("a fault of ours")


def tell_threads(connection: Connection[Any, Any]) -> None:
    connection.send(sorted(Path(f"/proc/{server_of(connection.recv())}/task").iterdir()))


def server_of(pid: int) -> int:
    """The child of that process that is a server; 0 where none has said yet that it is one."""
    running = [child for child in children_of(pid) if not is_zombie(child)]
    return next((child for child in running if process_name(child) == SERVER_NAME), 0)


def number_of(copy: ForkedChild) -> int:
    """Its process id, once it is known."""
    return wait_for(lambda: copy.pid, "its process id") or 0


def children_of(pid: int) -> list[int]:
    return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))


@pytest.fixture
def serve() -> Iterator[Callable[..., ForkServer]]:
    servers: list[ForkServer] = []

    def make(prepare: Callable[[], None] = load) -> ForkServer:
        servers.append(ForkServer(prepare))
        return servers[-1]

    yield make
    for server in servers:
        server.close()


def test_copies_have_what_the_server_loaded_once(serve: Callable[..., ForkServer]) -> None:
    server = serve()
    copies = [server.start(name, tell) for name in ("front", "back")]

    told = [copy.connection.recv() for copy in copies]

    assert told[0][1] == told[1][1] == [server_of(os.getpid())]
    assert [pid for pid, _ in told] == [number_of(copy) for copy in copies]
    end(copies)


def test_copies_are_children_of_the_daemon_and_named_after_their_cameras(serve: Callable[..., ForkServer]) -> None:
    copy = serve().start("front door, left", tell)
    copy.connection.recv()
    pid = number_of(copy)

    assert pid in children_of(os.getpid())
    assert Path(f"/proc/{pid}/comm").read_text() == "front door, lef\n"
    end([copy])


def test_a_crash_is_one_copys_alone_and_the_next_is_clean(serve: Callable[..., ForkServer]) -> None:
    server = serve()
    well, ill = server.start("well", tell), server.start("ill", crash)
    well.connection.recv()

    with pytest.raises(EOFError):
        ill.connection.recv()
    wait_for(lambda: not ill.is_alive(), "the end")

    assert ill.how_it_ended() == "signal SIGSEGV"
    assert well.is_alive()
    another = server.start("ill", tell)
    assert another.connection.recv()[1] == [server_of(os.getpid())]
    end([well, another])


def test_a_fault_of_ours_ends_it_with_a_code_and_is_told_to_the_parent(
    serve: Callable[..., ForkServer], capfd: pytest.CaptureFixture[str]
) -> None:
    copy = serve().start("front", fail)

    wait_for(lambda: not copy.is_alive(), "the end")
    (failed,) = Hearing(copy.connection, "front").take()
    assert isinstance(failed, Failed)
    assert (failed.reason, capfd.readouterr().err) == ("ZeroDivisionError: a fault of ours", "")
    assert "in fail" in failed.traceback

    assert copy.how_it_ended() == "exit code 1"


def test_killing_leaves_nothing(serve: Callable[..., ForkServer]) -> None:
    copy = serve().start("front", tell)
    pid, _ = copy.connection.recv()

    copy.kill()

    assert not copy.is_alive()
    assert copy.how_it_ended() == "signal SIGKILL"
    assert not Path(f"/proc/{pid}").exists()
    copy.kill()


def test_a_stopped_copy_is_killed_too(serve: Callable[..., ForkServer]) -> None:
    copy = serve().start("front", tell)
    os.kill(copy.connection.recv()[0], signal.SIGSTOP)

    copy.kill()

    assert not copy.is_alive()


def test_a_server_that_dies_takes_no_copy_along_and_is_started_again(serve: Callable[..., ForkServer]) -> None:
    server = serve()
    old = server.start("old", tell)
    number_of(old)
    first = server_of(os.getpid())
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: not Path(f"/proc/{first}/task").exists() or is_zombie(first), "the server's end")

    new = server.start("new", tell)

    assert new.connection.recv()[1] == [server_of(os.getpid())]
    assert old.is_alive()
    old.kill()
    assert old.how_it_ended() == "signal SIGKILL"
    end([new])


def is_zombie(pid: int) -> bool:
    return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text()


def test_a_copy_that_a_dying_server_did_not_make_says_so(serve: Callable[..., ForkServer]) -> None:
    copy = serve(load_for_ever).start("front", tell)
    os.kill(wait_for(lambda: server_of(os.getpid()), "the server"), signal.SIGKILL)

    with pytest.raises((EOFError, ConnectionResetError)):
        copy.connection.recv()

    assert not copy.is_alive()
    assert copy.how_it_ended() == "before it had begun: the process that holds the models ended"


def test_a_server_that_hangs_is_killed_with_the_copy_that_waits_for_it(serve: Callable[..., ForkServer]) -> None:
    copy = serve(load_for_ever).start("front", tell)
    assert copy.is_alive()

    copy.kill()

    assert not copy.is_alive()


def test_what_could_not_be_loaded_is_tried_again_for_the_next_copy(
    serve: Callable[..., ForkServer], tmp_path: Path
) -> None:
    file = tmp_path / "weights"
    server = serve(partial(load_where_there_is, file))
    unprepared = server.start("front", tell)
    assert unprepared.connection.recv()[1] == []

    file.write_text("7")
    prepared = server.start("front", tell)

    assert prepared.connection.recv()[1] == [7]
    end([unprepared, prepared])


def test_copies_end_with_the_daemon(tmp_path: Path) -> None:
    """They notice the end of the pipe, of which nobody else may hold the other end: no server, no later copy."""
    pids = tmp_path / "pids"
    daemon = os.fork()
    if daemon == 0:
        server = ForkServer(load)
        told = [server.start(name, tell).connection.recv() for name in ("front", "back")]
        pids.write_text(" ".join(str(number) for pid, [maker] in told for number in (pid, maker)))
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(daemon, 0)

    for pid in set(map(int, pids.read_text().split())):
        wait_for(lambda pid=pid: not Path(f"/proc/{pid}/task/{pid}").exists() or is_zombie(pid), "the end", 10)


@pytest.mark.parametrize("engine", ["cnn", "hog"])
def test_the_models_make_no_thread_that_a_copy_would_lack(engine: Engine, serve: Callable[..., ForkServer]) -> None:
    settings = RecognitionConfig(engine=engine)
    copy = serve(partial(prepare_cameras, Config(recognition=settings))).start("front", tell_threads)
    copy.connection.send(os.getpid())

    assert len(copy.connection.recv()) == 1


def end(copies: list[ForkedChild]) -> None:
    for copy in copies:
        with closing(copy.connection):
            copy.kill()
