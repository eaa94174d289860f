"""Forms that somebody opened before a colleague saved the same row: they put nothing back."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any

from django import forms
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Manager, Model
from django.forms.models import BaseInlineFormSet, model_to_dict
from django.utils import timezone
from django.utils.translation import gettext

from portal.web.lines import check_lines


class ShownField(forms.CharField):
    """The row as the page shows it; it says what the form is about and is nothing to be saved."""

    def __init__(self) -> None:
        super().__init__(required=False, widget=forms.HiddenInput)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return False


class FreshForm(forms.ModelForm):
    """Carries the row as it was when the page was opened, and compares it with the row as it is when it is saved.

    Where they differ and something was changed here too, nothing is saved: the form says what is otherwise now, and
    keeps what was typed. Where nothing was changed here, the row stays as it is.

    The row is locked until the transaction ends. Fields that the page does not offer are not compared.
    """

    shown = ShownField()

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        check_lines(self)
        if self.instance.pk:
            self.initial["shown"] = json.dumps(self._row_values(self.instance), cls=DjangoJSONEncoder)

    def clean(self) -> dict[str, Any] | None:
        values = super().clean()
        text = self.data.get(self.add_prefix("shown")) if self.instance.pk else None
        shown = _load(text) if text else None
        row = type(self.instance)._base_manager.select_for_update().filter(pk=self.instance.pk).first()
        if shown is None or row is None:
            return values
        now = self._row_values(row)
        stale = [name for name in now if name in shown and shown[name] != now[name]]
        changed = {name for name in now if name in shown and self._said(name) != shown[name]}
        if stale and changed:
            self.add_error(
                None,
                gettext("Nothing was saved. Somebody else has changed this meanwhile: {news}.").format(
                    news=self._news(row, stale)
                ),
            )
            self._show_anew(row, [name for name in stale if name not in changed])
        elif stale:
            self.cleaned_data |= {name: _value(row, name) for name in stale}
        return values

    def words_of(self, row: Any, name: str) -> str:
        """A value as it is told to whoever has to look at it anew."""
        value = _value(row, name)
        if isinstance(value, bool):
            return gettext("yes") if value else gettext("no")
        if isinstance(value, datetime):
            return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
        if isinstance(value, list):
            return ", ".join(map(str, value)) or gettext("nobody")
        return str(value) if value not in (None, "") else gettext("empty")

    def _news(self, row: Model, names: list[str]) -> str:
        return "; ".join(
            gettext("{label} is now {value}").format(label=self[name].label, value=self.words_of(row, name))
            for name in names
        )

    def _row_values(self, row: Model) -> dict[str, Any]:
        """The row's values of the fields of this form, as JSON has them."""
        named = [name for name, field in self.fields.items() if not field.disabled]
        return {name: _plain(value) for name, value in model_to_dict(row, named).items()}

    def _said(self, name: str) -> Any:
        """What the form says, as JSON has it; what cannot be understood is no value of any row."""
        return _plain(self.cleaned_data[name]) if name in self.cleaned_data else "?"

    def _show_anew(self, row: Model, names: list[str]) -> None:
        """Let the page show the row as it is in these fields, and be compared with that the next time."""
        fresh = type(self)(instance=row)
        for name in ("shown", *names):
            initial = self.initial[name] = fresh.initial[name]
            self[name].__dict__.pop("initial", None)
            self.fields[name].bound_data = _always(initial)  # type: ignore[assignment, method-assign]


class FreshFormSet(BaseInlineFormSet):
    """Rows under a page. Where a colleague has taken one away meanwhile, nothing is saved and the page says so."""

    def clean(self) -> None:
        super().clean()
        if any(form.instance.pk is None for form in self.initial_forms):
            # The form's own error is about a field that the page does not show.
            raise forms.ValidationError(
                gettext(
                    "Nothing was saved. Somebody else has taken away one of these rows meanwhile: open this page again."
                )
            )


def _always(value: Any) -> Callable[[Any, Any], Any]:
    return lambda data, initial: value


def _load(text: str) -> dict[str, Any] | None:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return values if isinstance(values, dict) else None


def _value(row: Any, name: str) -> Any:
    value = getattr(row, name)
    return list(value.all()) if isinstance(value, Manager) else value


def _plain(value: Any) -> Any:
    """A value of a form or a row in one spelling: that of a form, which drops blanks around a text and parts of a
    second."""
    if isinstance(value, Model):
        return value.pk
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(microsecond=0).isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int | None):
        return value
    return sorted(map(_plain, value))
