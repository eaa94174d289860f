"""What each user of the database tries to write, by what it would forge."""

from __future__ import annotations

OF_THE_LECTURER = "source = 'lecturer' AND status = 'absent'"
A_MARK = (
    "INSERT INTO mark (session_id, student_id, status, source, because, first_seen_at, last_seen_at, camera_name)"
    " SELECT session_id, 900000 + student_id, {}, '', first_seen_at, last_seen_at, 'front' FROM mark"
    " WHERE source = 'camera'"
)
A_CHANGE = (
    "INSERT INTO mark_change (session_id, student_id, action, program, changed_at, from_status, from_source, to_status,"
    " to_source, reason) SELECT session_id, student_id, {}, '2026-01-01', 'absent', 'lecturer', {}, 'x' FROM mark"
)

BY_THE_RECOGNIZER = {
    "a lecturer's absent to present": f"UPDATE mark SET status = 'present' WHERE {OF_THE_LECTURER}",
    "a lecturer's absent to a camera's": (
        "UPDATE mark SET status = 'present', source = 'camera', first_seen_at = '2026-01-01', "
        f"last_seen_at = '2026-01-01' WHERE {OF_THE_LECTURER}"
    ),
    "a lecturer's absent in other letters": f"UPDATE mark SET status = 'ABSENT' WHERE {OF_THE_LECTURER}",
    "a lecturer's word as nobody's": f"UPDATE mark SET status = 'expected', source = 'nobody' WHERE {OF_THE_LECTURER}",
    "why nobody knows, of a lecturer's word": f"UPDATE mark SET because = 'blind' WHERE {OF_THE_LECTURER}",
    "a camera's mark as a lecturer's": "UPDATE mark SET source = 'lecturer' WHERE source = 'camera'",
    "a camera's mark as an excuse": "UPDATE mark SET status = 'excused', source = 'excuse' WHERE source = 'camera'",
    "a camera's mark as an absence": "UPDATE mark SET status = 'absent', source = 'closing' WHERE source = 'camera'",
    "an absence by camera": "UPDATE mark SET status = 'absent' WHERE source = 'camera'",
    "a status in other letters": "UPDATE mark SET status = 'Present' WHERE source = 'camera'",
    "a mark in a lecturer's name": A_MARK.format("'present', 'lecturer'"),
    "a mark in a Lecturer's name": A_MARK.format("'present', 'LECTURER '"),
    "a mark by closing": A_MARK.format("'absent', 'closing'"),
    "an excuse": A_MARK.format("'excused', 'excuse'"),
    "a mark by somebody": (
        "INSERT INTO mark (session_id, student_id, status, source, marked_by_id) VALUES (1, 1, 'present', "
        "'lecturer', 1)"
    ),
    "a lecturer's absent, with errors ignored": (
        "UPDATE IGNORE mark SET status = 'present', source = 'camera', first_seen_at = '2026-01-01'"
        f" WHERE {OF_THE_LECTURER}"
    ),
    "a lecturer's absent by a join": (
        "UPDATE mark AS m JOIN student AS s ON s.id = m.student_id SET m.status = 'present', m.source = 'camera',"
        " m.first_seen_at = '2026-01-01' WHERE m.source = 'lecturer'"
    ),
    "a student's number by a join": (
        "UPDATE mark AS m JOIN student AS s ON s.id = m.student_id SET m.distance = 1, s.number = 'x'"
    ),
    "a lecturer's absent by an insert": (
        "INSERT INTO mark (session_id, student_id, status, source, because, first_seen_at, camera_name)"
        " SELECT session_id, student_id, 'present', 'camera', '', '2026-01-01', '' FROM mark AS m"
        " ON DUPLICATE KEY UPDATE status = 'present', source = 'camera', first_seen_at = '2026-01-01'"
    ),
    "a mark by closing, with errors ignored": A_MARK.format("'absent', 'closing'").replace("INSERT", "INSERT IGNORE"),
    "a mark's note": "UPDATE mark SET note = ''",
    "a mark's person": "UPDATE mark SET marked_by_id = NULL",
    "who counts": "UPDATE mark SET on_roster = 0",
    "a mark of another student": "UPDATE mark SET student_id = 900001 WHERE source = 'camera'",
    "a mark of another class session": "UPDATE mark SET session_id = 900001 WHERE source = 'camera'",
    "a mark that goes": "DELETE FROM mark",
    "a mark replaced": (
        "REPLACE INTO mark (session_id, student_id, status, source, because, camera_name) SELECT session_id, "
        "student_id, 'present', 'camera', '', '' FROM mark"
    ),
    "a word taken back": A_CHANGE.format("'back', 'recognizer'", "'present', 'camera'"),
    "a word set": A_CHANGE.format("'set', 'recognizer'", "'present', 'camera'"),
    "the portal's decision": A_CHANGE.format("'decide', 'portal'", "'present', 'camera'"),
    "a decision to absent": A_CHANGE.format("'decide', 'recognizer'", "'absent', 'closing'"),
    "a word in somebody's name": (
        "INSERT INTO mark_change (session_id, student_id, to_status, reason, changed_by_id) VALUES (1, 1, "
        "'absent', 'x', 1)"
    ),
    "an earlier change": (
        "INSERT INTO mark_change (id, session_id, student_id, to_status, reason) VALUES (1, 1, 1, 'absent', 'x')"
    ),
    "history rewritten": "UPDATE mark_change SET reason = 'x'",
    "history deleted": "DELETE FROM mark_change",
    "history emptied": "TRUNCATE mark_change",
    "a doubt confirmed": "UPDATE evidence SET is_confirmed = 1",
    "evidence of another student": "UPDATE evidence SET student_id = 1",
    "evidence deleted": "DELETE FROM evidence",
    "a camera of another room": "UPDATE camera_status SET room_id = 1",
    "a camera's first sight": "UPDATE sight SET starts_at = '2026-01-01'",
    "a student on a roster": "INSERT INTO roster_entry (course_id, student_id) VALUES (1, 1)",
    "a class session cancelled": "UPDATE class_session SET is_cancelled = 1",
    "a table": "CREATE TABLE mine (id INT)",
    "a trigger": "CREATE TRIGGER mine BEFORE INSERT ON mark FOR EACH ROW SET NEW.status = 'present'",
    "no trigger": "DROP TRIGGER mark_before_update",
    "a lecturer's absent in another mode": (
        "SET SESSION sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,HIGH_NOT_PRECEDENCE'; UPDATE mark SET"
        f" status = 'present', source = 'camera', first_seen_at = '2026-01-01' WHERE {OF_THE_LECTURER}"
    ),
    "a lecturer's absent where nothing is found": (
        "SET SESSION sql_select_limit = 0; UPDATE mark SET status = 'present', source = 'camera',"
        f" first_seen_at = '2026-01-01' WHERE {OF_THE_LECTURER}"
    ),
}

BY_THE_PORTAL = {
    "a mark of another student": "UPDATE mark SET student_id = (SELECT MAX(id) FROM student) WHERE status = 'absent'",
    "a mark of a student who is not there": "UPDATE mark SET student_id = 900001",
    "a mark of another class session": "UPDATE mark SET session_id = 900001",
    "another student under a mark": "UPDATE student SET id = id + 900000",
    "another class session under a mark": "UPDATE class_session SET id = id + 900000",
    "a mark that goes": "DELETE FROM mark",
    "a mark replaced": (
        "REPLACE INTO mark (session_id, student_id, status, source) SELECT session_id, student_id, "
        "'expected', 'nobody' FROM mark"
    ),
    "history rewritten": "UPDATE mark_change SET reason = 'x'",
    "history in another's name": "UPDATE mark_change SET changed_by_id = NULL",
    "history deleted": "DELETE FROM mark_change",
    "history emptied": "TRUNCATE mark_change",
    "history gone": "DROP TABLE mark_change",
    "history replaced": "REPLACE INTO mark_change SELECT * FROM mark_change",
    "history updated by an insert": (
        "INSERT INTO mark_change SELECT * FROM mark_change AS m ON DUPLICATE KEY UPDATE reason = 'x'"
    ),
    "the admin's log deleted": "DELETE FROM django_admin_log",
    "the admin's log rewritten": "UPDATE django_admin_log SET user_id = NULL, object_repr = 'x'",
    "the admin's log emptied": "TRUNCATE django_admin_log",
    "the trail of names deleted": "DELETE FROM official_change",
    "the trail of names rewritten": "UPDATE official_change SET old = 'x'",
    "the trail of names emptied": "TRUNCATE official_change",
    "a confidential reason rewritten": "UPDATE confidential_reason SET text = 'x'",
    "a confidential reason deleted": "DELETE FROM confidential_reason",
    "who has just read it deleted": "DELETE FROM reading",
    "who has just read it deleted at another time": "SET timestamp = 2000000000; DELETE FROM reading",
    "who has read it rewritten": "UPDATE reading SET reader_name = 'x'",
    "who has read it emptied": "TRUNCATE reading",
    "who has read it replaced": "REPLACE INTO reading SELECT * FROM reading",
    "what a camera saw": "UPDATE evidence SET minutes = 1",
    "what no camera saw": "INSERT INTO evidence (session_id) VALUES (1)",
    "sight": "UPDATE sight SET ends_at = '2026-01-01'",
    "a camera's word": "UPDATE camera_status SET state = 'watching'",
    "the schema": "ALTER TABLE mark ADD COLUMN mine INT",
    "a trigger": "CREATE TRIGGER mine BEFORE INSERT ON mark FOR EACH ROW SET NEW.status = 'present'",
    "no trigger": "DROP TRIGGER mark_before_update",
    "a change before others": A_CHANGE.format("'decide', 'portal'", "'absent', 'closing'")
    .replace("mark_change (", "mark_change (id, ")
    .replace("SELECT ", "SELECT 900000 + id, "),
    "the recognizer's decision": A_CHANGE.format("'decide', 'recognizer'", "'present', 'camera'"),
}


WITH_EVERY_RIGHT = {
    "history rewritten": "UPDATE mark_change SET reason = 'x'",
    "history deleted": "DELETE FROM mark_change",
    "the admin's log rewritten": "UPDATE django_admin_log SET object_repr = 'x'",
    "the admin's log deleted": "DELETE FROM django_admin_log",
    "a lecturer's absent to present": BY_THE_RECOGNIZER["a lecturer's absent to present"],
    "a lecturer's absent to a camera's": BY_THE_RECOGNIZER["a lecturer's absent to a camera's"],
    "a mark's note": "UPDATE mark SET note = ''",
    "a mark's person": "UPDATE mark SET marked_by_id = NULL",
    "a mark of another student": "UPDATE mark SET student_id = 900001",
    "a mark in a lecturer's name": A_MARK.format("'present', 'lecturer'"),
    "a word set": A_CHANGE.format("'set', 'recognizer'", "'present', 'camera'"),
}
