"""A user of the database for the recognizers of one room: made, taken away, listed.

A classroom machine that is stolen is shut out by taking away its room's user; all others go on.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db.utils import DatabaseError
from sqlalchemy import URL

from portal.web.installation import grants, server, statements
from portal.web.installation.address import address_from_elsewhere
from portal.web.installation.errors import SetupError
from portal.web.installation.files import SecretFiles, new_password
from portal.web.installation.foretold import forget_foretold
from portal.web.installation.setup import EVERYWHERE
from portal.web.installation.users import RECOGNIZER, room_of, user_of_room

_LOCKED = (1205, 1213)


def add(
    url: URL, room: str, hosts: list[str], files: SecretFiles, say: Callable[[str], None], *, has_new_password: bool
) -> None:
    """Make the room's user with the recognizer's rights, and the file for its machines. Raises SetupError."""
    server.check_hosts(hosts)
    try:
        with server.connected(url, url.database):
            room_id, name = _find_room(room)
            user, path = user_of_room(room_id), files.of_room(room_id, name)
            there = server.hosts_on_server().get(user, [])
            if there and not has_new_password:
                raise SetupError(
                    f"the room {name} has the user {user} already, and {path} holds its address: --new-password gives "
                    f"it another password, and `rollcall-manage recognizer revoke` takes the user away."
                )
            asked = sorted({*there, *(hosts or there or [EVERYWHERE])})
            password = new_password()
            machines = f"the machines of {name}, and of no other room"
            files.write_recognizer(path, address_from_elsewhere(url, user, password), machines)
            server.create_users({user: asked}, {user: password}, renews=True)
            grants.renew({user: asked})
    except DatabaseError as error:
        raise server.explain(error, url) from None
    _write_down(files, user, asked)
    say(f"The room {name} has the user {user} of the database. For its machines: {path}")


def revoke(url: URL, room: str, files: SecretFiles, say: Callable[[str], None]) -> None:
    """Take the room's user away, which ends its connections too. Raises SetupError.

    A room that was deleted in the portal is named by its user; the user that rooms share is ``rollcall_recognizer``.
    """
    try:
        with server.connected(url, url.database):
            there = server.hosts_on_server()
            is_user = room == RECOGNIZER or room_of(room) is not None
            user = room if is_user else user_of_room(_find_room(room)[0])
            if user not in there:
                raise SetupError(
                    f"{room} has no user of the database of its own: `rollcall-manage recognizer list` shows all."
                )
            for host in there[user]:
                statements.run("DROP USER %s@%s", user, host)
            server.end_connections(user)
            _forget_file(files, user)
            prepared = server.prepared_transactions()
            foretold = _forget_foretold(user)
    except DatabaseError as error:
        raise server.explain(error, url) from None
    say(f"{user} is gone, and so are its connections: who has its password does not get in any more.")
    for words in (_on_prepared(prepared), _on_foretold(foretold, user)):
        if words:
            say(words)
    if user == RECOGNIZER:
        say("Machines that used it need the user of their room: `rollcall-manage recognizer add ROOM`.")


def _forget_file(files: SecretFiles, user: str) -> None:
    room_id = room_of(user)
    path = files.recognizer if room_id is None else files.rooms().get(room_id)
    if path is not None:
        files.remove(path)
    _write_down(files, user, [])


def _forget_foretold(user: str) -> int | None:
    """How many rows of times to come were taken back; None where somebody keeps them locked."""
    try:
        return forget_foretold(room_of(user))
    except DatabaseError as error:
        if error.args and error.args[0] in _LOCKED:
            return None
        raise


def _on_prepared(prepared: list[str]) -> str:
    if not prepared:
        return ""
    return (
        "Transactions stand prepared on this server, which Rollcall never makes, and keep rows locked. Who had the "
        "password may have left them. As the server's administrator end those that no other program needs: "
        f"{' '.join(prepared)}"
    )


def _on_foretold(foretold: int | None, user: str) -> str:
    if foretold is None:
        return (
            "Some rows are locked, so that what it may have written of times to come stands yet: once the locks are "
            f"gone, make {user} anew with `rollcall-manage recognizer add` or setup, and revoke it again."
        )
    if not foretold:
        return ""
    return f"Of times to come it had written {foretold} rows, which no recognizer does: they are gone, or end now."


def listed(url: URL) -> list[str]:
    """A line for each user of the database by which recognizers sign in. Raises SetupError."""
    try:
        with server.connected(url, url.database):
            names = {int(number): str(name) for number, name in statements.rows("SELECT id, name FROM room")}
            there = server.hosts_on_server()
    except DatabaseError as error:
        raise server.explain(error, url) from None
    lines = []
    for user, hosts in there.items():
        room_id = room_of(user)
        if user != RECOGNIZER and room_id is None:
            continue
        whose = "shared by rooms" if room_id is None else names.get(room_id, "a room that was deleted")
        lines.append(f"{user}  {whose}  from {', '.join(hosts)}")
    return lines


def _find_room(room: str) -> tuple[int, str]:
    rows = statements.rows("SELECT id, name FROM room ORDER BY name")
    for number, name in rows:
        # MariaDB compares without case and trailing spaces.
        if name == room:
            return int(number), str(name)
    known = ", ".join(str(name) for _, name in rows) or "none yet"
    raise SetupError(f"the portal knows no room {room!r} (it knows {known}): add it in the portal first.")


def _write_down(files: SecretFiles, user: str, hosts: list[str]) -> None:
    """Upgrades, which cannot ask the server, renew the rights of whoever stands in the owner's file."""
    owner = files.database_of(files.owner)
    if owner:
        known = {name: each for name, each in files.hosts().items() if name != user}
        files.write_owner(owner, known | ({user: hosts} if hosts else {}))
