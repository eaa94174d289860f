"""The status as Prometheus reads it, in its text format 0.0.4.

Written here rather than by the library prometheus_client: all that is shown is one status, read when somebody asks.
That library is for counters that a program keeps in a registry, and its server has no bounds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, get_args

from recognizer.domain.register.status import CameraState
from recognizer.monitoring.status import CameraCondition, RecognizerStatus

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

PREFIX = "rollcall_recognizer_"


@dataclass(frozen=True, slots=True)
class Sample:
    """A value with its labels."""

    value: float
    labels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Metric:
    """A name without the prefix, what it means, and its samples."""

    name: str
    kind: Literal["gauge", "counter"]
    help: str
    samples: tuple[Sample, ...]


def write_metrics(status: RecognizerStatus) -> str:
    """All metrics that have a sample now; one that is not known has none."""
    return "".join(_write(metric) for metric in [*_of_recognizer(status), *_of_cameras(status)] if metric.samples)


def _of_recognizer(status: RecognizerStatus) -> Iterator[Metric]:
    yield _gauge("info", "Which recognizer this is.", 1, ("version", status.version), ("room", status.room))
    yield _gauge("start_time_seconds", "When it was started, in seconds since 1970.", _seconds(status.started_at))
    yield _gauge("alive", "Whether both its loops turn.", status.is_alive)
    yield _gauge("lease_held", "Whether this recognizer watches the room; 0 where another does.", _is_held(status))
    yield _gauge("database_up", "Whether the database answers.", _is_up(status))
    entries = {
        "waiting": status.outbox.waiting,
        "set_aside": status.outbox.set_aside,
        "in_memory": status.outbox.in_memory,
    }
    yield Metric(
        "outbox_entries",
        "gauge",
        "Entries that are not in the database: that wait for it, that it refused, and of those that wait, how many the "
        "disk does not take.",
        tuple(Sample(count, (("state", state),)) for state, count in entries.items()),
    )
    yield _gauge("gallery_students", "Students that can be named.", status.gallery.students)
    if status.gallery.version:
        yield _gauge("gallery_info", "Which gallery is in use.", 1, ("version", status.gallery.version))
    yield _gauge("class_sessions_open", "Class sessions for which the cameras watch now.", len(status.open_sessions))
    yield _gauge("clock_wrong", "Whether nobody is marked because of this machine's clock.", status.clock.is_wrong)
    yield _gauge(
        "clock_offset_seconds", "How far the database's clock is ahead of this machine's.", status.clock.offset_seconds
    )


def _of_cameras(status: RecognizerStatus) -> Iterator[Metric]:
    yield Metric(
        "camera_state",
        "gauge",
        "1 for the state that the camera is in, 0 for the others.",
        tuple(
            Sample(camera.state == state, (("camera", camera.name), ("state", state)))
            for camera in status.cameras
            for state in get_args(CameraState)
        ),
    )
    for name, kind, meaning in _CAMERA_METRICS:
        yield Metric(f"camera_{name}", kind, meaning, tuple(_sample_cameras(name, status.cameras)))


_CAMERA_METRICS: tuple[tuple[str, Literal["gauge", "counter"], str], ...] = (
    ("state_since_timestamp_seconds", "gauge", "When the camera came to its state, in seconds since 1970."),
    ("last_frame_timestamp_seconds", "gauge", "When its last picture came, in seconds since 1970."),
    ("blind", "gauge", "Whether pictures come that nobody can be seen or named by."),
    ("faces", "gauge", "Faces in sight."),
    ("looks_per_second", "gauge", "Looks a second, over the last ten seconds."),
    ("looks_total", "counter", "Pictures looked at since the start."),
    ("failures_total", "counter", "How often the camera has failed since the start."),
)


def _sample_cameras(name: str, cameras: Iterable[CameraCondition]) -> Iterator[Sample]:
    for camera in cameras:
        values: dict[str, float | None] = {
            "state_since_timestamp_seconds": _seconds(camera.since),
            "last_frame_timestamp_seconds": _seconds(camera.last_frame_at) if camera.last_frame_at else None,
            "blind": bool(camera.blind_because),
            "faces": camera.faces,
            "looks_per_second": camera.looks_per_second,
            "looks_total": camera.looks,
            "failures_total": camera.failures,
        }
        value = values[name]
        if value is not None:
            yield Sample(value, (("camera", camera.name),))


def _gauge(name: str, meaning: str, value: float | None, *labels: tuple[str, str]) -> Metric:
    return Metric(name, "gauge", meaning, () if value is None else (Sample(value, labels),))


def _is_held(status: RecognizerStatus) -> bool | None:
    return None if status.lease.state == "not asked yet" else status.lease.state == "held"


def _is_up(status: RecognizerStatus) -> bool | None:
    return None if status.database.state == "not asked yet" else status.database.state == "answers"


def _seconds(at: datetime) -> float:
    return at.replace(tzinfo=UTC).timestamp()


def _write(metric: Metric) -> str:
    name = PREFIX + metric.name
    lines = [f"# HELP {name} {metric.help}", f"# TYPE {name} {metric.kind}"]
    for sample in metric.samples:
        labels = ",".join(f'{key}="{_escape(value)}"' for key, value in sample.labels)
        lines.append(f"{name}{'{' + labels + '}' if labels else ''} {_number(sample.value)}")
    return "".join(f"{line}\n" for line in lines)


def _escape(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else f"{value:.3f}"
