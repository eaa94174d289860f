"""Migration operations that may be run again after a failure half-way.

MySQL and MariaDB commit every change of a table at once: a migration that fails after its third change leaves three
behind, and Django then begins with the first again. Each operation here changes one table, and passes over what is
done already. SQLite needs none of it: a migration is one transaction there.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState
from django.db.models import Model


def _columns(editor: BaseDatabaseSchemaEditor, table: str) -> set[str]:
    with editor.connection.cursor() as cursor:
        return {column.name for column in editor.connection.introspection.get_table_description(cursor, table)}


def _constraints(editor: BaseDatabaseSchemaEditor, table: str) -> set[str]:
    """The names of indexes and constraints."""
    with editor.connection.cursor() as cursor:
        return set(editor.connection.introspection.get_constraints(cursor, table))


def _is_empty(editor: BaseDatabaseSchemaEditor, table: str) -> bool:
    with editor.connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {editor.quote_name(table)} LIMIT 1")
        return cursor.fetchone() is None


class CreateModel(migrations.CreateModel):
    """Makes the table anew where a failed attempt left an empty one, which may lack its keys."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model: type[Model] = to_state.apps.get_model(app_label, self.name)
        table = model._meta.db_table
        if table in schema_editor.connection.introspection.table_names():
            if not _is_empty(schema_editor, table):
                raise RuntimeError(f"The table {table} is there and has rows, but its migration has not been applied.")
            schema_editor.delete_model(model)
        super().database_forwards(app_label, schema_editor, from_state, to_state)


class AddField(migrations.AddField):
    """Adds a column unless it is there."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        column = model._meta.get_field(self.name).column
        if column not in _columns(schema_editor, model._meta.db_table):
            super().database_forwards(app_label, schema_editor, from_state, to_state)


class RemoveField(migrations.RemoveField):
    """Removes a column unless it is gone."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = from_state.apps.get_model(app_label, self.model_name)
        column = model._meta.get_field(self.name).column
        if column in _columns(schema_editor, model._meta.db_table):
            super().database_forwards(app_label, schema_editor, from_state, to_state)


class AddConstraint(migrations.AddConstraint):
    """Adds a constraint unless it is there."""

    model_name: str
    constraint: Any

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        table = to_state.apps.get_model(app_label, self.model_name)._meta.db_table
        if self.constraint.name not in _constraints(schema_editor, table):
            super().database_forwards(app_label, schema_editor, from_state, to_state)


class RemoveConstraint(migrations.RemoveConstraint):
    """Removes a constraint unless it is gone."""

    model_name: str
    name: str

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        table = to_state.apps.get_model(app_label, self.model_name)._meta.db_table
        if self.name in _constraints(schema_editor, table):
            super().database_forwards(app_label, schema_editor, from_state, to_state)


class AddIndex(migrations.AddIndex):
    """Adds an index unless it is there."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        table = to_state.apps.get_model(app_label, self.model_name)._meta.db_table
        if self.index.name not in _constraints(schema_editor, table):
            super().database_forwards(app_label, schema_editor, from_state, to_state)


class RemoveIndex(migrations.RemoveIndex):
    """Removes an index unless it is gone."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        table = from_state.apps.get_model(app_label, self.model_name)._meta.db_table
        if self.name in _constraints(schema_editor, table):
            super().database_forwards(app_label, schema_editor, from_state, to_state)
