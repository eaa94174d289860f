from django.db import migrations, models

from portal.attendance import repeatable


class Migration(migrations.Migration):
    """Indexes by which the records count marks and find rare ones. It may be run again after a failure."""

    dependencies = [
        ('attendance', '0004_facts_are_complete'),
    ]

    operations = [
        repeatable.AddIndex(
            model_name='mark',
            index=models.Index(fields=['session', 'status', 'source'], name='mark_session_status'),
        ),
        repeatable.AddIndex(
            model_name='mark',
            index=models.Index(fields=['status', 'source', 'session'], name='mark_status_source'),
        ),
    ]
