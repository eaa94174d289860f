"""Which column holds what: by its name, in English, German and French, and as student systems export it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext

from portal.attendance.names import plain
from portal.attendance.services.importing.faults import FileFault
from portal.attendance.services.importing.tables import Row
from portal.web.languages import in_every_language

_LOOKED_AT = 15
"""Rows among which the names of the columns are looked for: some files begin with a title."""


@dataclass(frozen=True)
class Field:
    """Something that a column may hold. ``names`` are the column's names elsewhere, in any case and punctuation."""

    name: str
    label: str
    names: str = ""
    is_required: bool = False
    help_text: str = ""

    def known_as(self) -> list[str]:
        """All names, in the form in which they are compared; the label, in any language, is what our exports write."""
        return [compared(each) for each in (*in_every_language(self.label), *self.names.split("|"))]


@dataclass(frozen=True)
class Columns:
    """Where each field stands. ``header`` are the names of the columns as they stand in row ``number``."""

    number: int
    header: list[str]
    places: dict[str, int] = field(default_factory=dict)


def compared(name: str) -> str:
    """A column's name without case, accents, blanks and punctuation."""
    return re.sub(r"[\W_]+", "", plain(name))


def find_columns(rows: Sequence[Row], fields: Sequence[Field], number: int | None = None) -> Columns:
    """The row with the names of columns, recognised: the one whose number is given, else the best of the first ones."""
    if number is not None:
        chosen = next((row for row in rows if row.number == number), None)
        if chosen is None:
            raise FileFault(gettext("There is nothing in row {number}.").format(number=number))
        return _columns(chosen, fields)
    candidates = [_columns(row, fields) for row in rows[:_LOOKED_AT]]
    return max(candidates, key=lambda each: len(each.places))


def _columns(row: Row, fields: Sequence[Field]) -> Columns:
    header = [str(cell) for cell in row.cells]
    return Columns(row.number, header, recognise(header, fields))


def recognise(header: Sequence[str], fields: Sequence[Field]) -> dict[str, int]:
    """The column of each field that is found by name; the first of the same name, and each column once.

    A field's own first names win over the later ones: “Name” beside “Vorname” is the family name.
    """
    names = [compared(_without_unit(each)) for each in header]
    found: dict[str, int] = {}
    known = {each.name: each.known_as() for each in fields}
    for rank in range(max(map(len, known.values()), default=0)):
        for field_name, aliases in known.items():
            if field_name in found or rank >= len(aliases) or not aliases[rank]:
                continue
            if aliases[rank] in names and names.index(aliases[rank]) not in found.values():
                found[field_name] = names.index(aliases[rank])
    return _family_names(found, names)


def check_places(places: Mapping[str, int], fields: Sequence[Field], width: int) -> None:
    """Raise FileFault where a column that is needed is not chosen, or one is chosen twice."""
    known = {each.name: each for each in fields}
    for name, index in places.items():
        if name not in known or not 0 <= index < width:
            raise FileFault(gettext("One of the columns chosen is not in the file."))
    if doubled := [index for index in places.values() if list(places.values()).count(index) > 1]:
        names = [known[name].label for name, index in places.items() if index == doubled[0]]
        raise FileFault(
            gettext("One column is chosen for both {value} and {value2}.").format(value=names[0], value2=names[1])
        )
    missing = [str(each.label) for each in fields if each.is_required and each.name not in places]
    if missing:
        raise FileFault(gettext("Say which column holds: {missing}.").format(missing=", ".join(missing)))


def _family_names(found: dict[str, int], names: list[str]) -> dict[str, int]:
    """“Name” or “Nom” beside a first name is the family name, not the whole one."""
    if "first_name" in found and "last_name" not in found:
        taken = {index for name, index in found.items() if name != "full_name"}
        for index, name in enumerate(names):
            if name in ("name", "nom") and index not in taken:
                found.pop("full_name", None)
                return found | {"last_name": index}
    return found


def _without_unit(name: str) -> str:
    """“starts at (Europe/London)” is starts at."""
    return re.sub(r"\([^)]*\)\s*$", "", name) or name
