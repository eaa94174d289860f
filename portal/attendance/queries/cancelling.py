"""Who cancelled a class session, and when."""

from __future__ import annotations

from portal.accounts.models import OfficialChange
from portal.attendance.models import ClassSession


def cancelling_of(session: ClassSession) -> OfficialChange | None:
    """The change that cancelled it; None where it is not cancelled, or came cancelled into the timetable."""
    if not session.is_cancelled:
        return None
    said = OfficialChange.objects.filter(table_name=ClassSession._meta.db_table, row_id=session.pk)
    latest = said.filter(field="is_cancelled").select_related("changed_by").order_by("-pk").first()
    return latest if latest and latest.new == str(True) else None
