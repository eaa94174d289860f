"""Three pages for programs that watch this one, over HTTP on this machine alone: /metrics, /healthz and /readyz."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler

from recognizer.config.configuration import LoopbackAddress
from recognizer.monitoring.listening import BoundedServer
from recognizer.monitoring.metrics import CONTENT_TYPE, write_metrics
from recognizer.monitoring.status import RecognizerStatus
from recognizer.monitoring.troubles import find_unready

PLAIN = "text/plain; charset=utf-8"

Page = tuple[HTTPStatus, str, str]
"""Status, content type and text."""


_NOT_BY_THIS_NAME = (HTTPStatus.MISDIRECTED_REQUEST, PLAIN, "Ask 127.0.0.1 or localhost.\n")


class Pages:
    """What each path shows. healthz: 200 while both loops of the recognizer turn. readyz: 200 while every camera has
    delivered or rests and the outbox takes what is seen, else 503 with a line for each thing that is not so."""

    def __init__(self, is_alive: Callable[[], bool], status: Callable[[], RecognizerStatus]) -> None:
        self._is_alive = is_alive
        self._status = status

    def find(self, path: str) -> Page:
        """The page at a path, without a query."""
        match path:
            case "/healthz":
                # Asks for nothing that a disk could hold up.
                return _judge([] if self._is_alive() else ["it hangs"])
            case "/readyz":
                return _judge(find_unready(self._status()))
            case "/metrics":
                return HTTPStatus.OK, CONTENT_TYPE, write_metrics(self._status())
        return HTTPStatus.NOT_FOUND, PLAIN, "There are /metrics, /healthz and /readyz.\n"


def make_page_server(address: LoopbackAddress, pages: Pages) -> BoundedServer:
    """Listen at the address. Raises OSError."""

    class Handler(BaseHTTPRequestHandler):
        server_version, sys_version = "Rollcall", ""
        timeout = 5

        def do_GET(self) -> None:
            status, kind, text = _NOT_BY_THIS_NAME
            if is_name_of_this_machine(self.headers.get("Host", "")):
                status, kind, text = pages.find(self.path.partition("?")[0])
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Cache-Control", "no-store")
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(text.encode())

        do_HEAD = do_GET

        def log_message(self, *_: object) -> None:
            """A line a request would fill the log."""

    class Server(BoundedServer):
        address_family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
        allow_reuse_address = True

    return Server((address.host, address.port), Handler)


def is_name_of_this_machine(host: str) -> bool:
    """Whether a Host header names the loopback, or nothing.

    A browser on this machine connects to it also for a page from elsewhere whose name leads here (DNS rebinding), and
    would let that page read the answer.
    """
    name = re.sub(r":[0-9]*$", "", host.strip()).strip("[]").lower()
    try:
        return name in ("", "localhost") or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _judge(faults: list[str]) -> Page:
    status = HTTPStatus.SERVICE_UNAVAILABLE if faults else HTTPStatus.OK
    return status, PLAIN, "".join(f"{line}\n" for line in faults or ["ok"])
