"""The order in which a database is set up: whatever fails on the way, running it again goes on from there."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import DatabaseError, connection
from sqlalchemy import URL, make_url

from portal.web.installation import server
from portal.web.installation.address import address_for, is_local, read_administrator
from portal.web.installation.errors import SetupError
from portal.web.installation.files import SecretFiles, new_password
from portal.web.installation.server import OWNER, PORTAL, RECOGNIZER

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
            hosts = _hosts(wishes, there)
            passwords = _passwords(wishes, files, there)
            portal_url = _write(url, hosts, passwords, files)
            server.create_database(database)
            server.create_users(hosts, passwords, wishes.has_new_passwords)
            if OWNER in passwords:
                server.grant_ownership(database, hosts[OWNER])
            is_deaf = is_local(url) and server.listens_here_alone()
        _migrate_and_grant(url, hosts, say)
    except DatabaseError as error:
        raise server.explain(error, url) from None
    _prove(portal_url, "django_migrations")
    if OWNER in passwords:
        _prove(files.database_of(files.owner), "mark")
    say(f"Users and rights: the portal from {_listed(hosts[PORTAL])}, recognizers from {_listed(hosts[RECOGNIZER])}.")
    say(f"For the classroom machines: {files.recognizer}")
    if is_deaf:
        say("The database server listens on this machine alone: for recognizers elsewhere, set its bind-address.")
    return portal_url


def by_owner(files: SecretFiles, say: Callable[[str], None]) -> str:
    """Bring tables and rights to this release with the owner's address; the address of the portal's database."""
    url = read_administrator(files.database_of(files.owner))
    hosts = {user: files.hosts_of(user) for user in (PORTAL, RECOGNIZER)}
    portal_url = files.database_of(files.portal)
    if not (portal_url and all(hosts.values())):
        raise SetupError(f"{files.owner} and {files.portal} do not say all: run setup with an administrator's address.")
    try:
        _migrate_and_grant(url, hosts, say)
    except DatabaseError as error:
        told = server.explain(error, url)
        raise SetupError(f"with the owner's address in {files.owner}: {told}") from None
    _prove(portal_url, "django_migrations")
    return portal_url


def _migrate_and_grant(url: URL, hosts: dict[str, list[str]], say: Callable[[str], None]) -> None:
    with server.connected(url, url.database):
        done = server.migrate()
        server.grant(hosts)
    say(f"Database {url.database}: {f'{done} migrations done' if done else 'of this release already'}.")


def _hosts(wishes: Wishes, there: dict[str, list[str]]) -> dict[str, list[str]]:
    """Those asked for and those that were there: a right once given is not taken away by a later run."""
    server.check_hosts([*wishes.portal_hosts, *wishes.recognizer_hosts])
    portal = wishes.portal_hosts or there.get(PORTAL) or [server.own_host()]
    recognizer = wishes.recognizer_hosts or there.get(RECOGNIZER) or [EVERYWHERE]
    asked = {PORTAL: portal, RECOGNIZER: recognizer, OWNER: portal}
    return {user: sorted({*each, *there.get(user, [])}) for user, each in asked.items()}


def _passwords(wishes: Wishes, files: SecretFiles, there: dict[str, list[str]]) -> dict[str, str]:
    """Those of the files; new ones for users that are new, and for all where they are asked for."""
    kept = {PORTAL: files.portal, RECOGNIZER: files.recognizer}
    if wishes.keeps_owner or files.database_of(files.owner):
        kept[OWNER] = files.owner
    passwords = {}
    for user, path in kept.items():
        address = files.database_of(path)
        known = str(make_url(address).password or "") if address else ""
        if user in there and not known and not wishes.has_new_passwords:
            raise SetupError(
                f"the server has a user {user} whose password is not in {path}: bring that file back, or run this "
                "again with --new-passwords; then every other portal and recognizer on this server needs the new one."
            )
        passwords[user] = new_password() if wishes.has_new_passwords or not known else known
    return passwords


def _write(url: URL, hosts: dict[str, list[str]], passwords: dict[str, str], files: SecretFiles) -> str:
    portal_url = address_for(url, PORTAL, passwords[PORTAL])
    files.write_portal(portal_url)
    if OWNER in passwords:
        files.write_owner(
            address_for(url, OWNER, passwords[OWNER]), {user: hosts[user] for user in (PORTAL, RECOGNIZER)}
        )
    here = socket.getfqdn() if is_local(url) else ""
    files.write_recognizer(address_for(url, RECOGNIZER, passwords[RECOGNIZER], here or str(url.host)))
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
