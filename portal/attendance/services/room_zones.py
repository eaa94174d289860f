"""A room's time zone, and what follows from another one."""

from __future__ import annotations

from django.utils import timezone

from portal.attendance.models import ClassSession, Room, Slot
from portal.attendance.services.slots import SlotPlan, plan_slots
from portal.attendance.services.transactions import repeat_transaction


def change_zone(room: Room, time_zone: str) -> SlotPlan:
    """Set a room's time zone, and move what its weekly slots have made to the same time by its new clocks.

    Class sessions whose register is open then fall on the day that the zone says. What a person has planned by itself
    stays at its instant. The answer is what became of the slots' class sessions.
    """

    def work() -> SlotPlan:
        room.time_zone = time_zone
        room.save(update_fields=["time_zone"])
        for session in ClassSession.objects.filter(room=room, closed_at=None).select_for_update().order_by("pk"):
            session.room = room
            session.save(update_fields=["day"])
        slots = Slot.objects.select_related("term", "course", "room")
        plan = plan_slots(slots.filter(room=room, term__last_day__gte=timezone.localdate()))
        plan.write()
        return plan

    return repeat_transaction(work)
