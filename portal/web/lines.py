"""Names, titles and codes: a line of signs that can be seen, in the order in which they are written."""

from __future__ import annotations

import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext

_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""They turn the writing round: with one in front, a colleague's name that is typed backwards reads as it is."""

_UNSEEN = ("Cc", "Cf", "Zs", "Zl", "Zp", "Mn", "Me")


def is_noncharacter(sign: str) -> bool:
    """Whether Unicode keeps it from all texts: XML refuses two of them."""
    return ord(sign) & 0xFFFE == 0xFFFE or "\ufdd0" <= sign <= "\ufdef"


def check_line(text: str) -> None:
    """Raise ValidationError for a text with line ends, control characters or turns, or with nothing to be seen."""
    if any(sign in _TURNS or is_noncharacter(sign) or _breaks_the_line(sign) for sign in text):
        raise ValidationError(gettext("It has a sign in it that cannot be printed. Type it anew."))
    if text and all(unicodedata.category(sign) in _UNSEEN for sign in text):
        raise ValidationError(gettext("It has no sign in it that can be seen."))


def check_lines(form: forms.BaseForm) -> None:
    """Let ``check_line`` judge each field of a form that is one line of text, as it is filled in."""
    for name, field in form.fields.items():
        # What makes a student number says more of what is wrong with one.
        if type(field) is forms.CharField and isinstance(field.widget, forms.TextInput) and name != "number":
            field.validators = [*field.validators, check_line]


def one_line(text: str) -> str:
    """The text on one line, whatever stands in it, without signs that cannot be printed."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


class NamedForm(forms.ModelForm):
    """A row with a name, whose texts are lines."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        check_lines(self)


def _breaks_the_line(sign: str) -> bool:
    return unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp")
