"""Entries that grow, which are handed out at once where they are news, and else once a minute."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, Protocol, Self, TypeVar

REPORT_EVERY = timedelta(minutes=1)
"""How often at most an entry that grows is handed out again."""

_HOUR = timedelta(hours=1)


class Growing(Protocol):
    """An hour's entry."""

    @property
    def key(self) -> tuple[object, ...]:
        """Entries with the same key are one."""

    @property
    def hour(self) -> datetime:
        """The full hour that it tells of."""

    @property
    def last_seen_at(self) -> datetime:
        """When it has grown last."""

    def merged(self, other: Self) -> Self:
        """One entry that says what both say."""

    def is_news_after(self, reported: Self) -> bool:
        """Whether it may change what the portal says, so that it is not kept back until the minute is over."""


EntryT = TypeVar("EntryT", bound=Growing)


@dataclass(slots=True)
class _Kept(Generic[EntryT]):
    entry: EntryT
    is_over_at: datetime
    """When nothing can be added to it any more, but by a message that was held up."""
    reported: EntryT
    """As it was last handed out."""

    @property
    def is_reported(self) -> bool:
        return self.entry == self.reported

    def is_news(self) -> bool:
        has_waited = self.entry.last_seen_at >= self.reported.last_seen_at + REPORT_EVERY
        return has_waited or self.entry.is_news_after(self.reported)

    def report(self) -> EntryT:
        self.reported = self.entry
        return self.entry


class GrowingEntries(Generic[EntryT]):
    """A new entry is handed out at once. One that grows is handed out again at most once a minute, and when its hour or
    its class session is over."""

    def __init__(self) -> None:
        self._kept: dict[tuple[object, ...], _Kept[EntryT]] = {}

    def __contains__(self, key: tuple[object, ...]) -> bool:
        """Whether an entry of that key may grow."""
        return key in self._kept

    def add(self, entry: EntryT, ends_at: datetime) -> EntryT | None:
        """The whole entry, where it is to be handed out now. ends_at: when the class session is over."""
        kept = self._kept.get(entry.key)
        if kept is None:
            self._kept[entry.key] = _Kept(entry, min(entry.hour + _HOUR, ends_at), entry)
            return entry
        kept.entry = kept.entry.merged(entry)
        return kept.report() if kept.is_news() else None

    def due(self, at: datetime) -> list[EntryT]:
        """Entries that have waited for a minute at that instant, or that are over; the latter are forgotten."""
        ready = [
            kept
            for kept in self._kept.values()
            if not kept.is_reported and at >= min(kept.reported.last_seen_at + REPORT_EVERY, kept.is_over_at)
        ]
        reported = [kept.report() for kept in ready]
        self._kept = {key: kept for key, kept in self._kept.items() if at < kept.is_over_at}
        return reported

    def flush(self) -> list[EntryT]:
        """All entries that have grown since they were handed out."""
        return [kept.report() for kept in self._kept.values() if not kept.is_reported]
