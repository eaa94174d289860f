import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from portal.web import repeatable


class Migration(migrations.Migration):

    dependencies = [
        ('attendance', '0012_cleared_exceptions'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        repeatable.CreateModel(
            name='WarningScan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('last_change', models.BigIntegerField(default=0)),
            ],
            options={
                'db_table': 'warning_scan',
            },
        ),
        repeatable.CreateModel(
            name='WarningText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='A key of services.warning_texts.TEXTS.', max_length=32, unique=True)),
                ('subject', models.CharField(max_length=200)),
                ('text', models.TextField(max_length=4000)),
            ],
            options={
                'db_table': 'warning_text',
                'ordering': ['name'],
            },
        ),
        repeatable.AddField(
            model_name='student',
            name='tutor_email',
            field=models.EmailField(blank=True, db_default='', help_text='Who is told where a rule of warnings says so.', max_length=254, verbose_name="tutor's e-mail address"),
        ),
        repeatable.CreateModel(
            name='DigestSubscriber',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('last_day', models.DateField(null=True)),
                ('claimed_until', models.DateTimeField(help_text='A program is sending it.', null=True)),
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'digest_subscriber',
                'ordering': ['pk'],
            },
        ),
        repeatable.CreateModel(
            name='WarningRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('below', 'Attendance below a percentage'), ('in a row', 'Absences in a row'), ('left early', 'Left early so often')], max_length=16)),
                ('number', models.PositiveSmallIntegerField(help_text='The percentage, or how often.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(100)])),
                ('after_sessions', models.PositiveSmallIntegerField(default=4, help_text='For a percentage: so many class sessions have to count for the student.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(200)], verbose_name='not before so many class sessions')),
                ('to_student', models.BooleanField(default=True, verbose_name='the student')),
                ('to_lecturers', models.BooleanField(default=False, verbose_name='the lecturers of the course')),
                ('to_tutor', models.BooleanField(default=False, verbose_name='the tutor')),
                ('is_on', models.BooleanField(default=False)),
                ('made_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('course', models.ForeignKey(blank=True, help_text='Empty: every course.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='warning_rules', to='attendance.course')),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'warning_rule',
                'ordering': ['course__code', 'kind', 'pk'],
            },
        ),
        repeatable.CreateModel(
            name='RaisedWarning',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('occasion', models.CharField(blank=True, default='', help_text='Which of several: the first day of absences in a row.', max_length=32)),
                ('what', models.CharField(help_text='What holds, as it was told.', max_length=200)),
                ('dates', models.JSONField(default=list, help_text='The class sessions that it goes by, as told.')),
                ('through', models.DateTimeField()),
                ('is_covered', models.BooleanField(default=False, help_text='A stricter rule was raised with it: nobody is told of this one.')),
                ('raised_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('is_open', models.BooleanField(default=True, null=True)),
                ('course', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='warnings', to='attendance.course')),
                ('student', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='warnings', to='attendance.student')),
                ('rule', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='raised', to='attendance.warningrule')),
            ],
            options={
                'db_table': 'raised_warning',
                'ordering': ['-raised_at', '-pk'],
            },
        ),
        repeatable.CreateModel(
            name='WarningMail',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('student', 'Student'), ('lecturer', 'Lecturer'), ('tutor', 'Tutor')], max_length=8)),
                ('address', models.CharField(max_length=254)),
                ('about', models.CharField(choices=[('raised', 'Raised'), ('withdrawn', 'Withdrawn')], max_length=10)),
                ('listed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('claimed_until', models.DateTimeField(null=True)),
                ('sent_at', models.DateTimeField(help_text='When the mail server had accepted it.', null=True)),
                ('warning', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='mails', to='attendance.raisedwarning')),
            ],
            options={
                'db_table': 'warning_mail',
                'ordering': ['pk'],
                'indexes': [models.Index(fields=['sent_at', 'listed_at'], name='warning_mail_unsent')],
                'constraints': [models.UniqueConstraint(fields=('warning', 'role', 'address', 'about'), name='warning_mail_once')],
            },
        ),
        repeatable.AddConstraint(
            model_name='warningrule',
            constraint=models.CheckConstraint(condition=models.Q(('to_student', True), ('to_lecturers', True), ('to_tutor', True), _connector='OR'), name='warning_rule_tells_somebody'),
        ),
        repeatable.AddConstraint(
            model_name='warningrule',
            constraint=models.CheckConstraint(condition=models.Q(('number__gte', 1), ('number__lte', 100)), name='warning_rule_number'),
        ),
        repeatable.AddConstraint(
            model_name='raisedwarning',
            constraint=models.UniqueConstraint(fields=('rule', 'student', 'course', 'occasion', 'is_open'), name='raised_warning_once'),
        ),
        repeatable.AddConstraint(
            model_name='raisedwarning',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('is_open', True), ('withdrawn_at__isnull', True)), models.Q(('is_open__isnull', True), ('withdrawn_at__isnull', False)), _connector='OR'), name='raised_warning_open_or_withdrawn'),
        ),
    ]
