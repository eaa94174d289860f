from django.db import migrations, models

from portal.attendance import repeatable


class Migration(migrations.Migration):
    """Indexes by which the pages read a course in the order of time, and count a day. It may be run again."""

    dependencies = [
        ('attendance', '0005_records_by_index'),
    ]

    operations = [
        repeatable.AddIndex(
            model_name='classsession',
            index=models.Index(fields=['course', 'starts_at', 'id'], name='class_session_course_start'),
        ),
        repeatable.AddIndex(
            model_name='mark',
            index=models.Index(fields=['session', 'status', 'source', 'on_roster'], name='mark_session_counts'),
        ),
        repeatable.RemoveIndex(model_name='mark', name='mark_session_status'),
    ]
