from django.db import migrations, models

from portal.web import repeatable


class Migration(migrations.Migration):

    dependencies = [
        ('attendance', '0005_imports_and_tasks'),
    ]

    operations = [
        repeatable.AddField(
            model_name='markchange',
            name='changed_by_email',
            field=models.CharField(blank=True, db_default='', help_text='Their e-mail address at that time.', max_length=254),
        ),
        repeatable.AddField(
            model_name='markchange',
            name='changed_by_name',
            field=models.CharField(blank=True, db_default='', help_text='Their official name at that time; empty of old changes.', max_length=200),
        ),
    ]
