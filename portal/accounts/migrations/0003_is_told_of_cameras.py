from django.db import migrations, models

from portal.web import repeatable


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_default_time_zone'),
    ]

    operations = [
        repeatable.AddField(
            model_name='account',
            name='is_told_of_cameras',
            field=models.BooleanField(db_default=False, default=False, help_text='Where the cameras of a room with a class session fail, and when they work again. For all rooms that name nobody else.', verbose_name='mails about cameras'),
        ),
    ]
