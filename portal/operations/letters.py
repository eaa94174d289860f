"""The mails about cameras: plain text, with times of the room, and without any address of a camera."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import timezone

from portal.attendance.models import AlarmMail, CameraAlarm, ClassSession
from portal.attendance.queries.troubles import Kind
from portal.attendance.queries.watch import RoomWatch
from portal.operations.words import cameras_words, mail_sentences, moment

WHAT_TO_DO = {
    Kind.NEVER: "See that the recognizer of the room runs and that its configuration names this camera. If the camera "
    "is gone for good, end it on the room's page in the admin.",
    Kind.SILENT: "See that the classroom machine is switched on and has its network. On it, "
    "“systemctl status rollcall-recognizer” says whether the recognizer runs.",
    Kind.STOPPED: "Somebody stopped the recognizer. On the classroom machine, “systemctl start rollcall-recognizer” "
    "starts it.",
    Kind.FAILING: "See that the camera has power and network. On the classroom machine, “recognizer check” tries it "
    "and says what is wrong.",
    Kind.STARTING: "On the classroom machine, “journalctl -u rollcall-recognizer” says what the camera waits for.",
    Kind.BLIND: "Look at the camera and at its picture: is the light on, is something before the lens, does the "
    "picture move? On the classroom machine, “recognizer check” says what it sees.",
}

GALLERY_TO_DO = (
    "On the classroom machine, “recognizer check” says what is wrong with the gallery, and how many it names."
)


def write_letter(mails: Sequence[AlarmMail], rooms: Mapping[int, RoomWatch]) -> EmailMessage:
    """The mail for one person about one room or several, which all began or all ended.

    Sent twice by mischance it is the same message to mail programs.
    """
    first = mails[0]
    subject, text = _one(first, rooms) if len(mails) == 1 else _several(mails, rooms)
    alarms = "-".join(str(each.alarm_id) for each in mails)
    known_as = alarms if len(mails) == 1 else sha256(alarms.encode()).hexdigest()[:16]
    name = f"<rollcall-alarm-{known_as}-{first.about}-{first.account_id}@{host() or 'localhost'}>"
    headers = {"Message-ID": name, "Auto-Submitted": "auto-generated"}
    return EmailMessage(" ".join(subject.split()), f"{text}\n", None, [first.account.email], headers=headers)


def _one(mail: AlarmMail, rooms: Mapping[int, RoomWatch]) -> tuple[str, str]:
    watch = rooms[mail.alarm.room_id]
    with timezone.override(watch.room.zone):
        subject, text = (_began if mail.about == AlarmMail.About.BEGAN else _ended)(mail.alarm, watch)
    return subject, f"{text}\n\n{_why(mail, watch)}"


def _several(mails: Sequence[AlarmMail], rooms: Mapping[int, RoomWatch]) -> tuple[str, str]:
    began = mails[0].about == AlarmMail.About.BEGAN
    if began:
        subject = f"{len(mails)} rooms: cameras cannot see"
        first = "The cameras of these rooms cannot see all that they should, and the rooms are needed."
        last = (
            "Where many rooms fail at once there is often one cause: the network, the power, or the database.\n\n"
            + ("You will get one more mail of each room, when it can be seen again.")
        )
    else:
        subject = f"{len(mails)} rooms: cameras are well again"
        first, last = "The cameras of these rooms are well again.", "Registers of that time say what could not be seen."
    parts = [_in_short(mail, rooms[mail.alarm.room_id]) for mail in mails]
    why = (
        "You get this because these rooms name you, or because you asked for mails about cameras on the page “Cameras”."
    )
    return subject, "\n\n".join([first, *parts, last, f"More: {_link(reverse('operations:cameras'))}", why])


def _in_short(mail: AlarmMail, watch: RoomWatch) -> str:
    alarm, began = mail.alarm, mail.about == AlarmMail.About.BEGAN
    with timezone.override(watch.room.zone):
        trouble = mail_sentences(watch.faults, len(watch.cameras)) if began and watch.faults else alarm.trouble
        lines = [f"* {watch.room.name}", f"  {'What is' if began else 'What was'} wrong: {trouble}"]
        if began and (session := alarm.session or watch.session):
            lines.append(f"  It is needed for: {_session(session)} ({watch.room.zone.key})")
    return "\n".join(lines)


def host() -> str:
    """The host name that browsers ask for; empty where none but this machine's is set."""
    names = [each.lstrip(".") for each in settings.ALLOWED_HOSTS]
    return next((each for each in names if each and each not in ("localhost", "127.0.0.1", "[::1]", "*")), "")


def _began(alarm: CameraAlarm, watch: RoomWatch) -> tuple[str, str]:
    session = alarm.session or watch.session
    faults = watch.faults
    trouble = mail_sentences(faults, len(watch.cameras)) if faults else alarm.trouble
    needs_gallery = any(each.detail in ("gallery", "nobody") for each in faults if each.kind is Kind.BLIND)
    kinds = {
        each.kind: None for each in faults if each.detail not in ("gallery", "nobody") or each.kind is not Kind.BLIND
    }
    to_do = [WHAT_TO_DO[kind] for kind in kinds] + ([GALLERY_TO_DO] if needs_gallery else [])
    subject = f"{watch.room.name}: " + (
        "cameras are silent" if alarm.kind == alarm.Kind.SILENT else "cameras cannot see"
    )
    parts = [
        f"The cameras of {watch.room.name} cannot see all that they should.",
        f"What is wrong: {trouble}\nSince: {moment(alarm.began_at)}",
    ]
    if session:
        subject += f", {session.course.code} at {timezone.localtime(session.starts_at):%H:%M}"
        parts.append(f"It is needed for: {_session(session)}")
    parts.append(
        "Nobody becomes absent by this: whoever the cameras could not have seen is “not observed”, and the lecturer "
        "can set a status."
    )
    if to_do:
        parts.append("What to do: " + "\n".join(to_do))
    parts.append("You will get one more mail, when the room can be seen again.")
    return subject, "\n\n".join([*parts, *_where(watch)])


def _ended(alarm: CameraAlarm, watch: RoomWatch) -> tuple[str, str]:
    name = watch.room.name
    if watch.cameras:
        subject = f"{name}: cameras are well again"
        first = f"The cameras of {name} are well again, since {moment(alarm.well_since or timezone.now())}."
    else:
        subject = f"{name}: no cameras any more"
        first = f"The cameras of {name} that were in trouble no longer belong to the room."
    parts = [
        first,
        f"What was wrong: {alarm.trouble}\nSince: {moment(alarm.began_at)}",
        f"Now: {cameras_words(watch)}.",
        "Registers of class sessions in that time say what could not be seen.",
    ]
    return subject, "\n\n".join([*parts, *_where(watch)])


def _session(session: ClassSession) -> str:
    start, end = timezone.localtime(session.starts_at), timezone.localtime(session.ends_at)
    return (
        f"{session.course.code} {session.course.title}, {start:%A} {start.day} {start:%B}, {start:%H:%M} to {end:%H:%M}"
    )


def _where(watch: RoomWatch) -> list[str]:
    link = _link(reverse("operations:room", args=[watch.room.pk]))
    return [f"More: {link}\nTimes are in {watch.room.zone.key}."]


def _link(path: str) -> str:
    scheme = "http" if settings.PLAIN_HTTP else "https"
    return f"{scheme}://{host()}{path}" if host() else f"“Cameras” in the portal ({path})"


def _why(mail: AlarmMail, watch: RoomWatch) -> str:
    if watch.room.contacts.filter(account=mail.account_id).exists():
        return f"You get this because {watch.room.name} names you."
    return "You get this because you asked for mails about cameras; the page “Cameras” switches them off."
