import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from portal.web import repeatable


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0012_reads_confidential'),
    ]

    operations = [
        repeatable.AddField(
            model_name='account',
            name='merged_into',
            field=models.ForeignKey(blank=True, editable=False, help_text='The account of the same person, which stands for both. Rows stay where they are.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged', to=settings.AUTH_USER_MODEL),
        ),
    ]
