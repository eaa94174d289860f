"""The socket and the pages by which others ask: what they show, to whom, and that no client can hold them."""

from __future__ import annotations

import http.client
import os
import re
import resource
import socket
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from recognizer.camera.messages import Failed, Pulse
from recognizer.config.configuration import LoopbackAddress
from recognizer.monitoring import listening, status_socket
from recognizer.monitoring.listening import MOST_CONNECTIONS, Listening
from recognizer.monitoring.metrics import write_metrics
from recognizer.monitoring.pages import Pages, make_page_server
from recognizer.monitoring.status_socket import SOCKET_FILE, NoAnswer, NotRunning, ask_status, make_status_server
from tests.fixtures.waiting import wait_for
from tests.fixtures.watched_room import Room


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A state folder whose path is longer than that of a socket may be."""
    folder = tmp_path / ("long" * 30) / "state"
    folder.mkdir(parents=True)
    return folder


def listen(folder: Path, answer: Any = lambda: {"room": "A 101 ✓"}) -> Listening:
    return Listening("the socket", partial(make_status_server, folder, answer))


def ask(folder: Path) -> dict[str, Any]:
    """An answer, once somebody listens."""

    def answer() -> dict[str, Any] | None:
        with suppress(NotRunning):
            return ask_status(folder)
        return None

    return wait_for(answer, "an answer", 10)


def test_whoever_has_the_folder_is_answered_and_the_socket_is_the_users_alone(folder: Path) -> None:
    with listen(folder):
        assert ask(folder) == {"room": "A 101 ✓"}
        assert stat.S_IMODE((folder / SOCKET_FILE).stat().st_mode) == 0o600


def test_a_socket_that_was_left_behind_is_no_answer_and_is_replaced(folder: Path) -> None:
    for _ in range(2):
        with listen(folder):
            assert ask(folder)
        with pytest.raises(NotRunning, match="no recognizer runs with the state folder"):
            ask_status(folder)
    with pytest.raises(NotRunning):
        ask_status(folder / "nowhere")
    (folder / "file").touch()
    with pytest.raises(NotRunning):
        ask_status(folder / "file")


@pytest.mark.parametrize("said", [b"", b"{", b"[1, 2]\n", b"\xff\xfe\n"])
def test_an_answer_that_is_none_is_an_error_of_ours(folder: Path, said: bytes) -> None:
    with status_socket._short_path(folder) as path, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()

        def answer() -> None:
            connection, _ = listener.accept()
            connection.sendall(said)
            connection.close()

        threading.Thread(target=answer, daemon=True).start()
        with pytest.raises(NoAnswer):
            ask_status(folder)


def test_one_that_runs_and_says_nothing_is_given_up(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status_socket, "ANSWER_SECONDS", 0.2)
    with listen(folder, lambda: time.sleep(1)), pytest.raises(NoAnswer, match="did not answer within"):
        ask(folder)


def test_clients_that_say_nothing_and_read_nothing_keep_nobody_out(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred at once; the answer is larger than what the system keeps for a client that does not read."""
    monkeypatch.setattr(listening, "LONGEST_CONNECTION_SECONDS", 0.5)
    with listen(folder, lambda: {"long": "x" * 1_000_000}), ExitStack() as stack:
        ask(folder)
        with status_socket._short_path(folder) as path:
            for _ in range(100):
                client = stack.enter_context(socket.socket(socket.AF_UNIX))
                client.settimeout(5)
                with suppress(BlockingIOError):  # No more may wait.
                    client.connect(path)

        def answered() -> object:
            with suppress(NoAnswer):
                return ask_status(folder)
            return None

        assert wait_for(answered, "an answer", 10)


def test_a_place_that_is_taken_is_told_once_and_tried_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(listening, "_RETRY_SECONDS", 0.05)
    (folder / SOCKET_FILE).mkdir()
    with listen(folder):
        time.sleep(0.5)
        assert caplog.text.count("the socket cannot be had") == 1
        (folder / SOCKET_FILE).rmdir()
        assert ask(folder)


class Watched:
    """Pages of a room that nobody else needs."""

    def __init__(self, room: Room, port: int) -> None:
        self.room, self.port = room, port

    def get(self, path: str, method: str = "GET", **headers: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()


@pytest.fixture
def watched(room: Room) -> Iterator[Watched]:
    port = free_port()
    pages = Pages(room.monitor.is_alive, room.monitor.status)
    with Listening("the pages", partial(make_page_server, LoopbackAddress("127.0.0.1", port), pages)):
        watched = Watched(room, port)
        wait_for(lambda: is_listening(port), "the pages", 10)
        yield watched


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_health_and_readiness_are_told_by_status_code_and_sentence(watched: Watched) -> None:
    room = watched.room
    room.turn()
    assert watched.get("/healthz") == (200, "ok\n")
    assert watched.get("/readyz") == (503, "camera camera 0 has not delivered a picture yet\n")
    room.children[0].mouth.send(Pulse(room.clock.now(), room.clock.monotonic()))
    room.turn()
    assert watched.get("/readyz?probe=1") == (200, "ok\n")
    assert watched.get("/readyz", "HEAD") == (200, "")
    room.children[0].mouth.send(Failed("no route"))
    room.children[0].die()
    room.turn()
    assert watched.get("/readyz") == (503, "camera camera 0 fails: no route\n")
    room.clock.pass_by(60)
    assert watched.get("/healthz") == (503, "it hangs\n")


def test_other_paths_and_methods_are_refused(watched: Watched) -> None:
    assert watched.get("/")[0] == 404
    assert watched.get("/../etc/passwd")[0] == 404
    assert watched.get("/metrics", "POST")[0] == 501


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:9464", "[::1]:9464", "LocalHost:9464", "127.8.8.8"])
def test_a_page_is_shown_by_every_name_of_this_machine(watched: Watched, host: str) -> None:
    assert watched.get("/healthz", Host=host) == (200, "ok\n")


@pytest.mark.parametrize(
    "host", ["attacker.example", "attacker.example:9464", "10.0.0.5:9464", "localhost.evil.example"]
)
@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_a_page_from_elsewhere_whose_name_leads_here_reads_nothing(watched: Watched, host: str, path: str) -> None:
    assert watched.get(path, Host=host) == (421, "Ask 127.0.0.1 or localhost.\n")


def test_many_questions_leave_nothing_behind(watched: Watched) -> None:
    watched.room.turn()
    watched.room.turn()

    def held() -> tuple[int, int]:
        return len(list(Path("/proc/self/fd").iterdir())), threading.active_count()

    for number in range(300):
        assert watched.get("/metrics")[0] == 200
        if number == 10:
            before = held()
    wait_for(lambda: all(now <= then for now, then in zip(held(), before, strict=True)), "the end of all", 5)


@pytest.mark.parametrize(
    "said", [b"", b"\r\n\r\n", b"GET", b"\xff\x00\xfe" * 100, b"GET /metrics HTTP/9.9\r\n\r\n", b"x" * 200_000]
)
def test_rubbish_ends_that_connection_alone(watched: Watched, said: bytes) -> None:
    with socket.create_connection(("127.0.0.1", watched.port), timeout=10) as client:
        with suppress(OSError):
            client.sendall(said)
            client.shutdown(socket.SHUT_WR)
        assert watched.get("/healthz") == (200, "ok\n")


def test_without_a_file_handle_it_waits_quietly_and_goes_on_once_there_are_some(folder: Path) -> None:
    """A recognizer of many cameras may run out of them; whoever connects then must not cost it a processor."""
    with listen(folder), socket.socket(socket.AF_UNIX) as client, status_socket._short_path(folder) as path:
        ask(folder)
        held = []
        most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(most[0], 256), most[1]))
        try:
            with pytest.raises(OSError, match="Too many open files"):
                while True:
                    held.append(os.open("/dev/null", os.O_RDONLY))
            client.connect(path)
            before = time.process_time()
            time.sleep(1.0)
            took = time.process_time() - before
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, most)
            for descriptor in held:
                os.close(descriptor)
        assert took < 0.3
        client.settimeout(5)
        assert client.recv(100)


def test_clients_that_dawdle_keep_no_page_from_others(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "LONGEST_CONNECTION_SECONDS", 0.5)
    watched.room.turn()
    with ExitStack() as stack:
        for _ in range(3 * MOST_CONNECTIONS):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", watched.port), timeout=5))
            client.sendall(b"GET /healthz HTTP/1.1\r\nX: ")

        def answered() -> bool:
            try:
                return watched.get("/healthz")[0] == 200
            except (OSError, http.client.HTTPException):
                return False

        assert wait_for(answered, "a page", 10)


SAMPLE = re.compile(
    r'([a-z_]+)(\{[a-z_]+="(?:[^"\\\n]|\\["\\n])*"(?:,[a-z_]+="(?:[^"\\\n]|\\["\\n])*")*\})? (-?[0-9.]+)'
)
UNITS = ("_seconds", "_total", "_info", "_entries", "_students", "_per_second")


def test_metrics_are_in_prometheuss_format_with_a_help_a_type_and_a_unit_each(watched: Watched) -> None:
    room = watched.room
    room.turn()
    room.children[0].mouth.send(Pulse(room.clock.now(), room.clock.monotonic(), looks=7, faces=12))
    room.turn()
    status, text = watched.get("/metrics")
    lines = text.splitlines()

    assert status == 200
    kinds = dict(line.split()[2:4] for line in lines if line.startswith("# TYPE"))
    helped = {line.split()[2] for line in lines if line.startswith("# HELP")}
    samples = {found[1] + (found[2] or ""): float(found[3]) for line in lines if (found := SAMPLE.fullmatch(line))}
    assert len(samples) == sum(not line.startswith("#") for line in lines)
    assert {name.partition("{")[0] for name in samples} == kinds.keys() == helped
    assert all((kind == "counter") == name.endswith("_total") for name, kind in kinds.items())
    prefix = "rollcall_recognizer_"
    assert samples[prefix + 'camera_state{camera="camera 0",state="watching"}'] == 1
    assert samples[prefix + 'camera_state{camera="camera 0",state="failing"}'] == 0
    assert samples[prefix + 'camera_faces{camera="camera 0"}'] == 12
    assert samples[prefix + 'camera_looks_total{camera="camera 0"}'] == 7
    assert samples[prefix + 'outbox_entries{state="waiting"}'] == 0
    assert samples[prefix + "database_up"] == samples[prefix + "lease_held"] == 1
    assert samples[prefix + "start_time_seconds"] == 1791190800


def test_a_name_with_quotes_breaks_no_line_of_the_metrics(room: Room) -> None:
    room.monitor._place = type(room.monitor._place)('A "101"\\\n', "desk", {})
    line = next(line for line in write_metrics(room.monitor.status()).splitlines() if "_info{version" in line)
    assert line.endswith(r'room="A \"101\"\\\n"} 1')
