import django.db.models.deletion
from django.db import migrations, models

from portal.web import repeatable


class Migration(migrations.Migration):

    dependencies = [
        ('attendance', '0020_saved_filters'),
    ]

    operations = [
        repeatable.CreateModel(
            name='NearMiss',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('camera_name', models.CharField(blank=True, max_length=64)),
                ('hour', models.DateTimeField(help_text='The full hour, UTC, in which it was.')),
                ('first_seen_at', models.DateTimeField()),
                ('last_seen_at', models.DateTimeField()),
                ('minutes', models.BigIntegerField(help_text='Bit n is set where it was so in minute n of the hour.')),
                ('distance', models.FloatField(help_text="The smallest to the student's references; lower is closer.")),
                ('sure_below', models.FloatField(help_text='Below this distance, and clearly nearer than anybody else, the student would have been named.')),
                ('runner_up_number', models.CharField(blank=True, db_default='', help_text='The next nearest student at that moment.', max_length=32)),
                ('runner_up_distance', models.FloatField(blank=True, null=True)),
                ('encodings', models.PositiveSmallIntegerField(db_default=0, help_text='How many encodings were averaged then.')),
                ('room', models.ForeignKey(help_text='Where the camera was then.', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='attendance.room')),
                ('session', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='near_misses', to='attendance.classsession')),
                ('student', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='near_misses', to='attendance.student')),
            ],
            options={
                'verbose_name_plural': 'near misses',
                'db_table': 'near_miss',
                'ordering': ['hour', 'camera_name'],
                'constraints': [models.UniqueConstraint(fields=('session', 'student', 'room', 'camera_name', 'hour'), name='near_miss_once_an_hour'), models.CheckConstraint(condition=models.Q(('last_seen_at__gte', models.F('first_seen_at'))), name='near_miss_in_order'), models.CheckConstraint(condition=models.Q(('minutes__gte', 0), ('minutes__lt', 1152921504606846976)), name='near_miss_minutes_of_an_hour')],
            },
        ),
    ]
