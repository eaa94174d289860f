"""What shows how the recognizer is: a socket in the state folder, and pages on this machine where they are wanted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from recognizer.config.configuration import Config
from recognizer.monitoring.listening import Listening
from recognizer.monitoring.pages import Pages, make_page_server
from recognizer.monitoring.status import make_document
from recognizer.monitoring.status_socket import NoAnswer, NotRunning, ask_status, make_status_server
from recognizer.monitoring.troubles import list_troubles
from recognizer.room.monitor import RoomMonitor
from recognizer.storage.files.state_folder import is_state_folder_held


@contextmanager
def shown(config: Config, folder: Path, monitor: RoomMonitor) -> Iterator[None]:
    """Answer until the block ends. folder: the state folder, held by this process."""

    def answer() -> dict[str, Any]:
        status = monitor.status()
        return make_document(status, list_troubles(status))

    with ExitStack() as stack:
        stack.enter_context(Listening("the socket of `recognizer status`", partial(make_status_server, folder, answer)))
        if address := config.monitoring.listen:
            pages = Pages(monitor.is_alive, monitor.status)
            place = f"monitoring.listen, {address.host}:{address.port},"
            stack.enter_context(Listening(place, partial(make_page_server, address, pages)))
        yield


def ask_running(config: Config) -> dict[str, Any]:
    """What the recognizer of the configuration that runs says of itself: ``make_document``'s answer.

    Raises NotRunning, NoAnswer or PermissionError.
    """
    try:
        return ask_status(config.state_dir)
    except NotRunning:
        if is_state_folder_held(config.state_dir):
            raise NoAnswer(
                f"a recognizer works with the state folder {config.state_dir} and cannot be asked: it is starting or "
                "ending, or its log says why not"
            ) from None
        raise
