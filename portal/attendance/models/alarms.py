"""Rooms that could not be watched when they were needed, who is told, and who has been. The portal writes all of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from portal.accounts.models.trail import Trailed, TrailedSet
from portal.attendance.models.timetable import ClassSession, Room


class RoomContact(Trailed):
    """Somebody who is told by mail of the room's cameras, in the place of those who are told of all rooms."""

    in_trail = ("account",)
    named_by = ("room", "account")

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="contacts")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="contact_of")

    objects = TrailedSet["RoomContact"].as_manager()

    class Meta:
        db_table = "room_contact"
        verbose_name = _("person told of the cameras")
        verbose_name_plural = _("people told of the cameras")
        ordering = ["room__name", "account__name"]
        constraints = [models.UniqueConstraint(fields=["room", "account"], name="room_contact_once")]

    def __str__(self) -> str:
        return f"{self.account} is told of {self.room}"


class CameraAlarm(models.Model):
    """A room with a class session was blind or silent, from when until when. A room has one at a time."""

    class Kind(models.TextChoices):
        SILENT = "silent", _("Silent")
        BLIND = "blind", _("Blind")

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="camera_alarms")
    kind = models.CharField(max_length=8, choices=Kind)
    trouble = models.CharField(max_length=300, help_text="What was wrong, as it was told.")
    session = models.ForeignKey(
        ClassSession,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        help_text="The class session for which the room was needed.",
    )
    began_at = models.DateTimeField(help_text="Since when it is known to be in trouble.")
    well_since = models.DateTimeField(null=True, help_text="Since when it seems well again.")
    ended_at = models.DateTimeField(null=True)
    is_open = models.BooleanField(null=True, default=True, help_text="True, or NULL once it has ended.")
    recorded_at = models.DateTimeField(
        db_default=Now(), help_text="When it was first written, by the database's clock."
    )

    class Meta:
        db_table = "camera_alarm"
        ordering = ["-began_at"]
        constraints = [
            # NULL is equal to nothing: a room has many alarms that have ended, and one that has not.
            models.UniqueConstraint(fields=["room", "is_open"], name="camera_alarm_one_open"),
            models.CheckConstraint(
                condition=Q(is_open=True, ended_at__isnull=True) | Q(is_open__isnull=True, ended_at__isnull=False),
                name="camera_alarm_open_or_ended",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.room} · {self.began_at:%Y-%m-%d %H:%M} UTC: {self.trouble}"


class AlarmMail(models.Model):
    """One person is told once that an alarm began, and once that it ended."""

    class About(models.TextChoices):
        BEGAN = "began", _("It began")
        ENDED = "ended", _("It ended")

    alarm = models.ForeignKey(CameraAlarm, on_delete=models.CASCADE, related_name="mails")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    about = models.CharField(max_length=8, choices=About)
    claimed_until = models.DateTimeField(
        null=True, help_text="A program is sending it; if nothing has come of it by then, another may."
    )
    sent_at = models.DateTimeField(null=True, help_text="When the mail server had accepted it.")

    class Meta:
        db_table = "alarm_mail"
        ordering = ["alarm", "account", "about"]
        constraints = [models.UniqueConstraint(fields=["alarm", "account", "about"], name="alarm_mail_once")]

    def __str__(self) -> str:
        return f"{self.account}: {self.get_about_display()}"
