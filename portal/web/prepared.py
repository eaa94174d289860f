"""Queries that are written once, and asked again with other values.

Django takes longer to write most of a page's queries than the database takes to answer them: ``python -m benchmarks
portal`` shows it. ``prepared`` writes a query at its first call, with placeholders where values will be, and keeps its
text. Without it everything works the same, only slower.
"""

from __future__ import annotations

import copy
import functools
import inspect
import typing
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, NamedTuple, ParamSpec, TypeVar, cast

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import (
    BigIntegerField,
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    Expression,
    Field,
    Model,
    QuerySet,
)

P = ParamSpec("P")
Row = TypeVar("Row")

_LARGEST = 2**63 - 1
_LIST = tuple[int, ...]
_FIELDS: dict[Any, Field[Any, Any]] = {
    int: BigIntegerField(),
    str: CharField(),
    date: DateField(),
    datetime: DateTimeField(),
    _LIST: BigIntegerField(),
}
"""What a parameter of such a type is in the database."""


class Placeholder(Expression):
    """Stands in a query for a value that comes with each call, or for ``number`` values of a list.

    ``path`` is the name of the parameter, and the column where that is a row. Only the database can compare with it:
    Python does not know the value yet.
    """

    def __init__(self, path: tuple[str, ...], output_field: Field[Any, Any], number: int | None = None) -> None:
        super().__init__(output_field=output_field)
        self.path, self.number = path, number

    def as_sql(self, *_: Any, **__: Any) -> tuple[str, list[Any]]:
        """A place for the value; this object is its parameter until ``_Statement`` puts the value there."""
        if self.number is None:
            return "%s", [self]
        return f"({', '.join(['%s'] * self.number)})", [self]


class _Statement(NamedTuple):
    """A query set with its compiled query: text, and parameters of which some are placeholders."""

    rows: QuerySet[Any]
    compiler: Any
    sql: str
    parameters: tuple[Any, ...]

    def ask(self, values: dict[str, Any]) -> list[Any]:
        parameters: list[Any] = []
        for each in self.parameters:
            if not isinstance(each, Placeholder):
                parameters.append(each)
                continue
            value = functools.reduce(getattr, each.path[1:], values[each.path[0]])
            found = value if each.number is not None else (value,)
            parameters += (each.output_field.get_db_prep_value(one, self.compiler.connection) for one in found)
        compiler = copy.copy(self.compiler)
        compiler.connection = connections[DEFAULT_DB_ALIAS]  # This thread's.
        compiler.as_sql = lambda *_, **__: (self.sql, tuple(parameters))
        rows = self.rows.all()
        rows.query.get_compiler = lambda *_, **__: compiler  # type: ignore[method-assign]
        return list(rows)


def prepared(build: Callable[P, QuerySet[Any, Row]]) -> Callable[P, list[Row]]:
    """Make a function that builds a query set one that gives the rows; the query is written at the first call alone.

    Each parameter says its type. An ``int``, ``str``, ``date``, ``datetime`` or ``tuple[int, ...]`` is a value of the
    query. Where the type is a model, so are the row's columns, except those that may be empty: nothing is compared with
    them. A flag, alone or of a row, is known where the query is written, and so are None and whatever has another type:
    there is a query for each. It may depend on nothing else, such as the reader's language or time zone.
    """
    parameters = inspect.signature(build)
    types = _Types(build)
    statements: dict[tuple[Any, ...], _Statement] = {}

    @functools.wraps(build)
    def ask(*arguments: P.args, **options: P.kwargs) -> list[Row]:
        given = parameters.bind(*arguments, **options)
        given.apply_defaults()
        if any(_is_special(value) for value in given.arguments.values()):
            return list(build(*arguments, **options))
        values = {name: types.padded(name, value) for name, value in given.arguments.items()}
        known = (types.known(name, value) for name, value in values.items())
        key = (connections[DEFAULT_DB_ALIAS].vendor, *known)
        if key not in statements:
            stand_ins: Any = {name: types.stand_in(name, value) for name, value in values.items()}
            statements[key] = _write(cast("Any", build)(**stand_ins))
        return statements[key].ask(values)

    return ask


def _is_special(value: Any) -> bool:
    """Whether Django writes another query for the value: for an empty list, and a number that no column holds."""
    return value == () or (isinstance(value, int) and abs(value) > _LARGEST)


def _write(rows: QuerySet[Any]) -> _Statement:
    compiler = rows.query.get_compiler(DEFAULT_DB_ALIAS)
    sql, parameters = compiler.as_sql()
    return _Statement(rows, compiler, sql, tuple(parameters))


class _Types:
    """The parameters of a function, by their types, which are looked up when they are first needed."""

    def __init__(self, build: Callable[..., Any]) -> None:
        self._build = build

    @functools.cached_property
    def _types(self) -> dict[str, Any]:
        return {name: _without_none(kind) for name, kind in typing.get_type_hints(self._build).items()}

    def padded(self, name: str, value: Any) -> Any:
        """A list gets its last value again up to the next power of two, so that there are few queries."""
        if value is None or self._types[name] != _LIST:
            return value
        number = 1 << max(len(value) - 1, 0).bit_length()
        return (*value, *value[-1:] * (number - len(value)))

    def known(self, name: str, value: Any) -> Any:
        """What the query's text depends on."""
        kind = self._types[name]
        if value is None:
            return None
        if _is_model(kind):
            return tuple(getattr(value, field.attname) for field in kind._meta.concrete_fields if _is_flag(field))
        if kind == _LIST:
            return len(value)
        return Placeholder if kind in _FIELDS else value

    def stand_in(self, name: str, value: Any) -> Any:
        """What the query is built with instead of the value."""
        kind = self._types[name]
        if value is None:
            return None
        if _is_model(kind):
            row = kind()
            row.__dict__ = {"_state": row._state}
            for field in kind._meta.concrete_fields:
                if _is_flag(field):
                    row.__dict__[field.attname] = getattr(value, field.attname)
                elif not field.null:
                    of_other = getattr(field, "target_field", field)
                    row.__dict__[field.attname] = Placeholder((name, field.attname), of_other)
            return row
        if kind == _LIST:
            return Placeholder((name,), _FIELDS[kind], len(value))
        return Placeholder((name,), _FIELDS[kind]) if kind in _FIELDS else value


def _without_none(kind: Any) -> Any:
    """The type of what may also be None."""
    others = [each for each in typing.get_args(kind) if each is not type(None)]
    return others[0] if type(None) in typing.get_args(kind) and len(others) == 1 else kind


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Model)


def _is_flag(field: Any) -> bool:
    return isinstance(field, BooleanField)
