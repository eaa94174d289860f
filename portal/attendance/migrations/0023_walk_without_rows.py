from django.db import migrations, models

from portal.web import repeatable


class Migration(migrations.Migration):

    dependencies = [
        ('attendance', '0022_surroundings_that_move'),
    ]

    operations = [
        repeatable.RemoveIndex(
            model_name='classsession',
            name='class_session_start',
        ),
        repeatable.AddIndex(
            model_name='classsession',
            index=models.Index(fields=['starts_at', 'id', 'is_cancelled'], name='class_session_start'),
        ),
    ]
