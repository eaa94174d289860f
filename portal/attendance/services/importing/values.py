"""The cells of one row as what they should be. Each that cannot be is a RowFault that names its column."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext

from portal.attendance.names import plain
from portal.attendance.services.importing.dates import DateOrder, read_day
from portal.attendance.services.importing.faults import RowFault
from portal.attendance.services.importing.tables import Cell, Row

LOST_LETTER = "\ufffd"
_YES = {"yes", "y", "ja", "j", "oui", "o", "true", "wahr", "vrai", "1", "x", "active", "aktiv", "actif", "actif ve"}
_NO = {"no", "n", "nein", "non", "false", "falsch", "faux", "0", "inactive", "inaktiv", "inactif"}
_DIRECTIONS = dict.fromkeys(
    map(ord, "\u00ad\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff")
)
"""Signs without a shape that order the letters around them, or that a copy brings along."""


@dataclass(frozen=True, slots=True)
class Values:
    """One row, its cells found by the name of a field. ``places`` has the column of each field that the file has."""

    row: Row
    places: Mapping[str, int]
    order: DateOrder = DateOrder.UNKNOWN

    def has(self, name: str) -> bool:
        """Whether the file has a column for it."""
        return name in self.places

    def cell(self, name: str) -> Cell:
        """As it was read."""
        return self.row.cell(self.places[name]) if name in self.places else ""

    def text(self, name: str, longest: int, label: str = "") -> str:
        """The text on one line in Unicode's composed form, without signs that have no shape."""
        return clean_text(as_text(self.cell(name)), longest, label or name.replace("_", " "))

    def needed(self, name: str, longest: int, label: str = "") -> str:
        """The text, which must not be empty."""
        text = self.text(name, longest, label)
        if not text:
            raise RowFault(gettext("The {value} is missing.").format(value=label or name.replace("_", " ")))
        return text

    def email(self, name: str) -> str:
        """An e-mail address in lower case; "" where there is none."""
        text = self.text(name, 254, gettext("e-mail address")).lower()
        if text:
            check_email(text)
        return text

    def day(self, name: str) -> date | None:
        """A day; None where the cell is empty."""
        cell = self.cell(name)
        if isinstance(cell, datetime):
            return cell.date()
        if isinstance(cell, date):
            return cell
        if isinstance(cell, time):
            raise RowFault(gettext("“{cell}” is a time and no day.").format(cell=cell))
        return read_day(cell, self.order) if cell else None

    def truth(self, name: str) -> bool | None:
        """Yes or no; None where the cell is empty."""
        text = plain(as_text(self.cell(name)))
        if not text:
            return None
        if text in _YES or text in _NO:
            return text in _YES
        raise RowFault(gettext("“{text}” is neither yes nor no.").format(text=text))

    def number(self, name: str, most: int) -> int | None:
        """A whole number; None where the cell is empty."""
        text = as_text(self.cell(name))
        if not text:
            return None
        if not re.fullmatch(r"[0-9]{1,6}", text) or int(text) > most:
            raise RowFault(gettext("“{text}” is no whole number from 0 to {most}.").format(text=text, most=most))
        return int(text)


def as_text(cell: Cell) -> str:
    """What a cell of any kind says."""
    return cell if isinstance(cell, str) else cell.isoformat()


def one_line(text: str) -> str:
    """The text as an import reads it: composed, with single spaces. What is in the tables is compared in this form."""
    return " ".join(unicodedata.normalize("NFC", text.translate(_DIRECTIONS)).split())


def clean_text(text: str, longest: int, label: str) -> str:
    """The text on one line. Raises RowFault for what no name or title holds."""
    text = one_line(text)
    if LOST_LETTER in text:
        raise RowFault(
            gettext(
                "In the {label} “{text}” a letter is lost. Say the file's encoding, or save it as “CSV UTF-8”."
            ).format(label=label, text=text)
        )
    if any(unicodedata.category(sign) in ("Cc", "Cs") for sign in text):
        raise RowFault(gettext("The {label} has a sign in it that cannot be printed.").format(label=label))
    if len(text) > longest:
        raise RowFault(
            gettext("The {label} has {number} characters; at most {longest} are kept.").format(
                label=label, number=len(text), longest=longest
            )
        )
    return text


def check_email(address: str) -> None:
    """Raise RowFault for what is no e-mail address."""
    try:
        validate_email(address)
    except ValidationError:
        raise RowFault(gettext("“{address}” is no e-mail address.").format(address=address)) from None


def read_twice(text: str) -> str:
    """What the text was before UTF-8 was taken for Windows' encoding: “MÃ¼ller” is Müller; "" where it was not."""
    if text.isascii():
        return ""
    try:
        before = text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return ""
    return before if before != text else ""
