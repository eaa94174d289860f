from django.db import migrations, models

from portal.attendance import repeatable


def tell_the_clock(apps, schema_editor):
    """An entry that nobody has confirmed was seen by a wrong clock; of the others it is not known any more."""
    evidence = apps.get_model('attendance', 'Evidence')
    evidence.objects.filter(is_confirmed=False, clock_was_wrong=False).update(clock_was_wrong=True)


class Migration(migrations.Migration):
    """What a wrong clock saw stands beside what a right one saw. It may be run again after a failure."""

    dependencies = [
        ('attendance', '0013_numbers_letter_by_letter'),
    ]

    operations = [
        repeatable.AddField(
            model_name='evidence',
            name='clock_was_wrong',
            field=models.BooleanField(db_default=False, default=False, help_text="Whether the classroom machine's clock was wrong, or was not known to be right, also where a person has confirmed the entry."),
        ),
        migrations.RunPython(tell_the_clock, migrations.RunPython.noop),
        # The new one first: on MySQL and MariaDB a foreign key needs an index that begins with its column.
        repeatable.AddConstraint(
            model_name='evidence',
            constraint=models.UniqueConstraint(fields=('session', 'student', 'camera_name', 'hour', 'clock_was_wrong'), name='evidence_once_by_clock'),
        ),
        repeatable.RemoveConstraint(
            model_name='evidence',
            name='evidence_once',
        ),
    ]
