"""Forms for one account, and for its parts in courses and departments."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.accounts.administrators import LAST, is_last_administrator
from portal.accounts.models import Account
from portal.accounts.time_zones import default_time_zone
from portal.attendance.models import Course, Department
from portal.web.stale_forms import FreshForm

LECTURER, REGISTRAR, ADMINISTRATOR = "lecturer", "registrar", "administrator"
ROLES = [
    (LECTURER, _("Lecturer, assistant or viewer: sees their own courses")),
    (REGISTRAR, _("Registrar: sees every course and sets up terms")),
    (ADMINISTRATOR, _("Administrator: keeps accounts as well")),
]


class PersonForm(FreshForm):
    """An account as the office has it; the role stands for two columns."""

    field_order = ("name", "email", "number", "title", "role")

    role = forms.ChoiceField(label=_("Role"), choices=ROLES, widget=forms.RadioSelect, initial=LECTURER)

    class Meta:
        model = Account
        fields = ["name", "email", "number", "title", "reads_confidential", "is_active"]
        labels = {"title": _("Title before the name")}

    def __init__(self, by: Account, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.by = by
        if self.instance.pk:
            self.initial["role"] = role_of(self.instance)
        else:
            del self.fields["is_active"]

    def clean(self) -> dict[str, Any]:
        """Nobody takes their own right to keep accounts, or that of the last who has it: somebody has to."""
        is_last = is_last_administrator(self.instance)
        values = super().clean() or {}
        if is_last and (values.get("role", ADMINISTRATOR) != ADMINISTRATOR or values.get("is_active") is False):
            self.add_error(None, LAST)
        if self.instance.pk == self.by.pk:
            if values.get("role", ADMINISTRATOR) != ADMINISTRATOR:
                self.add_error("role", gettext("You cannot take this role from yourself. Another administrator can."))
            if values.get("is_active") is False:
                self.add_error(
                    "is_active", gettext("You cannot keep yourself from signing in. Another administrator can.")
                )
        return values

    def save(self, commit: bool = True) -> Account:
        """Write what was changed alone: the owner may be saving the profile."""
        account: Account = super().save(commit=False)
        role = self.cleaned_data["role"]
        account.is_staff, account.is_superuser = role != LECTURER, role == ADMINISTRATOR
        if account.pk:
            changed = set(self.changed_data) & {*self.Meta.fields}
            roles = {"is_staff", "is_superuser"} if "role" in self.changed_data else set()
            account.save(update_fields=sorted(changed | roles | self._revoke_invitation()))
        else:
            account.time_zone = default_time_zone()
            account.set_unusable_password()
            account.save()
        return account

    def _revoke_invitation(self) -> set[str]:
        """Who may not sign in any more holds no link that would count again if they may: which columns it changes."""
        if self.instance.is_active or self.instance.has_usable_password():
            return set()
        self.instance.set_unusable_password()
        return {"password"}


def role_of(account: Account) -> str:
    """Which of ``ROLES`` an account has."""
    return ADMINISTRATOR if account.is_superuser else REGISTRAR if account.is_staff else LECTURER


class PartForm(forms.Form):
    """A part that somebody is given, or loses: in a course by its code, in a department by its name."""

    KINDS = [
        ("lecturers", _("Teaches")),
        ("assistants", _("Takes registers of")),
        ("viewers", _("Reads the department")),
    ]

    kind = forms.ChoiceField(choices=KINDS)
    where = forms.CharField(max_length=200)

    def clean(self) -> dict[str, Any]:
        """Find the course or department."""
        values = super().clean() or {}
        kind, where = values.get("kind"), values.get("where")
        if kind and where:
            found = self._find(kind, where)
            if found is None:
                words = (
                    gettext("There is no department “{where}”.")
                    if kind == "viewers"
                    else gettext("There is no course “{where}”.")
                )
                self.add_error("where", words.format(where=where))
            values["found"] = found
        return values

    def _find(self, kind: str, where: str) -> Course | Department | None:
        if kind == "viewers":
            return Department.objects.filter(name__iexact=where).first()
        return Course.objects.filter(code__iexact=where).first()
