"""The report: one page that needs nothing else, with pictures of faces in it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from pathlib import Path

from recognizer.errors import PhotoError
from recognizer.evaluation.charts import draw_galleries
from recognizer.evaluation.drawing import Chart
from recognizer.evaluation.faces import Collection
from recognizer.evaluation.mistakes import Mistake, worst_strangers, worst_students
from recognizer.evaluation.page import METHOD, cell, listing, open_page, percent, show_chart, table, tile
from recognizer.evaluation.protocol import Population
from recognizer.evaluation.results import FARS, FPIRS, MUCH_POINTS, MUCH_TIMES, Cell, Results, misses_much
from recognizer.ops.whole_file import replace_file
from recognizer.ops.wording import count_of

MARK = "<!doctype html><!-- recognizer evaluate -->"
"""How a report begins: nothing else is ever overwritten."""


def require_place(path: Path) -> None:
    """Raise PhotoError unless a report may be written there: into a folder, over nothing but an older report."""
    if not path.parent.is_dir():
        raise PhotoError(f"there is no folder {path.parent} for the report: create it, or give another --output")
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise PhotoError(f"{path} is not a plain file: give another --output")
    if path.exists():
        try:
            with path.open("rb") as file:
                is_report = file.read(len(MARK)) == MARK.encode()
        except OSError as error:
            raise PhotoError(f"{path} cannot be read ({error.strerror}): give another --output") from None
        if not is_report:
            raise PhotoError(f"{path} is there and is no report of an evaluation: give another --output")


def write_report(path: Path, page: str) -> None:
    """The page for its owner's eyes alone (mode 0600), wholly or not at all. Raises PhotoError."""
    try:
        replace_file(path, [page.encode()])
    except OSError as error:
        raise PhotoError(f"{path} cannot be written ({error.strerror}): give another --output") from None


def render_report(
    results: Results,
    people: Collection,
    population: Population,
    charts: Sequence[Chart],
    seeds: int,
    groups: str = "",
) -> str:
    """The whole page. groups: its part on groups of people, where there is one."""
    parts = [
        open_page(MARK, "Rollcall: evaluation"),
        "<h1>How well these people are told apart</h1>",
        f'<p class="soft">{_data(people)}</p>',
        '<p class="warn"><strong>This page shows faces.</strong> Keep it to yourself, and delete it once read.</p>',
        _tiles(results.main, people),
        f'<div class="charts">{"".join(map(show_chart, charts))}</div>',
        "<h2>By photos and frames</h2>",
        table(_HEAD, [(one is results.main, _row(one)) for one in results.cells]),
        f"<p class='soft'>{_SMALL.format(people=len(people.names))}</p>",
        _galleries(results.galleries),
        groups,
        "<h2>Photo against photo</h2>",
        table([f"TAR at FAR {rate:g}" for rate in FARS], [(False, [cell(results.tar[rate]) for rate in FARS])]),
        _pictures(
            "Strangers",
            "Beside the reference of the student whose name they were given, or came nearest to.",
            worst_strangers(results, population),
            people,
            "named",
        ),
        _pictures(
            "Students",
            "Beside the nearest of their own references: those not given their name, or nearly not.",
            worst_students(results, population),
            people,
            "missed",
        ),
        f"<h2>How it was measured</h2><p>{METHOD.format(seeds=seeds)}</p>",
        listing("No face found", people.missed),
        listing("Not readable", people.unreadable),
        listing("Passed over: the same photo as another of this person", people.repeated),
        "</body></html>\n",
    ]
    return "\n".join(parts)


_HEAD = [
    "photos",
    "frames",
    "students",
    *(f"FNIR at FPIR {100 * rate:g} %" for rate in FPIRS),
    "tolerance in force",
    "strangers named",
    "students missed",
    "students given another’s name",
]


_SMALL = (
    "Small print: the 95 % interval. These shares are of {people} people, however often they were searched for: a "
    "share of 1 % is sure from 300 people on, one of 0.1 % from 3,000."
)


def _data(people: Collection) -> str:
    files = sum(people.files_with_a_face().values()) + len(people.missed) + len(people.unreadable)
    return f"{len(people.everybody):,} people, {files:,} photos and clips, {len(people.faces):,} faces"


def _tiles(main: Cell, people: Collection) -> str:
    how = (
        f"{count_of(main.photos, 'photo')} a student, {count_of(main.frames, 'frame')}, tolerance {main.tolerance:.2f}"
    )
    tiles = [
        tile(name, figure.interval)
        for name, figure in (
            ("Strangers named", main.strangers_named),
            ("Students missed", main.students_missed),
            *((f"Students missed if {100 * rate:g} % of strangers were named", main.fnir[rate]) for rate in FPIRS[1:]),
        )
        if figure.interval is not None
    ]
    tiles.append(tile("No face found", people.detection_misses()))
    return f'<p class="soft">With {how}:</p><div class="tiles">{"".join(tiles)}</div>'


def _galleries(cells: Sequence[Cell]) -> str:
    """By the number of students enrolled; nothing where it was not measured."""
    if not cells:
        return ""
    head = ["students", "photos", "frames", "strangers named", "students missed", "missed in hindsight"]
    rows = [
        (
            False,
            [
                *(str(count) for count in (one.enrolled, one.photos, one.frames)),
                *(cell(figure) for figure in (one.strangers_named, one.students_missed, one.fnir[FPIRS[-1]])),
            ],
        )
        for one in cells
    ]
    words = (
        "In force is what this recognizer does. In hindsight is the least that any one distance could miss on these "
        f"people while it names {100 * FPIRS[-1]:g} % of the strangers."
    )
    charts = "".join(map(show_chart, draw_galleries(cells)))
    body = f'<p>{words}</p><div class="charts">{charts}</div><p>{describe_galleries(cells)}</p>{table(head, rows)}'
    return f"<h2>Small and large galleries</h2>{body}"


def describe_galleries(cells: Sequence[Cell]) -> str:
    """What the cells say together: strangers named, and how many cells miss more than they have to."""
    pairs = [(cell.strangers_named.interval, cell.strangers) for cell in cells]
    named = sum(found.value * searches for found, searches in pairs if found is not None)
    searches = sum(searches for found, searches in pairs if found is not None)
    told = f"All galleries together: {percent(named / max(1, searches))} of {searches:,} strangers' tracks named."
    compared = [verdict for cell in cells if (verdict := misses_much(cell)) is not None]
    if not compared:
        return told
    much = f"more than {MUCH_TIMES:g} times what is missed in hindsight, and {100 * MUCH_POINTS:g} points more"
    return f"{told} Students missed: in {sum(compared)} of {len(compared)} rows {much}."


def _row(found: Cell) -> list[str]:
    return [
        str(found.photos),
        str(found.frames),
        str(found.enrolled),
        *(cell(found.fnir[rate]) for rate in FPIRS),
        f"{found.tolerance:.2f}",
        cell(found.strangers_named),
        cell(found.students_missed),
        cell(found.students_misnamed),
    ]


def _pictures(title: str, words: str, mistakes: Sequence[Mistake], people: Collection, verb: str) -> str:
    made = sum(mistake.is_made for mistake in mistakes)
    told = "" if made else f" None was {verb}."
    shown = "".join(_pair(mistake, people, verb) for mistake in mistakes)
    return f'<h2>The worst mistakes: {title.lower()}</h2><p>{words}{told}</p><div class="pairs">{shown}</div>'


def _pair(mistake: Mistake, people: Collection, verb: str) -> str:
    faces = (people.faces[mistake.face], people.faces[mistake.reference])
    pictures = "".join(
        f'<span><img alt="{escape(face.label)}" '
        f'src="data:image/jpeg;base64,{base64.b64encode(face.picture).decode()}">{escape(face.label)}</span>'
        for face in faces
    )
    verdict = verb if mistake.is_made else f"not {verb}"
    return (
        f'<figure class="pair{" made" if mistake.is_made else ""}"><div>{pictures}</div><figcaption>'
        f"<b>{verdict}</b>, distance {mistake.distance:.2f}, tolerance {mistake.tolerance:.2f}</figcaption></figure>"
    )
