"""The order in which a database is set up: whatever fails on the way, running it again goes on from there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.db import DatabaseError, connection
from sqlalchemy import URL, make_url

from portal.web.installation import grants, server, triggers, views
from portal.web.installation.address import address_for, address_from_elsewhere, is_local, read_administrator
from portal.web.installation.errors import SetupError
from portal.web.installation.files import SecretFiles, new_password
from portal.web.installation.users import OWNER, PORTAL, RECOGNIZER, role_of, room_of, user_of_room

EVERYWHERE = "%"


@dataclass(frozen=True)
class Wishes:
    """What the administrator has asked for; without hosts they are found out."""

    portal_hosts: list[str] = field(default_factory=list)
    recognizer_hosts: list[str] = field(default_factory=list)
    keeps_owner: bool = False
    has_new_passwords: bool = False


def by_administrator(url: URL, wishes: Wishes, files: SecretFiles, say: Callable[[str], None]) -> str:
    """Make or renew everything; the address of the portal's database. Raises SetupError.

    Passwords are written down before the server is told of them: what is interrupted leaves one that nobody has yet,
    never a user whose password nobody knows.
    """
    database = str(url.database)
    try:
        with server.connected(url, None):
            server.check_database(database)
            there = server.hosts_on_server()
            passwords = _passwords(wishes, files, there)
            hosts = _hosts(wishes, there, passwords)
            portal_url = _write(url, hosts, passwords, files)
            server.create_database(database)
            server.create_users(hosts, passwords, wishes.has_new_passwords)
            if OWNER in passwords:
                server.grant_ownership(database, hosts[OWNER])
            is_deaf = is_local(url) and server.listens_here_alone()
        _migrate_and_grant(url, hosts, say, is_administrator=True)
    except DatabaseError as error:
        raise server.explain(error, url) from None
    _prove(portal_url, "django_migrations")
    if OWNER in passwords:
        _prove(files.database_of(files.owner), "mark")
    _say_who_comes_from_where(hosts, files, say)
    if wishes.has_new_passwords:
        say("A portal that runs has the old password yet: systemctl restart rollcall-portal rollcall-tasks")
    if is_deaf:
        say("The database server listens on this machine alone: for recognizers elsewhere, set its bind-address.")
    return portal_url


def _say_who_comes_from_where(hosts: Mapping[str, list[str]], files: SecretFiles, say: Callable[[str], None]) -> None:
    own = len([user for user in hosts if room_of(user) is not None])
    shared = f", recognizers from {_listed(hosts[RECOGNIZER])}" if RECOGNIZER in hosts else ""
    say(f"Users and rights: the portal from {_listed(hosts[PORTAL])}{shared}{f', {own} of rooms' if own else ''}.")
    if RECOGNIZER in hosts:
        say(f"For the classroom machines: {files.recognizer}")


def by_owner(files: SecretFiles, say: Callable[[str], None]) -> str:
    """Bring tables and rights to this release with the owner's address; the address of the portal's database."""
    url = read_administrator(files.database_of(files.owner))
    hosts = files.hosts()
    portal_url = files.database_of(files.portal)
    if not (portal_url and hosts.get(PORTAL)):
        raise SetupError(f"{files.owner} and {files.portal} do not say all: run setup with an administrator's address.")
    try:
        _migrate_and_grant(url, hosts, say, is_administrator=False)
    except DatabaseError as error:
        told = server.explain(error, url)
        raise SetupError(f"with the owner's address in {files.owner}: {told}") from None
    _prove(portal_url, "django_migrations")
    return portal_url


def _migrate_and_grant(
    url: URL, hosts: dict[str, list[str]], say: Callable[[str], None], *, is_administrator: bool
) -> None:
    with server.connected(url, url.database):
        if server.has_to_migrate():
            triggers.put_aside()
        done = server.migrate()
        views.make()
        grants.renew(hosts)
        say(f"Database {url.database}: {f'{done} migrations done' if done else 'of this release already'}.")
        if grants.narrow_earlier(hosts):
            say(
                f"{RECOGNIZER} still comes to the tables themselves, as recognizers of 0.1.0 have to. Once all are "
                "upgraded, run `rollcall-manage recognizer add ROOM` for each room, and then `rollcall-manage "
                f"recognizer revoke {RECOGNIZER}`."
            )
        try:
            if is_administrator:
                triggers.make_guard()
                views.give_to_guard()
            triggers.make(is_administrator=is_administrator)
        except DatabaseError as error:
            if not (error.args and error.args[0] in triggers.NOT_ALLOWED):
                raise
            say(server.explain_no_triggers(error))
        else:
            say("Triggers: what a person has said of a mark, and the history, is kept from every other program.")


def _hosts(wishes: Wishes, there: dict[str, list[str]], passwords: Mapping[str, str]) -> dict[str, list[str]]:
    """Those asked for and those that were there: a right once given is not taken away by a later run."""
    server.check_hosts([*wishes.portal_hosts, *wishes.recognizer_hosts])
    portal = wishes.portal_hosts or there.get(PORTAL) or [server.own_host()]
    asked = {PORTAL: portal, OWNER: portal}
    hosts = {}
    for user in {PORTAL: "", OWNER: "", **passwords, **there}:
        if user in asked:
            own = asked[user]
        else:
            own = (room_of(user) is None and wishes.recognizer_hosts) or there.get(user) or [EVERYWHERE]
        hosts[user] = sorted({*own, *there.get(user, [])})
    return hosts


def _passwords(wishes: Wishes, files: SecretFiles, there: dict[str, list[str]]) -> dict[str, str]:
    """Those of the files; new ones for users that are new, and for all that this run writes where they are asked for.

    A room's own is changed by `rollcall-manage recognizer` alone. The portal's user comes last: where it is there, all
    were made.
    """
    kept = {RECOGNIZER: files.recognizer} if _has_shared_recognizer(files, there) else {}
    if wishes.keeps_owner or files.database_of(files.owner):
        kept[OWNER] = files.owner
    kept[PORTAL] = files.portal
    passwords = {}
    for room_id, path in files.rooms().items():
        passwords[user_of_room(room_id)] = _password_in(files, path)
    for user, path in kept.items():
        known = _password_in(files, path)
        if user in there and not known and not wishes.has_new_passwords:
            raise SetupError(
                f"the server has a user {user} whose password is not in {path}: bring that file back, or run this "
                "again with --new-passwords; then every other portal and recognizer on this server needs the new one."
            )
        passwords[user] = new_password() if wishes.has_new_passwords or not known else known
    return passwords


def _has_shared_recognizer(files: SecretFiles, there: dict[str, list[str]]) -> bool:
    """Whether the classroom machines share a user: until it is revoked."""
    return RECOGNIZER in there or files.recognizer.exists() or not (PORTAL in there or files.rooms())


def _password_in(files: SecretFiles, path: Path) -> str:
    address = files.database_of(path)
    return str(make_url(address).password or "") if address else ""


def _write(url: URL, hosts: dict[str, list[str]], passwords: dict[str, str], files: SecretFiles) -> str:
    portal_url = address_for(url, PORTAL, passwords[PORTAL])
    files.write_portal(portal_url)
    if OWNER in passwords:
        used = {user: each for user, each in hosts.items() if role_of(user) in (PORTAL, RECOGNIZER)}
        files.write_owner(address_for(url, OWNER, passwords[OWNER]), used)
    if RECOGNIZER in passwords:
        files.write_recognizer(files.recognizer, address_from_elsewhere(url, RECOGNIZER, passwords[RECOGNIZER]))
    return portal_url


def _prove(database_url: str, table: str) -> None:
    """Sign in as one of the users. Raises SetupError where its hosts or its password are not what the server has."""
    url = make_url(database_url)
    try:
        with server.connected(url, url.database), connection.cursor() as cursor:
            cursor.execute(f"SELECT 1 FROM {table} LIMIT 1")
    except DatabaseError as error:
        if error.args and error.args[0] in (*server.NOT_LET_IN, 1130):
            raise SetupError(
                f"the server does not let {url.username} in ({error.args[-1]}): run this again with --portal-host "
                "HOST, as the server sees this machine, or with --new-passwords."
            ) from None
        raise server.explain(error, url) from None


def _listed(hosts: list[str]) -> str:
    return " and ".join("every host" if host == EVERYWHERE else host for host in hosts)
