"""How quick a broken room is."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Pace:
    """How quick the room is; what takes a minute in service takes seconds here."""

    frames_a_second: float = 10.0
    step_seconds: float = 2.0
    """How often at most something that grows is handed out: a minute in service."""
    gap_seconds: float = 3.0
    schedule_seconds: float = 1.0
    first_wait_seconds: float = 0.2
    wait_seconds: float = 1.0
    progress_seconds: float = 5.0
    lease_seconds: float = 5.0
    """How long the lease of a recognizer lasts whose power was cut."""
    look_seconds: float = 0.0
    """How long it takes at most until a face is named that came into the picture."""
    blind_seconds: float = 0.0
    """How long it takes at most until pictures are called blind, or not any more."""
    taken_seconds: float = 3.0
    """How long it takes at most, on a busy machine, until a sighting lies in the outbox: of those before a kill none is
    asked for."""
    patience_seconds: float = 30.0
    """How long at most a test waits for something that takes this room's waits."""
    stop_seconds: float = 5.0
    """How long it may take to end."""
    is_other_time: bool = False
    """Whether the database's time is the test's too."""
    is_scripted: bool = True
    version: str = ""
    """What the recognizer says that it is, where that is another release."""

    def with_real_eyes(self) -> Pace:
        """For the recognizer's own cameras and names, which take their time."""
        return replace(
            self,
            frames_a_second=5,
            is_scripted=False,
            gap_seconds=4,
            progress_seconds=15,
            look_seconds=40,
            blind_seconds=12,
            taken_seconds=10,
        )

    def at_rate(self, rate: float) -> Pace:
        """For time that passes so much faster: the waits of service, and no more frames than a processor gives."""
        return replace(
            self,
            frames_a_second=20.0,
            step_seconds=60.0,
            gap_seconds=60.0,
            schedule_seconds=30.0,
            first_wait_seconds=1.0,
            wait_seconds=60.0,
            progress_seconds=10 * rate,
            is_other_time=True,
        )


SERVICE = replace(
    Pace().with_real_eyes(),
    step_seconds=60,
    gap_seconds=10,
    schedule_seconds=30,
    first_wait_seconds=1,
    wait_seconds=60,
    lease_seconds=45,
    patience_seconds=150,
    stop_seconds=15,
)
"""That of a program whose waits nobody has shortened; systemd gives it as long to end (TimeoutStopSec of its unit)."""
