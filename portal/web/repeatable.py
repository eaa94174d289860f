"""Migration operations that may be run again after a failure half-way.

MySQL and MariaDB commit every change of a table at once: a migration that fails after its third change leaves three
behind, and Django then begins with the first again. Each operation here changes one table, and passes over what is
done already. SQLite is not asked: a migration is one transaction there, and nothing of a failed one is left.
"""

from __future__ import annotations

import copy
from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState
from django.db.models import Model


def _has_column(editor: BaseDatabaseSchemaEditor, model: type[Model], column: str) -> bool:
    with editor.connection.cursor() as cursor:
        found = editor.connection.introspection.get_table_description(cursor, model._meta.db_table)
    return column in (each.name for each in found)


def _has_key(editor: BaseDatabaseSchemaEditor, model: type[Model], name: str) -> bool:
    """Whether the table has an index or a constraint of that name."""
    with editor.connection.cursor() as cursor:
        return name in editor.connection.introspection.get_constraints(cursor, model._meta.db_table)


def _has_foreign_key(editor: BaseDatabaseSchemaEditor, model: type[Model], column: str) -> bool:
    with editor.connection.cursor() as cursor:
        keys = editor.connection.introspection.get_constraints(cursor, model._meta.db_table)
    return any(key["foreign_key"] and key["columns"] == [column] for key in keys.values())


def _keeps_half(editor: BaseDatabaseSchemaEditor) -> bool:
    """Whether a failed migration leaves behind what it had done."""
    return not editor.connection.features.can_rollback_ddl


def _is_empty(editor: BaseDatabaseSchemaEditor, table: str) -> bool:
    with editor.connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {editor.quote_name(table)} LIMIT 1")
        return cursor.fetchone() is None


def _remove_empty(editor: BaseDatabaseSchemaEditor, model: type[Model]) -> None:
    """Remove a table that a failed attempt has left behind."""
    table = model._meta.db_table
    if table not in editor.connection.introspection.table_names():
        return
    if not _is_empty(editor, table):
        raise RuntimeError(f"The table {table} is there and has rows, but its migration has not been applied.")
    # A later table of the failed attempt may point to it; that one is made anew after it.
    with editor.connection.constraint_checks_disabled():
        editor.delete_model(model)


class CreateModel(migrations.CreateModel):
    """Makes the table anew where a failed attempt left an empty one, which may lack its keys."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        _remove_empty(schema_editor, to_state.apps.get_model(app_label, self.name))
        super().database_forwards(app_label, schema_editor, from_state, to_state)


class AddField(migrations.AddField):
    """Adds a column unless it is there; or a table of pairs, which is made anew where an empty one was left."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        field: Any = model._meta.get_field(self.name)
        if field.many_to_many and field.remote_field.through._meta.auto_created:
            _remove_empty(schema_editor, field.remote_field.through)
        elif _keeps_half(schema_editor) and _has_column(schema_editor, model, field.column):
            return
        super().database_forwards(app_label, schema_editor, from_state, to_state)


class AlterField(migrations.AlterField):
    """Alters a column. Django drops its foreign key meanwhile, and adds it again only where it dropped one: here it is
    added, too, where a failed attempt had dropped it."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = from_state.apps.get_model(app_label, self.model_name)
        field: Any = model._meta.get_field(self.name)
        if not (_keeps_half(schema_editor) and field.is_relation) or _has_foreign_key(
            schema_editor, model, field.column
        ):
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        without_key = copy.copy(field)
        without_key.db_constraint = False
        altered = to_state.apps.get_model(app_label, self.model_name)._meta.get_field(self.name)
        schema_editor.alter_field(model, without_key, altered)


class RemoveField(migrations.RemoveField):
    """Removes a column unless it is gone."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = from_state.apps.get_model(app_label, self.model_name)
        column = model._meta.get_field(self.name).column
        if not _keeps_half(schema_editor) or _has_column(schema_editor, model, column):
            super().database_forwards(app_label, schema_editor, from_state, to_state)


class _KeyOperation:
    """Passes over what a failed attempt has done: the index or the constraint is there already, or is gone."""

    model_name: str
    adds: bool

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        # What removes one knows no more of it than its name.
        key: Any = getattr(self, "constraint", None) or getattr(self, "index", self)
        if not _keeps_half(schema_editor) or _has_key(schema_editor, model, key.name) != self.adds:
            super().database_forwards(app_label, schema_editor, from_state, to_state)  # type: ignore[misc]


class AddConstraint(_KeyOperation, migrations.AddConstraint):
    """Adds a constraint unless it is there."""

    adds = True


class RemoveConstraint(_KeyOperation, migrations.RemoveConstraint):
    """Removes a constraint unless it is gone."""

    adds = False


class AddIndex(_KeyOperation, migrations.AddIndex):
    """Adds an index unless it is there."""

    adds = True


class RemoveIndex(_KeyOperation, migrations.RemoveIndex):
    """Removes an index unless it is gone."""

    adds = False
