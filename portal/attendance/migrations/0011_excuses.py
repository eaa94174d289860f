
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from portal.web import repeatable


class Migration(migrations.Migration):

    dependencies = [
        ('attendance', '0010_departments'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        repeatable.CreateModel(
            name='Excuse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first_day', models.DateField()),
                ('last_day', models.DateField()),
                ('reason', models.CharField(max_length=500)),
                ('entered_by_name', models.CharField(help_text='Their official name at that time.', max_length=200)),
                ('entered_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('withdrawn_by_name', models.CharField(blank=True, db_default='', max_length=200)),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('course', models.ForeignKey(help_text='Empty: every course.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='excuses', to='attendance.course')),
                ('entered_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('student', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='excuses', to='attendance.student')),
                ('withdrawn_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'excuse',
                'ordering': ['-first_day', 'student__plain_name', 'pk'],
                'indexes': [models.Index(fields=['course', 'last_day'], name='excuse_course_day'), models.Index(fields=['student', 'last_day'], name='excuse_student_day')],
                'constraints': [models.CheckConstraint(condition=models.Q(('last_day__gte', models.F('first_day'))), name='excuse_days_in_order'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='excuse_has_reason'), models.CheckConstraint(condition=models.Q(models.Q(('withdrawn_at__isnull', True), ('withdrawn_by__isnull', True)), models.Q(('withdrawn_at__isnull', False), ('withdrawn_by__isnull', False)), _connector='OR'), name='excuse_withdrawn_by_somebody')],
            },
        ),
    ]
