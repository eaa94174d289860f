"""What the parent needs to keep what was seen, and to take it to the database."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar

from recognizer.domain.register.attendance import ClassSession
from recognizer.domain.register.evidence import Evidence
from recognizer.domain.register.near_miss import NearMiss
from recognizer.domain.register.observation import BlindSpan, SightSpan, Span
from recognizer.domain.register.outbox_fault import OutboxFault
from recognizer.domain.register.status import CameraStatus

Fact = Evidence | NearMiss | SightSpan | BlindSpan | OutboxFault
"""What was seen, when it could be seen, and what of it is lost. Each has a ``key``, and grows by ``merged``."""

FactT = TypeVar("FactT", Evidence, NearMiss, SightSpan, BlindSpan, OutboxFault)


@dataclass(frozen=True, slots=True)
class Receipt:
    """A fact as it was when it was taken out to be delivered: one that grows meanwhile has a later version."""

    id: int
    version: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """A fact that the database refused, with its reason."""

    fact: Fact
    reason: str
    refused_at: datetime


@dataclass(frozen=True, slots=True, order=True)
class RoomCamera:
    """A camera of a room, both by their names."""

    room_name: str
    camera_name: str


@dataclass(frozen=True, slots=True)
class Enrolment:
    """How many references the gallery has of a student, by the student's row; 0 where it has none."""

    student_id: int
    references: int


class Register(Protocol):
    """What was seen in all class sessions, and the marks that follow from it, as the portal shows them."""

    def record(self, evidence: Evidence) -> None:
        """Write the entry, and the mark that follows from all entries of that student and class session.

        The mark is present or late by the first sighting in the class session's window as the database has it now. A
        person's status is left alone; the seen-times are widened whoever spoke. Who is not on the roster of that day
        gets no mark, and neither does anybody by an entry that is not sure: one that is not confirmed, here or by a
        person, or that is between two who look alike. It makes of an absent in a closed register that nobody knows. A
        status that changes is written into the history. Recording an entry twice changes nothing.

        Raises RegisterUnavailable (try again later) or MarkRefused (its class session or student is gone).
        """


class NearMissBoard(Protocol):
    """Whom the cameras nearly named."""

    def record(self, miss: NearMiss) -> None:
        """Write the entry, or merge it with the one of its key; twice changes nothing, and nobody is marked.

        Raises RegisterUnavailable, or MarkRefused when its class session or student is gone.
        """


class RosterRecords(Protocol):
    """Whom the room's class sessions expect."""

    def expected(self, since: datetime) -> frozenset[str]:
        """The numbers of the students on the roster of a class session that ends after that instant.

        Raises RegisterUnavailable.
        """


@dataclass(frozen=True, slots=True)
class Unexpected:
    """Students of the gallery whom no roster expected when it was asked last.

    asked_at: naive UTC by the database's clock; None before the first time. times: how often in a row, by folded
    number.
    """

    asked_at: datetime | None = None
    times: Mapping[str, int] = field(default_factory=dict)


class UnexpectedMemory(Protocol):
    """Keeps that from one run to the next."""

    def load(self) -> Unexpected:
        """What was saved last; without anything where there is nothing that can be used."""

    def save(self, unexpected: Unexpected) -> None:
        """Put it in the place of what was saved before. Raises GalleryError."""


class SightBoard(Protocol):
    """When each camera of the room could see and name."""

    def record(self, span: Span) -> None:
        """Write the span, or lengthen the one that is there; never shortens one.

        Raises RegisterUnavailable, or MarkRefused when the database will never take it.
        """


class OutboxFaultBoard(Protocol):
    """What of the room could not be kept."""

    def record(self, fault: OutboxFault) -> None:
        """Write the fault, or how much more is lost; twice changes nothing.

        Raises RegisterUnavailable, or MarkRefused when the database will never take it.
        """


class EnrolledBoard(Protocol):
    """Whom the room's gallery could name, and when."""

    def differences(self, references: Mapping[str, int]) -> list[Enrolment]:
        """Where a gallery (number of references by student number) differs from what is written of it.

        Raises RegisterUnavailable.
        """

    def record(self, enrolment: Enrolment, changed_at: datetime) -> None:
        """Write it. changed_at: since when the gallery is as it is now. Raises RegisterUnavailable."""


class RoomCameraBoard(Protocol):
    """Which cameras belong to which room, and when."""

    def record(self, cameras: Collection[RoomCamera], gone: Collection[RoomCamera]) -> int:
        """Add those of ``cameras`` that are not there, and end those of ``gone``, by now; how many changed.

        A camera that was ended and is there again is added anew. A room that is not known any more has nothing to
        end. Raises RegisterUnavailable, also where the room of a camera is not known.
        """


class RoomCameraMemory(Protocol):
    """The cameras that this recognizer itself has added, kept where it outlives a restart."""

    def load(self) -> frozenset[RoomCamera]:
        """What was kept; nothing where there is nothing that can be read."""

    def save(self, cameras: Collection[RoomCamera]) -> None:
        """Replace what was kept. Raises OSError."""


class Schedule(Protocol):
    """The class sessions of this room."""

    def sessions(self, now: datetime) -> list[ClassSession]:
        """Those not cancelled that end after a day before now and start before a week after it.

        Raises RegisterUnavailable when it cannot be read.
        """


class ScheduleCopy(Protocol):
    """The schedule as it was last read, kept where it outlives a restart."""

    def load(self) -> list[ClassSession]:
        """What was kept; nothing where there is no copy that can be read."""

    def version(self) -> object:
        """Something that differs once another copy was saved; costs next to nothing."""

    def save(self, sessions: Sequence[ClassSession]) -> None:
        """Replace the copy. Raises OSError."""


class StatusBoard(Protocol):
    """Where the portal reads how the cameras are."""

    def post(self, statuses: Sequence[CameraStatus]) -> None:
        """Replace the last word of each of these cameras.

        Raises RegisterUnavailable when it cannot be written.
        """

    def now(self) -> datetime | None:
        """The time of the database's machine, naive UTC; None where it has none of its own.

        Raises RegisterUnavailable.
        """


class Outbox(Protocol):
    """Facts that are not in the database yet; survives a crash and a power cut. Any method may raise OutboxUnavailable.

    A fact of a key that waits already is merged with it in its place, whose version rises.
    """

    def put(self, fact: Fact) -> None:
        """Keep the fact durably before returning."""

    def pending(self, kind: type[FactT], limit: int, after: int = 0) -> list[tuple[Receipt, FactT]]:
        """The oldest facts of that class with their receipts, by growing ids; ``after``: only greater ones."""

    def done(self, receipt: Receipt) -> None:
        """Forget a delivered fact, unless it has grown since."""

    def refuse(self, receipt: Receipt, reason: str) -> None:
        """Set a fact aside that the database does not take, with the reason; it is kept, and not delivered."""

    def refusals(self) -> list[Refusal]:
        """All that were set aside, the oldest first."""

    def retry(self) -> int:
        """Let all that were set aside wait again; how many there were."""

    def depth(self) -> int:
        """How many facts wait."""

    def refused(self) -> int:
        """How many facts were set aside."""
