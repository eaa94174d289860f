import django.db.models.deletion
from django.db import migrations, models

from portal.web import repeatable


class Migration(migrations.Migration):

    dependencies = [
        ('attendance', '0015_occasions_of_warnings'),
    ]

    operations = [
        repeatable.AddField(
            model_name='student',
            name='merged_into',
            field=models.ForeignKey(blank=True, editable=False, help_text='The student who is the same person, and stands for both. Rows stay where they are.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged', to='attendance.student'),
        ),
    ]
