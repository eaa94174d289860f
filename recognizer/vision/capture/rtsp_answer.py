"""What an RTSP camera says when it is asked for its video, since OpenCV tells only that nothing was opened."""

from __future__ import annotations

import base64
import re
import secrets
import socket
import ssl
import time
from hashlib import md5
from urllib.parse import unquote

from recognizer.config.addresses import USUAL_PORTS, Address

_FORM = ("m=video", "a=rtpmap:", "a=fmtp:", "a=framerate:")

_MOST_BYTES = 64 * 2**10


def ask_for_video(address: Address, seconds: float) -> tuple[int, bool]:
    """Ask for a description; its status, and whether it has video. Raises as ``describe_media`` does."""
    status, body = _ask(address, seconds)
    return status, "m=video" in body


def describe_media(address: Address, seconds: float) -> tuple[str, ...]:
    """What it says of the form of its media (RFC 4566): codecs with their parameters, such as the size of the pictures,
    and rates; nothing where it gives no description.

    Raises OSError where it does not answer within so many seconds, and ValueError where the answer is no RTSP.
    """
    status, body = _ask(address, seconds)
    return tuple(line.strip() for line in body.splitlines() if line.startswith(_FORM)) if status == 200 else ()


def _ask(address: Address, seconds: float) -> tuple[int, str]:
    """Send DESCRIBE (RFC 2326, 10.2), with user and password if it asks for them; the status, and the description.

    All within so many seconds, also of a camera that sends a byte now and then.
    """
    until = time.monotonic() + seconds
    port = address.port or USUAL_PORTS[address.scheme]
    with socket.create_connection((address.host, port), timeout=seconds) as plain:
        connection = _encrypted(plain) if address.scheme == "rtsps" else plain
        host = f"[{address.host}]" if ":" in address.host else address.host
        url = f"rtsp://{host}:{port}{address.rest}"
        status, head, body = _describe(connection, url, 1, "", until)
        if status == 401 and (address.user or address.password):
            authorization = _authorization(head, url, unquote(address.user), unquote(address.password))
            status, _, body = _describe(connection, url, 2, f"Authorization: {authorization}\r\n", until)
        return status, body


def _encrypted(plain: socket.socket) -> socket.socket:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(plain)


def _describe(connection: socket.socket, url: str, number: int, more: str, until: float) -> tuple[int, str, str]:
    request = f"DESCRIBE {url} RTSP/1.0\r\nCSeq: {number}\r\nAccept: application/sdp\r\n{more}\r\n"
    connection.sendall(request.encode())
    answer = b""
    while b"\r\n\r\n" not in answer and len(answer) < _MOST_BYTES and (part := _receive(connection, until)):
        answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    status = re.match(rb"RTSP/1\.[0-9] ([0-9]{3})", head)
    if status is None:
        raise ValueError("no RTSP")
    length = re.search(rb"(?im)^content-length:\s*([0-9]+)", head)
    wanted = min(int(length[1]), _MOST_BYTES) if length else 0
    while len(body) < wanted and (part := _receive(connection, until)):
        body += part
    return int(status[1]), head.decode("latin-1"), body.decode("latin-1")


def _receive(connection: socket.socket, until: float) -> bytes:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError("timed out")
    connection.settimeout(left)
    return connection.recv(4096)


def _authorization(head: str, url: str, user: str, password: str) -> str:
    """The answer to a challenge: digest (RFC 2617) where it is offered, else basic."""
    challenge = re.search(r"(?im)^www-authenticate:\s*digest (.*)$", head)
    if challenge is None:
        return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
    given = dict(re.findall(r'(\w+)="?([^",\r]*)"?', challenge[1]))
    realm, nonce = given.get("realm", ""), given.get("nonce", "")
    secret, asked = _digest(f"{user}:{realm}:{password}"), _digest(f"DESCRIBE:{url}")
    extra = middle = ""
    if "auth" in given.get("qop", ""):
        own = secrets.token_hex(8)
        middle, extra = f"00000001:{own}:auth:", f', qop=auth, nc=00000001, cnonce="{own}"'
    response = _digest(f"{secret}:{nonce}:{middle}{asked}")
    opaque = f', opaque="{given["opaque"]}"' if "opaque" in given else ""
    return (
        f'Digest username="{user}", realm="{realm}", nonce="{nonce}", uri="{url}", response="{response}"{opaque}{extra}'
    )


def _digest(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()
