from django.db import migrations, models

from portal.web import repeatable


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_calendar_address'),
    ]

    operations = [
        repeatable.AddField(
            model_name='account',
            name='invited_at',
            field=models.DateTimeField(editable=False, help_text='When the last invitation was mailed.', null=True),
        ),
    ]
