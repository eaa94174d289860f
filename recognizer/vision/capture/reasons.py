"""Why a camera cannot be had, as it says itself or as the network says it."""

from __future__ import annotations

import errno
import socket
import ssl

from recognizer.config.addresses import USUAL_PORTS, Address
from recognizer.ops.systemd import explain_denied_address

_NETWORK = {
    errno.ECONNREFUSED: "refused",
    errno.ENETUNREACH: "no route to it",
    errno.EHOSTUNREACH: "no route to it",
}


def explain_failure(error: object, address: Address) -> str:
    """Why nobody was reached at a host: a fault of the network, of the name or of a certificate."""
    host, port = address.host, address.port or USUAL_PORTS[address.scheme]
    if isinstance(error, socket.gaierror):
        return f"cannot be opened: no host is called {host} ({error.strerror}); see the address and the name server"
    if isinstance(error, ssl.SSLError):
        return f"cannot be opened: {host} has no certificate that this machine trusts ({error.reason})"
    if not isinstance(error, OSError):
        return f"cannot be opened: {host} answers on port {port} with something that is no {address.scheme.upper()}"
    reason = _NETWORK.get(error.errno or 0) or error.strerror or "no answer"
    denied = explain_denied_address(error)
    return f"cannot be opened: {host} does not answer on port {port} ({reason}{denied}); see that the camera is on"


def explain_status(status: int, address: Address) -> str:
    """What a camera's answer means; RTSP and HTTP share these codes."""
    if status == 401 and not (address.user or address.password):
        return "cannot be opened: it asks for a user and password; write them into its address before the host"
    if status in (401, 403):
        return "cannot be opened: it refuses this user and password"
    if status == 404:
        return "cannot be opened: it has nothing at this path (404); see the path of its video in its manual"
    if 300 <= status < 400:
        return f"cannot be opened: it sends on to another address ({status}), which is not followed; write that address"
    if status in (453, 503):
        return f"cannot be opened: it serves no further viewer now ({status})"
    return f"cannot be opened: it answers with the error {status}"
