"""``{exit-codes}``, ``{error-messages}``, ``{journal-messages}``, ``{log-events}``: what the programs say.

It is read out of their code.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from recognizer import errors

ROOT = Path(__file__).resolve().parents[2]
_LOGGING = ("log.warning", "log.error", "log.exception", "log.critical")
_FORMAT = re.compile(r"%(?:\.\d+)?[sdfgr]")
_VALUE = "…"
_FINDINGS = ("Finding", "Later")
"""What `recognizer check` says beside the errors."""


def error_classes() -> list[type[errors.RecognizerError]]:
    """All of recognizer/errors.py, in its order."""
    return [each for each in vars(errors).values() if inspect.isclass(each) and each.__module__ == errors.__name__]


def raised_messages() -> dict[str, list[str]]:
    """By error, the messages that the recognizer raises it with; … stands for a value. Those that are all value are
    left out."""
    names = {each.__name__ for each in error_classes()} | set(_FINDINGS)
    found: dict[str, set[str]] = defaultdict(set)
    for node in _nodes(ROOT / "recognizer"):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names and node.args:
            message = _text_of(node.args[0])
            if len(re.findall(r"\w+", message)) > 1:
                found[node.func.id].add(message)
    return {name: sorted(messages, key=str.lower) for name, messages in found.items()}


def logged_messages() -> list[str]:
    """The warnings and errors that either program writes into the journal."""
    found = set()
    for node in [*_nodes(ROOT / "recognizer"), *_nodes(ROOT / "portal")]:
        if isinstance(node, ast.Call) and ast.unparse(node.func) in _LOGGING:
            found.add(_text_of(node.args[0]))
    return sorted(message for message in found if len(re.findall(r"\w+", message)) > 1)


def logged_events() -> dict[str, list[str]]:
    """By the name in the field ``event``, the lines that have it."""
    found: dict[str, set[str]] = defaultdict(set)
    for call in logging_calls():
        if event := event_of(call):
            found[event].add(_text_of(call.args[0]))
    return {event: sorted(found[event]) for event in sorted(found)}


def logging_calls() -> list[ast.Call]:
    """Wherever either program writes a line into its log, but those for debugging."""
    calls = [node for node in [*_nodes(ROOT / "recognizer"), *_nodes(ROOT / "portal")] if isinstance(node, ast.Call)]
    return [call for call in calls if ast.unparse(call.func) in (*_LOGGING, "log.info")]


def event_of(call: ast.Call) -> str:
    """The name that a line has for programs; empty where it has none."""
    for extra in (keyword.value for keyword in call.keywords if keyword.arg == "extra"):
        for key, value in zip(extra.keys, extra.values, strict=True) if isinstance(extra, ast.Dict) else ():
            if isinstance(key, ast.Constant) and key.value == "event" and isinstance(value, ast.Constant):
                return str(value.value)
    return ""


def written_texts() -> set[str]:
    """Every text of the two programs that has values in it, or some words."""
    texts = {
        _text_of(node)
        for node in [*_nodes(ROOT / "recognizer"), *_nodes(ROOT / "portal")]
        if isinstance(node, ast.Constant | ast.JoinedStr)
    }
    return {text for text in texts if len(re.findall(r"\w+", text)) > 1}


@cache
def _nodes(folder: Path) -> list[ast.AST]:
    files = sorted(folder.rglob("*.py"))
    return [node for file in files for node in ast.walk(ast.parse(file.read_text("utf-8")))]


def _text_of(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _FORMAT.sub(_VALUE, node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_text_of(part) for part in node.values)
    return _VALUE


class ExitCodes(SphinxDirective):
    """A row for each error: its exit code and what it means."""

    def run(self) -> list[nodes.Node]:
        """See ``SphinxDirective.run``."""
        rows = ["| error | exit code | what it means |", "|---|---|---|"]
        for each in error_classes():
            meaning = " ".join(inspect.getdoc(each).split()) if inspect.getdoc(each) else ""  # type: ignore[union-attr]
            rows.append(f"| `{each.__name__}` | {each.exit_code} | {meaning} |")
        return self.parse_text_to_nodes("\n".join(rows))


class JournalMessages(SphinxDirective):
    """All warnings and errors that the programs write into the journal."""

    def run(self) -> list[nodes.Node]:
        """See ``SphinxDirective.run``."""
        return self.parse_text_to_nodes("\n".join(f"- {_escaped(message)}" for message in logged_messages()))


class LogEvents(SphinxDirective):
    """A row for each event that a line of the log may name."""

    def run(self) -> list[nodes.Node]:
        """See ``SphinxDirective.run``."""
        rows = ["| event | line |", "|---|---|"]
        for event, lines in logged_events().items():
            rows.append(f"| `{event}` | {' · '.join(map(_escaped, lines))} |")
        return self.parse_text_to_nodes("\n".join(rows))


class ErrorMessages(SphinxDirective):
    """All messages of the errors of one kind, or of several: `{error-messages} GalleryError`."""

    required_arguments = 1
    optional_arguments = 20

    def run(self) -> list[nodes.Node]:
        """See ``SphinxDirective.run``."""
        messages = raised_messages()
        lines = [f"- {_escaped(message)}" for name in self.arguments for message in messages.get(name, [])]
        return self.parse_text_to_nodes("\n".join(lines))


def _escaped(message: str) -> str:
    """As text of MyST: code stays code, and nothing else is markup."""
    parts = re.split(r"(`[^`]*`)", " ".join(message.split()))
    return "".join(part if part.startswith("`") else re.sub(r"([\\*_\[\]<>{}#])", r"\\\1", part) for part in parts)


def setup(app: Sphinx) -> dict[str, bool]:
    """What Sphinx calls."""
    app.add_directive("exit-codes", ExitCodes)
    app.add_directive("journal-messages", JournalMessages)
    app.add_directive("log-events", LogEvents)
    app.add_directive("error-messages", ErrorMessages)
    return {"parallel_read_safe": True}
