"""Forms of the office, saved in one transaction each."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.db import IntegrityError
from django.forms import ModelForm

from portal.attendance.services.transactions import repeat_transaction

Form = TypeVar("Form", bound=ModelForm)
Answer = TypeVar("Answer")


def save_form(fill_in: Callable[[], Form]) -> Form:
    """The form that ``fill_in`` makes, saved where it has no errors."""

    def work() -> Form:
        form = fill_in()
        if form.is_valid():
            form.save()
        return form

    return repeat_where_met(work)


def repeat_where_met(work: Callable[[], Answer]) -> Answer:
    """``repeat_transaction``, once more where somebody has saved the same number, code or name at that moment.

    It is there then, so the form says so. A button that is pressed twice sends two forms at once.
    """
    try:
        return repeat_transaction(work)
    except IntegrityError:
        return repeat_transaction(work)
