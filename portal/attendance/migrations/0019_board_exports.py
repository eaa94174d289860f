
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from portal.web import repeatable


class Migration(migrations.Migration):

    dependencies = [
        ('attendance', '0018_confidential_reasons'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        repeatable.CreateModel(
            name='BoardExport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reference', models.CharField(help_text='Twelve hexadecimal digits, printed in the file.', max_length=12, unique=True)),
                ('course_name', models.CharField(help_text='Its code and title at that time.', max_length=240)),
                ('form', models.CharField(choices=[('pdf', 'PDF'), ('xlsx', 'XLSX')], max_length=4)),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('made_by_name', models.CharField(max_length=200)),
                ('made_by_email', models.CharField(max_length=254)),
                ('students', models.PositiveIntegerField()),
                ('sessions', models.PositiveIntegerField()),
                ('digest', models.CharField(help_text='HMAC-SHA256 of what it says, printed in it.', max_length=64)),
                ('seal', models.CharField(help_text='HMAC-SHA256 of the file up to the seal, which ends it.', max_length=64)),
                ('sha256', models.CharField(help_text='Of the whole file.', max_length=64, verbose_name='SHA-256')),
                ('course', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='board_exports', to='attendance.course')),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='board_exports', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'board_export',
                'ordering': ['-made_at', '-id'],
            },
        ),
    ]
