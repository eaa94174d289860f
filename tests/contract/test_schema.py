"""The recognizer's tables against the portal's migrations, on both databases.

What the migrations made must be what ``recognizer.storage.database.tables`` says, column by column.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Engine, Inspector, Table, UniqueConstraint, create_engine, inspect
from sqlalchemy.pool import NullPool

from recognizer.storage.database.tables import VIEWS, metadata

TABLES = {VIEWS.get(name, name): table for name, table in metadata.tables.items()}
"""What the recognizer maps, by the name of the table in the database."""
WRITTEN = (
    "mark",
    "mark_change",
    "evidence",
    "near_miss",
    "sight",
    "blind_span",
    "enrolled",
    "room_camera",
    "camera_status",
    "room_lease",
    "outbox_fault",
)
"""Tables that the recognizer inserts into."""


@pytest.fixture(params=["sqlite", "mariadb"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    if request.param == "sqlite":
        path: Path = request.getfixturevalue("migrated_sqlite")
        url = f"sqlite:///{path}"
    else:
        url = request.getfixturevalue("migrated_mariadb").owner_url
    engine = create_engine(url, poolclass=NullPool)
    yield engine
    engine.dispose()


def types_in_database(engine: Engine, table: str) -> dict[str, str]:
    """The types as the database itself spells them, without the width that MariaDB shows of an integer."""
    if engine.dialect.name == "sqlite":
        statement = f"SELECT name, type FROM pragma_table_info('{table}')"
    else:
        statement = (
            "SELECT column_name, column_type FROM information_schema.columns"
            f" WHERE table_schema = DATABASE() AND table_name = '{table}'"
        )
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(statement).all()
    spelled = {name: "bool" if text == "tinyint(1)" else text.lower() for name, text in rows}
    return {name: re.sub(r"int\(\d+\)", "int", text) for name, text in spelled.items()}


def mapped_type(column: Column[Any], engine: Engine) -> str:
    """The mapped type in the same spelling."""
    compiled = str(column.type.compile(dialect=engine.dialect)).lower()
    if engine.dialect.name == "mysql":
        return re.sub(r"\binteger\b", "int", compiled)
    # SQLite takes any name for a type, and Django writes the sign into it.
    variant = column.type._variant_mapping.get("mysql")
    unsigned = " unsigned" if getattr(variant, "unsigned", False) else ""
    return {"boolean": "bool", "double": "real"}.get(compiled, compiled) + unsigned


def test_every_mapped_column_is_there_with_its_type_and_nullability(engine: Engine) -> None:
    inspector = inspect(engine)
    for name, table in TABLES.items():
        nullable = {column["name"]: column["nullable"] for column in inspector.get_columns(name)}
        found = types_in_database(engine, name)
        for column in table.columns:
            assert column.name in found, f"{name}.{column.name} is not in the database"
            assert found[column.name] == mapped_type(column, engine), f"{name}.{column.name}"
            assert nullable[column.name] == column.nullable, f"{name}.{column.name}"


def test_what_the_recognizer_does_not_set_has_a_database_default(engine: Engine) -> None:
    for name in WRITTEN:
        for column in inspect(engine).get_columns(name):
            is_set = column["name"] in TABLES[name].columns
            assert is_set or column["nullable"] or column["default"] is not None, f"{name}.{column['name']}"


def test_unique_and_foreign_keys_are_the_databases_own(engine: Engine) -> None:
    inspector = inspect(engine)
    for name, table in TABLES.items():
        assert mapped_unique(table) <= unique_in_database(engine, name), name
        foreign = foreign_in_database(inspector, name)
        assert mapped_foreign(table) == {key for key in foreign if key[1] in TABLES}, name
        assert inspector.get_pk_constraint(name)["constrained_columns"] == ["id"], name


def mapped_unique(table: Table) -> set[frozenset[str]]:
    return {
        frozenset(column.name for column in constraint.columns)
        for constraint in table.constraints
        if isinstance(constraint, UniqueConstraint)
    }


def unique_in_database(engine: Engine, name: str) -> set[frozenset[str | None]]:
    if engine.dialect.name == "sqlite":
        # SQLAlchemy passes over the indexes that SQLite makes for a UNIQUE beside a column.
        statement = (
            'SELECT i.name, c.name FROM pragma_index_list(?) AS i, pragma_index_info(i.name) AS c WHERE i."unique"'
        )
        found = defaultdict(set)
        with engine.connect() as connection:
            for index, column in connection.exec_driver_sql(statement, (name,)):
                found[index].add(column)
        return {frozenset(columns) for columns in found.values()}
    return {frozenset(index["column_names"]) for index in inspect(engine).get_indexes(name) if index["unique"]}


def mapped_foreign(table: Table) -> set[tuple[str, str, str]]:
    return {
        (key.parent.name, VIEWS.get(key.column.table.name, key.column.table.name), key.column.name)
        for key in table.foreign_keys
    }


def foreign_in_database(inspector: Inspector, name: str) -> set[tuple[str, str, str]]:
    return {
        (key["constrained_columns"][0], key["referred_table"], key["referred_columns"][0])
        for key in inspector.get_foreign_keys(name)
    }


def test_mariadb_keeps_text_as_utf8mb4_and_instants_to_the_microsecond(request: pytest.FixtureRequest) -> None:
    engine = create_engine(request.getfixturevalue("migrated_mariadb").owner_url, poolclass=NullPool)
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT table_name, column_name, character_set_name, data_type, datetime_precision"
            " FROM information_schema.columns WHERE table_schema = DATABASE()"
        ).all()

    ours = [row for row in rows if row[0] in TABLES]
    assert {row[2] for row in ours if row[2]} == {"utf8mb4"}
    assert {row[4] for row in ours if row[3] == "datetime"} == {6}
