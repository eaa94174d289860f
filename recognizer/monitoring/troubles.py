"""What is wrong with a running recognizer, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from recognizer.domain.register.observation import BLIND_REASONS
from recognizer.monitoring.status import CameraCondition, RecognizerStatus
from recognizer.ops.wording import count_of


def list_troubles(status: RecognizerStatus) -> list[str]:
    """All that somebody may want to mend, the worst first; nothing where all is well."""
    return [*find_unready(status), *_list_others(status)]


def find_unready(status: RecognizerStatus) -> list[str]:
    """Why the recognizer is not ready: a camera that delivers no pictures although it is to, an outbox that does not
    work, or a start that is not over. A camera that rests is ready, and so is a recognizer that waits for its room."""
    faults = [
        *([] if status.is_alive else ["it hangs: one of its loops does not turn"]),
        *filter(None, map(_explain_camera, status.cameras)),
        *_explain_memory(status),
    ]
    return faults if faults or status.is_started else ["it is starting"]


def _explain_camera(camera: CameraCondition) -> str:
    if camera.state == "failing":
        return f"camera {camera.name} fails: {camera.last_error}"
    return f"camera {camera.name} has not delivered a picture yet" if camera.state == "starting" else ""


def _explain_memory(status: RecognizerStatus) -> Iterator[str]:
    if count := status.outbox.in_memory:
        yield f"the outbox's disk takes nothing: {count_of(count, 'entry', 'entries')} would be lost at an end"


def _list_others(status: RecognizerStatus) -> Iterator[str]:
    for camera in status.cameras:
        if camera.blind_because:
            yield f"camera {camera.name} can see or name nobody: {BLIND_REASONS[camera.blind_because]}"
    if status.gallery.error:
        yield f"the gallery cannot be used: {status.gallery.error}"
    if status.database.state == "away":
        yield status.database.error
    if count := status.outbox.set_aside:
        yield f"the database refused {count_of(count, 'entry', 'entries')}: `recognizer outbox` lists what and why"
    if status.clock.is_wrong:
        yield "this machine's clock is wrong: nobody is marked by it; turn on NTP"
    if status.lease.state == "waiting":
        yield f"another recognizer, on the machine {status.lease.machine}, watches the room: this one waits"
