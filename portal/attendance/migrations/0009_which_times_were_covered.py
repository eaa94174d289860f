from django.db import migrations, models

from portal.attendance import repeatable


class Migration(migrations.Migration):
    """Which times were covered, not only how long. It may be run again after a failure.

    A register that was closed before has no digest, and is decided once more when sight of it arrives.
    """

    dependencies = [
        ('attendance', '0008_seen_by_a_wrong_clock'),
    ]

    operations = [
        repeatable.AddField(
            model_name='classsession',
            name='coverage_digest',
            field=models.CharField(editable=False, help_text="Stands for the times in which the room's cameras could see it, as known when its rows were last decided.", max_length=32, null=True),
        ),
        repeatable.RemoveField(
            model_name='classsession',
            name='covered',
        ),
    ]
