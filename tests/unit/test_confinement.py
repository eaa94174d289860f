"""What a process gives up: memory, variables, files and ports. Each is given up in a process of its own."""

from __future__ import annotations

import os
import pty
import resource
import socket
from collections.abc import Callable
from contextlib import closing, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from recognizer.ops.confinement import Reach, bare_environment, confine, landlock_version, leave_terminal, limit_memory
from recognizer.room.children import SpawnedChild

needs_landlock = pytest.mark.skipif(not landlock_version(), reason="this kernel has no Landlock")


def ask(target: Callable[..., None], *arguments: object) -> Any:
    """What a process says that runs the target."""
    child = SpawnedChild("confined", target, *arguments)
    try:
        return child.connection.recv()
    finally:
        child.kill()


def take_memory(connection: Connection[Any, Any], megabytes: int) -> None:
    limit_memory(200)
    try:
        taken = len(bytearray(megabytes * 2**20)) // 2**20
    except MemoryError:
        taken = 0
    connection.send((taken, resource.getrlimit(resource.RLIMIT_CORE)))


def test_more_memory_than_is_allowed_is_not_given_and_no_core_is_left() -> None:
    assert ask(take_memory, 100) == (100, (0, 0))
    assert ask(take_memory, 300) == (0, (0, 0))


def open_files(connection: Connection[Any, Any], allowed: Path, other: Path) -> None:
    confine(Reach(readable=[allowed, other.with_name("is not there")]))
    told = []
    for path, mode in ((allowed, "rb"), (allowed, "ab"), (other, "rb"), (Path("/dev/null"), "wb")):
        try:
            path.open(mode).close()
            told.append(True)
        except PermissionError:
            told.append(False)
    connection.send(told)


@needs_landlock
def test_a_confined_process_reads_what_it_was_left_and_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "clip").touch()
    (tmp_path / "key").touch()
    assert ask(open_files, tmp_path / "clip", tmp_path / "key") == [True, False, False, True]


def connect(connection: Connection[Any, Any], allowed: int, ports: list[int]) -> None:
    confine(Reach(ports=[allowed]))
    told = []
    for port in ports:
        try:
            socket.create_connection(("127.0.0.1", port), 5).close()
            told.append(True)
        except PermissionError:
            told.append(False)
    connection.send(told)


@pytest.mark.skipif(landlock_version() < 4, reason="this kernel's Landlock knows no ports")
def test_a_confined_process_connects_to_the_ports_it_was_left() -> None:
    with (
        closing(socket.create_server(("127.0.0.1", 0))) as camera,
        closing(socket.create_server(("127.0.0.1", 0))) as database,
    ):
        ports = [server.getsockname()[1] for server in (camera, database)]
        assert ask(connect, ports[0], ports) == [True, False]


def test_only_harmless_variables_are_inherited_and_all_are_there_again_afterwards(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = ("ROLLCALL_DATABASE_URL", "ROLLCALL_GALLERY_KEY", "CREDENTIALS_DIRECTORY", "NOTIFY_SOCKET", "MYSQL_PWD")
    for name in names:
        monkeypatch.setenv(name, "secret")
    before = dict(os.environ)
    with bare_environment():
        assert "PATH" in os.environ
        assert not [value for value in os.environ.values() if value == "secret"]
    assert dict(os.environ) == before


def test_a_process_that_leaves_the_terminal_can_type_nothing_into_it() -> None:
    """By TIOCSTI a process may fill the input of its terminal, and whoever types there next runs that."""
    child, terminal = pty.fork()
    if child == 0:
        # Not the first of its session, as no process of ours is.
        if (between := os.fork()) == 0:
            leave_terminal()
            code = sum(os.isatty(descriptor) for descriptor in range(3))
            with suppress(OSError):
                os.open("/dev/tty", os.O_RDWR)
                code += 10
            os._exit(code)
        os._exit(os.waitstatus_to_exitcode(os.waitpid(between, 0)[1]))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    os.close(terminal)
