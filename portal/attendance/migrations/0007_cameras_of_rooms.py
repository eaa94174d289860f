from datetime import timedelta

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Max, Min
from django.db.models.functions import Now
from django.utils import timezone

from portal.attendance import repeatable

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
    """Which cameras belong to a room. It may be run again after a failure."""

    dependencies = [
        ('attendance', '0006_days_by_index'),
    ]

    operations = [
        repeatable.CreateModel(
            name='RoomCamera',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('camera_name', models.CharField(max_length=64)),
                ('since', models.DateTimeField()),
                ('until', models.DateTimeField(blank=True, help_text='Empty: it is in this room still.', null=True, verbose_name='no longer in this room since')),
                ('recorded_at', models.DateTimeField(db_default=Now(), help_text="When it was last written, by the database's clock.")),
                ('room', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='room_cameras', to='attendance.room')),
            ],
            options={
                'verbose_name': 'camera of a room',
                'verbose_name_plural': 'cameras of rooms',
                'db_table': 'room_camera',
                'ordering': ['room__name', 'camera_name', 'since'],
                'indexes': [
                    models.Index(fields=['recorded_at'], name='room_camera_recorded'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('room', 'camera_name', 'since'), name='room_camera_once'),
                    models.CheckConstraint(condition=models.Q(('until__isnull', True), ('until__gte', models.F('since')), _connector='OR'), name='room_camera_in_order'),
                ],
            },
        ),
        migrations.RunPython(write_cameras_that_report, migrations.RunPython.noop),
    ]
