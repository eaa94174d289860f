"""What a camera's process says to the parent. A message carries what its reader uses, and no picture."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from recognizer.domain.register.attendance import Sighting
from recognizer.ops.logging import USUAL_ATTRIBUTES


@dataclass(frozen=True, slots=True)
class Pulse:
    """Frames are coming.

    last_frame_at: when the last one came (naive UTC, by this machine's clock). monotonic: the same in seconds, by the
    clock that all processes of a machine share and nobody sets. blind_because: "" while the camera can see and name,
    else one of ``observation.BLIND_REASONS``. looks: at how many frames this process has looked so far. faces: how many
    are in sight, as far as it has looked. busy_seconds: for how long this process has been looking so far.
    lag_seconds: the most that a picture's age was, since the last pulse, when the look at it was done.
    """

    last_frame_at: datetime
    monotonic: float
    blind_because: str = ""
    looks: int = 0
    faces: int = 0
    busy_seconds: float = 0.0
    lag_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Ended:
    """The source came to its end; the last message of a file."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The source cannot be watched; the last message, with the reason.

    traceback: of a fault of ours. The parent logs it, who knows how often it did so before.
    """

    reason: str
    traceback: str = field(default="", compare=False)


Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Logged:
    """A line of the log, which the parent writes: it limits repeats, also of processes that follow one another.

    form, arguments: as ``logging`` has them, with all that is no number as text. more: the fields of its ``extra``.
    created: as time.time() has it.
    """

    logger: str
    level: int
    form: str
    arguments: tuple[str | int | float, ...]
    created: float
    traceback: str = ""
    more: Mapping[str, Scalar] = field(default_factory=dict)

    @classmethod
    def of(cls, record: logging.LogRecord) -> Logged:
        """Without what cannot be sent: a traceback becomes text. Raises what making the line raises."""
        message, form = record.getMessage(), str(record.msg)
        arguments = record.args if isinstance(record.args, tuple) else ()
        sent = tuple(each if isinstance(each, int | float) else str(each) for each in arguments)
        try:
            is_same = bool(sent) and form % sent == message
        except (TypeError, ValueError):
            is_same = False
        more = {
            name: value if isinstance(value, Scalar) else str(value)
            for name, value in vars(record).items()
            if name not in USUAL_ATTRIBUTES
        }
        traceback = logging.Formatter().formatException(record.exc_info) if record.exc_info else ""
        line = (form, sent) if is_same else (message.replace("%", "%%"), ())
        return cls(record.name, record.levelno, *line, record.created, traceback, more)

    def as_record(self) -> logging.LogRecord:
        """As this process's log would have made it."""
        attributes = {
            "name": self.logger,
            "levelno": self.level,
            "levelname": logging.getLevelName(self.level),
            "msg": self.form if self.arguments else self.form.replace("%%", "%"),
            "args": self.arguments or None,
            "created": self.created,
            "exc_text": self.traceback or None,
        }
        return logging.makeLogRecord({**self.more, **attributes})


Message = Sighting | Pulse | Ended | Failed | Logged
