from django.db import migrations, models

from portal.web import repeatable


class Migration(migrations.Migration):

    dependencies = [
        ('attendance', '0006_author_as_called_then'),
    ]

    operations = [
        repeatable.AddField(
            model_name='classsession',
            name='is_by_hand',
            field=models.BooleanField(db_default=False, default=False, editable=False, help_text='Whether a person has changed this one by itself.'),
        ),
        repeatable.AddField(
            model_name='classsession',
            name='revision',
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False, help_text='How often it was changed: forms and calendars compare it.'),
        ),
    ]
