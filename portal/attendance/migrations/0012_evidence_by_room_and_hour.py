from django.db import migrations, models

from portal.attendance import repeatable


class Migration(migrations.Migration):
    """What was seen in a room is found by the time. It may be run again after a failure."""

    dependencies = [
        ('attendance', '0011_words_of_sources'),
    ]

    operations = [
        repeatable.AddIndex(
            model_name='evidence',
            index=models.Index(fields=['room', 'hour'], name='evidence_room_hour'),
        ),
    ]
