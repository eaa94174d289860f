import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

from portal.web import repeatable


class Migration(migrations.Migration):

    dependencies = [
        ('attendance', '0013_warnings'),
    ]

    operations = [
        repeatable.CreateModel(
            name='CourseRules',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_institution', models.BooleanField(help_text="True in the institution's row, else NULL.", null=True, unique=True)),
                ('late_percent', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MaxValueValidator(100)])),
                ('excused_counts', models.CharField(blank=True, choices=[('present', 'Counts as present'), ('left out', 'Is left out'), ('absent', 'Counts as absent')], max_length=8, null=True)),
                ('free_absences', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MaxValueValidator(100)])),
                ('threshold_percent', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MaxValueValidator(100)])),
                ('needs_reason', models.BooleanField(blank=True, null=True)),
            ],
            options={
                'db_table': 'course_rules',
            },
        ),
        repeatable.RemoveConstraint(
            model_name='markchange',
            name='mark_change_has_reason',
        ),
        repeatable.AddField(
            model_name='courserules',
            name='course',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='rules', to='attendance.course'),
        ),
        repeatable.AddConstraint(
            model_name='courserules',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('course__isnull', True), ('is_institution', True)), models.Q(('course__isnull', False), ('is_institution__isnull', True)), _connector='OR'), name='course_rules_of_one'),
        ),
        repeatable.AddConstraint(
            model_name='courserules',
            constraint=models.CheckConstraint(condition=models.Q(('late_percent__isnull', True), ('late_percent__lte', 100), _connector='OR'), name='course_rules_late'),
        ),
        repeatable.AddConstraint(
            model_name='courserules',
            constraint=models.CheckConstraint(condition=models.Q(('threshold_percent__isnull', True), ('threshold_percent__lte', 100), _connector='OR'), name='course_rules_threshold'),
        ),
    ]
