"""What a person says of a camera: since when it is no longer in its room."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db.models import Max
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext

from portal.attendance.models import BlindSpan, ClassSession, RoomCamera, Sight


def end_camera(camera: RoomCamera, until: datetime | None) -> int:
    """Write down since when the camera is no longer in its room, None: it is there still.

    The number of closed registers that this concerns: each is decided anew by the timer, or when its page is opened.
    Raises ValidationError for what cannot be: see ``check_end``.
    """
    check_end(camera, until)
    before = camera.until
    RoomCamera.objects.filter(pk=camera.pk).update(until=until, recorded_at=Now())
    camera.until = until
    since = min(filter(None, [before, until]), default=camera.since)
    held = ClassSession.objects.filter(room=camera.room_id, closed_at__isnull=False, is_cancelled=False)
    return held.filter(ends_at__gt=since).count()


def check_end(camera: RoomCamera, until: datetime | None) -> None:
    """Raise ValidationError where the camera cannot have ended then."""
    if until is None:
        others = RoomCamera.objects.filter(room=camera.room_id, open_name=camera.camera_name)
        if others.exclude(pk=camera.pk).exists():
            raise ValidationError(
                gettext("It came back later: the row of that time says that it is in this room still.")
            )
        return
    if until > timezone.now():
        raise ValidationError(gettext("This is in the future: say it once the camera is gone."))
    if until < camera.since:
        raise ValidationError(gettext("The camera was added to the room only after that."))
    last = last_report(camera)
    if last and until < last:
        shown = timezone.localtime(last)
        raise ValidationError(
            gettext("The camera was there after that: it reported until {shown}.").format(
                shown=f"{shown:%Y-%m-%d %H:%M:%S}"
            )
        )


def last_report(camera: RoomCamera) -> datetime | None:
    """The end of the last time of which the camera wrote whether it could see, in this stay."""
    ends = []
    for spans in (Sight, BlindSpan):
        rows = spans.objects.filter(room=camera.room_id, camera_name=camera.camera_name, starts_at__gte=camera.since)
        later = RoomCamera.objects.filter(
            room=camera.room_id, camera_name=camera.camera_name, since__gt=camera.since
        ).order_by("since")
        if following := later.first():
            rows = rows.filter(starts_at__lt=following.since)
        ends.append(rows.aggregate(last=Max("ends_at"))["last"])
    return max(filter(None, ends), default=None)
