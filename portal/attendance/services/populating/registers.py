"""What cameras saw in each class session, and what its register says: millions of rows, made by the database itself.

Chance is CRC32 of a key: the same each time, and the same in MariaDB, MySQL and Python.
"""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from portal.attendance.coverage import digest_spans
from portal.attendance.services.populating.people import FIRST_LECTURER
from portal.attendance.services.populating.plan import COURSES_OF_A_LECTURER, STARTS_AT_MINUTE, Plan
from portal.attendance.services.populating.timetable import BY_HAND_ONE_IN, CAMERAS

HAND_NOTE, CORRECTION_NOTE = "The cameras were dark.", "Sat behind a pillar."

SIGHT = """
INSERT INTO sight (room_id, camera_name, starts_at, ends_at, recorded_at)
SELECT room_id, camera, starts_at - INTERVAL 5 MINUTE, LEAST(ends_at, %(now)s), LEAST(ends_at, %(now)s)
FROM class_session CROSS JOIN (SELECT %(back)s AS camera UNION SELECT %(front)s) AS cameras
WHERE starts_at < %(now)s AND NOT is_cancelled AND COALESCE(coverage_digest, '') <> %(blind)s
"""

BLIND_SPANS = """
INSERT INTO blind_span (room_id, camera_name, starts_at, ends_at, recorded_at, reason)
SELECT room_id, camera, starts_at - INTERVAL 5 MINUTE, ends_at, ends_at, 'dark'
FROM class_session CROSS JOIN (SELECT %(back)s AS camera UNION SELECT %(front)s) AS cameras
WHERE coverage_digest = %(blind)s
"""

# Who comes is drawn for each student: of all meetings between 70 and 99 in a hundred. Class sessions are walked in the
# order of time, in which a recognizer writes; their keys do not follow it. With its LIMIT the inner query is worked out
# once a row, and not wherever one of its columns is named.
MARKS = """
INSERT INTO mark (session_id, student_id, status, source, because, first_seen_at, last_seen_at, distance, camera_name,
                  marked_by_id, note)
SELECT session_id, student_id,
       CASE kind WHEN 'hand' THEN IF(comes, 'present', 'absent') WHEN 'seen' THEN IF(draw %% 100 < 8, 'late', 'present')
                 WHEN 'excused' THEN 'excused' WHEN 'corrected' THEN 'present' WHEN 'missed' THEN 'absent'
                 ELSE 'unseen' END,
       CASE WHEN kind IN ('hand', 'corrected') THEN 'lecturer' WHEN kind = 'seen' THEN 'camera'
            WHEN kind = 'excused' THEN 'excuse' ELSE 'closing' END,
       CASE kind WHEN 'blind' THEN 'blind' WHEN 'unnamed' THEN 'not enrolled' ELSE '' END,
       IF(kind = 'seen', seen_at, NULL),
       IF(kind = 'seen', LEAST(IF(draw %% 100 >= 98, seen_at + INTERVAL 10 MINUTE,
                                  ends_at - INTERVAL 10 + draw DIV 100 %% 300 SECOND), %(now)s), NULL),
       IF(kind = 'seen', (2000 + draw DIV 7 %% 1600) / 10000, NULL),
       IF(kind = 'seen', IF(draw %% 3, %(front)s, %(back)s), ''),
       IF(kind IN ('hand', 'corrected'), %(first_lecturer)s + (course_id - 1) DIV %(courses_of_a_lecturer)s, NULL),
       CASE kind WHEN 'hand' THEN %(hand)s WHEN 'corrected' THEN %(correction)s ELSE '' END
FROM (
    SELECT session_id, course_id, student_id, ends_at, closed_at, comes, draw,
           starts_at - INTERVAL 6 MINUTE
           + INTERVAL 60 * (draw DIV 100 %% 15 + IF(draw %% 100 < 8, 22, 0)) + draw DIV 1500 %% 60 SECOND AS seen_at,
           CASE WHEN is_blind AND is_by_hand THEN 'hand' WHEN NOT is_blind AND is_named AND comes THEN 'seen'
                WHEN is_excused THEN 'excused' WHEN is_blind THEN 'blind' WHEN NOT is_named THEN 'unnamed'
                WHEN draw %% 40 = 0 THEN 'corrected' ELSE 'missed' END AS kind
    FROM (
        SELECT class_session.id AS session_id, roster_entry.course_id, roster_entry.student_id, starts_at, ends_at,
               closed_at, COALESCE(coverage_digest, '') = %(blind)s AS is_blind,
               CRC32(class_session.id) %% %(by_hand_one_in)s = 0 AS is_by_hand,
               enrolled.id IS NOT NULL AS is_named, excuse.id IS NOT NULL AS is_excused,
               CRC32(CONCAT(class_session.id, '/', roster_entry.student_id)) DIV 1000 AS draw,
               CRC32(CONCAT(class_session.id, '/', roster_entry.student_id)) %% 1000
               < 700 + CRC32(roster_entry.student_id) %% 290 AS comes
        FROM class_session FORCE INDEX (class_session_start)
        STRAIGHT_JOIN roster_entry USING (course_id)
        LEFT JOIN enrolled ON enrolled.student_id = roster_entry.student_id
        LEFT JOIN excuse ON excuse.student_id = roster_entry.student_id AND day BETWEEN first_day AND last_day
        WHERE starts_at < %(now)s AND NOT is_cancelled AND since <= day AND (until IS NULL OR until >= day)
        ORDER BY starts_at LIMIT 1000000000
    ) AS drawn
) AS said
WHERE closed_at IS NOT NULL OR kind = 'seen' AND seen_at <= %(now)s
"""

EVIDENCE = """
INSERT INTO evidence (session_id, student_id, room_id, camera_name, hour, first_seen_at, last_seen_at, minutes,
                      distance, runner_up_number, runner_up_distance, encodings)
SELECT session_id, student_id, room_id, camera_name, starts_at - INTERVAL %(starts_at_minute)s MINUTE, first_seen_at,
       last_seen_at, (1 << MINUTE(last_seen_at) + 1) - (1 << MINUTE(first_seen_at)), distance,
       100000 + student_id %% %(students)s + 1, distance + 0.25, 5
FROM mark STRAIGHT_JOIN class_session ON class_session.id = session_id
WHERE first_seen_at IS NOT NULL
"""

VISITORS = """
INSERT INTO evidence (session_id, student_id, room_id, camera_name, hour, first_seen_at, last_seen_at, minutes,
                      distance, runner_up_number, runner_up_distance, encodings)
SELECT visits.id, visitor, room_id, %(front)s, starts_at - INTERVAL %(starts_at_minute)s MINUTE,
       starts_at + INTERVAL 4 MINUTE, starts_at + INTERVAL 6 MINUTE, 7 << %(starts_at_minute)s + 4, 0.35, '', NULL, 3
FROM (SELECT class_session.*, 1 + CRC32(id) %% %(students)s AS visitor FROM class_session) AS visits
LEFT JOIN roster_entry ON roster_entry.course_id = visits.course_id AND roster_entry.student_id = visitor
WHERE closed_at IS NOT NULL AND coverage_digest <> %(blind)s AND roster_entry.id IS NULL
      AND CRC32(visits.id) DIV 7 %% 3 = 0
"""

DECISIONS = """
INSERT INTO mark_change (session_id, student_id, action, program, changed_at, from_status, from_source, to_status,
                         to_source, reason)
SELECT session_id, mark.student_id, 'decide', IF(source = 'camera', 'recognizer', 'portal'),
       IF(source = 'camera', first_seen_at + INTERVAL 2 SECOND, closed_at), '', '',
       IF(source = 'lecturer', 'absent', status), IF(source = 'lecturer', 'closing', source),
       CASE WHEN source = 'camera' THEN CONCAT('First seen by ', camera_name, ', ', CASE
                 WHEN minute_of = 0 THEN 'at the start.'
                 ELSE CONCAT(ABS(minute_of), IF(ABS(minute_of) = 1, ' minute ', ' minutes '),
                             IF(minute_of > 0, 'after', 'before'), ' the start.') END)
            WHEN source = 'excuse' THEN CONCAT('Excused from ', DATE_FORMAT(first_day, '%%e %%M %%Y'), ' to ',
                                               DATE_FORMAT(last_day, '%%e %%M %%Y'), ' by ', entered_by_name, '.')
            WHEN because = 'blind' THEN 'The cameras could see 0 %% of the class session; 80 %% is needed.'
            WHEN because <> '' THEN
                 'The cameras could have named the student in 0 %% of the class session; 80 %% is needed.'
            ELSE 'Not seen; the cameras could see 100 %% of the class session.' END
FROM (SELECT mark.*, day, closed_at, FLOOR(TIMESTAMPDIFF(SECOND, starts_at, first_seen_at) / 60) AS minute_of
      FROM mark STRAIGHT_JOIN class_session ON class_session.id = session_id) AS mark
LEFT JOIN excuse ON source = 'excuse' AND excuse.student_id = mark.student_id AND day BETWEEN first_day AND last_day
WHERE note <> %(hand)s
"""

WORDS = """
INSERT INTO mark_change (session_id, student_id, action, changed_by_id, changed_by_name, changed_by_email, changed_at,
                         from_status, from_source, to_status, to_source, reason)
SELECT session_id, student_id, 'set', marked_by_id, account.name, account.email,
       IF(note = %(hand)s, starts_at + INTERVAL 20 MINUTE, LEAST(closed_at + INTERVAL 1 HOUR, %(now)s)),
       IF(note = %(hand)s, '', 'absent'), IF(note = %(hand)s, '', 'closing'), status, 'lecturer', note
FROM mark STRAIGHT_JOIN class_session ON class_session.id = session_id JOIN account ON account.id = marked_by_id
WHERE source = 'lecturer'
"""

STEPS = {
    "times in which cameras could see": SIGHT,
    "times in which they were blind": BLIND_SPANS,
    "marks": MARKS,
    "entries of evidence": EVIDENCE,
    "entries of evidence of visitors": VISITORS,
    "decisions in the history": DECISIONS,
    "corrections in the history": WORDS,
}


def write_rows(plan: Plan, statement: str) -> int:
    """Run one of ``STEPS``; how many rows it has written."""
    values: dict[str, str | int | datetime] = {
        "now": plan.now.replace(tzinfo=None),
        "blind": digest_spans([]),
        "back": CAMERAS[0],
        "front": CAMERAS[1],
        "first_lecturer": FIRST_LECTURER,
        "courses_of_a_lecturer": COURSES_OF_A_LECTURER,
        "by_hand_one_in": BY_HAND_ONE_IN,
        "hand": HAND_NOTE,
        "correction": CORRECTION_NOTE,
        "starts_at_minute": STARTS_AT_MINUTE,
        "students": plan.students,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)
