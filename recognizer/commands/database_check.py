"""What ``recognizer check`` asks the database."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from recognizer.commands.findings import Finding, Later
from recognizer.config.addresses import show_address
from recognizer.config.configuration import Config
from recognizer.config.database_address import leaves_machine
from recognizer.delivery.room_lease import describe_lease
from recognizer.domain.ports.inspection import Inspection
from recognizer.errors import NO_ANSWER, RegisterUnavailable
from recognizer.ops.clock import utc_now
from recognizer.ops.machine import identify_run


class DatabaseCheck:
    """The database's line. Where it cannot be asked, or is not the portal's, that is said once, and nothing else is
    asked of it."""

    def __init__(self, config: Config, inspection: Inspection) -> None:
        self._config = config
        self._inspection = inspection
        self.is_reachable = self.is_the_portals = False

    def __call__(self) -> str:
        try:
            missing = self._inspection.missing_columns()
        except RegisterUnavailable as error:
            raise Finding(explain_no_answer(self._config.database_url, error)) from None
        self.is_reachable, self.is_the_portals = True, "room" not in missing
        if not self.is_the_portals:
            raise Finding(
                f"{show_address(self._config.database_url)} has no table of the portal's, or shows none to this user; "
                "name the portal's database in database_url, and run `rollcall-manage setup` on the portal's server"
            )
        if missing:
            raise Finding(
                f"it lacks what this release needs ({', '.join(missing)}); upgrade the portal, and run "
                "`rollcall-manage setup` on its server"
            )
        return "reachable and migrated"


def explain_no_answer(database_url: str, error: RegisterUnavailable) -> str:
    """Which database cannot be asked, why, and what to do."""
    place, reason = show_address(database_url), str(error).removeprefix(NO_ANSWER)
    return (
        f"{place} cannot be asked ({reason}); see that it is there and can be reached from this machine, and that "
        "database_url, in recognizer.toml or ROLLCALL_DATABASE_URL, names the portal's database"
    )


def check_rights(inspection: Inspection) -> str:
    """What is said of the rights on the portal's tables. Raises Finding."""
    if missing := inspection.missing_rights():
        raise Finding(f"missing: {'; '.join(missing)}; run `rollcall-manage setup` on the portal's server")
    return "may read the schedule, and write what is seen"


def check_triggers(inspection: Inspection) -> str:
    """What is said of the triggers. Raises Later where they are missing: all else works without them."""
    stand = inspection.has_triggers()
    if stand is False:
        raise Later(
            "those that keep what a person has said of a mark from every program but the portal are missing; run "
            "`rollcall-manage setup` on the portal's server, with the address of the database's administrator"
        )
    return "SQLite needs none" if stand is None else "what a person has said of a mark is kept from this program"


def check_way(inspection: Inspection, config: Config) -> str:
    """What is said of the way to the database. Raises Later where somebody else may listen."""
    if inspection.is_encrypted() or not leaves_machine(config.database_url):
        return "encrypted" if inspection.is_encrypted() else "it does not leave this machine"
    raise Later(
        "not encrypted, as ssl_disabled in the database's address says: who can listen reads what is seen, and can "
        "change it; give the server a certificate and take ssl_disabled away"
    )


def check_room(inspection: Inspection, config: Config) -> str:
    """What is said of the room and of its next class session. Raises Finding."""
    rooms = inspection.rooms()
    if config.room not in rooms:
        known = ", ".join(f'"{room}"' for room in rooms) or "none"
        raise Finding(f'the portal does not know "{config.room}" (it knows {known}); add it there or correct room')
    now = utc_now()
    coming = describe_session(inspection.next_session(config.room, now), now)
    return f'"{config.room}" is known to the portal; {coming}'


def check_lease(inspection: Inspection, config: Config) -> str:
    """What is said of who watches the room. Raises Later where another recognizer does."""
    lease = inspection.lease(config.room)
    if lease is None:
        return "no recognizer watches the room now: this one would"
    if lease.holder != identify_run(config.room, config.state_dir).holder:
        raise Later(
            f"{describe_lease(config.room, lease)}: this one would wait until that one has ended; give it a room of "
            "its own, or stop one of the two"
        )
    return f"this machine's recognizer watches the room since {lease.held_since:%Y-%m-%d %H:%M} UTC"


def describe_session(session: tuple[str, datetime, str] | None, now: datetime) -> str:
    """The class session under way or the next one, at the room's own time, so that a wrong time zone is seen here."""
    if session is None:
        return "it has no class session to come"
    course, starts_at, zone_name = session
    try:
        zone: tzinfo = ZoneInfo(zone_name)
    except (ValueError, OSError, ZoneInfoNotFoundError):  # The portal's machine knows a zone that this one does not.
        zone, zone_name = UTC, "UTC"
    start = starts_at.replace(tzinfo=UTC).astimezone(zone)
    which = "its next class session is" if now < starts_at else "the class session under way is"
    return f"{which} {course}, {start:%Y-%m-%d %H:%M} {zone_name}"
