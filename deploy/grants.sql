-- What each program may do in Rollcall's database, and nothing more. For MariaDB 10.5 or later and MySQL 8.
--
-- `rollcall-manage setup` makes database and users and runs this file, with the hosts from which they connect in the place of
-- '%', and takes away what an earlier release gave and this one does not. By hand, as the database's administrator:
--
--     CREATE DATABASE rollcall CHARACTER SET utf8mb4;
--     CREATE USER 'rollcall_recognizer'@'%' IDENTIFIED BY '…';
--     CREATE USER 'rollcall_portal'@'%' IDENTIFIED BY '…';
--
-- Then migrate (`manage.py migrate`; neither user may change a table), and run this file and triggers.sql in that database:
--
--     mariadb rollcall < grants.sql
--     mariadb rollcall < triggers.sql
--
-- The names of tables stand alone, so the rights go to whichever database the client is in. Running it again, as after an
-- upgrade, changes nothing that it granted before. A contract test holds it to what the two programs use.

-- The recognizer: reads the timetable, writes what it saw, the marks that follow, and how its cameras are. It reads no name, no
-- address, no note and no history.
--
-- It comes to students and marks through two views, and has no right on the tables behind them: MariaDB reads whole rows of a
-- table for HANDLER, whatever columns a user may read, and of a view none.
CREATE OR REPLACE VIEW known_student AS SELECT id, number, folded_number, is_active, merged_into_id FROM student;
CREATE OR REPLACE VIEW camera_mark AS
    SELECT id, session_id, student_id, status, source, because, first_seen_at, last_seen_at, distance, camera_name FROM mark;
GRANT SELECT (id, name, time_zone) ON room TO 'rollcall_recognizer'@'%';
GRANT SELECT (id, code) ON course TO 'rollcall_recognizer'@'%';
GRANT SELECT (id, number, folded_number, is_active, merged_into_id) ON known_student TO 'rollcall_recognizer'@'%';
GRANT SELECT (id, course_id, student_id, since, until) ON roster_entry TO 'rollcall_recognizer'@'%';
GRANT SELECT (id, course_id, room_id, starts_at, ends_at, day, late_after_minutes, is_cancelled, closed_at)
    ON class_session TO 'rollcall_recognizer'@'%';
GRANT SELECT (id, session_id, student_id, status, source, because, first_seen_at, last_seen_at, distance, camera_name),
    INSERT (session_id, student_id, status, source, because, first_seen_at, last_seen_at, distance, camera_name),
    UPDATE (status, source, because, first_seen_at, last_seen_at, distance, camera_name)
    ON camera_mark TO 'rollcall_recognizer'@'%';
-- Its own changes alone: it cannot write one in a person's name.
GRANT INSERT (session_id, student_id, action, program, changed_at, from_status, from_source, to_status, to_source, reason)
    ON mark_change TO 'rollcall_recognizer'@'%';
-- Whether a doubtful entry counts is a person's to say, by the portal.
GRANT SELECT (id, session_id, student_id, room_id, camera_name, hour, first_seen_at, last_seen_at, minutes, distance,
        runner_up_number, runner_up_distance, encodings, is_confirmed, clock_was_wrong, is_between, suspicion),
    INSERT (session_id, student_id, room_id, camera_name, hour, first_seen_at, last_seen_at, minutes, distance,
        runner_up_number, runner_up_distance, encodings, is_confirmed, clock_was_wrong, is_between, suspicion),
    UPDATE (first_seen_at, last_seen_at, minutes, distance, runner_up_number, runner_up_distance, encodings, suspicion)
    ON evidence TO 'rollcall_recognizer'@'%';
GRANT SELECT (id, session_id, student_id, room_id, camera_name, hour, first_seen_at, last_seen_at, minutes, distance,
        sure_below, runner_up_number, runner_up_distance, encodings),
    INSERT (session_id, student_id, room_id, camera_name, hour, first_seen_at, last_seen_at, minutes, distance,
        sure_below, runner_up_number, runner_up_distance, encodings),
    UPDATE (first_seen_at, last_seen_at, minutes, distance, sure_below, runner_up_number, runner_up_distance, encodings)
    ON near_miss TO 'rollcall_recognizer'@'%';
GRANT SELECT (id, room_id, camera_name, starts_at, ends_at, recorded_at),
    INSERT (room_id, camera_name, starts_at, ends_at, recorded_at),
    UPDATE (ends_at, recorded_at)
    ON sight TO 'rollcall_recognizer'@'%';
GRANT SELECT (id, room_id, camera_name, starts_at, ends_at, recorded_at, reason),
    INSERT (room_id, camera_name, starts_at, ends_at, recorded_at, reason),
    UPDATE (ends_at, recorded_at)
    ON blind_span TO 'rollcall_recognizer'@'%';
GRANT SELECT (id, room_id, student_id, reference_count, enrolled_at, removed_at, recorded_at),
    INSERT (room_id, student_id, reference_count, enrolled_at, removed_at, recorded_at),
    UPDATE (reference_count, removed_at, recorded_at)
    ON enrolled TO 'rollcall_recognizer'@'%';
GRANT SELECT (id, room_id, camera_name, since, until, recorded_at),
    INSERT (room_id, camera_name, since, until, recorded_at),
    UPDATE (until, recorded_at)
    ON room_camera TO 'rollcall_recognizer'@'%';
GRANT SELECT (id, room_id, camera_name, state, reported_at, last_frame_at, version, outbox_depth, gallery_size, refused_marks,
        kept_in_memory, clock_offset_seconds, state_since, looks_per_second, faces, gallery_version,
        gallery_scope, last_error),
    INSERT (room_id, camera_name, state, reported_at, last_frame_at, version, outbox_depth, gallery_size, refused_marks,
        kept_in_memory, clock_offset_seconds, state_since, looks_per_second, faces, gallery_version,
        gallery_scope, last_error),
    UPDATE (state, reported_at, last_frame_at, version, outbox_depth, gallery_size, refused_marks,
        kept_in_memory, clock_offset_seconds, state_since, looks_per_second, faces, gallery_version,
        gallery_scope, last_error)
    ON camera_status TO 'rollcall_recognizer'@'%';
GRANT SELECT (id, room_id, holder, token, machine, held_since, expires_at, waiting_machine, waiting_at),
    INSERT (room_id, holder, token, machine, held_since, expires_at, waiting_machine, waiting_at),
    UPDATE (holder, token, machine, held_since, expires_at, waiting_machine, waiting_at)
    ON room_lease TO 'rollcall_recognizer'@'%';
GRANT SELECT (id, room_id, happened_at, reason, entries_saved, entries_lost, bytes_unreadable, recorded_at),
    INSERT (room_id, happened_at, reason, entries_saved, entries_lost, bytes_unreadable, recorded_at),
    UPDATE (entries_lost, recorded_at)
    ON outbox_fault TO 'rollcall_recognizer'@'%';

-- The portal: keeps what staff keep in the admin. A row's own number stays, for others point at it. A mark is corrected, and
-- never deleted or moved to another student; what is written into a history stays as it is.
GRANT SELECT ON django_migrations TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE (number, folded_number, full_name, plain_name, email, tutor_email, is_active, merged_into_id), DELETE
    ON student TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE (code, title, department_id, least_coverage_percent), DELETE ON course TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT,
    UPDATE (course_id, is_institution, late_after_minutes, late_percent, early_minutes, least_minutes, excused_counts,
        free_absences, threshold_percent, needs_reason),
    DELETE
    ON course_rules TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE (course_id, account_id), DELETE ON course_lecturers TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, DELETE ON course_assistants TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE (name), DELETE ON department TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, DELETE ON department_viewers TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE (course_id, student_id, since, until), DELETE ON roster_entry TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE (name, time_zone, each_camera_sees_all), DELETE ON room TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT,
    UPDATE (course_id, room_id, starts_at, ends_at, day, late_after_minutes, is_cancelled, closed_at, decided_at, coverage_digest,
        checked_by_id, checked_at, revision, is_by_hand, slot_id, slot_day),
    DELETE ON class_session TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT,
    UPDATE (status, source, because, on_roster, first_seen_at, last_seen_at, distance, camera_name, marked_by_id, note)
    ON mark TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT ON mark_change TO 'rollcall_portal'@'%';
-- An excuse is withdrawn, and never changed or deleted. The recognizer reads none: a reason may be a medical one.
GRANT SELECT, INSERT, UPDATE (withdrawn_by_id, withdrawn_by_name, withdrawn_at) ON excuse TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE (name), DELETE ON confidential_kind TO 'rollcall_portal'@'%';
-- What few may read of a reason stands here alone, and is written once.
GRANT SELECT, INSERT ON confidential_reason TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE (withdrawn_by_id, withdrawn_at) ON cleared_exception TO 'rollcall_portal'@'%';
GRANT SELECT, UPDATE (is_confirmed) ON evidence TO 'rollcall_portal'@'%';
-- A near miss goes with its student or its class session.
GRANT SELECT, DELETE ON near_miss TO 'rollcall_portal'@'%';
GRANT SELECT ON sight TO 'rollcall_portal'@'%';
GRANT SELECT ON blind_span TO 'rollcall_portal'@'%';
GRANT SELECT ON enrolled TO 'rollcall_portal'@'%';
GRANT SELECT, UPDATE (until, recorded_at), DELETE ON room_camera TO 'rollcall_portal'@'%';
GRANT SELECT, DELETE ON camera_status TO 'rollcall_portal'@'%';
GRANT SELECT, DELETE ON room_lease TO 'rollcall_portal'@'%';
GRANT SELECT, DELETE ON outbox_fault TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON room_contact TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON camera_alarm TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON alarm_mail TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON term TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON closure TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON timetable_slot TO 'rollcall_portal'@'%';
-- Who is warned, and was: none of it is deleted but a rule with its course.
GRANT SELECT, INSERT, UPDATE, DELETE ON warning_rule TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE ON raised_warning TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE ON warning_mail TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON warning_text TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON digest_subscriber TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE ON warning_scan TO 'rollcall_portal'@'%';
-- Filters that people keep for themselves.
GRANT SELECT, INSERT, UPDATE (account_id, name, query), DELETE ON saved_filter TO 'rollcall_portal'@'%';
-- What exam boards were given: written once.
GRANT SELECT, INSERT ON board_export TO 'rollcall_portal'@'%';
-- Work that takes longer than a request; files that are imported with what becomes of each row, and files that people ask for.
GRANT SELECT, INSERT, UPDATE, DELETE ON task TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON data_import TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, DELETE ON import_piece TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, DELETE ON import_row TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON data_export TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, DELETE ON export_piece TO 'rollcall_portal'@'%';

-- The portal's accounts, sign-ins, and passwords that were guessed.
GRANT SELECT, INSERT, UPDATE, DELETE ON account TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON account_groups TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON account_user_permissions TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON auth_group TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON auth_group_permissions TO 'rollcall_portal'@'%';
GRANT SELECT ON auth_permission TO 'rollcall_portal'@'%';
GRANT SELECT ON django_content_type TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON django_session TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT ON official_change TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON sign_in TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON calendar_address TO 'rollcall_portal'@'%';
-- What else accounts are signed in to with. Secrets of apps are encrypted, of recovery codes there are digests alone.
GRANT SELECT, INSERT, UPDATE, DELETE ON authenticator_app TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON passkey TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON recovery_code TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON provider_identity TO 'rollcall_portal'@'%';
-- Who read what. Triggers let it delete old ones alone.
GRANT SELECT, INSERT, DELETE ON reading TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, DELETE ON sign_in_attempt TO 'rollcall_portal'@'%';
-- What was done in the admin, and by whom: written once.
GRANT SELECT, INSERT ON django_admin_log TO 'rollcall_portal'@'%';
