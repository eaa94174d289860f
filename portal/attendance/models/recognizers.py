"""The recognizers themselves: which one watches a room, and what one of them could not keep. They write all of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from portal.attendance.models.timetable import Room


class RoomLease(models.Model):
    """Which recognizer watches the room: its holder renews it while it runs, and another takes it once it has expired.

    Instants are by the database's clock.
    """

    room = models.OneToOneField(Room, on_delete=models.CASCADE, related_name="lease")
    holder = models.CharField(
        max_length=64, help_text="Stands for the machine and the state folder: it is the same after a restart."
    )
    token = models.CharField(max_length=32, help_text="Stands for one run of the recognizer.")
    machine = models.CharField(max_length=64, help_text="The host name of the classroom machine.")
    held_since = models.DateTimeField()
    expires_at = models.DateTimeField()
    waiting_machine = models.CharField(
        max_length=64, null=True, blank=True, help_text="The host name of another recognizer that asked for the room."
    )
    waiting_at = models.DateTimeField(null=True, blank=True, help_text="When that one asked last.")

    class Meta:
        db_table = "room_lease"
        verbose_name = "recognizer of a room"
        verbose_name_plural = "recognizers of rooms"
        ordering = ["room__name"]

    def __str__(self) -> str:
        return f"{self.room}: {self.machine}"


class OutboxFault(models.Model):
    """Something that a recognizer had seen and could not keep: its outbox was damaged, or had no room left."""

    class Reason(models.TextChoices):
        DAMAGED = "damaged", "its file was damaged"
        DELETED = "deleted", "its file was deleted or replaced by another program"
        NO_ROOM = "no room", "the disk was full, and then the memory for it"

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="outbox_faults")
    happened_at = models.DateTimeField(help_text="By the classroom machine's clock.")
    reason = models.CharField(max_length=8, choices=Reason)
    entries_saved = models.PositiveIntegerField(help_text="Entries that could be read out of the damaged file.")
    entries_lost = models.PositiveIntegerField(help_text="Entries that are lost, as far as they could be counted.")
    bytes_unreadable = models.PositiveBigIntegerField(
        help_text="Bytes of the damaged file of which nobody can say what they held."
    )
    recorded_at = models.DateTimeField(db_default=Now(), help_text="When it was last written, by the database's clock.")

    class Meta:
        db_table = "outbox_fault"
        ordering = ["-happened_at"]
        constraints = [
            models.UniqueConstraint(fields=["room", "happened_at"], name="outbox_fault_once"),
            models.CheckConstraint(
                condition=Q(reason__in=["damaged", "deleted", "no room"]), name="outbox_fault_reason_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.room} · {self.happened_at:%Y-%m-%d %H:%M} UTC: {self.get_reason_display()}"
