"""deploy/grants.sql gives each program what it uses and may change, and no more; the triggers only refuse."""

from __future__ import annotations

import re

from django.apps import apps

from portal.web.installation.grants import Grant, read_grants, read_views
from portal.web.installation.triggers import _GUARDED, read_triggers
from portal.web.installation.users import PORTAL, RECOGNIZER, role_of, room_of, user_of_room
from recognizer.storage.database.inspection import _UPDATED
from recognizer.storage.database.tables import VIEWS, mark_change, metadata

WRITTEN_ONCE = ("mark_change", "django_admin_log", "official_change", "confidential_reason", "board_export")
BY_THE_RECOGNIZER = {
    *("near_miss", "sight", "blind_span", "enrolled", "room_camera"),
    *("camera_status", "room_lease", "outbox_fault"),
}
NEVER_CHANGED = {
    *("import_piece", "import_row", "export_piece", "reading", "sign_in_attempt"),
    *("course_assistants", "department_viewers"),
}
KEPT = {"raised_warning", "warning_mail", "warning_scan"}
WITHDRAWN = {"excuse", "cleared_exception"}
"""What is written once but for who has withdrawn it, and when."""
ROOM = user_of_room(1).removesuffix("1")
READ_ALONE = {"django_content_type", "auth_permission"}


def granted_to(role: str) -> dict[str, Grant]:
    found = [grant for grant in read_grants() if grant.role == role]
    by_table = {grant.table: grant for grant in found}
    assert len(by_table) == len(found), "one statement a table"
    return by_table


def test_the_recognizer_reads_and_writes_the_columns_that_it_maps() -> None:
    granted = granted_to(RECOGNIZER)
    assert granted.keys() == metadata.tables.keys()
    for name, grant in granted.items():
        table = metadata.tables[name]
        mapped = [column.name for column in table.columns]
        own = [column for column in mapped if column != "id"]
        is_written = table in _UPDATED or table is mark_change
        assert set(grant.rights.get("SELECT") or ()) == (set() if table is mark_change else set(mapped)), name
        assert set(grant.rights.get("INSERT") or ()) == (set(own) if is_written else set()), name
        assert set(grant.rights.get("UPDATE") or ()) == set(_UPDATED.get(table, ())), name
        assert None not in grant.rights.values(), f"{name}: each right names its columns"
        assert "DELETE" not in grant.rights, name


def test_the_recognizers_views_have_the_columns_that_it_maps_in_that_order() -> None:
    views = list(read_views())
    assert {view.name: view.table for view in views} == VIEWS
    for view in views:
        assert view.columns == tuple(column.name for column in metadata.tables[view.name].columns), view.name


def test_the_portal_may_change_what_is_its_own_and_nothing_that_was_written_once() -> None:
    granted = granted_to(PORTAL)
    columns = {
        model._meta.db_table: {field.column for field in model._meta.local_concrete_fields}
        for model in apps.get_models(include_auto_created=True)
    }
    # The table of migrations has no model among the apps.
    assert granted.keys() == columns.keys() | {"django_migrations"}
    for table, grant in granted.items():
        assert grant.rights["SELECT"] is None, table
        assert grant.rights.get("INSERT", None) is None, table
        updated = grant.rights.get("UPDATE", ())
        if table in WRITTEN_ONCE:
            assert grant.rights.keys() == {"SELECT", "INSERT"}
        elif table in READ_ALONE | {"django_migrations"}:
            assert grant.rights.keys() == {"SELECT"}
        elif table in WITHDRAWN:
            assert grant.rights.keys() == {"SELECT", "INSERT", "UPDATE"}
            assert set(updated or ()) == {column for column in columns[table] if column.startswith("withdrawn_")}
        elif table in KEPT:
            assert grant.rights == {"SELECT": None, "INSERT": None, "UPDATE": None}
        elif table in NEVER_CHANGED:
            assert grant.rights.keys() == {"SELECT", "INSERT", "DELETE"}
        elif table not in BY_THE_RECOGNIZER and table != "evidence" and updated is not None:
            kept = {"mark": {"id", "session_id", "student_id"}}.get(table, {"id"})
            assert set(updated) == columns[table] - kept, table
            assert ("DELETE" in grant.rights) == (table != "mark"), table
    assert not any("INSERT" in granted[table].rights for table in (*BY_THE_RECOGNIZER, "evidence"))


def test_what_was_written_once_is_guarded_by_triggers_against_everybody() -> None:
    triggers = read_triggers()
    for table in WRITTEN_ONCE:
        for action in ("update", "delete"):
            text = triggers[f"{table}_before_{action}"]
            assert f"BEFORE {action.upper()} ON {table} FOR EACH ROW\nSIGNAL" in text, "without a condition"
    assert not any(re.search(r"\w''", text) for text in triggers.values()), (
        "MySQL keeps an apostrophe in another spelling"
    )
    named = [text for text in triggers.values() if "USER()" in text]
    assert named
    assert all(f"'{PORTAL}'" in text or f"'{ROOM}'" in text for text in named)
    assert not any(" SET NEW." in text or "CURRENT_USER" in text for text in triggers.values()), "they only refuse"


def test_no_table_that_recognizers_write_takes_a_number_that_was_chosen_or_a_row_of_a_room_that_is_not_ones_own() -> (
    None
):
    triggers = read_triggers()
    for table, grant in granted_to(RECOGNIZER).items():
        if "INSERT" in grant.rights:
            table = VIEWS.get(table, table)
            assert "@@insert_id <> 0" in triggers[f"{table}_before_insert"], table
        if "room_id" in (grant.rights.get("INSERT") or ()):
            assert f"CONCAT('{ROOM}', NEW.room_id)" in triggers[f"{table}_before_insert"], table
            assert f"CONCAT('{ROOM}', OLD.room_id)" in triggers[f"{table}_before_update"], table
            assert len(ROOM) == 14, "as the triggers count"
    assert {text.split(" ON ")[1].split()[0] for text in triggers.values()} == set(_GUARDED)


def test_a_rooms_user_has_the_recognizers_rights_and_a_name_that_mysql_takes() -> None:
    user = user_of_room(10**17)
    assert len(user) <= 32
    assert (room_of(user), role_of(user)) == (10**17, RECOGNIZER)
    assert [room_of(name) for name in (PORTAL, RECOGNIZER, "rollcall_room_", "rollcall_room_x", "root")] == [None] * 5
