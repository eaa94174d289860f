import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

from portal.web import repeatable


class Migration(migrations.Migration):

    dependencies = [
        ('attendance', '0007_changed_sessions'),
    ]

    operations = [
        repeatable.CreateModel(
            name='Closure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=64, unique=True)),
                ('first_day', models.DateField()),
                ('last_day', models.DateField()),
            ],
            options={
                'db_table': 'closure',
                'ordering': ['first_day', 'name'],
            },
        ),
        repeatable.CreateModel(
            name='Term',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=64, unique=True)),
                ('first_day', models.DateField()),
                ('last_day', models.DateField()),
            ],
            options={
                'db_table': 'term',
                'ordering': ['first_day', 'name'],
            },
        ),
        repeatable.AddField(
            model_name='classsession',
            name='slot_day',
            field=models.DateField(editable=False, help_text='The day for which the slot has made it.', null=True),
        ),
        repeatable.CreateModel(
            name='Slot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('weekday', models.PositiveSmallIntegerField(choices=[(0, 'Monday'), (1, 'Tuesday'), (2, 'Wednesday'), (3, 'Thursday'), (4, 'Friday'), (5, 'Saturday'), (6, 'Sunday')])),
                ('starts', models.TimeField(verbose_name='from')),
                ('ends', models.TimeField(help_text='Earlier than the start: on the next day.', verbose_name='to')),
                ('every_weeks', models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(26)], verbose_name='every so many weeks')),
                ('first_day', models.DateField(blank=True, help_text='Empty: from the beginning of the term. Weeks are counted from it.', null=True, verbose_name='not before')),
                ('last_day', models.DateField(blank=True, help_text='Empty: to the end of the term.', null=True, verbose_name='not after')),
                ('late_after_minutes', models.PositiveSmallIntegerField(default=15, help_text='Seen first later than this after the start: late.', validators=[django.core.validators.MaxValueValidator(1000)])),
                ('course', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='slots', to='attendance.course')),
                ('room', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='slots', to='attendance.room')),
                ('term', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='slots', to='attendance.term')),
            ],
            options={
                'db_table': 'timetable_slot',
                'ordering': ['weekday', 'starts', 'course__code', 'pk'],
            },
        ),
        repeatable.AddField(
            model_name='classsession',
            name='slot',
            field=models.ForeignKey(editable=False, help_text='Which weekly slot has made it.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='sessions', to='attendance.slot'),
        ),
        repeatable.AddConstraint(
            model_name='classsession',
            constraint=models.UniqueConstraint(fields=('slot', 'slot_day'), name='class_session_slot_once'),
        ),
        repeatable.AddConstraint(
            model_name='slot',
            constraint=models.CheckConstraint(condition=models.Q(('starts', models.F('ends')), _negated=True), name='timetable_slot_has_a_length'),
        ),
        repeatable.AddConstraint(
            model_name='slot',
            constraint=models.CheckConstraint(condition=models.Q(('every_weeks__gte', 1), ('weekday__lte', 6)), name='timetable_slot_recurs'),
        ),
    ]
