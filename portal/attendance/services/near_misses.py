"""How long it is kept whom the cameras nearly named."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from portal.attendance.models import NearMiss

_DELETED_AT_ONCE = 1000


def forget_old_near_misses(now: datetime) -> int:
    """Delete those of class sessions that ended more than ROLLCALL_NEAR_MISSES_DAYS ago; how many.

    A near miss decides nothing: a register stays as it is without it. A statement deletes a thousand at most, so that a
    recognizer that writes one is not kept waiting.
    """
    old = NearMiss.objects.filter(session__ends_at__lt=now - timedelta(days=settings.NEAR_MISSES_DAYS)).order_by()
    gone = 0
    while keys := list(old.values_list("pk", flat=True)[:_DELETED_AT_ONCE]):
        gone += NearMiss.objects.filter(pk__in=keys).delete()[0]
    return gone
