from datetime import timedelta
from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Max
from django.utils import timezone

import portal.attendance.fields
import portal.attendance.numbers
from portal.web import repeatable

facts = import_module("portal.attendance.migrations.0003_facts_from_the_first_release")

GONE_AFTER = timedelta(days=31)


def write_cameras_that_report(apps, schema_editor):
    """Each camera that has reported lately belongs to its room still, since the end of the room's last closed register.

    What it saw before was never written down, so no closed register may count it. A recognizer adds its own cameras
    when it starts.
    """
    CameraStatus, RoomCamera = apps.get_model("attendance", "CameraStatus"), apps.get_model("attendance", "RoomCamera")
    ClassSession = apps.get_model("attendance", "ClassSession")
    for status in CameraStatus.objects.filter(reported_at__gt=timezone.now() - GONE_AFTER):
        key = {"room_id": status.room_id, "camera_name": status.camera_name}
        if RoomCamera.objects.filter(**key).exists():
            continue
        closed = ClassSession.objects.filter(room=status.room_id, closed_at__isnull=False).aggregate(at=Max("ends_at"))
        RoomCamera.objects.create(since=max(filter(None, [status.reported_at, closed["at"]])), **key)


class Migration(migrations.Migration):
    """Demands what the migration before has filled in, and adds the keys by which the pages read. It may be run again.

    It fills in once more what is missing: after a failure here the first release may have worked on for a while.
    """

    dependencies = [
        ('attendance', '0003_facts_from_the_first_release'),
    ]

    operations = [
        *(migrations.RunPython(step, migrations.RunPython.noop) for step in facts.STEPS),
        migrations.AlterField(
            model_name='classsession',
            name='day',
            field=models.DateField(editable=False, help_text="The day on which it starts, in the room's time zone."),
        ),
        repeatable.AlterField(
            model_name='markchange',
            name='session',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='attendance.classsession'),
        ),
        repeatable.AlterField(
            model_name='markchange',
            name='student',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='mark_changes', to='attendance.student'),
        ),
        # On MySQL and MariaDB every letter of a number counts from here on; the first release looked numbers up without.
        migrations.AlterField(
            model_name='student',
            name='number',
            field=portal.attendance.fields.ExactCharField(help_text='Letters and digits, then also . _ - and /. Leading zeros count.', max_length=32, unique=True, validators=[portal.attendance.numbers.validate_number]),
        ),
        repeatable.AddIndex(
            model_name='classsession',
            index=models.Index(fields=['starts_at', 'id'], name='class_session_start'),
        ),
        repeatable.AddIndex(
            model_name='classsession',
            index=models.Index(fields=['course', 'starts_at', 'id'], name='class_session_course_start'),
        ),
        repeatable.AddIndex(
            model_name='classsession',
            index=models.Index(fields=['closed_at', 'ends_at'], name='class_session_closing'),
        ),
        repeatable.AddIndex(
            model_name='student',
            index=models.Index(fields=['plain_name', 'number'], name='student_plain_name'),
        ),
        repeatable.AddIndex(
            model_name='mark',
            index=models.Index(fields=['session', 'status', 'source', 'on_roster'], name='mark_session_counts'),
        ),
        repeatable.AddIndex(
            model_name='mark',
            index=models.Index(fields=['status', 'source', 'session'], name='mark_status_source'),
        ),
        repeatable.AddIndex(
            model_name='markchange',
            index=models.Index(fields=['session', 'student', 'id'], name='mark_change_history'),
        ),
        repeatable.RemoveField(
            model_name='markchange',
            name='mark',
        ),
        # Last: a register that this migration closes in a second attempt must not count them either.
        migrations.RunPython(write_cameras_that_report, migrations.RunPython.noop),
    ]
