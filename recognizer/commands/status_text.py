"""The status as a person reads it at a glance: what is wrong first, then the cameras, then the rest, a line each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from recognizer.commands.output import make_console
from recognizer.enrolment.photo_folder import printable
from recognizer.ops.wording import count_of, describe_span

_UNKNOWN = "–"

Document = dict[str, Any]
"""As ``monitoring.status.make_document`` makes it."""


def print_status(document: Document) -> None:
    """Print it on stdout."""
    console = make_console()
    troubles = document["troubles"]
    verdict = f"{count_of(len(troubles), 'thing')} to mend" if troubles else "all is well"
    _print(console, f'recognizer {document["version"]} in room "{document["room"]}": {verdict}', "bold")
    for trouble in troubles:
        _print(console, f"! {trouble}", "yellow")
    console.print(_list_cameras(document))
    rest = Table.grid(padding=(0, 2))
    for name, text in _describe_rest(document):
        rest.add_row(Text(name, style="bold"), Text(printable(text)))
    console.print(rest)


def _print(console: Any, line: str, style: str) -> None:
    console.print(Text(printable(line), style=style))


def _list_cameras(document: Document) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for heading in ("Camera", "State", "Last picture", "Looks/s", "Faces", "Source"):
        table.add_column(heading)
    for camera in document["cameras"]:
        looks, age = camera["looks_per_second"], camera["last_frame_age_seconds"]
        cells = (
            camera["name"],
            f"{camera['state']} for {_since(document, camera['since'])}",
            _UNKNOWN if age is None else f"{describe_span(age)} ago",
            _UNKNOWN if looks is None else f"{looks:.1f}",
            _UNKNOWN if camera["faces"] is None else str(camera["faces"]),
            camera["address"],
        )
        table.add_row(*(Text(printable(cell)) for cell in cells))
    return table


def _describe_rest(document: Document) -> Iterator[tuple[str, str]]:
    yield "class session", "; ".join(_describe_sessions(document))
    database = document["database"]
    yield "database", f"{database['state']} for {_since(document, database['since'])}"
    yield "outbox", _describe_outbox(document["outbox"])
    yield "gallery", _describe_gallery(document["gallery"])
    yield "lease", _describe_lease(document)
    yield "clock", _describe_clock(document["clock"])
    process = f"process {document['process']} on {document['machine']}"
    yield "running", f"for {describe_span(document['uptime_seconds'])}, {process}"


def _describe_sessions(document: Document) -> Iterator[str]:
    for session in document["open_sessions"]:
        left = describe_span(_seconds_until(document, session["ends_at"]))
        yield f"{session['course']} for another {left}, {count_of(session['students'], 'student')} expected"
    if not document["open_sessions"]:
        yield "none now"
    if coming := document["next_session"]:
        yield f"{coming['course']} opens in {describe_span(_seconds_until(document, coming['opens_at']))}"


def _describe_outbox(outbox: dict[str, int]) -> str:
    parts = [f"{count_of(outbox['waiting'], 'entry', 'entries')} waiting"]
    if outbox["in_memory"]:
        parts.append(f"{outbox['in_memory']} of them in memory alone")
    if outbox["set_aside"]:
        parts.append(f"{outbox['set_aside']} set aside")
    return ", ".join(parts)


def _describe_gallery(gallery: Document) -> str:
    if gallery["version"] is None:
        return gallery["error"] or "not read yet"
    return f"{count_of(gallery['students'], 'student')}, version {gallery['version']}"


def _describe_lease(document: Document) -> str:
    lease = document["lease"]
    if lease["state"] == "waiting":
        return f"the machine {lease['machine']} has the room for {_since(document, lease['since'])}: this one waits"
    return "this recognizer has the room" if lease["state"] == "held" else lease["state"]


def _describe_clock(clock: Document) -> str:
    offset = clock["offset_seconds"]
    if offset is None:
        return "wrong" if clock["is_wrong"] else "this machine's"
    words = f"{abs(offset):.1f} s {'behind' if offset > 0 else 'ahead of'} the database's"
    return f"wrong, {words}" if clock["is_wrong"] else words


def _since(document: Document, instant: str) -> str:
    return describe_span(-_seconds_until(document, instant))


def _seconds_until(document: Document, instant: str) -> float:
    return (datetime.fromisoformat(instant) - datetime.fromisoformat(document["told_at"])).total_seconds()
