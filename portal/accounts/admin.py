"""Accounts in the admin: who may sign in, and who is staff. Only administrators (superusers) see them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.db.models.signals import pre_delete
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.translation import gettext

from portal.accounts.administrators import LAST, administrators, is_last_administrator
from portal.accounts.limits import forgive
from portal.accounts.models import Account, Attempt, OfficialChange, Reading
from portal.accounts.time_zones import choices_with, default_time_zone, time_zone_choices
from portal.web.languages import later as _
from portal.web.lines import check_lines
from portal.web.stale_forms import FreshForm

admin.site.unregister(Group)


class ReadOnlyAdmin(admin.ModelAdmin):
    """For administrators to look at."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return _is_administrator(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return _is_administrator(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Attempt)
class AttemptAdmin(ReadOnlyAdmin):
    """Who has been guessing. Deleting an account's rows lets its owner in who would have to wait."""

    list_display = ("made_at", "kind", "email", "address", "is_known_browser")
    list_filter = ("kind",)
    search_fields = ("email", "address")

    @admin.display(boolean=True, description=_("known browser"))
    def is_known_browser(self, attempt: Attempt) -> bool:
        return bool(attempt.browser)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return _is_administrator(request)


@admin.register(OfficialChange)
class OfficialChangeAdmin(ReadOnlyAdmin):
    """Who changed whose name, address, number or role."""

    list_display = ("changed_at", "author", "table_name", "row_name", "field", "old", "new")
    list_filter = ("table_name", "field")
    search_fields = ("row_name", "old", "new", "changed_by_name", "changed_by_email")

    @admin.display(description=_("changed by"))
    def author(self, change: OfficialChange) -> str:
        return f"{change.changed_by_name} ({change.changed_by_email})" if change.changed_by_name else change.program


@admin.register(Reading)
class ReadingAdmin(ReadOnlyAdmin):
    """Who signed in, exported, or looked at a student: for all staff to search."""

    list_display = ("read_at", "who", "act", "about", "address")
    list_filter = ("act",)
    search_fields = ("reader_name", "reader_email", "about", "address")
    search_help_text = _("Who, whose page, what was exported, or from which address")
    date_hierarchy = "read_at"

    @admin.display(description=_("who"), ordering="reader_email")
    def who(self, reading: Reading) -> str:
        return f"{reading.reader_name} ({reading.reader_email})" if reading.reader_email else gettext("a command")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return _is_staff(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return _is_staff(request)


class AddAccountForm(AdminUserCreationForm):
    """A new account; without a password its owner sets one by the reset page."""

    usable_password = forms.ChoiceField(
        label=_("Password"),
        required=False,
        initial="false",
        choices={"false": _("The owner sets one with “Forgotten your password?”"), "true": _("Set one now")},
        widget=forms.RadioSelect(attrs={"class": "radiolist"}),
    )
    time_zone = forms.ChoiceField(choices=time_zone_choices, initial=default_time_zone)

    class Meta:
        model = Account
        fields = ("email", "name", "number", "title", "department", "time_zone", "is_staff")

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        check_lines(self)

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class ChangeAccountForm(FreshForm, UserChangeForm):
    """An account as it stands; the password has its own page."""

    time_zone = forms.ChoiceField(choices=time_zone_choices)

    class Meta:
        model = Account
        fields = "__all__"

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if "time_zone" in self.fields:
            self.fields["time_zone"].choices = choices_with(self.instance.time_zone)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any] | None:
        """Refuse to leave nobody who keeps accounts."""
        is_last = is_last_administrator(self.instance)
        values = super().clean() or {}
        if is_last and not all(values.get(name, True) for name in ("is_active", "is_staff", "is_superuser")):
            self.add_error(None, LAST)
        return values


class NewPasswordForm(AdminPasswordChangeForm):
    """A password that an administrator sets for somebody: with it they are let in at once."""

    def save(self, commit: bool = True) -> Account:
        account: Account = super().save(commit)
        forgive(account.email)
        return account


@admin.register(Account)
class AccountAdmin(UserAdmin):
    """Three kinds of account: lecturers see their courses, staff all of them, administrators accounts too."""

    form = ChangeAccountForm
    add_form = AddAccountForm
    change_password_form = NewPasswordForm
    list_display = (
        "email",
        "name",
        "number",
        "title",
        "department",
        "is_active",
        "is_staff",
        "is_superuser",
        "last_login",
    )
    list_filter = ("is_active", "is_staff", "is_superuser")
    search_fields = ("email", "name", "preferred_name", "number", "department")
    ordering = ("name", "email")
    readonly_fields = ("last_login", "created_at")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        (_("Of the office"), {"fields": ("name", "number")}),
        (_("Profile"), {"fields": ("title", "preferred_name", "department", "time_zone", "language")}),
        (_("Rights"), {"fields": ("is_active", "is_staff", "is_superuser", "reads_confidential", "shown")}),
        (_("Dates"), {"fields": ("last_login", "created_at")}),
    )
    add_fieldsets = (
        (None, {"fields": ("email", "name", "number", "title", "department", "time_zone", "is_staff")}),
        (_("Password"), {"fields": ("usable_password", "password1", "password2")}),
    )

    def get_form(self, request: HttpRequest, obj: Account | None = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        if field := form.base_fields.get("is_superuser"):
            field.label, field.help_text = (
                gettext("Administrator"),
                gettext("Keeps accounts as well; needs “staff” to reach the admin."),
            )
        return form

    def save_model(self, request: HttpRequest, obj: Account, form: Any, change: bool) -> None:
        """Of an account that is there write what was changed alone: its owner may be setting a password."""
        if change:
            obj.save(update_fields=form.changed_data)
        else:
            super().save_model(request, obj, form, change)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Who stands in the log of the administration stays with it: nobody can delete a line of that."""
        to_delete, counts, lacking, protected = super().get_deleted_objects(objs, request)
        if LogEntry.objects.filter(user__in=[account.pk for account in objs]).exists():
            protected = [*protected, gettext("The log of the administration: take “may sign in” away instead.")]
        if not administrators().exclude(pk__in=[account.pk for account in objs]).exists():
            protected = [*protected, str(LAST)]
        # What is protected is not deleted, whoever may delete its like.
        return to_delete, counts, set() if protected else lacking, protected

    def has_module_permission(self, request: HttpRequest) -> bool:
        return _is_administrator(request)

    def has_view_permission(self, request: HttpRequest, obj: Account | None = None) -> bool:
        return _is_administrator(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _is_administrator(request)

    def has_change_permission(self, request: HttpRequest, obj: Account | None = None) -> bool:
        return _is_administrator(request)

    def has_delete_permission(self, request: HttpRequest, obj: Account | None = None) -> bool:
        return _is_administrator(request)


@receiver(pre_delete, sender=LogEntry)
def _keep_the_log(**_: Any) -> None:
    """Without somebody to ask, Django would delete the lines of an account unseen, which the database refuses even
    where there are none."""
    raise PermissionDenied(gettext("The log of the administration is never deleted."))


def _is_staff(request: HttpRequest) -> bool:
    return request.user.is_active and request.user.is_staff


def _is_administrator(request: HttpRequest) -> bool:
    user = request.user
    return isinstance(user, Account) and user.is_active and user.is_staff and user.is_superuser
