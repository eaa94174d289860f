from django.db import migrations, models

from portal.web import repeatable


class Migration(migrations.Migration):

    dependencies = [
        ('attendance', '0014_rules_of_courses'),
    ]

    operations = [
        repeatable.AlterField(
            model_name='raisedwarning',
            name='occasion',
            field=models.CharField(blank=True, default='', help_text='Which of several: the key of the class session with which absences in a row begin.', max_length=32),
        ),
    ]
