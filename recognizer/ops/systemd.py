"""What systemd is told: ready, alive, stopping, and a line of status. Without systemd nobody is told anything."""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Callable, Mapping

_FEED_EVERY_SECONDS = 1.0

log = logging.getLogger(__name__)


class Notifier:
    """sd_notify's protocol: datagrams to the socket that NOTIFY_SOCKET names."""

    def __init__(self, environ: Mapping[str, str], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._address = environ.get("NOTIFY_SOCKET", "")
        self._monotonic = monotonic
        self._fed_at = float("-inf")
        self._status = ""

    def ready(self) -> None:
        """The start is over: what is configured works so far as one can tell."""
        self._send("READY=1")

    def alive(self) -> None:
        """Real progress was made; feeds the watchdog, at most once a second."""
        if self._monotonic() - self._fed_at >= _FEED_EVERY_SECONDS:
            self._fed_at = self._monotonic()
            self._send("WATCHDOG=1")

    def status(self, text: str) -> None:
        """The line that ``systemctl status`` shows; sent when it changes."""
        if text != self._status:
            self._status = text
            self._send(f"STATUS={text}")

    def stopping(self) -> None:
        """The end has begun."""
        self._send("STOPPING=1")

    def _send(self, message: str) -> None:
        if not self._address:
            return
        # "@" stands for the zero byte of an abstract socket's name.
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as notify:
                notify.settimeout(1)
                notify.sendto(message.encode(), address)
        except OSError as error:
            log.debug("systemd was not told %s: %s", message, error)


def explain_denied_address(error: object, environ: Mapping[str, str] = os.environ) -> str:
    """Part of a message about a connection that failed: systemd may have denied it, which looks like no answer.

    Empty where there was an answer, or where systemd has not started this program.
    """
    is_silent = isinstance(error, TimeoutError | PermissionError)
    if not is_silent or "INVOCATION_ID" not in environ:
        return ""
    return "; does IPAddressAllow= of this service name its address?"
