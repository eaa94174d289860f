
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from portal.web import repeatable


class Migration(migrations.Migration):

    dependencies = [
        ('attendance', '0004_facts_are_complete'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        repeatable.CreateModel(
            name='Task',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='What is to be done: a key of services.work.WORK.', max_length=64)),
                ('arguments', models.JSONField(default=dict)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Failed')], default='waiting', max_length=8)),
                ('asked_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('started_at', models.DateTimeField(help_text='When it was last begun.', null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('token', models.CharField(default='', help_text='Stands for the claim of the worker that has it.', max_length=32)),
                ('claimed_until', models.DateTimeField(help_text='If the worker is silent until then, another may take it.', null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('done', models.PositiveIntegerField(default=0, help_text='So much of it is done, of ``total``.')),
                ('total', models.PositiveIntegerField(null=True)),
                ('words', models.CharField(default='', help_text='What it is at, or why it failed.', max_length=300)),
                ('asked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'task',
                'ordering': ['pk'],
            },
        ),
        repeatable.CreateModel(
            name='DataImport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(help_text='A key of services.importing.kinds.KINDS.', max_length=16)),
                ('file_name', models.CharField(max_length=255)),
                ('file_digest', models.CharField(help_text='SHA-256 of the file.', max_length=64)),
                ('state', models.CharField(choices=[('received', 'To be read'), ('faulty', 'Cannot be read'), ('read', 'Columns to be checked'), ('planning', 'Rows are checked'), ('planned', 'To be written'), ('writing', 'Is written'), ('written', 'Written'), ('discarded', 'Given up')], default='received', max_length=12)),
                ('asked_by_name', models.CharField(help_text='The person, or the program, as they were called then.', max_length=300)),
                ('asked_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('reading', models.JSONField(default=dict, help_text='Encoding, separator and sheet; row_count, sheets and first rows once it was read.')),
                ('columns', models.JSONField(default=dict, help_text='The row with the names of columns, those names, and the place of each field.')),
                ('choices', models.JSONField(default=dict)),
                ('counts', models.JSONField(default=dict, help_text='How many rows have each outcome.')),
                ('plan_digest', models.CharField(default='', help_text='Stands for what was shown.', max_length=64)),
                ('rosters', models.JSONField(default=dict, help_text='Whose memberships it changed, by course.')),
                ('fault', models.CharField(default='', help_text='Why the last step could not be done.', max_length=500)),
                ('written_at', models.DateTimeField(null=True)),
                ('followed_at', models.DateTimeField(help_text='When open registers had been decided by the new rosters.', null=True)),
                ('asked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('task', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='attendance.task')),
            ],
            options={
                'db_table': 'data_import',
                'ordering': ['-pk'],
            },
        ),
        repeatable.CreateModel(
            name='ImportPiece',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('content', models.BinaryField()),
                ('data_import', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pieces', to='attendance.dataimport')),
            ],
            options={
                'db_table': 'import_piece',
                'ordering': ['number'],
                'constraints': [models.UniqueConstraint(fields=('data_import', 'number'), name='import_piece_once')],
            },
        ),
        repeatable.CreateModel(
            name='ImportRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField()),
                ('number', models.PositiveIntegerField(null=True)),
                ('outcome', models.CharField(max_length=8)),
                ('subject', models.CharField(max_length=200)),
                ('words', models.CharField(max_length=500)),
                ('data_import', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='attendance.dataimport')),
            ],
            options={
                'db_table': 'import_row',
                'ordering': ['position'],
                'indexes': [models.Index(fields=['data_import', 'outcome', 'position'], name='import_row_outcome')],
                'constraints': [models.UniqueConstraint(fields=('data_import', 'position'), name='import_row_once')],
            },
        ),
        repeatable.AddIndex(
            model_name='task',
            index=models.Index(fields=['state', 'id'], name='task_state'),
        ),
        repeatable.AddConstraint(
            model_name='dataimport',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'written'), ('written_at__isnull', False)), models.Q(models.Q(('state', 'written'), _negated=True), ('written_at__isnull', True)), _connector='OR'), name='data_import_written_at'),
        ),
    ]
