-- What nobody may write into Rollcall's database, whatever rights they have. For MariaDB 10.5 or later and MySQL 8.
--
-- A session can switch checks and foreign keys off for itself; it cannot switch off a trigger. These only refuse and never write:
-- the two programs keep their own rules and write the history, so all works the same where the triggers are missing.
--
-- They are no migrations of Django, because another account has to make them. The portal's user may not, or it could take them
-- away again; and where a server writes a binary log it lets only an administrator make triggers (error 1419). So `rollcall-manage
-- setup` makes them, and makes them anew where a release has changed them. By hand, as the database's administrator:
--
--     mariadb rollcall < triggers.sql
--
-- USER() is who has signed in; in a trigger CURRENT_USER() is whoever made it. Values are compared as bytes where another spelling
-- of the same letters would be something else to the programs. @@insert_id is the number that a session has chosen for its next
-- row: after the largest there is none left, for anybody. A user that belongs to one room writes of its class sessions, and of
-- those that were changed since they were planned: which room they had before does not stand in the row. No message has an
-- apostrophe: MySQL keeps it in another spelling, and setup, which compares what stands with this file, would make the trigger
-- anew each time.
DELIMITER //

DROP TRIGGER IF EXISTS mark_before_insert //
CREATE TRIGGER mark_before_insert BEFORE INSERT ON mark FOR EACH ROW
IF @@insert_id <> 0 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'The database numbers the rows, and nobody else.';
ELSEIF SUBSTRING_INDEX(USER(), '@', 1) <> 'rollcall_portal' AND NOT COALESCE(
    CAST(CONCAT(NEW.status, '/', NEW.source) AS BINARY) IN ('present/camera', 'late/camera')
    AND NEW.first_seen_at IS NOT NULL AND NEW.marked_by_id IS NULL AND NEW.note = '', FALSE)
THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'Only the portal writes a mark that does not come from a camera.';
ELSEIF LEFT(USER(), 14) = 'rollcall_room_' AND NOT EXISTS (
    SELECT 1 FROM class_session WHERE class_session.id = NEW.session_id AND (class_session.revision > 0
        OR CONCAT('rollcall_room_', class_session.room_id) = SUBSTRING_INDEX(USER(), '@', 1)))
THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'A user that belongs to one room writes nothing of another.';
END IF //

DROP TRIGGER IF EXISTS mark_before_update //
CREATE TRIGGER mark_before_update BEFORE UPDATE ON mark FOR EACH ROW
IF NOT (NEW.id <=> OLD.id AND NEW.session_id <=> OLD.session_id AND NEW.student_id <=> OLD.student_id) THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'A mark stays with its student and its class session.';
ELSEIF SUBSTRING_INDEX(USER(), '@', 1) <> 'rollcall_portal' AND NOT COALESCE(
    NEW.marked_by_id <=> OLD.marked_by_id AND NEW.on_roster <=> OLD.on_roster
    AND CAST(NEW.note AS BINARY) <=> CAST(OLD.note AS BINARY)
    AND (CAST(CONCAT(NEW.status, '/', NEW.source, '/', NEW.because) AS BINARY)
            <=> CAST(CONCAT(OLD.status, '/', OLD.source, '/', OLD.because) AS BINARY)
        OR OLD.source <> 'lecturer' AND NEW.first_seen_at IS NOT NULL
            AND CAST(CONCAT(NEW.status, '/', NEW.source) AS BINARY) IN ('present/camera', 'late/camera')
        OR OLD.source = 'closing' AND CAST(CONCAT(NEW.status, '/', NEW.source) AS BINARY) = 'unseen/closing'), FALSE)
THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'What a person has said of a mark is changed by the portal alone.';
ELSEIF LEFT(USER(), 14) = 'rollcall_room_' AND NOT EXISTS (
    SELECT 1 FROM class_session WHERE class_session.id = NEW.session_id AND (class_session.revision > 0
        OR CONCAT('rollcall_room_', class_session.room_id) = SUBSTRING_INDEX(USER(), '@', 1)))
THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'A user that belongs to one room writes nothing of another.';
END IF //

-- The order of changes says whose word is the last.
DROP TRIGGER IF EXISTS mark_change_before_insert //
CREATE TRIGGER mark_change_before_insert BEFORE INSERT ON mark_change FOR EACH ROW
IF COALESCE(NEW.id, 0) <> 0 OR @@insert_id <> 0 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'The database numbers the rows, and nobody else.';
ELSEIF SUBSTRING_INDEX(USER(), '@', 1) = 'rollcall_portal' THEN
    IF NEW.program = 'recognizer' THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'The portal writes no change in the name of the recognizer.';
    END IF;
ELSEIF NOT COALESCE(
    NEW.changed_by_id IS NULL AND CAST(CONCAT(NEW.action, '/', NEW.program) AS BINARY) = 'decide/recognizer'
    AND CAST(CONCAT(NEW.to_status, '/', NEW.to_source) AS BINARY)
        IN ('present/camera', 'late/camera', 'unseen/closing'), FALSE)
THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'Only the portal writes a change in the name of anybody but the recognizer.';
ELSEIF LEFT(USER(), 14) = 'rollcall_room_' AND NOT EXISTS (
    SELECT 1 FROM class_session WHERE class_session.id = NEW.session_id AND (class_session.revision > 0
        OR CONCAT('rollcall_room_', class_session.room_id) = SUBSTRING_INDEX(USER(), '@', 1)))
THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'A user that belongs to one room writes nothing of another.';
END IF //

-- A session may let 0 stay 0, which comes before all others; before the row is written it looks like the next number.
DROP TRIGGER IF EXISTS mark_change_after_insert //
CREATE TRIGGER mark_change_after_insert AFTER INSERT ON mark_change FOR EACH ROW
IF NEW.id <= 0 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'The database numbers the rows, and nobody else.';
END IF //

DROP TRIGGER IF EXISTS mark_change_before_update //
CREATE TRIGGER mark_change_before_update BEFORE UPDATE ON mark_change FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'The history of marks is never changed.' //

DROP TRIGGER IF EXISTS mark_change_before_delete //
CREATE TRIGGER mark_change_before_delete BEFORE DELETE ON mark_change FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'The history of marks is never deleted.' //

-- What the recognizers write beside marks: a room that has a user of its own writes in its own name.
DROP TRIGGER IF EXISTS evidence_before_insert //
CREATE TRIGGER evidence_before_insert BEFORE INSERT ON evidence FOR EACH ROW
IF @@insert_id <> 0 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'The database numbers the rows, and nobody else.';
ELSEIF LEFT(USER(), 14) = 'rollcall_room_' AND SUBSTRING_INDEX(USER(), '@', 1) <> CONCAT('rollcall_room_', NEW.room_id) THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'A user that belongs to one room writes nothing of another.';
ELSEIF LEFT(USER(), 14) = 'rollcall_room_' AND NOT EXISTS (
    SELECT 1 FROM class_session WHERE class_session.id = NEW.session_id AND (class_session.revision > 0
        OR CONCAT('rollcall_room_', class_session.room_id) = SUBSTRING_INDEX(USER(), '@', 1)))
THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'A user that belongs to one room writes nothing of another.';
END IF //

DROP TRIGGER IF EXISTS evidence_before_update //
CREATE TRIGGER evidence_before_update BEFORE UPDATE ON evidence FOR EACH ROW
IF LEFT(USER(), 14) = 'rollcall_room_' AND SUBSTRING_INDEX(USER(), '@', 1) <> CONCAT('rollcall_room_', OLD.room_id) THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'A user that belongs to one room writes nothing of another.';
END IF //

DROP TRIGGER IF EXISTS near_miss_before_insert //
CREATE TRIGGER near_miss_before_insert BEFORE INSERT ON near_miss FOR EACH ROW
IF @@insert_id <> 0 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'The database numbers the rows, and nobody else.';
ELSEIF LEFT(USER(), 14) = 'rollcall_room_' AND SUBSTRING_INDEX(USER(), '@', 1) <> CONCAT('rollcall_room_', NEW.room_id) THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'A user that belongs to one room writes nothing of another.';
ELSEIF LEFT(USER(), 14) = 'rollcall_room_' AND NOT EXISTS (
    SELECT 1 FROM class_session WHERE class_session.id = NEW.session_id AND (class_session.revision > 0
        OR CONCAT('rollcall_room_', class_session.room_id) = SUBSTRING_INDEX(USER(), '@', 1)))
THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'A user that belongs to one room writes nothing of another.';
END IF //

DROP TRIGGER IF EXISTS near_miss_before_update //
CREATE TRIGGER near_miss_before_update BEFORE UPDATE ON near_miss FOR EACH ROW
IF LEFT(USER(), 14) = 'rollcall_room_' AND SUBSTRING_INDEX(USER(), '@', 1) <> CONCAT('rollcall_room_', OLD.room_id) THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'A user that belongs to one room writes nothing of another.';
END IF //

DROP TRIGGER IF EXISTS sight_before_insert //
CREATE TRIGGER sight_before_insert BEFORE INSERT ON sight FOR EACH ROW
IF @@insert_id <> 0 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'The database numbers the rows, and nobody else.';
ELSEIF LEFT(USER(), 14) = 'rollcall_room_' AND SUBSTRING_INDEX(USER(), '@', 1) <> CONCAT('rollcall_room_', NEW.room_id) THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'A user that belongs to one room writes nothing of another.';
END IF //

DROP TRIGGER IF EXISTS sight_before_update //
CREATE TRIGGER sight_before_update BEFORE UPDATE ON sight FOR EACH ROW
IF LEFT(USER(), 14) = 'rollcall_room_' AND SUBSTRING_INDEX(USER(), '@', 1) <> CONCAT('rollcall_room_', OLD.room_id) THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'A user that belongs to one room writes nothing of another.';
END IF //

DROP TRIGGER IF EXISTS blind_span_before_insert //
CREATE TRIGGER blind_span_before_insert BEFORE INSERT ON blind_span FOR EACH ROW
IF @@insert_id <> 0 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'The database numbers the rows, and nobody else.';
ELSEIF LEFT(USER(), 14) = 'rollcall_room_' AND SUBSTRING_INDEX(USER(), '@', 1) <> CONCAT('rollcall_room_', NEW.room_id) THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'A user that belongs to one room writes nothing of another.';
END IF //

DROP TRIGGER IF EXISTS blind_span_before_update //
CREATE TRIGGER blind_span_before_update BEFORE UPDATE ON blind_span FOR EACH ROW
IF LEFT(USER(), 14) = 'rollcall_room_' AND SUBSTRING_INDEX(USER(), '@', 1) <> CONCAT('rollcall_room_', OLD.room_id) THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'A user that belongs to one room writes nothing of another.';
END IF //

DROP TRIGGER IF EXISTS enrolled_before_insert //
CREATE TRIGGER enrolled_before_insert BEFORE INSERT ON enrolled FOR EACH ROW
IF @@insert_id <> 0 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'The database numbers the rows, and nobody else.';
ELSEIF LEFT(USER(), 14) = 'rollcall_room_' AND SUBSTRING_INDEX(USER(), '@', 1) <> CONCAT('rollcall_room_', NEW.room_id) THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'A user that belongs to one room writes nothing of another.';
END IF //

DROP TRIGGER IF EXISTS enrolled_before_update //
CREATE TRIGGER enrolled_before_update BEFORE UPDATE ON enrolled FOR EACH ROW
IF LEFT(USER(), 14) = 'rollcall_room_' AND SUBSTRING_INDEX(USER(), '@', 1) <> CONCAT('rollcall_room_', OLD.room_id) THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'A user that belongs to one room writes nothing of another.';
END IF //

DROP TRIGGER IF EXISTS room_camera_before_insert //
CREATE TRIGGER room_camera_before_insert BEFORE INSERT ON room_camera FOR EACH ROW
IF @@insert_id <> 0 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'The database numbers the rows, and nobody else.';
ELSEIF LEFT(USER(), 14) = 'rollcall_room_' AND SUBSTRING_INDEX(USER(), '@', 1) <> CONCAT('rollcall_room_', NEW.room_id) THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'A user that belongs to one room writes nothing of another.';
END IF //

DROP TRIGGER IF EXISTS room_camera_before_update //
CREATE TRIGGER room_camera_before_update BEFORE UPDATE ON room_camera FOR EACH ROW
IF LEFT(USER(), 14) = 'rollcall_room_' AND SUBSTRING_INDEX(USER(), '@', 1) <> CONCAT('rollcall_room_', OLD.room_id) THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'A user that belongs to one room writes nothing of another.';
END IF //

DROP TRIGGER IF EXISTS camera_status_before_insert //
CREATE TRIGGER camera_status_before_insert BEFORE INSERT ON camera_status FOR EACH ROW
IF @@insert_id <> 0 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'The database numbers the rows, and nobody else.';
ELSEIF LEFT(USER(), 14) = 'rollcall_room_' AND SUBSTRING_INDEX(USER(), '@', 1) <> CONCAT('rollcall_room_', NEW.room_id) THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'A user that belongs to one room writes nothing of another.';
END IF //

DROP TRIGGER IF EXISTS camera_status_before_update //
CREATE TRIGGER camera_status_before_update BEFORE UPDATE ON camera_status FOR EACH ROW
IF LEFT(USER(), 14) = 'rollcall_room_' AND SUBSTRING_INDEX(USER(), '@', 1) <> CONCAT('rollcall_room_', OLD.room_id) THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'A user that belongs to one room writes nothing of another.';
END IF //

DROP TRIGGER IF EXISTS room_lease_before_insert //
CREATE TRIGGER room_lease_before_insert BEFORE INSERT ON room_lease FOR EACH ROW
IF @@insert_id <> 0 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'The database numbers the rows, and nobody else.';
ELSEIF LEFT(USER(), 14) = 'rollcall_room_' AND SUBSTRING_INDEX(USER(), '@', 1) <> CONCAT('rollcall_room_', NEW.room_id) THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'A user that belongs to one room writes nothing of another.';
END IF //

DROP TRIGGER IF EXISTS room_lease_before_update //
CREATE TRIGGER room_lease_before_update BEFORE UPDATE ON room_lease FOR EACH ROW
IF LEFT(USER(), 14) = 'rollcall_room_' AND SUBSTRING_INDEX(USER(), '@', 1) <> CONCAT('rollcall_room_', OLD.room_id) THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'A user that belongs to one room writes nothing of another.';
END IF //

DROP TRIGGER IF EXISTS outbox_fault_before_insert //
CREATE TRIGGER outbox_fault_before_insert BEFORE INSERT ON outbox_fault FOR EACH ROW
IF @@insert_id <> 0 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'The database numbers the rows, and nobody else.';
ELSEIF LEFT(USER(), 14) = 'rollcall_room_' AND SUBSTRING_INDEX(USER(), '@', 1) <> CONCAT('rollcall_room_', NEW.room_id) THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'A user that belongs to one room writes nothing of another.';
END IF //

DROP TRIGGER IF EXISTS outbox_fault_before_update //
CREATE TRIGGER outbox_fault_before_update BEFORE UPDATE ON outbox_fault FOR EACH ROW
IF LEFT(USER(), 14) = 'rollcall_room_' AND SUBSTRING_INDEX(USER(), '@', 1) <> CONCAT('rollcall_room_', OLD.room_id) THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'A user that belongs to one room writes nothing of another.';
END IF //

DROP TRIGGER IF EXISTS django_admin_log_before_update //
CREATE TRIGGER django_admin_log_before_update BEFORE UPDATE ON django_admin_log FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'The log of the administration is never changed.' //

DROP TRIGGER IF EXISTS django_admin_log_before_delete //
CREATE TRIGGER django_admin_log_before_delete BEFORE DELETE ON django_admin_log FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'The log of the administration is never deleted.' //

DROP TRIGGER IF EXISTS board_export_before_update //
CREATE TRIGGER board_export_before_update BEFORE UPDATE ON board_export FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'What an exam board was given is never changed.' //

DROP TRIGGER IF EXISTS board_export_before_delete //
CREATE TRIGGER board_export_before_delete BEFORE DELETE ON board_export FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'What an exam board was given is never forgotten.' //

DROP TRIGGER IF EXISTS official_change_before_update //
CREATE TRIGGER official_change_before_update BEFORE UPDATE ON official_change FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'The trail of names, numbers and roles is never changed.' //

DROP TRIGGER IF EXISTS official_change_before_delete //
CREATE TRIGGER official_change_before_delete BEFORE DELETE ON official_change FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'The trail of names, numbers and roles is never deleted.' //

DROP TRIGGER IF EXISTS confidential_reason_before_update //
CREATE TRIGGER confidential_reason_before_update BEFORE UPDATE ON confidential_reason FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'A confidential reason is never changed.' //

DROP TRIGGER IF EXISTS confidential_reason_before_delete //
CREATE TRIGGER confidential_reason_before_delete BEFORE DELETE ON confidential_reason FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'A confidential reason is never deleted.' //

DROP TRIGGER IF EXISTS reading_before_update //
CREATE TRIGGER reading_before_update BEFORE UPDATE ON reading FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'What stands there of who read what is never changed.' //

-- By SYSDATE: a session may set the clock of the other functions. Its own time zone moves this one by 14 hours at most.
DROP TRIGGER IF EXISTS reading_before_delete //
CREATE TRIGGER reading_before_delete BEFORE DELETE ON reading FOR EACH ROW
IF OLD.read_at > SYSDATE(6) - INTERVAL 29 DAY THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'Who read what in the last four weeks is never deleted.';
END IF //

DELIMITER ;
