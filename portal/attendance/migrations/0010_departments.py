import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from portal.web import repeatable


class Migration(migrations.Migration):

    dependencies = [
        ('attendance', '0009_suspicion'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        repeatable.CreateModel(
            name='Department',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, unique=True)),
            ],
            options={
                'db_table': 'department',
                'ordering': ['name'],
            },
        ),
        repeatable.AddField(
            model_name='department',
            name='viewers',
            field=models.ManyToManyField(blank=True, db_table='department_viewers', help_text='They read the registers and records of its courses, and change nothing.', related_name='viewed_departments', to=settings.AUTH_USER_MODEL),
        ),
        repeatable.AddField(
            model_name='course',
            name='department',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='courses', to='attendance.department'),
        ),
        repeatable.AddField(
            model_name='course',
            name='assistants',
            field=models.ManyToManyField(blank=True, db_table='course_assistants', help_text='They take the registers of the course, and plan nothing.', related_name='assisted_courses', to=settings.AUTH_USER_MODEL),
        ),
    ]
