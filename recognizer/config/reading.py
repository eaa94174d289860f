"""The configuration: ``recognizer.toml`` overridden by the environment, read once into one frozen object.

Everything that is wrong is told at once, each in a line that names the key, what was found and what is expected.
Secrets never stand in one, nor in the repr of a configuration.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from recognizer.config import keys as config_keys
from recognizer.config.addresses import hide_userinfo
from recognizer.config.configuration import (
    CameraConfig,
    Config,
    GalleryConfig,
    MonitoringConfig,
    Play,
    RecognitionConfig,
    Rotation,
)
from recognizer.config.database_address import place_files
from recognizer.config.keys import CAMERA_KEYS, ENVIRONMENT_ONLY, RENAMED, TABLES, Reader, Unfit
from recognizer.errors import ConfigurationError
from recognizer.ops.own_file import UntrustedFile, read_own_file
from recognizer.ops.redaction import redact

KEY_CREDENTIAL = "rollcall.key"
"""Its name to systemd, as the units have it."""


def load_config(path: Path | None, environ: Mapping[str, str], folder: Path | None = None) -> Config:
    """Read the configuration.

    The file is ``path`` (from ``--config``), else the one that ROLLCALL_CONFIG names, else ``recognizer.toml`` in the
    current folder where there is one. Environment variables override single keys. Relative paths of the file, and those
    of keys that it leaves out, begin at its folder, or at ``folder``: whoever reads it, from wherever, finds the same
    files. What the environment says is typed, and begins where one stands. Raises ConfigurationError.
    """
    document = _read_document(path, environ)
    faults = Faults()
    reading = _Reading(folder or (find_file(path, environ) or Path()).parent, environ, faults)
    faults.add(_unknown_keys(document, [*TABLES[""], *filter(None, TABLES), "cameras"], ""))
    tables = {name: document.get(name, {}) if name else document for name in TABLES}
    values = {name: reading.table(name, table) for name, table in tables.items()}
    cameras = reading.cameras(document.get("cameras", []))
    if cameras is not None:
        faults.add(_unknown_variables(environ, cameras))
    gallery = GalleryConfig(**values["gallery"], credential=_find_credential(environ))
    recognition = RecognitionConfig(**values["recognition"])
    config = Config(
        **values[""],
        gallery=gallery,
        recognition=recognition,
        monitoring=MonitoringConfig(**values["monitoring"]),
        cameras=cameras or (),
    )
    faults.add(_what_does_not_fit_together(config))
    faults.raise_any()
    return config


def _what_does_not_fit_together(config: Config) -> Iterator[str]:
    gallery, recognition = config.gallery, config.recognition
    if gallery.scope == "rosters" and config.state_dir not in gallery.path.parents:
        yield (
            f'gallery.path is {gallery.path}; expected, with scope = "rosters", a file in the state_dir, such as '
            f"{config.state_dir / 'gallery.pkl'}: a gallery that rooms share would forget the students of the others"
        )
    if recognition.engine == "yunet" and recognition.yunet_model is None:
        yield (
            'recognition.yunet_model is missing; expected, with engine = "yunet", the path of the .onnx file of '
            "OpenCV's YuNet face detector"
        )


def _find_credential(environ: Mapping[str, str]) -> Path | None:
    """The gallery's key where systemd hands it to this process, decrypted, and keeps it from all others."""
    folder = environ.get("CREDENTIALS_DIRECTORY")
    path = Path(folder, KEY_CREDENTIAL) if folder else None
    return path if path is not None and path.is_file() else None


class Faults:
    """What is wrong with a configuration, a line each."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def add(self, lines: Iterable[str]) -> None:
        self._lines += lines

    @contextmanager
    def collected(self) -> Iterator[None]:
        """Keep the error of the block, and go on after it."""
        try:
            yield
        except ConfigurationError as error:
            self._lines.append(str(error))

    def raise_any(self) -> None:
        """Raise ConfigurationError with all of them, where there are any."""
        if self._lines:
            raise ConfigurationError("\n".join(self._lines))


def find_file(path: Path | None, environ: Mapping[str, str]) -> Path | None:
    """The file that ``load_config`` reads; None where there is none, and none is named."""
    named = path or (Path(environ["ROLLCALL_CONFIG"]) if environ.get("ROLLCALL_CONFIG") else None)
    usual = Path("recognizer.toml")
    return named or (usual if usual.exists() else None)


def _read_document(path: Path | None, environ: Mapping[str, str]) -> dict[str, Any]:
    file = find_file(path, environ)
    if file is None:
        return {}
    try:
        # It says which database is believed and who is watched, and holds passwords: whoever can write it owns both.
        return tomllib.loads(read_own_file(file).decode("utf-8"))
    except UntrustedFile as error:
        raise ConfigurationError(f"the configuration {error}") from None
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read ({error.strerror}); expected a TOML file") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{file} is not UTF-8 text; expected a TOML file") from None
    except (ValueError, RecursionError) as error:  # Also a number of thousands of digits, and tables within tables.
        raise ConfigurationError(f"{file} is not a TOML file: {redact(str(error))}") from None


def _unknown_keys(table: Mapping[str, Any], known: Iterable[str], prefix: str) -> Iterator[str]:
    known = list(known)
    for key in table:
        if prefix + key in ENVIRONMENT_ONLY:
            variable = _variable(prefix + key)
            yield f"{prefix}{key} is a secret; expected in {variable}, not in the file"
        elif prefix + key in RENAMED:
            yield f"{prefix}{key} is not a key any more; expected {RENAMED[prefix + key]}"
        elif key not in known:
            nearest = difflib.get_close_matches(key, known, 1)
            hint = f"did you mean {prefix}{nearest[0]}?" if nearest else "expected one of " + ", ".join(known)
            yield f"{prefix}{key} is not a known key; {hint}"


_DEFAULTS = {
    "": Config(),
    "gallery": GalleryConfig(),
    "recognition": RecognitionConfig(),
    "monitoring": MonitoringConfig(),
}


@dataclass(frozen=True)
class _Reading:
    """Reads tables of the configuration; relative paths of theirs begin at the folder."""

    folder: Path
    environ: Mapping[str, str]
    faults: Faults

    def table(self, name: str, table: object) -> dict[str, Any]:
        """The values of a table's keys; without those that are at fault."""
        if not isinstance(table, dict):
            self.faults.add([f"{name} is {_show(table)}; expected a table, [{name}]"])
            table = {}
        readers = TABLES[name]
        prefix = f"{name}." if name else ""
        if name:
            self.faults.add(_unknown_keys(table, readers, prefix))
        values = {}
        for key, reader in readers.items():
            variable = _variable(prefix + key)
            with self.faults.collected():
                # gallery.key_file is a key of its own, not a file that holds gallery.key.
                found = _read_variable(variable, self.environ, may_be_file=f"{key}_file" not in readers)
                if found is not None:
                    values[key] = _fit(found[0], found[1], reader)
                elif key in table:
                    values[key] = self._placed(_fit(prefix + key, table[key], reader), reader)
                else:
                    values[key] = self._placed(getattr(_DEFAULTS[name], key), reader)
        return values

    def cameras(self, tables: object) -> tuple[CameraConfig, ...] | None:
        """All cameras; None where one of them is at fault. Every name is compared, also of those that are."""
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            self.faults.add([f"cameras is {_show(tables)}; expected [[cameras]] tables, one for each camera"])
            return None
        cameras = [self._camera(number, table) for number, table in enumerate(tables, start=1)]
        self.faults.add(_doubled_names(table.get("name") for table in tables))
        whole = tuple(camera for camera in cameras if camera is not None)
        return whole if len(whole) == len(cameras) else None

    def _camera(self, number: int, table: dict[str, Any]) -> CameraConfig | None:
        prefix = f"cameras[{number}]."
        self.faults.add(_unknown_keys(table, CAMERA_KEYS, prefix))
        name, source, play, rotate = table.get("name"), None, None, None
        with self.faults.collected():
            if "name" not in table:
                raise ConfigurationError(f'{prefix}name is missing; expected text, such as name = "front"')
            name = _fit(f"{prefix}name", name, config_keys.read_name)
        with self.faults.collected():
            source = self._source(prefix, table, name)
        with self.faults.collected():
            choices = _play_choices(source)
            play = _fit(f"{prefix}play", table.get("play", choices[0]), config_keys.one_of(*choices))
        with self.faults.collected():
            rotate = _fit(f"{prefix}rotate", table.get("rotate", 0), config_keys.read_rotation)
        if not isinstance(name, str) or source is None or play is None or rotate is None:
            return None
        return CameraConfig(name, source, cast(Play, play), cast(Rotation, rotate))

    def _source(self, prefix: str, table: dict[str, Any], name: object) -> str | int:
        is_named = isinstance(name, str)
        found = _read_variable(_source_variable(str(name)), self.environ) if is_named else None
        if found is None and "source" not in table:
            whose = f" (of {_show(name)})" if is_named else ""
            raise ConfigurationError(f"{prefix}source{whose} is missing; expected an address, a number or a path")
        reader = config_keys.read_source
        source: str | int = (
            _fit(*found, reader) if found else self._placed(_fit(f"{prefix}source", table["source"], reader), reader)
        )
        return source

    def _placed(self, value: Any, reader: Reader) -> Any:
        """What the file says, with a relative path made to begin at the folder."""
        if value is None:
            return None
        if reader is config_keys.read_path:
            return self.folder / value
        if reader is config_keys.read_source and config_keys.is_file(value):
            return str(self.folder / value)
        if reader is config_keys.read_database_url:
            return place_files(value, self.folder)
        return value


def _read_variable(variable: str, environ: Mapping[str, str], *, may_be_file: bool = True) -> tuple[str, str] | None:
    """The name and value of an environment variable, or of the file that its ``_FILE`` names; None without either."""
    value, by_file = environ.get(variable), f"{variable}_FILE"
    if not may_be_file or not environ.get(by_file):
        return (variable, _as_utf8(value)) if value else None
    if value:
        raise ConfigurationError(f"{variable} and {by_file} are both set; expected one of them")
    try:
        return by_file, Path(environ[by_file]).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise ConfigurationError(
            f"{by_file} names {environ[by_file]}, which cannot be read ({reason}); expected a file with the value"
        ) from None


def _as_utf8(value: str) -> str:
    """The value as its bytes say in UTF-8; an old locale, as LANG=C of a cron job, leaves halves of characters."""
    try:
        return value.encode("ascii", "surrogateescape").decode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return value


def _fit(key: str, value: object, reader: Reader) -> Any:
    try:
        return reader(value)
    except Unfit as unfit:
        raise ConfigurationError(f"{key} is {_show_unfit(value, reader)}; expected {unfit}") from None


def _show_unfit(value: object, reader: Reader) -> str:
    if reader is config_keys.read_secret:
        return "not usable"
    if isinstance(value, str) and reader in (config_keys.read_source, config_keys.read_database_url):
        return _show(hide_userinfo(value))
    return _show(value)


def _show(value: object) -> str:
    shown = redact(f'"{value}"' if isinstance(value, str) else str(value)).replace("\n", " ")
    return shown if len(shown) <= 80 else shown[:79] + "…"


def _doubled_names(names: Iterable[object]) -> Iterator[str]:
    """Names must differ where the environment and the database compare them: without regard to case."""
    by_variable: dict[str, str] = {}
    for name in (name.strip() for name in names if isinstance(name, str) and name.strip()):
        if (part := _variable_part(name)) in by_variable:
            other = by_variable[part]
            yield f"cameras.name is {_show(name)} after {_show(other)}; expected names that differ in letters or digits"
        by_variable.setdefault(part, name)


def _play_choices(source: str | int | None) -> tuple[str, ...]:
    """How a source can be played, the default first; all where the source is at fault."""
    if source is None:
        return ("live", "once", "loop", "fast")
    return ("once", "loop", "fast") if config_keys.is_file(source) else ("live",)


def _source_variable(name: str) -> str:
    return f"ROLLCALL_CAMERA_{_variable_part(name)}_SOURCE"


def _variable(key: str) -> str:
    return f"ROLLCALL_{key}".upper().replace(".", "_")


def _variable_part(name: str) -> str:
    return re.sub(r"[^A-Z0-9]", "_", name.upper())


def _unknown_variables(environ: Mapping[str, str], cameras: Iterable[CameraConfig]) -> Iterator[str]:
    """Misspelt variables of those families that are the recognizer's alone; others may be the portal's."""
    known = {f"ROLLCALL_{table.upper()}_{key.upper()}" for table, keys in TABLES.items() if table for key in keys}
    known |= {_source_variable(camera.name) for camera in cameras}
    known |= {f"{variable}_FILE" for variable in known}
    renamed = {_variable(old): new for old, new in RENAMED.items()}
    for variable in sorted(environ):
        family = variable.startswith(("ROLLCALL_GALLERY_", "ROLLCALL_RECOGNITION_", "ROLLCALL_CAMERA_"))
        if variable in renamed:
            yield f"{variable} is not a variable any more; expected {renamed[variable]}"
        elif family and variable not in known:
            nearest = difflib.get_close_matches(variable, sorted(known), 1)
            hint = f"did you mean {nearest[0]}?" if nearest else "no such key, and no camera of that name"
            yield f"{variable} is not a known variable; {hint}"
