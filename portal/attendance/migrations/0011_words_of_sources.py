from django.db import migrations, models


class Migration(migrations.Migration):
    """Only what the source of a mark is called: nothing changes in the database."""

    dependencies = [
        ('attendance', '0010_cameras_that_report'),
    ]

    operations = [
        migrations.AlterField(
            model_name='mark',
            name='source',
            field=models.CharField(choices=[('camera', 'Camera'), ('lecturer', 'Lecturer'), ('excuse', 'Excuse'), ('closing', 'Register closed'), ('nobody', 'Nobody yet')], max_length=8),
        ),
        migrations.AlterField(
            model_name='markchange',
            name='from_source',
            field=models.CharField(blank=True, choices=[('camera', 'Camera'), ('lecturer', 'Lecturer'), ('excuse', 'Excuse'), ('closing', 'Register closed'), ('nobody', 'Nobody yet')], db_default='', max_length=8),
        ),
        migrations.AlterField(
            model_name='markchange',
            name='to_source',
            field=models.CharField(choices=[('camera', 'Camera'), ('lecturer', 'Lecturer'), ('excuse', 'Excuse'), ('closing', 'Register closed'), ('nobody', 'Nobody yet')], db_default='lecturer', max_length=8),
        ),
    ]
