"""The files that hold what `setup` has made up: readable by root alone, and never half-written."""

from __future__ import annotations

import json
import os
import re
import secrets
import string
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.utils.text import slugify

from portal.web.installation.errors import SetupError

_HOSTS = "HOSTS_OF_"
_OF_ROOM = re.compile(r"recognizer-room-(\d+)(?:-[\w-]*)?\.toml")
_COMMON = "Written by `rollcall-manage setup`. Root's alone (mode 0600): it holds a password."


@dataclass(frozen=True)
class SecretFiles:
    """They lie in /etc/rollcall; those that end in .env are systemd's EnvironmentFiles."""

    folder: Path

    @property
    def portal(self) -> Path:
        """The portal's secret key and the address of its database."""
        return self.folder / "portal-secrets.env"

    @property
    def owner(self) -> Path:
        """By which upgrades change the database; it is there only where the administrator wants that."""
        return self.folder / "owner.env"

    @property
    def recognizer(self) -> Path:
        """What the classroom machines are told."""
        return self.folder / "recognizer-database.toml"

    @property
    def settings(self) -> Path:
        """What the administrator has written down for this server."""
        return self.folder / "portal.env"

    def rooms(self) -> dict[int, Path]:
        """What the machines of one room are told, by the number of the room's row."""
        found = {path: _OF_ROOM.fullmatch(path.name) for path in sorted(self.folder.glob("recognizer-room-*.toml"))}
        return {int(parts[1]): path for path, parts in found.items() if parts}

    def of_room(self, room_id: int, name: str) -> Path:
        """That of a room: the one that is there, also where the room had another name when it was written."""
        named = "-".join(filter(None, ("recognizer-room", str(room_id), slugify(name, allow_unicode=True))))
        return self.rooms().get(room_id, self.folder / f"{named}.toml")

    def all(self) -> list[Path]:
        """What a backup takes along: those that are there."""
        own = (self.portal, self.owner, self.recognizer, self.settings, *self.rooms().values())
        return [path for path in own if path.exists()]

    def database_of(self, path: Path) -> str:
        """The database's address in one of the files; empty where it holds none."""
        if path.suffix == ".toml":
            try:
                return str(tomllib.loads(path.read_text("utf-8")).get("database_url", "")) if path.exists() else ""
            except (OSError, ValueError) as error:
                raise SetupError(f"{path} cannot be read ({error}): mend it or move it away.") from None
        return self.read(path).get("ROLLCALL_DATABASE_URL", "")

    def read(self, path: Path) -> dict[str, str]:
        """The values of an EnvironmentFile by name; none where there is no such file."""
        try:
            lines = path.read_text("utf-8").splitlines() if path.exists() else []
        except (OSError, UnicodeDecodeError) as error:
            raise SetupError(f"{path} cannot be read ({error}): run this as root.") from None
        pairs = (line.strip().partition("=") for line in lines if "=" in line and line.strip()[0] not in "#;")
        return {name.strip(): value.strip().strip("\"'") for name, _, value in pairs}

    def write_portal(self, database_url: str) -> None:
        """Keep the secret key: with another one everybody would be signed out."""
        key = self.read(self.portal).get("ROLLCALL_SECRET_KEY") or secrets.token_urlsafe(50)
        note = "What stands in portal.env comes first."
        self._write_environment(self.portal, note, {"ROLLCALL_SECRET_KEY": key, "ROLLCALL_DATABASE_URL": database_url})

    def write_owner(self, database_url: str, hosts: Mapping[str, list[str]]) -> None:
        """The hosts are kept beside it, for the owner cannot ask the server for them."""
        note = "By this, upgrades of the package change the tables. Without it `rollcall-manage setup ADDRESS` does."
        values = {"ROLLCALL_DATABASE_URL": database_url}
        values |= {f"{_HOSTS}{user.upper()}": " ".join(each) for user, each in hosts.items()}
        self._write_environment(self.owner, note, values)

    def hosts(self) -> dict[str, list[str]]:
        """What ``write_owner`` was told."""
        values = self.read(self.owner).items()
        return {name.removeprefix(_HOSTS).lower(): each.split() for name, each in values if name.startswith(_HOSTS)}

    def write_recognizer(self, path: Path, database_url: str, machines: str = "each classroom machine") -> None:
        """A line for recognizer.toml."""
        notes = [
            f"Put the line below into /etc/rollcall/recognizer.toml of {machines}.",
            "# From another machine the way to the database has to be encrypted, and the server's certificate is",
            "# checked: by the authorities that the machine trusts, or by that of ?ssl_ca=FILE after the address.",
        ]
        self._write(path, [*notes, f"database_url = {json.dumps(database_url)}"])

    def remove(self, path: Path) -> None:
        """Whether or not it is there."""
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise SetupError(f"{path} cannot be removed ({error.strerror}): run this as root.") from None

    def take(self, contents: Mapping[str, bytes]) -> list[Path]:
        """Those of a backup; a portal.env that is there already stays beside it."""
        taken = []
        known = {path.name for path in (self.portal, self.owner, self.recognizer, self.settings)}
        for path in (self.folder / name for name in sorted(contents) if name in known or _OF_ROOM.fullmatch(name)):
            if path == self.settings and path.exists() and path.read_bytes() != contents[path.name]:
                path.replace(path.with_name(f"{path.name}.before-restore"))
            self._put(path, contents[path.name])
            taken.append(path)
        return taken

    def _write_environment(self, path: Path, note: str, values: Mapping[str, str]) -> None:
        self._write(path, [note, *(f"{name}={value}" for name, value in values.items())])

    def _write(self, path: Path, lines: list[str]) -> None:
        self._put(path, "\n".join([f"# {_COMMON}", f"# {lines[0]}", *lines[1:], ""]).encode())

    def _put(self, path: Path, content: bytes) -> None:
        try:
            self.folder.mkdir(mode=0o755, parents=True, exist_ok=True)
            number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=self.folder)  # With mode 0600.
            with os.fdopen(number, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except OSError as error:
            raise SetupError(f"{path} cannot be written ({error.strerror}): run this as root.") from None


def new_password() -> str:
    """One that needs no quoting in an address, with the kinds of characters that password rules of servers ask for."""
    kinds = (string.ascii_lowercase, string.ascii_uppercase, string.digits, "-_")
    while True:
        password = secrets.token_urlsafe(24)
        # A tool may take a dash in front for an option.
        if password[0] not in "-_" and all(set(password) & set(kind) for kind in kinds):
            return password
