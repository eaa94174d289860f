import django.db.models.deletion
from django.db import migrations, models
from django.db.models.functions import Now

from portal.attendance import repeatable

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
    ]
