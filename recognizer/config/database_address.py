"""What a database URL says: where the database is, and how the way to it is secured.

The portal reads the same URL by the same rules; a contract test gives both the same table of URLs.
"""

from __future__ import annotations

import ipaddress
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlencode

from recognizer.config.addresses import BadAddress, parse_address
from recognizer.errors import ConfigurationError

_EXPECTED = (
    "expected sqlite:///FILE or mysql+pymysql://USER:PASSWORD@HOST/DATABASE, with the special characters of user and "
    "password percent-encoded: @ is %40, / is %2F, ? is %3F, # is %23, : is %3A"
)
_SWITCHES = ("ssl_verify_cert", "ssl_verify_identity", "ssl_disabled")
_FILES = ("unix_socket", "ssl_ca", "ssl_cert", "ssl_key")
_PARAMETERS = ("charset", *_FILES, *_SWITCHES)
_SWITCH_VALUES = {"true": True, "1": True, "false": False, "0": False}
_KIND = re.compile(r"[\w+]+")
_SHOWABLE_NAME = re.compile(r"[A-Za-z][\w.-]{0,39}")


@dataclass(frozen=True, slots=True)
class Tls:
    """How the connection is encrypted: to another machine, and where the URL asks for it.

    ca: whose signature on the server's certificate counts; empty: that of the authorities this machine trusts.
    cert, key: what this program shows of itself; the key may stand in the certificate's file.
    """

    ca: str
    cert: str
    key: str
    verifies_certificate: bool
    verifies_identity: bool

    def context(self) -> ssl.SSLContext:
        """For a connection. Raises OSError, which names the parameter, where a file cannot be used."""
        for name, path in (("ssl_ca", self.ca), ("ssl_cert", self.cert), ("ssl_key", self.key)):
            _try_to_open(name, path)
        try:
            context = ssl.create_default_context(cafile=self.ca or None)
        except ssl.SSLError:
            raise OSError(f"ssl_ca names {self.ca}, which holds no certificate; expected a PEM file") from None
        # Certificates that MySQL makes for itself lack what the strict rules of Python 3.13 ask for.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        context.check_hostname = self.verifies_identity
        context.verify_mode = ssl.CERT_REQUIRED if self.verifies_certificate else ssl.CERT_NONE
        if self.cert:
            try:
                # With an empty password, so that nobody is asked for one on a terminal.
                context.load_cert_chain(self.cert, self.key or None, password="")
            except ssl.SSLError:
                raise OSError(
                    "ssl_cert and ssl_key hold no certificate with its key; expected PEM files, and no password on it"
                ) from None
        return context


def explain_insecure(words: str) -> str:
    """What to do where the way to the database could not be secured, for behind the driver's words; else empty."""
    if "SSL is required" in words:
        return (
            "; the way to another machine has to be encrypted: give the server a certificate, or, where nobody else "
            "can listen, give the database's address the parameter ssl_disabled with the value true"
        )
    if "CERTIFICATE_VERIFY_FAILED" in words:
        return (
            "; the server's certificate has to be signed by an authority that this machine trusts, or by that of the "
            "file in the parameter ssl_ca of the database's address, and to name the host of that address"
        )
    return ""


def _try_to_open(name: str, path: str) -> None:
    """The ssl module does not say which file it means."""
    if path:
        try:
            Path(path).open("rb").close()
        except OSError as error:
            raise OSError(f"{name} names {path}, which cannot be read ({error.strerror})") from None


@dataclass(frozen=True, slots=True)
class DatabaseAddress:
    """Where a database is, and what the parameters say. ``database``: its name, or the file of SQLite."""

    kind: str
    database: str
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    host: str | None = None
    port: int | None = None
    unix_socket: str = ""
    tls: Tls | None = None
    is_tls_disabled: bool = False


def read_address(database_url: str) -> DatabaseAddress:
    """Raises ConfigurationError, which repeats no part of a URL but the scheme and the names of parameters."""
    address, parameters = _split(database_url)
    if address.kind == "sqlite":
        if parameters:
            raise _wrong(f"has the parameter {next(iter(parameters))}; expected none after an SQLite file")
        return address
    switches = {name: _read_switch(name, parameters) for name in _SWITCHES}
    if parameters.get("charset", "utf8mb4").lower() != "utf8mb4":
        raise _wrong("has another charset than utf8mb4; expected utf8mb4, which holds every name")
    socket = parameters.get("unix_socket", "")
    return replace(
        address,
        unix_socket=socket,
        tls=_read_tls(parameters, switches, leaves=not socket and not is_on_this_machine(address.host)),
        is_tls_disabled=bool(switches["ssl_disabled"]),
    )


def place_files(database_url: str, folder: Path) -> str:
    """The URL, one that can be read, with the relative paths of its files made to begin at the folder."""
    place, mark, query = database_url.partition("?")
    if file := re.fullmatch("sqlite:///(?![A-Za-z]:)([^/:].*)", place):
        place = f"sqlite:///{quote(str(folder / unquote(file[1])))}"
    given = parse_qsl(query, keep_blank_values=True)
    placed = [(name, str(folder / value) if name in _FILES else value) for name, value in given]
    return place + mark + urlencode(placed, quote_via=quote)


def _split(database_url: str) -> tuple[DatabaseAddress, dict[str, str]]:
    """The address in parts and its parameters by name, once it is sure that no part was taken for another."""
    kind, _, rest = database_url.partition("://")
    if not rest or not _KIND.fullmatch(kind):
        raise _wrong(f"cannot be read; {_EXPECTED}")
    if kind not in ("sqlite", "mysql+pymysql"):
        raise _wrong(f"starts with {kind}; {_EXPECTED}")
    place, _, query = rest.partition("?")
    address = _sqlite_address(place) if kind == "sqlite" else _mysql_address(kind, database_url)
    if address is None:
        raise _wrong(f"cannot be read; {_EXPECTED}")
    return address, _read_parameters(query)


def _sqlite_address(place: str) -> DatabaseAddress | None:
    file = place.removeprefix("/")
    return DatabaseAddress("sqlite", unquote(file)) if file and file != place else None


def _mysql_address(kind: str, database_url: str) -> DatabaseAddress | None:
    try:
        address = parse_address(database_url)
    except BadAddress:
        return None
    database = unquote(address.rest.partition("?")[0].removeprefix("/"))
    if "@" in address.rest or not re.fullmatch(r"[^/@:]+", database):
        return None
    user, password = (unquote(part) or None for part in (address.user, address.password))
    return DatabaseAddress(kind, database, user, password, address.host or None, address.port)


def _read_parameters(query: str) -> dict[str, str]:
    parameters: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name not in _PARAMETERS:
            shown = f" {name}" if _SHOWABLE_NAME.fullmatch(name) else ""
            raise _wrong(f"has an unknown parameter{shown}; expected one of {', '.join(_PARAMETERS)}")
        if name in parameters:
            raise _wrong(f"has the parameter {name} twice; expected it once")
        if not value:
            raise _wrong(f"has the parameter {name} without a value; expected one, or no such parameter")
        parameters[name] = value
    return parameters


def _read_switch(name: str, parameters: Mapping[str, str]) -> bool | None:
    if name not in parameters:
        return None
    try:
        return _SWITCH_VALUES[parameters[name].lower()]
    except KeyError:
        raise _wrong(f"has {name} neither true nor false; expected one of them") from None


def leaves_machine(database_url: str) -> bool:
    """Whether what is said to the database goes over a network."""
    address = read_address(database_url)
    return not (address.kind == "sqlite" or address.unix_socket or is_on_this_machine(address.host))


def is_on_this_machine(host: str | None) -> bool:
    """Whether what is sent to that host never leaves this machine; without one the driver takes localhost."""
    if not host or host.lower().rstrip(".") == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def _read_tls(parameters: Mapping[str, str], switches: Mapping[str, bool | None], *, leaves: bool) -> Tls | None:
    """The way to another machine is encrypted, and certificate and identity are checked, unless the URL says else."""
    asked = [name for name in parameters if name.startswith("ssl_") and name != "ssl_disabled"]
    if switches["ssl_disabled"]:
        if asked:
            raise _wrong(f"has both ssl_disabled and {asked[0]}; expected one of them")
        return None
    if not asked and not leaves:
        return None
    ca, cert, key = (parameters.get(name, "") for name in ("ssl_ca", "ssl_cert", "ssl_key"))
    verifies_certificate, verifies_identity = switches["ssl_verify_cert"], switches["ssl_verify_identity"]
    if key and not cert:
        raise _wrong("has ssl_key without ssl_cert; expected both or neither")
    if verifies_certificate is None:
        verifies_certificate = True
    if verifies_identity is None:
        verifies_identity = verifies_certificate
    if verifies_identity and not verifies_certificate:
        raise _wrong("has ssl_verify_identity without ssl_verify_cert; an identity says nothing without a certificate")
    return Tls(ca, cert, key, verifies_certificate, verifies_identity)


def _wrong(what: str) -> ConfigurationError:
    return ConfigurationError(f"database_url {what}")
