"""Near misses: whom a face came near to without being surely named. A person may know more; nobody is marked by one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from recognizer.domain.register.attendance import Sighting
from recognizer.domain.register.hour_entry import HourEntry


@dataclass(frozen=True, slots=True)
class NearMiss(HourEntry):
    """An hour's entry of an expected student whom a camera nearly named.

    Written to the database twice it changes nothing, as with ``Evidence``.
    """

    sure_below: float = 0.0
    """Nearer than this, and clearly nearer than anybody else, the student would have been named; at the moment of the
    smallest distance."""

    @classmethod
    def of(
        cls, sighting: Sighting, session_id: int, *, clock_setting: str = "", student_id: int | None = None
    ) -> NearMiss:
        """What one sighting says, which is a near miss."""
        assert sighting.sure_below is not None
        return cls.seen_once(
            sighting, session_id, clock_setting=clock_setting, student_id=student_id, sure_below=sighting.sure_below
        )

    @property
    def key(self) -> tuple[int, str, str, datetime, str]:
        """Entries with the same key are one."""
        return self.session_id, self.student_number, self.camera_name, self.hour, self.clock_setting

    def is_news_after(self, reported: NearMiss) -> bool:
        """Whether it may change what the portal says since it was reported: that can wait for a minute."""
        return False
