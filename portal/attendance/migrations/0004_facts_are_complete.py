from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

from portal.attendance import repeatable


facts = import_module("portal.attendance.migrations.0003_facts_from_the_first_release")


class Migration(migrations.Migration):
    """Demands what the migration before has filled in. It may be run again after a failure.

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
