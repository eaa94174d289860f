"""Manual pages, made from the help of argparse's parsers."""

from __future__ import annotations

import argparse
import gzip
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DATE = os.environ.get("SOURCE_DATE_EPOCH", "0")
TITLES = {1: "User Commands", 8: "System Administration"}


@dataclass(frozen=True)
class Pages:
    """Where pages go, and what they have in common."""

    folder: Path
    section: int
    version: str
    files: str

    def write(self, name: str, summary: str, parser: argparse.ArgumentParser, others: list[str]) -> None:
        """One page, compressed as Debian has them, the same bytes for the same help."""
        lines = [
            f'.TH {name.upper()} {self.section} "" "Rollcall {self.version}" "{TITLES[self.section]}"',
            ".SH NAME",
            f"{escape(name)} \\- {escape(summary)}",
            ".SH SYNOPSIS",
            ".nf",
            escape(parser.format_usage().removeprefix("usage: ").rstrip()),
            ".fi",
            ".SH DESCRIPTION",
            escape(parser.description or ""),
            *arguments(parser),
            *(line for action, own in subparsers(parser).items() for line in described(action, own)),
            *([".SH MORE", ".nf", escape(parser.epilog), ".fi"] if parser.epilog else []),
            ".SH FILES",
            escape(self.files),
            ".SH SEE ALSO",
            ", ".join(rf"\fB{escape(other)}\fR({self.section})" for other in others),
        ]
        with gzip.GzipFile(self.folder / f"{name}.{self.section}.gz", "wb", mtime=int(DATE)) as file:
            file.write(("\n".join(lines) + "\n").encode())


def subparsers(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The parsers of its commands or actions, by name."""
    return {
        name: own
        for action in parser._actions
        if isinstance(action, argparse._SubParsersAction)
        for name, own in action.choices.items()
    }


def arguments(parser: argparse.ArgumentParser) -> Iterator[str]:
    """A paragraph for each argument, and one for all commands or actions."""
    yield ".SH OPTIONS"
    formatter = argparse.HelpFormatter(parser.prog)
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for choice in action._get_subactions():
                yield from (".TP", rf"\fB{escape(choice.dest)}\fR", escape(choice.help or ""))
        else:
            written = formatter._format_action_invocation(action)
            yield from (
                ".TP",
                rf"\fB{escape(written)}\fR",
                escape(formatter._expand_help(action) if action.help else ""),
            )


def described(name: str, parser: argparse.ArgumentParser) -> Iterator[str]:
    """The arguments of a command's action, which has no page of its own."""
    if parser.prog.count(" ") > 1:
        yield f".SS {escape(name)}"
        yield from list(arguments(parser))[4:]  # Without the heading and --help.


def escape(text: str) -> str:
    """Text that roff prints as it is."""
    lines = text.replace("\\", r"\e").replace("-", r"\-").split("\n")
    return "\n".join(r"\&" + line if line[:1] in (".", "'") else line for line in lines)
