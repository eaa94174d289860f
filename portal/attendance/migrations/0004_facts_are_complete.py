import django.db.models.deletion
from django.db import migrations, models

from portal.attendance import repeatable


class Migration(migrations.Migration):
    """Demands what the migration before has filled in. It may be run again after a failure."""

    dependencies = [
        ('attendance', '0003_facts_from_the_first_release'),
    ]

    operations = [
        migrations.AlterField(
            model_name='classsession',
            name='day',
            field=models.DateField(editable=False, help_text="The day on which it starts, in the room's time zone."),
        ),
        migrations.AlterField(
            model_name='markchange',
            name='session',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='attendance.classsession'),
        ),
        migrations.AlterField(
            model_name='markchange',
            name='student',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='mark_changes', to='attendance.student'),
        ),
        repeatable.AddIndex(
            model_name='markchange',
            index=models.Index(fields=['session', 'student', 'id'], name='mark_change_history'),
        ),
        repeatable.RemoveField(
            model_name='markchange',
            name='mark',
        ),
    ]
