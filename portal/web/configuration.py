"""Reads what differs between machines: ROLLCALL_* in the environment, each also as a file.

Every variable may be given as ``NAME_FILE`` instead, the path of a file that holds the value. Errors name the
variable and what it expects, never its value: it may hold a password.
"""

from __future__ import annotations

import hmac
import os
import stat
import zoneinfo
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from portal.web.database_address import read_address

STATEMENT_SECONDS = 15
"""Of a page. It is less than the driver waits, so that the server stops working on it as well."""

LARGEST_FILE = 65_536
"""Bytes of a file with one value."""

LEAST_KEY_CHARACTERS = 50
"""Of a secret key: what Django's own check asks for."""

NO_DATABASE = "django.db.backends.dummy"
"""The engine of a portal that was told of no database: nothing is made up in its place."""

CACHE_EXPECTED = "expected redis://…, rediss://… or unix://…, as in redis://:password@host:6379/0."

EMAIL_EXPECTED = "expected console:, smtp://…, smtp+tls://… or smtps://…, as in smtp+tls://user:password@host:587."


def read(name: str, default: str = "", environ: Mapping[str, str] = os.environ) -> str:
    """The contents of the file that ``NAME_FILE`` names, else the variable's value, else the default."""
    if path := environ.get(f"{name}_FILE"):
        return _read_file(f"{name}_FILE", path) or default
    return environ.get(name, "") or default


def _read_file(name: str, path: str) -> str:
    try:
        with Path(path).open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
        text = content.decode("utf-8-sig").strip()
    except OSError as error:
        raise ImproperlyConfigured(f"{name} names {path}, which cannot be read: {error}.") from None
    except UnicodeDecodeError:
        raise ImproperlyConfigured(f"{name} names {path}, which is not UTF-8 text.") from None
    if len(content) > LARGEST_FILE:
        raise ImproperlyConfigured(f"{name} names {path}; expected a file of at most {LARGEST_FILE} bytes.")
    return text


def open_files(environ: Mapping[str, str] = os.environ) -> list[str]:
    """The variables that name a file with a value that everybody on this machine may read.

    What is not there is nobody's to read; whoever needs its value is told by ``read``.
    """
    named = {name: path for name, path in environ.items() if name.startswith("ROLLCALL_") and name.endswith("_FILE")}
    there = {name: Path(path) for name, path in sorted(named.items()) if path and Path(path).exists()}
    return [name for name, path in there.items() if path.stat().st_mode & stat.S_IROTH]


def switch(name: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether a variable is 1; anything but 1, 0 and nothing is refused."""
    value = read(name, "0", environ)
    if value not in ("0", "1"):
        raise ImproperlyConfigured(f"{name} is {value!r}; expected 1 or 0.")
    return value == "1"


def one_of(name: str, known: list[str], environ: Mapping[str, str] = os.environ) -> str:
    """A variable that is one of some words; the first by default, anything else is refused."""
    value = read(name, known[0], environ)
    if value not in known:
        raise ImproperlyConfigured(f"{name} is {value!r}; expected {', '.join(known[:-1])} or {known[-1]}.")
    return value


def logs_json(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether log lines are JSON; anything but plain and json is refused."""
    return one_of("ROLLCALL_LOG_FORMAT", ["plain", "json"], environ) == "json"


def log_level(environ: Mapping[str, str] = os.environ) -> str:
    """The least that is logged; a word that is no level is refused."""
    return one_of("ROLLCALL_LOG_LEVEL", ["INFO", "DEBUG", "WARNING", "ERROR", "CRITICAL"], environ)


def number(name: str, default: int, environ: Mapping[str, str] = os.environ, *, least: int = 1) -> int:
    """A variable's whole number of so much at least, and of nine digits at most; anything else is refused."""
    value = read(name, str(default), environ)
    if not (value.isascii() and value.isdecimal() and len(value) < 10 and int(value) >= least):
        raise ImproperlyConfigured(f"{name} is {value!r}; expected a whole number such as {default}, {least} at least.")
    return int(value)


def listed(name: str, default: str, environ: Mapping[str, str] = os.environ) -> list[str]:
    """The parts between a variable's commas."""
    return [part.strip() for part in read(name, default, environ).split(",") if part.strip()]


def time_zone(name: str, environ: Mapping[str, str] = os.environ) -> str:
    """The time zone that a variable names; UTC by default, one that this machine does not know is refused."""
    zone = read(name, "UTC", environ)
    if zone not in zoneinfo.available_timezones():
        raise ImproperlyConfigured(f"{name} is {zone!r}; expected a name such as Europe/Berlin.")
    return zone


def database(url: str) -> dict[str, Any]:
    """Django's settings for a database URL as the recognizer reads it: ``sqlite:///…`` or ``mysql+pymysql://…``.

    Without a URL they are those of ``NO_DATABASE``.
    """
    if not url:
        return {"ENGINE": NO_DATABASE}
    address = read_address(url)
    if address.url.drivername == "sqlite":
        return _sqlite(Path(address.url.database or ""))
    options: dict[str, Any] = {
        "charset": "utf8mb4",
        "isolation_level": "read committed",
        # Database defaults such as CURRENT_TIMESTAMP are UTC too, and too long a text is an error, never cut.
        # A lock is waited for in each of four attempts: see attendance/services/transactions.py.
        # MySQL would cut a list of keys after 1024 characters; this is MariaDB's own limit.
        "init_command": "SET time_zone='+00:00', innodb_lock_wait_timeout=4, group_concat_max_len=1048576, "
        "sql_mode='STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION'",
        # PyMySQL's own defaults wait for ever.
        "connect_timeout": 5,
        "read_timeout": 20,
        "write_timeout": 20,
    }
    if address.unix_socket:
        options["unix_socket"] = address.unix_socket
    if address.tls:
        options["tls"] = address.tls
    if address.is_tls_disabled:
        options["ssl_disabled"] = True
    return {
        "ENGINE": "portal.web.mysql",
        "NAME": address.url.database,
        "USER": address.url.username or "",
        "PASSWORD": address.url.password or "",
        "HOST": address.url.host or "",
        "PORT": address.url.port or "",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "TEST": {"CHARSET": "utf8mb4", "COLLATION": "utf8mb4_unicode_ci"},
        "OPTIONS": options,
    }


def limit_statements(database: dict[str, Any], seconds: int = STATEMENT_SECONDS) -> None:
    """Let the server end a statement that takes longer. MySQL's limit is for SELECT alone.

    Each of the two servers passes over the comment that is the other's.
    """
    if database["ENGINE"] == "portal.web.mysql":
        database["OPTIONS"]["init_command"] += (
            f" /*M!100101 , max_statement_time={seconds} */ /*!80000 , max_execution_time={seconds * 1000} */"
        )


def refuse_unsafe(settings: Any) -> None:
    """Raise ImproperlyConfigured where a portal in service could not keep its promises."""
    if any(len(key) < LEAST_KEY_CHARACTERS for key in [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]):
        raise ImproperlyConfigured(
            f"ROLLCALL_SECRET_KEY or one of its fallbacks has fewer than {LEAST_KEY_CHARACTERS} characters. {MAKE_KEY}"
        )
    if "*" in settings.ALLOWED_HOSTS:
        raise ImproperlyConfigured("ROLLCALL_ALLOWED_HOSTS is *; expected the host names that browsers ask for.")


MAKE_KEY = "Make one and keep it: python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"


def _sqlite(path: Path) -> dict[str, Any]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(
            f"ROLLCALL_DATABASE_URL names a file in {path.parent}, which cannot be made ({error.strerror})."
        ) from None
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 10, "init_command": "PRAGMA journal_mode=WAL"},
    }


def cache(url: str, secret_key: str) -> dict[str, Any]:
    """Django's settings of a cache: the server at this address, else one of each process.

    The secret key tells this portal's entries from those of another one that uses the same server.
    """
    if not url:
        return {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 2000}}
    try:
        parsed = urlsplit(url)
        host = parsed.hostname if parsed.port != 0 else None
    except ValueError:
        raise ImproperlyConfigured(f"ROLLCALL_CACHE_URL is not an address; {CACHE_EXPECTED}") from None
    if not (host if parsed.scheme in ("redis", "rediss") else parsed.scheme == "unix" and parsed.path):
        raise ImproperlyConfigured(f"ROLLCALL_CACHE_URL is not a cache server's address; {CACHE_EXPECTED}")
    own = hmac.digest(secret_key.encode(), b"cache", "sha256").hex()[:16]
    return {"BACKEND": "portal.web.shared_cache.SharedCache", "LOCATION": url, "KEY_PREFIX": f"rollcall-{own}"}


def email(url: str) -> dict[str, Any]:
    """Django's e-mail settings for an address: ``console:`` prints, ``smtp+tls:`` is STARTTLS, ``smtps:`` TLS."""
    try:
        parsed = urlsplit(url)
        host, port = parsed.hostname, parsed.port
    except ValueError:
        raise ImproperlyConfigured(f"ROLLCALL_EMAIL_URL is not an address; {EMAIL_EXPECTED}") from None
    if parsed.scheme == "console":
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    ports = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
    if parsed.scheme not in ports or not host:
        raise ImproperlyConfigured(f"ROLLCALL_EMAIL_URL is not a mail server's address; {EMAIL_EXPECTED}")
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": host,
        "EMAIL_PORT": port or ports[parsed.scheme],
        "EMAIL_HOST_USER": unquote(parsed.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parsed.password or ""),
        "EMAIL_USE_TLS": parsed.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parsed.scheme == "smtps",
    }
