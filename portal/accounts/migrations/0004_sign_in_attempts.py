import django.utils.timezone
from django.db import migrations, models

from portal.web import repeatable


class Migration(migrations.Migration):
    # The tables of django-axes, which counted before, stay where they are: nothing reads them any more.

    dependencies = [
        ('accounts', '0003_is_told_of_cameras'),
    ]

    operations = [
        repeatable.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('password', 'wrong password'), ('mail', 'mail asked for')], max_length=8)),
                ('email', models.CharField(help_text='As it was typed, in lower case; there may be no such account.', max_length=254, verbose_name='e-mail address')),
                ('address', models.CharField(blank=True, db_default='', help_text='Where it came from; of IPv6 the network of 64 bits.', max_length=64)),
                ('browser', models.CharField(blank=True, db_default='', help_text='The browser, where the account has been signed in to with it before; else empty.', max_length=32)),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='when')),
            ],
            options={
                'db_table': 'sign_in_attempt',
                'ordering': ['-made_at', '-id'],
                'indexes': [models.Index(fields=['kind', 'email', 'made_at'], name='sign_in_attempt_email'), models.Index(fields=['kind', 'address', 'made_at'], name='sign_in_attempt_address'), models.Index(fields=['made_at'], name='sign_in_attempt_made_at')],
            },
        ),
    ]
