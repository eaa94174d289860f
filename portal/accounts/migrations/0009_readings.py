import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from portal.web import repeatable


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0008_invitations'),
    ]

    operations = [
        repeatable.CreateModel(
            name='Reading',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('read_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='when')),
                ('reader_name', models.CharField(blank=True, help_text='Empty where a command was typed.', max_length=200, verbose_name='who')),
                ('reader_email', models.CharField(blank=True, max_length=254, verbose_name='e-mail address')),
                ('address', models.CharField(blank=True, help_text='Where from; of IPv6 the network of 64 bits.', max_length=64)),
                ('act', models.CharField(choices=[('sign_in', 'signed in'), ('export', 'exported'), ('student', 'looked at a student')], max_length=8)),
                ('about', models.CharField(blank=True, help_text='What was exported, or whose page it was.', max_length=300)),
                ('row_id', models.BigIntegerField(help_text='The student whose page it was.', null=True)),
                ('reader', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'reading',
                'ordering': ['-read_at', '-id'],
                'indexes': [models.Index(fields=['read_at', 'id'], name='reading_read_at'), models.Index(fields=['act', 'row_id', 'id'], name='reading_row'), models.Index(fields=['reader_email', 'id'], name='reading_reader')],
            },
        ),
    ]
