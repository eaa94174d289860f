"""The shipped site of nginx before a portal that tells whom it answers: who floods it or keeps it waiting gets nowhere.

Without encryption, and with a second in the place of ten, so that nobody waits for it here.
"""

from __future__ import annotations

import os
import re
import select
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.environment import ROOT
from tests.fixtures.parts import program
from tests.fixtures.waiting import answers, free_port, wait_for

CAMPUS, ELSEWHERE = "127.0.0.1", "127.0.0.2"
SIGN_IN = "/account/sign-in/"

AROUND = """daemon off; worker_processes 1; pid nginx.pid; error_log errors.log; {user}
events {{ worker_connections 4096; }}
http {{ access_log off; {folders}
{site}
}}
"""
FOLDERS = " ".join(f"{kind}_temp_path {kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))


class Portal(BaseHTTPRequestHandler):
    """Answers everything with the address that it was told."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = str(self.headers.get_all("X-Forwarded-For")).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        pass


class PatientServer(ThreadingHTTPServer):
    """Turns nobody away who comes with many others."""

    request_queue_size = 500


class Site:
    """nginx, and who visits it from which address."""

    def __init__(self, port: int, plain: int) -> None:
        self.port, self.plain = port, plain
        self.opened = ExitStack()

    def begin(self, content: str, address: str = CAMPUS) -> socket.socket:
        """A connection on which that was sent."""
        visitor = socket.create_connection(("127.0.0.1", self.port), 10, source_address=(address, 0))
        self.opened.enter_context(visitor)
        visitor.sendall(content.encode())
        return visitor

    def ask(self, method: str, path: str, address: str = CAMPUS, more: str = "") -> socket.socket:
        head = f"{method} {path} HTTP/1.1\r\nHost: attendance.example.org\r\nContent-Length: 0\r\n{more}\r\n"
        return self.begin(head, address)

    def status(self, method: str, path: str, address: str = CAMPUS) -> int:
        return status_of(self.ask(method, path, address))


def status_of(visitor: socket.socket) -> int:
    return int(visitor.recv(4096).split()[1])


def answered(visitors: Sequence[socket.socket], seconds: float) -> Counter[int]:
    """How many got which status within so long."""
    codes, waiting, until = Counter[int](), list(visitors), time.monotonic() + seconds
    while waiting and (left := until - time.monotonic()) > 0:
        ready, _, _ = select.select(waiting, [], [], left)
        codes.update(status_of(each) for each in ready)
        waiting = [each for each in waiting if each not in ready]
    return codes


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    portal, ports = PatientServer(("127.0.0.1", 0), Portal), (free_port(), free_port())
    text = (ROOT / "deploy" / "nginx.conf").read_text("utf-8")
    for shipped, here in (
        (r"listen 443 ssl http2;", f"listen {ports[0]};"),
        (r"listen 80;", f"listen {ports[1]};"),
        (r"listen \[::\].*", ""),
        (r"ssl_.*", ""),
        (r"127\.0\.0\.1:8000", f"127.0.0.1:{portal.server_port}"),
        (r"client_header_timeout 10s", "client_header_timeout 1s"),
    ):
        assert re.search(shipped, text), shipped
        text = re.sub(shipped, here, text)
    user = "user root;" if os.geteuid() == 0 else ""
    (tmp_path / "nginx.conf").write_text(AROUND.format(user=user, folders=FOLDERS, site=text))
    threading.Thread(target=portal.serve_forever, daemon=True).start()
    command = [program("nginx"), "-p", f"{tmp_path}/", "-c", "nginx.conf", "-e", "errors.log"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    found = Site(*ports)
    try:
        wait_for(lambda: answers(found.port), "nginx", 20)
        with found.opened:
            yield found
    finally:
        process.terminate()
        process.wait(20)
        portal.shutdown()
        portal.server_close()


def test_a_flood_of_passwords_is_refused_and_neither_looking_nor_another_address_waits(site: Site) -> None:
    assert answered([site.ask("POST", SIGN_IN) for _ in range(60)], 10) == {200: 60}, "so many at once need no wait"
    codes = answered([site.ask("POST", SIGN_IN) for _ in range(180)], 1)
    assert codes[429] >= 20, "all others wait for their turn"
    assert sum(codes.values()) < 60
    assert answered([site.ask("GET", SIGN_IN) for _ in range(20)], 5) == {200: 20}
    assert site.status("POST", SIGN_IN, ELSEWHERE) == 200


def test_who_never_ends_a_head_is_cut_off_and_who_keeps_many_requests_open_gets_no_more(site: Site) -> None:
    slow = [site.begin("GET / HTTP/1.1\r\nHost: attendance.example.org\r\nX: ") for _ in range(300)]
    assert site.status("GET", "/", ELSEWHERE) == 200
    wait_for(lambda: len(select.select(slow, [], [], 0)[0]) == len(slow), "all to be cut off", 10)
    site.opened.close()
    assert site.status("GET", "/") == 200
    unsent = "POST / HTTP/1.1\r\nHost: attendance.example.org\r\nContent-Length: 10\r\n\r\n"
    waiting = [site.begin(unsent) for _ in range(230)]
    assert answered(waiting, 1.5) == {429: 30}
    assert site.status("GET", "/") == 429
    assert site.status("GET", "/", ELSEWHERE) == 200


def test_nobody_chooses_an_address_or_a_host_or_reads_figures_from_elsewhere(site: Site) -> None:
    claimed = site.ask("GET", "/", ELSEWHERE, "X-Forwarded-For: 192.0.2.1\r\n")
    assert claimed.recv(4096).endswith(f"['{ELSEWHERE}']".encode())
    for path in ("/metrics", "//metrics", "/%6detrics", "/a/../readyz", "/healthz?x=/"):
        assert (site.status("GET", path), site.status("GET", path, ELSEWHERE)) == (200, 403), path
    with socket.create_connection(("127.0.0.1", site.plain), 10) as visitor:
        visitor.sendall(b"GET /x HTTP/1.1\r\nHost: evil.example\r\n\r\n")
        assert b"\r\nLocation: https://attendance.example.org/x\r\n" in visitor.recv(4096)
