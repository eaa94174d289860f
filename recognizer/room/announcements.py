"""What the log says of class sessions and of those who were seen in them, each once."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from recognizer.domain.register.attendance import ClassSession, Sighting
from recognizer.ops.wording import count_of

log = logging.getLogger(__name__)


class Announcements:
    """Says when a class session opens and ends, who was seen where, and who is not expected there."""

    def __init__(self) -> None:
        self._open: dict[int, ClassSession] = {}
        self._named: dict[tuple[object, ...], frozenset[int]] = {}
        """What was said of a student, and the class sessions that it was said of."""
        self._seen: dict[int, set[str]] = {}
        """Numbers of the expected students who were seen, by class session."""

    def note_turn(self, sessions: Sequence[ClassSession], now: datetime) -> None:
        """Say which class sessions have opened or ended since the last turn."""
        are_open = {session.id: session for session in sessions if session.is_open(now)}
        if are_open.keys() == self._open.keys():
            return
        for session in self._open.values():
            if session.id not in are_open:
                self._say_end(session)
        for session in are_open.values():
            if session.id not in self._open:
                log.info(
                    "class session %s is open until %s UTC: %s expected",
                    session.course_code,
                    f"{session.ends_at:%H:%M}",
                    count_of(len(session.roster), "student"),
                    extra={"event": "class session open", "session": session.id},
                )
        self._open = are_open
        # What was said between two class sessions is forgotten too: a year has many of them.
        self._named = {key: ids for key, ids in self._named.items() if ids & are_open.keys()}

    def _say_end(self, session: ClassSession) -> None:
        log.info(
            "class session %s is over: %d of %s seen",
            session.course_code,
            len(self._seen.pop(session.id, ())),
            count_of(len(session.roster), "student"),
            extra={"event": "class session over", "session": session.id},
        )

    def name(self, sighting: Sighting, sessions: Sequence[ClassSession]) -> None:
        """Say once who was seen where; of near misses the portal tells."""
        if sighting.is_near_miss:
            return
        number = sighting.student_number
        open_then = [session for session in sessions if session.is_open(sighting.seen_at)]
        expecting = [session for session in open_then if session.expects(number)]
        other = sighting.runner_up_number if sighting.is_between else None
        where = expecting or open_then
        key = (number, other, sighting.is_doubtful, *(session.id for session in where))
        if key in self._named:
            return
        self._named[key] = frozenset(session.id for session in where)
        if other is None and not sighting.is_doubtful:
            for session in expecting:
                self._seen.setdefault(session.id, set()).add(number)
        _say(sighting, other, expecting, open_then)


def _say(
    sighting: Sighting, other: str | None, expecting: Sequence[ClassSession], open_then: Sequence[ClassSession]
) -> None:
    number, where = sighting.student_number, ", ".join(session.course_code for session in expecting or open_then)
    if other is not None and open_then:
        log.info(
            "student %s was seen in %s, or %s was, who looks alike: not marked",
            number,
            where,
            other,
            extra={"event": "look-alike seen"},
        )
    elif other is not None:
        log.info(
            "student %s was seen, or %s was, who looks alike: no class session is open",
            number,
            other,
            extra={"event": "look-alike seen"},
        )
    elif sighting.is_doubtful and expecting:
        log.info(
            "student %s may have been seen in %s: not marked unless the camera becomes sure",
            number,
            where,
            extra={"event": "student doubtful", "student": number},
        )
    elif sighting.is_doubtful:
        log.debug("student %s, who is not expected now, may have been seen", number)
    elif expecting:
        log.info("student %s was seen in %s", number, where, extra={"event": "student seen", "student": number})
    elif open_then:
        log.info(
            "visitor %s was seen and is not marked: not on the roster of %s",
            number,
            where,
            extra={"event": "visitor seen", "student": number},
        )
    else:
        log.info(
            "student %s was seen and is not marked: no class session is open",
            number,
            extra={"event": "student without session", "student": number},
        )
