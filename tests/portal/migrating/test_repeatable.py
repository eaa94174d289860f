"""A change of an index or a constraint does what is not done yet, and passes over what a failed attempt has done."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from pytest_django import DjangoDbBlocker

from portal.attendance.models import Term
from portal.web import repeatable
from tests.fixtures.mariadb import MigratedMariaDB
from tests.fixtures.portal_database import connected_to

KEYS: dict[str, tuple[Operation, Operation]] = {
    "tried_index": (
        repeatable.AddIndex("term", models.Index(fields=["name"], name="tried_index")),
        repeatable.RemoveIndex("term", "tried_index"),
    ),
    "tried_constraint": (
        repeatable.AddConstraint("term", models.CheckConstraint(condition=~models.Q(name=""), name="tried_constraint")),
        repeatable.RemoveConstraint("term", "tried_constraint"),
    ),
}


@pytest.fixture
def _as_owner(own_mariadb: MigratedMariaDB, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock(), connected_to(own_mariadb.owner_url):
        yield


def run(operation: Operation, before: ProjectState) -> ProjectState:
    after = before.clone()
    operation.state_forwards("attendance", after)
    with connection.schema_editor() as editor:
        operation.database_forwards("attendance", editor, before, after)
    return after


def is_there(name: str) -> bool:
    with connection.cursor() as cursor:
        return name in connection.introspection.get_constraints(cursor, Term._meta.db_table)


@pytest.mark.usefixtures("_as_owner")
@pytest.mark.parametrize("name", KEYS)
def test_a_key_is_added_and_removed_once_however_often_its_migration_begins_anew(name: str) -> None:
    adds, removes = KEYS[name]
    without = ProjectState.from_apps(apps)
    for _ in range(2):
        has_it = run(adds, without)
        assert is_there(name)
    for _ in range(2):
        run(removes, has_it)
        assert not is_there(name)


def test_every_upgrade_begins_anew_where_a_power_cut_has_ended_it() -> None:
    """Django's own operations meet what they have done already, and fail."""
    plain = {
        (str(migration), type(operation).__name__)
        for (app, name), migration in MigrationLoader(None).disk_migrations.items()
        if app in ("accounts", "attendance") and not name.startswith("0001_")
        for operation in migration.operations
        if type(operation).__module__.startswith("django.") and hasattr(repeatable, type(operation).__name__)
        if not (isinstance(operation, migrations.AlterField) and not operation.field.is_relation)
    }
    assert plain == set()
