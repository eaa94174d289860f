
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from portal.web import repeatable


class Migration(migrations.Migration):

    dependencies = [
        ('attendance', '0011_excuses'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        repeatable.CreateModel(
            name='ClearedException',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('near', 'Nearly seen'), ('photo', 'Perhaps a photo'), ('excused', 'Excused and yet seen'), ('left early', 'Left early'), ('visitor', 'Visitor'), ('unseen', 'Not observed'), ('not enrolled', 'Not enrolled'), ('corrected', 'Corrected by somebody else')], max_length=16)),
                ('facts', models.CharField(help_text='Stands for the facts that the person saw.', max_length=32)),
                ('cleared_by_name', models.CharField(help_text='Their official name at that time.', max_length=200)),
                ('cleared_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('cleared_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('session', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cleared_exceptions', to='attendance.classsession')),
                ('student', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='attendance.student')),
                ('withdrawn_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'cleared_exception',
                'ordering': ['-cleared_at', '-pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('withdrawn_at__isnull', True), ('withdrawn_by__isnull', True)), models.Q(('withdrawn_at__isnull', False), ('withdrawn_by__isnull', False)), _connector='OR'), name='cleared_exception_withdrawn_by_somebody')],
            },
        ),
    ]
