import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from portal.web import repeatable


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0004_sign_in_attempts'),
    ]

    operations = [
        repeatable.AddField(
            model_name='account',
            name='number',
            field=models.CharField(blank=True, db_default='', help_text='As the office has it.', max_length=32, verbose_name='staff number'),
        ),
        repeatable.AddField(
            model_name='account',
            name='preferred_name',
            field=models.CharField(blank=True, db_default='', help_text='It is shown beside your official name.', max_length=60),
        ),
        migrations.AlterField(
            model_name='account',
            name='name',
            field=models.CharField(help_text='As the office has it; its owner cannot change it.', max_length=200, verbose_name='official name'),
        ),
        repeatable.CreateModel(
            name='OfficialChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now)),
                ('changed_by_name', models.CharField(blank=True, db_default='', max_length=200)),
                ('changed_by_email', models.CharField(blank=True, db_default='', max_length=254)),
                ('program', models.CharField(blank=True, db_default='', help_text='The program that changed it; empty where a person did.', max_length=32)),
                ('table_name', models.CharField(max_length=32, verbose_name='table')),
                ('row_id', models.BigIntegerField()),
                ('row_name', models.CharField(help_text='What the row was called before.', max_length=300)),
                ('field', models.CharField(max_length=32)),
                ('old', models.CharField(blank=True, max_length=300)),
                ('new', models.CharField(blank=True, max_length=300)),
                ('changed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='official_changes', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'official_change',
                'ordering': ['-changed_at', '-id'],
                'indexes': [models.Index(fields=['table_name', 'row_id', 'id'], name='official_change_row'), models.Index(fields=['changed_at', 'id'], name='official_change_changed_at')],
            },
        ),
    ]
