from datetime import timedelta

from django.db import migrations
from django.db.models import Max, Min
from django.utils import timezone

GONE_AFTER = timedelta(days=31)


def write_cameras_that_report(apps, schema_editor):
    """Each camera that has reported lately belongs to its room still.

    Since it first wrote what it could see, but not before the end of a register that is closed: there the cameras
    count that wrote something, as they did when it was closed. A recognizer adds its own cameras when it starts.
    """
    models_of = {name: apps.get_model("attendance", name) for name in ("CameraStatus", "Sight", "BlindSpan")}
    RoomCamera, ClassSession = apps.get_model("attendance", "RoomCamera"), apps.get_model("attendance", "ClassSession")
    now = timezone.now()
    for status in models_of["CameraStatus"].objects.filter(reported_at__gt=now - GONE_AFTER):
        key = {"room": status.room_id, "camera_name": status.camera_name}
        if RoomCamera.objects.filter(**key).exists():
            continue
        wrote = [models_of[name].objects.filter(**key).aggregate(at=Min("starts_at"))["at"] for name in ("Sight", "BlindSpan")]
        closed = ClassSession.objects.filter(room=status.room_id, closed_at__isnull=False).aggregate(at=Max("ends_at"))
        first = min([status.reported_at, *filter(None, wrote)])
        since = max(filter(None, [first, closed["at"]]))
        RoomCamera.objects.create(room_id=status.room_id, camera_name=status.camera_name, since=since)


class Migration(migrations.Migration):
    """Fills in which cameras belong to a room. It may be run again after a failure.

    It is a migration of its own: a table gets its keys at the end of the one that makes it, and must be empty till then.
    """

    dependencies = [
        ('attendance', '0009_which_times_were_covered'),
    ]

    operations = [
        migrations.RunPython(write_cameras_that_report, migrations.RunPython.noop),
    ]
