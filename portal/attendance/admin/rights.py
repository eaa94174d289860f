"""What staff may do in the admin: nobody hands out single permissions here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.messages.storage import default_storage
from django.db.models import Model
from django.http import HttpRequest

from portal.attendance.services.transactions import repeat_transaction


class StaffMayRead:
    """Staff see it and change nothing."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.is_staff

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class StaffMayAdd(StaffMayRead):
    """Staff add and remove rows; one that stands has nothing to change, and is shown as text.

    As text because a select for every row would ask the database once a row.
    """

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_module_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_module_permission(request)


class StaffMayKeep(StaffMayAdd):
    """Staff do everything. What a page saves is one transaction, which is repeated like those of the services."""

    def changeform_view(self, request: HttpRequest, *arguments: Any, **options: Any) -> Any:
        return _repeat_page(request, lambda: super(StaffMayKeep, self).changeform_view(request, *arguments, **options))  # type: ignore[misc]

    def delete_view(self, request: HttpRequest, *arguments: Any, **options: Any) -> Any:
        return _repeat_page(request, lambda: super(StaffMayKeep, self).delete_view(request, *arguments, **options))  # type: ignore[misc]

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_module_permission(request)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Where the record protects a row, the page names what stands on it, not a right that nobody has."""
        to_delete, counts, lacking, protected = super().get_deleted_objects(objs, request)  # type: ignore[misc]
        return to_delete, counts, set() if protected else lacking, protected


def _repeat_page(request: HttpRequest, page: Callable[[], Any]) -> Any:
    """The answer of a page; where it saves, its whole transaction is repeated after a passing error."""
    if request.method != "POST":
        return page()

    def work() -> Any:
        # What an attempt that was undone has told is told again.
        request._messages = default_storage(request)  # type: ignore[attr-defined]
        return page()

    return repeat_transaction(work)
