"""How long a file is kept, and for whom: a day, an hour once it was taken, and no longer than its owner may see it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Least

from portal.accounts.models import Account
from portal.attendance.models import DataExport, ExportPiece, Task
from portal.attendance.services.exporting.makers import MAKERS

KEPT_FOR = timedelta(days=1)
KEPT_ONCE_TAKEN = timedelta(hours=1)
"""A download breaks off, or goes to the wrong device: there is time to take it once more."""

MOST_KEPT = 5
"""Of one person; whoever asks for another loses the oldest."""


class FileGone(Exception):
    """It went while it was sent. The answer is cut short, so that nobody takes it for whole."""


def content_of(export: DataExport) -> Iterator[bytes]:
    """The file, a piece in memory at a time. Raises FileGone."""
    sent, number = 0, 0
    while sent < export.size:
        piece = ExportPiece.objects.filter(data_export=export.pk, number=number).values_list("content", flat=True)
        content = bytes(piece.first() or b"")
        if not content:
            raise FileGone
        yield content
        sent, number = sent + len(content), number + 1


def may_have(export: DataExport) -> bool:
    """Whether its owner may sign in, and see all that the file holds; one that is not made holds nothing."""
    owner = export.asked_by
    if not owner.is_active or owner.merged_into_id:
        return False
    return export.made_at is None or MAKERS[export.kind].may_have(export)


def note_taken(export: DataExport, now: datetime) -> None:
    """It was taken: it has served its purpose, and goes soon."""
    DataExport.objects.filter(pk=export.pk).update(goes_at=Least("goes_at", now + KEPT_ONCE_TAKEN))


def forget(export: DataExport) -> None:
    """Delete it with its file, and the work at it; whoever is at it notices."""
    with transaction.atomic():
        # Not read first, as the trail would have it: a file has many megabytes.
        pieces = ExportPiece.objects.filter(data_export=export.pk)
        pieces._raw_delete(pieces.db)
        DataExport.objects.filter(pk=export.pk).delete()
        if export.task_id:
            Task.objects.filter(pk=export.task_id).delete()


def forget_beyond(account: Account, most: int) -> None:
    """Delete the oldest of somebody's files that are made, so that no more than ``most`` are left."""
    made = DataExport.objects.filter(asked_by=account).exclude(Q(made_at=None) & Q(fault=""))
    for export in made.order_by("-pk")[most:]:
        forget(export)


def clear_exports(now: datetime) -> int:
    """Delete what nobody may have any more: it is too old, or its owner's account or right has gone. How many."""
    gone = 0
    for export in DataExport.objects.select_related("asked_by"):
        if export.goes_at <= now or not may_have(export):
            forget(export)
            gone += 1
    return gone
