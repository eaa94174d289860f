from django.db import migrations, models

from portal.web import repeatable


class Migration(migrations.Migration):

    dependencies = [
        ('attendance', '0021_near_misses'),
    ]

    operations = [
        repeatable.AlterField(
            model_name='evidence',
            name='suspicion',
            field=models.CharField(blank=True, choices=[('still', 'the face never changed'), ('twice', 'the face was there twice at once'), ('carried', 'what is around the face moved with it')], help_text='Why the face may be on a picture that was held up. It changes no mark: a person looks.', max_length=8, null=True),
        ),
    ]
