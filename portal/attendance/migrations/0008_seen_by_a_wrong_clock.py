from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('attendance', '0007_cameras_of_rooms'),
    ]

    operations = [
        migrations.AlterField(
            model_name='mark',
            name='because',
            field=models.CharField(blank=True, choices=[('blind', 'The cameras could not see enough of it'), ('not enrolled', "The room's gallery could not name the student"), ('clock', 'The student was seen by a wrong clock, and nobody has confirmed it')], db_default='', max_length=16),
        ),
    ]
