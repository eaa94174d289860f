import django.core.validators
from django.db import migrations, models

from portal.web import repeatable


class Migration(migrations.Migration):

    dependencies = [
        ('attendance', '0016_merged_students'),
    ]

    operations = [
        repeatable.AddField(
            model_name='courserules',
            name='early_minutes',
            field=models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MaxValueValidator(1000)]),
        ),
        repeatable.AddField(
            model_name='courserules',
            name='late_after_minutes',
            field=models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MaxValueValidator(1000)]),
        ),
        repeatable.AddField(
            model_name='courserules',
            name='least_minutes',
            field=models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MaxValueValidator(1000)]),
        ),
        repeatable.AlterField(
            model_name='clearedexception',
            name='kind',
            field=models.CharField(choices=[('near', 'Nearly seen'), ('photo', 'Perhaps a photo'), ('excused', 'Excused and yet seen'), ('short', 'Hardly there'), ('left early', 'Left early'), ('visitor', 'Visitor'), ('unseen', 'Not observed'), ('not enrolled', 'Not enrolled'), ('corrected', 'Corrected by somebody else')], max_length=16),
        ),
    ]
