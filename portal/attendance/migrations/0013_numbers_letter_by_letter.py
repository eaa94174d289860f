from django.db import migrations

import portal.attendance.fields
import portal.attendance.numbers


class Migration(migrations.Migration):
    """Every letter of a number counts, on every database. It may be run again after a failure."""

    dependencies = [
        ('attendance', '0012_evidence_by_room_and_hour'),
    ]

    operations = [
        migrations.AlterField(
            model_name='student',
            name='number',
            field=portal.attendance.fields.ExactCharField(help_text='Letters and digits, then also . _ - and /. Leading zeros count.', max_length=32, unique=True, validators=[portal.attendance.numbers.validate_number]),
        ),
        migrations.AlterField(
            model_name='student',
            name='folded_number',
            field=portal.attendance.fields.ExactCharField(editable=False, help_text="The number without regard to case, by which it is looked up. NULL for an old number that breaks the rule, or that another student's differs from in case alone.", max_length=128, null=True, unique=True),
        ),
    ]
