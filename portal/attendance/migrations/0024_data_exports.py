
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from portal.web import repeatable


class Migration(migrations.Migration):

    dependencies = [
        ('attendance', '0023_walk_without_rows'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        repeatable.CreateModel(
            name='DataExport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(help_text='A key of services.exporting.makers.MAKERS.', max_length=16)),
                ('what', models.JSONField(default=dict, help_text='What was asked for, as the maker of its kind needs it.')),
                ('file_name', models.CharField(max_length=255)),
                ('about', models.CharField(help_text='What is written down of it when somebody takes it.', max_length=300)),
                ('language', models.CharField(help_text='In which whoever asked reads pages.', max_length=8)),
                ('courses', models.JSONField(help_text='Those whose rows it may hold; null: of any.', null=True)),
                ('asked_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('made_at', models.DateTimeField(null=True)),
                ('size', models.PositiveBigIntegerField(default=0, help_text='Bytes of the file.')),
                ('fault', models.CharField(default='', help_text='Why there is no file.', max_length=500)),
                ('goes_at', models.DateTimeField(help_text='When it is deleted with its file.')),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('task', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='attendance.task')),
            ],
            options={
                'db_table': 'data_export',
                'ordering': ['-pk'],
                'indexes': [models.Index(fields=['goes_at'], name='data_export_goes_at')],
            },
        ),
        repeatable.CreateModel(
            name='ExportPiece',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('content', models.BinaryField()),
                ('data_export', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pieces', to='attendance.dataexport')),
            ],
            options={
                'db_table': 'export_piece',
                'ordering': ['number'],
                'constraints': [models.UniqueConstraint(fields=('data_export', 'number'), name='export_piece_once')],
            },
        ),
    ]
