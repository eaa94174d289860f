-- What each program may do in Rollcall's database, and nothing more. For MariaDB 10.5 or later and MySQL 8.
--
-- `rollcall-manage setup` makes database and users and runs this file, with the hosts from which they connect in the place of
-- '%'. By hand, as the database's administrator:
--
--     CREATE DATABASE rollcall CHARACTER SET utf8mb4;
--     CREATE USER 'rollcall_recognizer'@'%' IDENTIFIED BY '…';
--     CREATE USER 'rollcall_portal'@'%' IDENTIFIED BY '…';
--
-- Then migrate (`manage.py migrate`; neither user may change a table), and run this file in that database:
--
--     mariadb rollcall < grants.sql
--
-- The names of tables stand alone, so the rights go to whichever database the client is in. Running it again, as after an
-- upgrade, changes nothing that it granted before.

-- The recognizer: reads the timetable, writes what it saw, the marks that follow, and how its cameras are.
GRANT SELECT ON room TO 'rollcall_recognizer'@'%';
GRANT SELECT ON course TO 'rollcall_recognizer'@'%';
GRANT SELECT ON student TO 'rollcall_recognizer'@'%';
GRANT SELECT ON roster_entry TO 'rollcall_recognizer'@'%';
GRANT SELECT ON class_session TO 'rollcall_recognizer'@'%';
GRANT SELECT, INSERT, UPDATE (status, source, because, first_seen_at, last_seen_at, distance, camera_name)
    ON mark TO 'rollcall_recognizer'@'%';
-- Its own changes alone: it cannot write one in a person's name.
GRANT INSERT (session_id, student_id, action, program, changed_at, from_status, from_source, to_status, to_source, reason)
    ON mark_change TO 'rollcall_recognizer'@'%';
GRANT SELECT, INSERT, UPDATE ON evidence TO 'rollcall_recognizer'@'%';
GRANT SELECT, INSERT, UPDATE ON sight TO 'rollcall_recognizer'@'%';
GRANT SELECT, INSERT, UPDATE ON blind_span TO 'rollcall_recognizer'@'%';
GRANT SELECT, INSERT, UPDATE ON enrolled TO 'rollcall_recognizer'@'%';
GRANT SELECT, INSERT, UPDATE ON room_camera TO 'rollcall_recognizer'@'%';
GRANT SELECT, INSERT, UPDATE ON camera_status TO 'rollcall_recognizer'@'%';
GRANT SELECT, INSERT, UPDATE (holder, token, machine, held_since, expires_at, waiting_machine, waiting_at)
    ON room_lease TO 'rollcall_recognizer'@'%';
GRANT SELECT, INSERT, UPDATE (entries_lost, recorded_at) ON outbox_fault TO 'rollcall_recognizer'@'%';

-- The portal: keeps what staff keep in the admin. A mark is corrected, never deleted; a change is written once.
GRANT SELECT ON django_migrations TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON student TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON course TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON course_lecturers TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON roster_entry TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON room TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON class_session TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE ON mark TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT ON mark_change TO 'rollcall_portal'@'%';
GRANT SELECT, UPDATE (is_confirmed) ON evidence TO 'rollcall_portal'@'%';
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
-- Work that takes longer than a request, and files that are imported with what becomes of each row.
GRANT SELECT, INSERT, UPDATE, DELETE ON task TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON data_import TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, DELETE ON import_piece TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, DELETE ON import_row TO 'rollcall_portal'@'%';

-- The portal's accounts, sign-ins and lock-outs.
GRANT SELECT, INSERT, UPDATE, DELETE ON account TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON account_groups TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON account_user_permissions TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON auth_group TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON auth_group_permissions TO 'rollcall_portal'@'%';
GRANT SELECT ON auth_permission TO 'rollcall_portal'@'%';
GRANT SELECT ON django_content_type TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON django_session TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON django_admin_log TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON axes_accessattempt TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON axes_accessattemptexpiration TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON axes_accessfailurelog TO 'rollcall_portal'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON axes_accesslog TO 'rollcall_portal'@'%';
