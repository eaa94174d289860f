"""``{recognizer-settings}`` and ``{portal-settings}``: what can be set, read out of the code.

The names, what they take and the defaults are the code's own; ``meanings.toml`` has a sentence for each. A setting
without a sentence ends the build, and fails tests/contract/test_documentation.py.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

from recognizer.config.configuration import CameraConfig, Config
from recognizer.config.keys import CAMERA_KEYS, ENVIRONMENT_ONLY, TABLES, Reader, Unfit, read_name, read_rotation
from recognizer.config.keys import read_source as read_camera_source

ROOT = Path(__file__).resolve().parents[2]
MEANINGS = Path(__file__).with_name("meanings.toml")
_CAMERA_READERS: dict[str, Reader] = {"name": read_name, "source": read_camera_source, "rotate": read_rotation}
_PLAYS = "live, once, loop or fast"
_READERS = {"read": "", "switch": "0", "listed": "", "number": "", "time_zone": "UTC", "get": "", "one_of": "en"}
"""What reads a variable, with the default of those that have their own."""
_VARIABLE = re.compile(r"ROLLCALL_[A-Z_]+")


@dataclass(frozen=True)
class Setting:
    """What a row says. ``takes`` is empty for the portal's: their sentences tell it."""

    name: str
    takes: str
    default: str


def meanings(program: str) -> dict[str, str]:
    """A sentence for each of a program's settings."""
    found: dict[str, str] = tomllib.loads(MEANINGS.read_text("utf-8"))[program]
    return found


def recognizer_settings() -> list[Setting]:
    """Every key of recognizer.toml, and the secrets that only the environment may hold."""
    found = []
    for table, readers in TABLES.items():
        for key, reader in readers.items():
            name = f"{table}.{key}" if table else key
            found.append(Setting(name, _taken_by(reader), _shown(_default_of(name))))
    for key in CAMERA_KEYS:
        camera = CameraConfig("", "")
        default = _shown(getattr(camera, key)) if key in ("play", "rotate") else ""
        found.append(
            Setting(f"cameras.{key}", _taken_by(_CAMERA_READERS[key]) if key in _CAMERA_READERS else _PLAYS, default)
        )
    return found


def portal_settings() -> list[Setting]:
    """Every ROLLCALL_… that the portal or its web server reads."""
    files = [*sorted((ROOT / "portal").rglob("*.py")), ROOT / "deploy" / "gunicorn.conf.py"]
    defaults: dict[str, str] = {}
    for file in files:
        for name, default in _variables_of(ast.parse(file.read_text("utf-8"))):
            defaults[name] = defaults.get(name, "") or default
    return [Setting(name, "", default) for name, default in sorted(defaults.items())]


def variable_of(key: str) -> str:
    """The environment variable that takes the place of a key of recognizer.toml."""
    if key.startswith("cameras."):
        return "ROLLCALL_CAMERA_NAME_SOURCE" if key == "cameras.source" else ""
    return f"ROLLCALL_{key}".upper().replace(".", "_")


def _taken_by(reader: Reader) -> str:
    try:
        reader(object())
    except Unfit as unfit:
        return str(unfit)
    raise ExtensionError(f"{reader} takes anything")


def _default_of(name: str) -> Any:
    value: Any = Config()
    for part in name.split("."):
        value = getattr(value, part)
    return "auto" if name == "recognition.tolerance" else value


def _shown(value: Any) -> str:
    if value is None or value == "":
        return ""
    return f'"{value}"' if isinstance(value, str | Path) else str(value).lower()


def _variables_of(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Names with their defaults, empty where a call does not say one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and (name := _variable(node.args[0])):
            function = ast.unparse(node.func).rpartition(".")[2]
            if function in _READERS:
                yield name, (_text(node.args[1]) if len(node.args) > 1 else "") or _READERS[function]
        # os.environ.get(…) or "what else"
        if isinstance(node, ast.BoolOp) and isinstance(node.values[0], ast.Call):
            yield from ((name, _text(node.values[-1])) for each in node.values[0].args if (name := _variable(each)))


def _variable(node: ast.expr) -> str:
    text = _text(node)
    return text if _VARIABLE.fullmatch(text) else ""


def _text(node: ast.expr) -> str:
    is_said = isinstance(node, ast.Constant) and type(node.value) in (str, int)
    return str(node.value) if is_said else ""  # type: ignore[attr-defined]


def check(program: str, settings: list[Setting]) -> dict[str, str]:
    """The program's meanings. Raises ExtensionError where one is missing or too many."""
    said, there = meanings(program), {setting.name for setting in settings}
    if missing := sorted(there - said.keys()):
        raise ExtensionError(f"{MEANINGS.name} does not say what these settings mean: {', '.join(missing)}")
    if extra := sorted(said.keys() - there):
        raise ExtensionError(f"{MEANINGS.name} tells of settings that {program} does not have: {', '.join(extra)}")
    return said


class RecognizerSettings(SphinxDirective):
    """The keys of recognizer.toml, a section for each table."""

    def run(self) -> list[nodes.Node]:
        """See ``SphinxDirective.run``."""
        settings = recognizer_settings()
        said = check("recognizer", settings)
        lines, last = [], None
        for setting in settings:
            table, _, key = setting.name.rpartition(".")
            if table != last:
                lines.append(f"### {_heading(table)}\n")
                last = table
            facts = [f"Takes {setting.takes}."]
            if setting.default:
                facts.append(f"Default: `{setting.default}`.")
            if variable := variable_of(setting.name):
                alone = " alone" if setting.name in ENVIRONMENT_ONLY else ""
                facts.append(f"In the environment{alone}: `{variable}`.")
            lines.append(_entry(key, said[setting.name], facts))
        return self.parse_text_to_nodes("\n".join(lines), allow_section_headings=True)


class PortalSettings(SphinxDirective):
    """The variables of portal.env."""

    def run(self) -> list[nodes.Node]:
        """See ``SphinxDirective.run``."""
        settings = portal_settings()
        said = check("portal", settings)
        rows = []
        for setting in settings:
            facts = [f"Default: `{setting.default}`."] if setting.default else []
            rows.append(_entry(setting.name, said[setting.name], facts))
        return self.parse_text_to_nodes("\n".join(rows))


def _heading(table: str) -> str:
    if not table:
        return "At the top of the file"
    return "`[[cameras]]`, one for each camera" if table == "cameras" else f"`[{table}]`"


def _entry(name: str, meaning: str, facts: list[str]) -> str:
    """One item of a definition list of MyST."""
    told = f"\n\n  {' '.join(facts)}" if facts else ""
    return f"`{name}`\n: {meaning.strip()}{told}\n"


def setup(app: Sphinx) -> dict[str, bool]:
    """What Sphinx calls."""
    app.add_directive("recognizer-settings", RecognizerSettings)
    app.add_directive("portal-settings", PortalSettings)
    return {"parallel_read_safe": True}
