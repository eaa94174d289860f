"""What the office may type in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.attendance.models import DataImport
from portal.attendance.services.importing.columns import Columns, check_places
from portal.attendance.services.importing.csv_tables import ENCODINGS, SEPARATORS
from portal.attendance.services.importing.dates import DateOrder
from portal.attendance.services.importing.faults import FileFault
from portal.attendance.services.importing.kinds import KINDS
from portal.attendance.services.importing.people import NAMES
from portal.attendance.services.importing.planning import Choices
from portal.attendance.services.importing.reading import LARGEST_BYTES
from portal.attendance.services.importing.tables import Reading

PASTED = "pasted.txt"


class UploadForm(forms.Form):
    """A file, or rows that were copied from a spreadsheet."""

    file = forms.FileField(
        required=False, allow_empty_file=True, widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx"})
    )
    pasted = forms.CharField(
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "autocomplete": "off"}),
    )

    def clean_file(self) -> UploadedFile | None:
        """Refuse what is too large before it is read."""
        file: UploadedFile | None = self.cleaned_data["file"]
        if file and (file.size or 0) > LARGEST_BYTES:
            raise forms.ValidationError(
                gettext("The file is larger than {value} MB. Divide it.").format(value=LARGEST_BYTES // 1_000_000)
            )
        return file

    def clean(self) -> dict[str, Any]:
        """One of the two."""
        values: dict[str, Any] = super().clean() or {}
        if not self.errors and not values.get("file") and not values.get("pasted", "").strip():
            raise forms.ValidationError(
                gettext("Choose a file, or paste rows with the names of their columns above them.")
            )
        return values

    def content(self) -> tuple[str, bytes]:
        """A name, and the bytes."""
        if file := self.cleaned_data["file"]:
            return str(file.name or "file"), file.read()
        return PASTED, self.cleaned_data["pasted"].encode("utf-8", "replace")


class ReadingForm(forms.Form):
    """How a file is to be read, where it was not recognised."""

    encoding = forms.ChoiceField(required=False, choices=ENCODINGS)
    separator = forms.ChoiceField(required=False, choices=SEPARATORS)
    sheet = forms.ChoiceField(required=False)
    header = forms.IntegerField(label=_("Row with the names of the columns"), required=False, min_value=1)

    def __init__(self, record: DataImport, data: Mapping[str, Any] | None = None) -> None:
        reading = record.reading
        super().__init__(data, initial=reading | {"header": record.columns.get("number")})
        sheets = reading.get("sheets") or []
        self.fields["sheet"].choices = [(sheet, sheet) for sheet in sheets]  # type: ignore[attr-defined]
        needless = ["encoding", "separator"] if reading.get("sheet") else ["sheet"]
        for name in [*needless, *(["sheet"] if len(sheets) == 1 and "sheet" not in needless else [])]:
            del self.fields[name]

    def reading(self) -> Reading:
        """As it was chosen."""
        said = self.cleaned_data
        return Reading(said.get("encoding", ""), said.get("separator", ""), said.get("sheet", ""))


class ColumnsForm(forms.Form):
    """Which column holds what, and what the file does not say."""

    order = forms.ChoiceField(
        label=_("What 03/04/2026 means"),
        required=False,
        choices=[
            ("", _("Refuse such days: there should be none")),
            (DateOrder.DAY_FIRST.value, _("3 April: the day comes first")),
            (DateOrder.MONTH_FIRST.value, _("4 March: the month comes first")),
        ],
        widget=forms.RadioSelect,
    )
    family_name_first = forms.BooleanField(label=_("Names stand as “Hopper, Grace”"), required=False)
    missing = forms.ChoiceField(
        label=_("Members of a course in the file who are not in it themselves"),
        required=False,
        choices=[("end", _("leave its roster: their membership ends yesterday")), ("keep", _("stay on its roster"))],
        initial="end",
        widget=forms.RadioSelect,
    )
    joins_on = forms.DateField(
        label=_("First day of new members without a day of their own"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Empty: from the beginning where the course has no roster yet, else from today."),
    )

    def __init__(self, record: DataImport, data: Mapping[str, Any] | None = None) -> None:
        self.record, self.kind = record, KINDS[record.kind]
        said = record.choices
        initial: dict[str, Any] = {
            "order": said.get("order", ""),
            "family_name_first": said.get("family_name_first", False),
            "missing": "end" if said.get("ends_missing", True) else "keep",
            "joins_on": said.get("joins_on"),
        }
        super().__init__(data, initial=initial)
        unused = [
            *([] if self.kind.has_days else ["order"]),
            *([] if self.kind.has_names else ["family_name_first"]),
            *([] if self.kind.ends_missing else ["missing", "joins_on"]),
        ]
        for name in unused:
            del self.fields[name]
        choices = [("", gettext("– not in the file –")), *self._columns()]
        for field in self.kind.fields:
            self.fields[f"column-{field.name}"] = forms.ChoiceField(
                label=field.label,
                required=False,
                choices=choices,
                initial=record.columns.get("places", {}).get(field.name, ""),
                help_text=field.help_text,
            )

    def _columns(self) -> list[tuple[str, str]]:
        """Each column by its name, with what stands in its first rows."""
        rows = self.record.reading.get("first_rows", [])
        found = []
        for index, name in enumerate(self.record.columns.get("header", [])):
            examples = [row[index] for row in rows if index < len(row) and row[index]][:2]
            shown = f"{name or f'column {index + 1}'}" + (f": {', '.join(examples)}" if examples else "")
            found.append((str(index), shown if len(shown) < 60 else f"{shown[:57]}…"))
        return found

    def column_fields(self) -> list[Any]:
        """The fields for columns, in order; those that are needed are marked."""
        needed = {field.name for field in self.kind.fields if field.is_required}
        return [(self[f"column-{field.name}"], field.name in needed) for field in self.kind.fields]

    def is_clear(self) -> bool:
        """Whether every column that is needed was recognised: nobody has to look at which holds what."""
        found = self.record.columns.get("places", {})
        has_names = not self.kind.has_names or any(field.name in found for field in NAMES)
        return has_names and all(field.name in found for field in self.kind.fields if field.is_required)

    def passed_over(self) -> list[str]:
        """The names of the file's columns that were not recognised, as they stand in it."""
        taken = self.record.columns.get("places", {}).values()
        header = self.record.columns.get("header", [])
        return [name for index, name in enumerate(header) if index not in taken and name.strip()]

    def choice_fields(self) -> list[Any]:
        """The others."""
        return [field for field in self if not field.name.startswith("column-")]

    def clean(self) -> dict[str, Any]:
        """Refuse columns that are missing or chosen twice."""
        values: dict[str, Any] = super().clean() or {}
        try:
            check_places(self._places(values), self.kind.fields, len(self.record.columns.get("header", [])))
        except FileFault as fault:
            raise forms.ValidationError(str(fault)) from None
        return values

    def columns(self) -> Columns:
        """As they were chosen."""
        return replace(Columns(**self.record.columns), places=self._places(self.cleaned_data))

    def choices(self, today: date) -> Choices:
        """As they were made."""
        said = self.cleaned_data
        return Choices(
            today=today,
            order=DateOrder(said.get("order") or ""),
            family_name_first=bool(said.get("family_name_first")),
            ends_missing=said.get("missing") != "keep",
            joins_on=said.get("joins_on"),
        )

    def _places(self, values: Mapping[str, Any]) -> dict[str, int]:
        chosen = ((field.name, values.get(f"column-{field.name}")) for field in self.kind.fields)
        return {name: int(index) for name, index in chosen if index}
