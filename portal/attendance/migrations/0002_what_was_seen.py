import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
import portal.accounts.time_zones
import portal.attendance.fields
from django.conf import settings
from django.db import migrations, models

from portal.web import repeatable


class Migration(migrations.Migration):
    """Makes room for what was seen; nothing of it is obligatory yet. It may be run again after a failure."""

    dependencies = [
        ('attendance', '0001_initial'),
        ('accounts', '0002_default_time_zone'),
    ]

    operations = [
        repeatable.CreateModel(
            name='BlindSpan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('camera_name', models.CharField(max_length=64)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), help_text="When it was last written, by the database's clock.")),
                ('reason', models.CharField(choices=[('dark', 'its pictures are black'), ('grey', 'its pictures show one even colour'), ('torn', 'its pictures are damaged'), ('covered', 'it is covered'), ('frozen', 'its picture stands still'), ('no picture', 'it delivers no picture'), ('gallery', "the room's gallery cannot be used"), ('nobody', "nobody is enrolled in the room's gallery")], max_length=16)),
                ('room', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='%(class)s_spans', to='attendance.room')),
            ],
            options={
                'db_table': 'blind_span',
                'ordering': ['-starts_at'],
                'indexes': [
                    models.Index(fields=['room', 'ends_at'], name='blind_span_room_end'),
                    models.Index(fields=['recorded_at'], name='blind_span_recorded'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('room', 'camera_name', 'starts_at'), name='blind_span_once'),
                    models.CheckConstraint(condition=models.Q(('ends_at__gte', models.F('starts_at'))), name='blind_span_in_order'),
                    models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='blind_span_has_reason'),
                ],
            },
        ),
        repeatable.CreateModel(
            name='CameraAlarm',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('silent', 'Silent'), ('blind', 'Blind')], max_length=8)),
                ('trouble', models.CharField(help_text='What was wrong, as it was told.', max_length=300)),
                ('began_at', models.DateTimeField(help_text='Since when it is known to be in trouble.')),
                ('well_since', models.DateTimeField(help_text='Since when it seems well again.', null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('is_open', models.BooleanField(default=True, help_text='True, or NULL once it has ended.', null=True)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), help_text="When it was first written, by the database's clock.")),
                ('room', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='camera_alarms', to='attendance.room')),
                ('session', models.ForeignKey(help_text='The class session for which the room was needed.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='attendance.classsession')),
            ],
            options={
                'db_table': 'camera_alarm',
                'ordering': ['-began_at'],
                'constraints': [
                    models.UniqueConstraint(fields=('room', 'is_open'), name='camera_alarm_one_open'),
                    models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('is_open', True)), models.Q(('ended_at__isnull', False), ('is_open__isnull', True)), _connector='OR'), name='camera_alarm_open_or_ended'),
                ],
            },
        ),
        repeatable.CreateModel(
            name='AlarmMail',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('about', models.CharField(choices=[('began', 'It began'), ('ended', 'It ended')], max_length=8)),
                ('claimed_until', models.DateTimeField(help_text='A program is sending it; if nothing has come of it by then, another may.', null=True)),
                ('sent_at', models.DateTimeField(help_text='When the mail server had accepted it.', null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('alarm', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='mails', to='attendance.cameraalarm')),
            ],
            options={
                'db_table': 'alarm_mail',
                'ordering': ['alarm', 'account', 'about'],
                'constraints': [
                    models.UniqueConstraint(fields=('alarm', 'account', 'about'), name='alarm_mail_once'),
                ],
            },
        ),
        repeatable.CreateModel(
            name='Enrolled',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reference_count', models.PositiveIntegerField(help_text='How many reference encodings the gallery has of the student.')),
                ('enrolled_at', models.DateTimeField()),
                ('removed_at', models.DateTimeField(blank=True, null=True)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('room', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='enrolled', to='attendance.room')),
                ('student', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='enrolled_in', to='attendance.student')),
            ],
            options={
                'verbose_name_plural': 'enrolled',
                'db_table': 'enrolled',
                'ordering': ['room', 'student'],
                'indexes': [
                    models.Index(fields=['recorded_at'], name='enrolled_recorded'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('room', 'student', 'enrolled_at'), name='enrolled_once'),
                    models.CheckConstraint(condition=models.Q(('removed_at__isnull', True), ('removed_at__gte', models.F('enrolled_at')), _connector='OR'), name='enrolled_in_order'),
                ],
            },
        ),
        repeatable.CreateModel(
            name='Evidence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('camera_name', models.CharField(blank=True, max_length=64)),
                ('hour', models.DateTimeField(help_text='The full hour, UTC, in which it was seen.')),
                ('first_seen_at', models.DateTimeField()),
                ('last_seen_at', models.DateTimeField()),
                ('minutes', models.BigIntegerField(help_text='Bit n is set where the student was seen in minute n of the hour.')),
                ('distance', models.FloatField(help_text="The smallest to the student's references; lower is closer.")),
                ('runner_up_number', models.CharField(blank=True, db_default='', help_text='The next nearest student at that moment.', max_length=32)),
                ('runner_up_distance', models.FloatField(blank=True, null=True)),
                ('encodings', models.PositiveSmallIntegerField(db_default=0, help_text='How many encodings were averaged then; 0 where that is not known.')),
                ('is_confirmed', models.BooleanField(db_default=True, default=True, help_text="False where the classroom machine's clock was wrong by more than a minute: then it marks nobody until a person confirms it.")),
                ('clock_was_wrong', models.BooleanField(db_default=False, default=False, help_text="Whether the classroom machine's clock was wrong, or was not known to be right, also where a person has confirmed the entry.")),
                ('is_between', models.BooleanField(db_default=False, default=False, help_text='Whether it was this student or the next nearest, who look alike and whom the cameras cannot tell apart: then it marks nobody, and a person decides.')),
                ('room', models.ForeignKey(help_text='Where the camera was then.', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='attendance.room')),
                ('session', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='evidence', to='attendance.classsession')),
                ('student', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='evidence', to='attendance.student')),
            ],
            options={
                'verbose_name_plural': 'evidence',
                'db_table': 'evidence',
                'ordering': ['hour', 'camera_name'],
                'indexes': [
                    models.Index(fields=['student', 'session'], name='evidence_student_session'),
                    models.Index(fields=['room', 'hour'], name='evidence_room_hour'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('session', 'student', 'camera_name', 'hour', 'clock_was_wrong', 'is_between'), name='evidence_once_by_clock'),
                    models.CheckConstraint(condition=models.Q(('is_between', True), ('runner_up_number', ''), _negated=True), name='evidence_between_two'),
                    models.CheckConstraint(condition=models.Q(('last_seen_at__gte', models.F('first_seen_at'))), name='evidence_in_order'),
                    models.CheckConstraint(condition=models.Q(('minutes__gte', 0), ('minutes__lt', 1152921504606846976)), name='evidence_minutes_of_an_hour'),
                ],
            },
        ),
        repeatable.CreateModel(
            name='OutboxFault',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('happened_at', models.DateTimeField(help_text="By the classroom machine's clock.")),
                ('reason', models.CharField(choices=[('damaged', 'its file was damaged'), ('deleted', 'its file was deleted or replaced by another program'), ('no room', 'the disk was full, and then the memory for it')], max_length=8)),
                ('entries_saved', models.PositiveIntegerField(help_text='Entries that could be read out of the damaged file.')),
                ('entries_lost', models.PositiveIntegerField(help_text='Entries that are lost, as far as they could be counted.')),
                ('bytes_unreadable', models.PositiveBigIntegerField(help_text='Bytes of the damaged file of which nobody can say what they held.')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), help_text="When it was last written, by the database's clock.")),
                ('room', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='outbox_faults', to='attendance.room')),
            ],
            options={
                'db_table': 'outbox_fault',
                'ordering': ['-happened_at'],
                'constraints': [
                    models.UniqueConstraint(fields=('room', 'happened_at'), name='outbox_fault_once'),
                    models.CheckConstraint(condition=models.Q(('reason__in', ['damaged', 'deleted', 'no room'])), name='outbox_fault_reason_known'),
                ],
            },
        ),
        repeatable.CreateModel(
            name='RoomCamera',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('camera_name', models.CharField(max_length=64)),
                ('since', models.DateTimeField()),
                ('until', models.DateTimeField(blank=True, help_text='Empty: it is in this room still.', null=True, verbose_name='no longer in this room since')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), help_text="When it was last written, by the database's clock.")),
                ('open_name', models.GeneratedField(db_persist=True, expression=models.Case(models.When(until__isnull=True, then=models.F('camera_name'))), output_field=portal.attendance.fields.ExactCharField(max_length=64))),
                ('room', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='room_cameras', to='attendance.room')),
            ],
            options={
                'verbose_name': 'camera of a room',
                'verbose_name_plural': 'cameras of rooms',
                'db_table': 'room_camera',
                'ordering': ['room__name', 'camera_name', 'since'],
                'indexes': [
                    models.Index(fields=['recorded_at'], name='room_camera_recorded'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('room', 'camera_name', 'since'), name='room_camera_once'),
                    models.UniqueConstraint(fields=('room', 'open_name'), name='room_camera_open_once'),
                    models.CheckConstraint(condition=models.Q(('until__isnull', True), ('until__gte', models.F('since')), _connector='OR'), name='room_camera_in_order'),
                ],
            },
        ),
        repeatable.CreateModel(
            name='RoomContact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='contact_of', to=settings.AUTH_USER_MODEL)),
                ('room', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='contacts', to='attendance.room')),
            ],
            options={
                'verbose_name': 'person told of the cameras',
                'verbose_name_plural': 'people told of the cameras',
                'db_table': 'room_contact',
                'ordering': ['room__name', 'account__name'],
                'constraints': [
                    models.UniqueConstraint(fields=('room', 'account'), name='room_contact_once'),
                ],
            },
        ),
        repeatable.CreateModel(
            name='RoomLease',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('holder', models.CharField(help_text='Stands for the machine and the state folder: it is the same after a restart.', max_length=64)),
                ('token', models.CharField(help_text='Stands for one run of the recognizer.', max_length=32)),
                ('machine', models.CharField(help_text='The host name of the classroom machine.', max_length=64)),
                ('held_since', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('waiting_machine', models.CharField(blank=True, help_text='The host name of another recognizer that asked for the room.', max_length=64, null=True)),
                ('waiting_at', models.DateTimeField(blank=True, help_text='When that one asked last.', null=True)),
                ('room', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='lease', to='attendance.room')),
            ],
            options={
                'verbose_name': 'recognizer of a room',
                'verbose_name_plural': 'recognizers of rooms',
                'db_table': 'room_lease',
                'ordering': ['room__name'],
            },
        ),
        repeatable.CreateModel(
            name='Sight',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('camera_name', models.CharField(max_length=64)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), help_text="When it was last written, by the database's clock.")),
                ('room', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='%(class)s_spans', to='attendance.room')),
            ],
            options={
                'verbose_name_plural': 'sight',
                'db_table': 'sight',
                'ordering': ['-starts_at'],
                'indexes': [
                    models.Index(fields=['room', 'ends_at'], name='sight_room_end'),
                    models.Index(fields=['recorded_at'], name='sight_recorded'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('room', 'camera_name', 'starts_at'), name='sight_once'),
                    models.CheckConstraint(condition=models.Q(('ends_at__gte', models.F('starts_at'))), name='sight_in_order'),
                ],
            },
        ),
        migrations.AlterModelOptions(
            name='mark',
            options={'ordering': ['-session__starts_at', 'student__plain_name']},
        ),
        migrations.AlterModelOptions(
            name='student',
            options={'ordering': ['plain_name', 'number']},
        ),
        repeatable.AddField(
            model_name='camerastatus',
            name='clock_offset_seconds',
            field=models.FloatField(blank=True, help_text="How far the database's clock is ahead of the classroom machine's.", null=True),
        ),
        repeatable.AddField(
            model_name='camerastatus',
            name='faces',
            field=models.PositiveIntegerField(blank=True, help_text='Faces in the picture searched last.', null=True),
        ),
        repeatable.AddField(
            model_name='camerastatus',
            name='gallery_version',
            field=models.CharField(blank=True, help_text='Stands for the content of the gallery file.', max_length=16, null=True),
        ),
        repeatable.AddField(
            model_name='camerastatus',
            name='gallery_scope',
            field=models.CharField(blank=True, help_text="Whether the gallery keeps all, or those on the room's rosters alone.", max_length=8, null=True),
        ),
        repeatable.AddField(
            model_name='camerastatus',
            name='kept_in_memory',
            field=models.PositiveIntegerField(db_default=0, help_text='Entries of what was seen that the recognizer keeps in memory alone, because its disk takes nothing.'),
        ),
        repeatable.AddField(
            model_name='camerastatus',
            name='last_error',
            field=models.CharField(blank=True, help_text='Why it fails, or failed last, in one sentence.', max_length=200, null=True),
        ),
        repeatable.AddField(
            model_name='camerastatus',
            name='looks_per_second',
            field=models.FloatField(blank=True, help_text='How many of its pictures are searched for faces.', null=True),
        ),
        repeatable.AddField(
            model_name='camerastatus',
            name='refused_marks',
            field=models.PositiveIntegerField(db_default=0, help_text='Marks that the recognizer set aside because the database refused them.'),
        ),
        repeatable.AddField(
            model_name='camerastatus',
            name='state_since',
            field=models.DateTimeField(blank=True, help_text='Since when it is in this state.', null=True),
        ),
        repeatable.AddField(
            model_name='classsession',
            name='checked_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        repeatable.AddField(
            model_name='classsession',
            name='checked_by',
            field=models.ForeignKey(editable=False, help_text='Who looked through the register and found it right.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='checked_sessions', to=settings.AUTH_USER_MODEL),
        ),
        repeatable.AddField(
            model_name='classsession',
            name='closed_at',
            field=models.DateTimeField(editable=False, help_text='When the register was closed; NULL while it is taken.', null=True),
        ),
        repeatable.AddField(
            model_name='classsession',
            name='coverage_digest',
            field=models.CharField(editable=False, help_text="Stands for the times in which the room's cameras could see it, as known when its rows were last decided.", max_length=32, null=True),
        ),
        repeatable.AddField(
            model_name='classsession',
            name='day',
            field=models.DateField(null=True, editable=False, help_text="The day on which it starts, in the room's time zone."),
        ),
        repeatable.AddField(
            model_name='classsession',
            name='decided_at',
            field=models.DateTimeField(editable=False, help_text='When the rows of a closed register were last decided.', null=True),
        ),
        repeatable.AddField(
            model_name='course',
            name='least_coverage_percent',
            field=models.PositiveSmallIntegerField(db_default=80, default=80, help_text='A student whom no camera saw is absent only where the cameras could see so much of the class session; else nobody knows.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(100)], verbose_name='least coverage in percent'),
        ),
        repeatable.AddField(
            model_name='mark',
            name='because',
            field=models.CharField(blank=True, choices=[('blind', 'The cameras could not see enough of it'), ('not enrolled', "The room's gallery could not name the student"), ('clock', 'The student was seen by a wrong clock, and nobody has confirmed it'), ('look-alike', 'The student was seen, or somebody who looks alike')], db_default='', max_length=16),
        ),
        repeatable.AddField(
            model_name='mark',
            name='on_roster',
            field=models.BooleanField(db_default=True, default=True, help_text='Whether the student was on the roster of that day. Others have a row and do not count.'),
        ),
        repeatable.AddField(
            model_name='markchange',
            name='action',
            field=models.CharField(choices=[('set', 'set'), ('undo', 'took back'), ('back', 'gave back to the camera'), ('confirm', 'confirmed what a camera saw'), ('decide', 'decided')], db_default='set', max_length=8),
        ),
        repeatable.AddField(
            model_name='markchange',
            name='from_source',
            field=models.CharField(blank=True, choices=[('camera', 'Camera'), ('lecturer', 'Lecturer'), ('excuse', 'Excuse'), ('closing', 'Register closed'), ('nobody', 'Nobody yet')], db_default='', max_length=8),
        ),
        repeatable.AddField(
            model_name='markchange',
            name='program',
            field=models.CharField(blank=True, db_default='', help_text='The program that changed it; empty where a person did.', max_length=16),
        ),
        repeatable.AddField(
            model_name='markchange',
            name='session',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='attendance.classsession'),
        ),
        repeatable.AddField(
            model_name='markchange',
            name='student',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='mark_changes', to='attendance.student'),
        ),
        repeatable.AddField(
            model_name='markchange',
            name='to_source',
            field=models.CharField(choices=[('camera', 'Camera'), ('lecturer', 'Lecturer'), ('excuse', 'Excuse'), ('closing', 'Register closed'), ('nobody', 'Nobody yet')], db_default='lecturer', max_length=8),
        ),
        repeatable.AddField(
            model_name='room',
            name='each_camera_sees_all',
            field=models.BooleanField(db_default=False, default=False, help_text='Then one camera that can see is enough to say who was absent; else every camera must.', verbose_name='each camera sees all of it'),
        ),
        repeatable.AddField(
            model_name='room',
            name='time_zone',
            field=models.CharField(db_default='UTC', default=portal.accounts.time_zones.default_time_zone, max_length=64, validators=[portal.accounts.time_zones.validate_time_zone]),
        ),
        repeatable.AddField(
            model_name='rosterentry',
            name='since',
            field=models.DateField(blank=True, help_text='The first day. Empty: always.', null=True),
        ),
        repeatable.AddField(
            model_name='rosterentry',
            name='until',
            field=models.DateField(blank=True, help_text='The last day. Empty: until further notice.', null=True),
        ),
        repeatable.AddField(
            model_name='student',
            name='folded_number',
            field=portal.attendance.fields.ExactCharField(editable=False, help_text="The number without regard to case, by which it is looked up. NULL for an old number that breaks the rule, or that another student's differs from in case alone.", max_length=128, null=True, unique=True),
        ),
        repeatable.AddField(
            model_name='student',
            name='plain_name',
            field=models.CharField(db_default='', editable=False, help_text='The name without case and accents, by which students are searched and sorted.', max_length=255),
        ),
        migrations.AlterField(
            model_name='mark',
            name='source',
            field=models.CharField(choices=[('camera', 'Camera'), ('lecturer', 'Lecturer'), ('excuse', 'Excuse'), ('closing', 'Register closed'), ('nobody', 'Nobody yet')], max_length=8),
        ),
        migrations.AlterField(
            model_name='mark',
            name='status',
            field=models.CharField(choices=[('present', 'Present'), ('late', 'Late'), ('absent', 'Absent'), ('excused', 'Excused'), ('unseen', 'Not observed'), ('expected', 'Expected')], max_length=8),
        ),
        migrations.AlterField(
            model_name='markchange',
            name='changed_at',
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now),
        ),
        repeatable.AlterField(
            model_name='markchange',
            name='changed_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='mark_changes', to=settings.AUTH_USER_MODEL),
        ),
        repeatable.AlterField(
            model_name='markchange',
            name='mark',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='attendance.mark'),
        ),
        migrations.AlterField(
            model_name='markchange',
            name='from_status',
            field=models.CharField(blank=True, choices=[('present', 'Present'), ('late', 'Late'), ('absent', 'Absent'), ('excused', 'Excused'), ('unseen', 'Not observed'), ('expected', 'Expected')], help_text='Empty where there was no mark before.', max_length=8),
        ),
        migrations.AlterField(
            model_name='markchange',
            name='reason',
            field=models.CharField(blank=True, db_default='', max_length=500),
        ),
        migrations.AlterField(
            model_name='markchange',
            name='to_status',
            field=models.CharField(choices=[('present', 'Present'), ('late', 'Late'), ('absent', 'Absent'), ('excused', 'Excused'), ('unseen', 'Not observed'), ('expected', 'Expected')], max_length=8),
        ),
        repeatable.AddConstraint(
            model_name='rosterentry',
            constraint=models.UniqueConstraint(fields=('course', 'student', 'since'), name='roster_entry_once_a_day'),
        ),
        repeatable.RemoveConstraint(
            model_name='rosterentry',
            name='roster_entry_once',
        ),
        repeatable.AddConstraint(
            model_name='rosterentry',
            constraint=models.CheckConstraint(condition=models.Q(('since__isnull', True), ('until__isnull', True), ('until__gte', models.F('since')), _connector='OR'), name='roster_entry_days_in_order', violation_error_message='The last day is before the first.'),
        ),
        repeatable.AddConstraint(
            model_name='course',
            constraint=models.CheckConstraint(condition=models.Q(('least_coverage_percent__gte', 1), ('least_coverage_percent__lte', 100)), name='course_coverage_percent'),
        ),
        repeatable.RemoveConstraint(
            model_name='mark',
            name='mark_status_known',
        ),
        repeatable.AddConstraint(
            model_name='mark',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['present', 'late', 'absent', 'excused', 'unseen', 'expected'])), name='mark_status_known'),
        ),
        repeatable.RemoveConstraint(
            model_name='mark',
            name='mark_source_explained',
        ),
        repeatable.AddConstraint(
            model_name='mark',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('first_seen_at__isnull', False), ('source', 'camera'), ('status__in', ['present', 'late'])), models.Q(('marked_by__isnull', False), ('source', 'lecturer'), ('status__in', ('present', 'late', 'absent', 'excused'))), models.Q(('source', 'excuse'), ('status', 'excused')), models.Q(('source', 'closing'), ('status__in', ['absent', 'unseen'])), models.Q(('source', 'nobody'), ('status', 'expected')), _connector='OR'), name='mark_source_explained'),
        ),
        repeatable.RemoveConstraint(
            model_name='markchange',
            name='mark_change_has_reason',
        ),
        repeatable.AddConstraint(
            model_name='markchange',
            constraint=models.CheckConstraint(condition=models.Q(('action', 'set'), ('reason', ''), _negated=True), name='mark_change_has_reason'),
        ),
        repeatable.RemoveConstraint(
            model_name='markchange',
            name='mark_change_statuses_known',
        ),
        repeatable.AddConstraint(
            model_name='markchange',
            constraint=models.CheckConstraint(condition=models.Q(('from_status__in', ['', 'present', 'late', 'absent', 'excused', 'unseen', 'expected']), ('to_status__in', ['present', 'late', 'absent', 'excused', 'unseen', 'expected'])), name='mark_change_statuses_known'),
        ),
        repeatable.AddConstraint(
            model_name='markchange',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('changed_by__isnull', False), ('program', ''), models.Q(('action', 'decide'), _negated=True)), models.Q(('action', 'decide'), ('changed_by__isnull', True), models.Q(('program', ''), _negated=True)), _connector='OR'), name='mark_change_has_author'),
        ),
    ]
