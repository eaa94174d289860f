"""The mails about cameras: plain text, with times of the room, and without any address of a camera."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext

from portal.accounts.mailing import mail_signature
from portal.attendance.models import AlarmMail, CameraAlarm, ClassSession
from portal.attendance.queries.troubles import Kind
from portal.attendance.queries.watch import RoomWatch
from portal.operations.words import cameras_words, mail_sentences, moment
from portal.web.languages import later as _
from portal.web.languages import speaking_to

WHAT_TO_DO = {
    Kind.NEVER: _(
        "See that the recognizer of the room runs and that its configuration names this camera. If the camera "
        "is gone for good, end it on the room's page."
    ),
    Kind.SILENT: _(
        "See that the classroom machine is switched on and has its network. On it, "
        "“systemctl status rollcall-recognizer” says whether the recognizer runs."
    ),
    Kind.STOPPED: _(
        "Somebody stopped the recognizer. On the classroom machine, “systemctl start rollcall-recognizer” starts it."
    ),
    Kind.FAILING: _(
        "See that the camera has power and network. On the classroom machine, “recognizer check” tries it "
        "and says what is wrong."
    ),
    Kind.STARTING: _("On the classroom machine, “journalctl -u rollcall-recognizer” says what the camera waits for."),
    Kind.BLIND: _(
        "Look at the camera and at its picture: is the light on, is something before the lens, does the "
        "picture move? On the classroom machine, “recognizer check” says what it sees."
    ),
}

GALLERY_TO_DO = _(
    "On the classroom machine, “recognizer check” says what is wrong with the gallery, and how many it names."
)


def write_letter(mails: Sequence[AlarmMail], rooms: Mapping[int, RoomWatch]) -> EmailMessage:
    """The mail for one person about one room or several, which all began or all ended.

    Sent twice by mischance it is the same message to mail programs.
    """
    first = mails[0]
    with speaking_to(first.account):
        subject, text = _one(first, rooms) if len(mails) == 1 else _several(mails, rooms)
    alarms = "-".join(str(each.alarm_id) for each in mails)
    known_as = alarms if len(mails) == 1 else sha256(alarms.encode()).hexdigest()[:16]
    name = f"<rollcall-alarm-{known_as}-{first.about}-{first.account_id}@{host() or 'localhost'}>"
    headers = {"Message-ID": name, "Auto-Submitted": "auto-generated"}
    return EmailMessage(
        " ".join(subject.split()), f"{text}\n\n{mail_signature()}\n", None, [first.account.email], headers=headers
    )


def _one(mail: AlarmMail, rooms: Mapping[int, RoomWatch]) -> tuple[str, str]:
    watch = rooms[mail.alarm.room_id]
    with timezone.override(watch.room.zone):
        subject, text = (_began if mail.about == AlarmMail.About.BEGAN else _ended)(mail.alarm, watch)
    return subject, f"{text}\n\n{_why(mail, watch)}"


def _several(mails: Sequence[AlarmMail], rooms: Mapping[int, RoomWatch]) -> tuple[str, str]:
    began = mails[0].about == AlarmMail.About.BEGAN
    if began:
        subject = gettext("{number} rooms: cameras cannot see").format(number=len(mails))
        first = gettext("The cameras of these rooms cannot see all that they should, and the rooms are needed.")
        last = gettext(
            "Where many rooms fail at once there is often one cause: the network, the power, or the database."
        )
        last += "\n\n" + (gettext("You will get one more mail of each room, when it can be seen again."))
    else:
        subject = gettext("{number} rooms: cameras are well again").format(number=len(mails))
        first, last = (
            gettext("The cameras of these rooms are well again."),
            gettext("Registers of that time say what could not be seen."),
        )
    parts = [_in_short(mail, rooms[mail.alarm.room_id]) for mail in mails]
    why = gettext(
        "You get this because these rooms name you, or because you asked for mails about cameras on the page “Cameras”."
    )
    return subject, "\n\n".join(
        [first, *parts, last, gettext("More: {link}").format(link=_link(reverse("operations:cameras"))), why]
    )


def _in_short(mail: AlarmMail, watch: RoomWatch) -> str:
    alarm, began = mail.alarm, mail.about == AlarmMail.About.BEGAN
    with timezone.override(watch.room.zone):
        trouble = mail_sentences(watch.faults, len(watch.cameras)) if began and watch.faults else alarm.trouble
        words = gettext("What is wrong: {trouble}") if began else gettext("What was wrong: {trouble}")
        lines = [f"* {watch.room.name}", f"  {words.format(trouble=trouble)}"]
        if began and (session := alarm.session or watch.session):
            lines.append(
                "  "
                + gettext("It is needed for: {session} ({zone})").format(
                    session=_session(session), zone=watch.room.zone.key
                )
            )
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
        gettext("cameras are silent") if alarm.kind == alarm.Kind.SILENT else gettext("cameras cannot see")
    )
    parts = [
        gettext("The cameras of {name} cannot see all that they should.").format(name=watch.room.name),
        gettext("What is wrong: {trouble}").format(trouble=trouble)
        + "\n"
        + gettext("Since: {moment}").format(moment=moment(alarm.began_at)),
    ]
    if session:
        subject += ", " + gettext("{code} at {time}").format(
            code=session.course.code, time=date_format(timezone.localtime(session.starts_at), "TIME_FORMAT")
        )
        parts.append(gettext("It is needed for: {session}").format(session=_session(session)))
    parts.append(
        gettext(
            "Nobody becomes absent by this: whoever the cameras could not have seen is “not observed”, and the "
            "lecturer can set a status."
        )
    )
    if to_do:
        parts.append(gettext("What to do: {steps}").format(steps="\n".join(map(str, to_do))))
    parts.append(gettext("You will get one more mail, when the room can be seen again."))
    return subject, "\n\n".join([*parts, *_where(watch)])


def _ended(alarm: CameraAlarm, watch: RoomWatch) -> tuple[str, str]:
    name = watch.room.name
    if watch.cameras:
        subject = gettext("{name}: cameras are well again").format(name=name)
        first = gettext("The cameras of {name} are well again, since {moment}.").format(
            name=name, moment=moment(alarm.well_since or timezone.now())
        )
    else:
        subject = gettext("{name}: no cameras any more").format(name=name)
        first = gettext("The cameras of {name} that were in trouble no longer belong to the room.").format(name=name)
    parts = [
        first,
        gettext("What was wrong: {trouble}").format(trouble=alarm.trouble)
        + "\n"
        + gettext("Since: {moment}").format(moment=moment(alarm.began_at)),
        gettext("Now: {cameras_words}.").format(cameras_words=cameras_words(watch)),
        gettext("Registers of class sessions in that time say what could not be seen."),
    ]
    return subject, "\n\n".join([*parts, *_where(watch)])


def _session(session: ClassSession) -> str:
    start, end = timezone.localtime(session.starts_at), timezone.localtime(session.ends_at)
    return gettext("{course}, {day}, {start} to {end}").format(
        course=f"{session.course.code} {session.course.title}",
        day=date_format(start, "WEEKDAY_DAY"),
        start=date_format(start, "TIME_FORMAT"),
        end=date_format(end, "TIME_FORMAT"),
    )


def _where(watch: RoomWatch) -> list[str]:
    link = _link(reverse("operations:room", args=[watch.room.pk]))
    return [
        gettext("More: {link}").format(link=link)
        + "\n"
        + gettext("Times are in {zone}.").format(zone=watch.room.zone.key)
    ]


def _link(path: str) -> str:
    scheme = "http" if settings.PLAIN_HTTP else "https"
    return f"{scheme}://{host()}{path}" if host() else gettext("“Cameras” in the portal ({path})").format(path=path)


def _why(mail: AlarmMail, watch: RoomWatch) -> str:
    if watch.room.contacts.filter(account=mail.account_id).exists():
        return gettext("You get this because {name} names you.").format(name=watch.room.name)
    return gettext("You get this because you asked for mails about cameras; the page “Cameras” switches them off.")
