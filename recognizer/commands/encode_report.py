"""What ``recognizer encode`` says at its end: a table for people, a document for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from recognizer.commands.output import make_console
from recognizer.enrolment.numbering import Numbering
from recognizer.enrolment.photo_folder import PhotoFolder, printable
from recognizer.enrolment.results import EnrolmentResult, Refused, StudentResult
from recognizer.ops.wording import count_of


@dataclass(frozen=True, slots=True)
class Report:
    """All that an encode has to say."""

    folder: PhotoFolder
    result: EnrolmentResult
    warnings: tuple[str, ...]
    gallery: Path
    is_dry_run: bool


def report_as_json(report: Report, numbering: Numbering) -> dict[str, Any]:
    """The result in plain values; photos as paths within the folder."""
    folder, result = report.folder, report.result
    return {
        "photos": printable(str(folder.path)),
        "gallery": printable(str(report.gallery)),
        "dry_run": report.is_dry_run,
        "interrupted": result.is_interrupted,
        "students": [_student_as_json(student, folder, numbering) for student in result.students],
        "without_good_photo": list(result.without_good_photo),
        "ambiguous": [{"path": folder.shown(file.path), "reason": file.reason} for file in folder.ambiguous],
        "ignored": [{"path": folder.shown(file.path), "reason": file.reason} for file in folder.ignored],
        "numbers_checked": numbering.is_checked,
        "warnings": list(report.warnings),
        "enrolled_students": len(result.gallery.students),
        "references": len(result.gallery.numbers),
    }


def print_report(report: Report) -> None:
    """The table and the summary to stdout, notes and warnings to stderr."""
    out = make_console()
    if report.result.students:
        out.print(_table(report.result.students))
    print_notes(report.folder, report.warnings, report.result.students)
    out.print(_summary(report.result, report.gallery, is_dry_run=report.is_dry_run), soft_wrap=True)


def print_notes(folder: PhotoFolder, warnings: Sequence[str], students: Sequence[StudentResult] = ()) -> None:
    """What became of nobody's photo, the warnings, and who of the students has no good photo; to stderr."""
    notes = _notes(folder, warnings, students)
    if notes.row_count:
        console = make_console(stderr=True)
        console.print(notes)
        console.print()


def _student_as_json(student: StudentResult, folder: PhotoFolder, numbering: Numbering) -> dict[str, Any]:
    return {
        "number": student.number,
        "known": numbering.knows(student.number) if numbering.is_checked else None,
        "name": student.name,
        "accepted": [
            {"photo": folder.shown(photo.photo), "new": photo.is_new, "renewed": photo.is_renewed}
            for photo in student.accepted
        ],
        "refused": [
            {"photo": folder.shown(photo.photo), "reason": photo.reason, "detail": photo.detail}
            for photo in student.refused
        ],
        "references": student.references,
    }


def _notes(folder: PhotoFolder, warnings: Sequence[str], students: Sequence[StudentResult]) -> Table:
    notes = Table.grid(padding=(0, 2))
    for file in folder.ignored:
        notes.add_row(Text("Ignored", style="dim"), Text(f"{folder.shown(file.path)}: {file.reason}", style="dim"))
    for warning in warnings:
        notes.add_row(Text("Warning", style="bold yellow"), Text(printable(warning)))
    for file in folder.ambiguous:
        notes.add_row(Text("Refused", style="bold red"), Text(f"{folder.shown(file.path)}: {file.reason}"))
    for student in students:
        if not student.accepted:
            notes.add_row(Text("Missing", style="bold red"), Text(_explain(student)))
    return notes


def _table(students: Sequence[StudentResult]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    table.add_column("Student", overflow="fold")
    table.add_column("Name", overflow="fold")
    table.add_column("Accepted", justify="right", no_wrap=True)
    table.add_column("Refused", overflow="fold")
    table.add_column("Why")
    for student in students:
        who = (Text(student.number), Text(student.name), _accepted(student))
        if not student.refused:
            table.add_row(*who, "", "" if student.accepted else Text("no photos", style="red"))
        for photo in student.refused:
            table.add_row(*who, Text(printable(photo.photo.name)), _why(photo))
            who = (Text(), Text(), Text())
    return table


def _accepted(student: StudentResult) -> Text:
    if not student.accepted:
        return Text("none", style="bold red")
    renewed = sum(photo.is_renewed for photo in student.accepted)
    unchanged = sum(not photo.is_new for photo in student.accepted) - renewed
    notes = [f"{count} {what}" for count, what in ((renewed, "renewed"), (unchanged, "unchanged")) if count]
    return Text.assemble((str(len(student.accepted)), "green"), (f" ({', '.join(notes)})" if notes else "", "dim"))


def _why(photo: Refused) -> Text:
    detail = f": {printable(photo.detail)}" if photo.detail else ""
    return Text.assemble((photo.reason, "yellow"), (detail, "dim"))


def _explain(student: StudentResult) -> str:
    who = f"{student.number} {student.name}".strip()
    if student.references:
        return f"{who} has no good photo here; still enrolled with {count_of(student.references, 'earlier reference')}"
    return f"{who} has no good photo and is not enrolled"


def _summary(result: EnrolmentResult, gallery: Path, *, is_dry_run: bool) -> Text:
    new = count_of(result.new_references, "new reference")
    if result.renewed_references:
        renewed = f"{count_of(result.renewed_references, 'reference')} encoded anew"
        new = f"{new} and {renewed}" if result.new_references else renewed
    total = f"{count_of(len(result.gallery.students), 'student')}, {count_of(len(result.gallery.numbers), 'reference')}"
    if is_dry_run:
        said = f"Dry run, nothing written: {new}; the gallery would have {total}."
    elif result.new_references or result.renewed_references:
        said = f"{new[0].upper()}{new[1:]} in {gallery}, which now has {total}."
    else:
        said = f"Nothing new for {gallery}, which has {total}."
    if result.is_interrupted:
        said = f"Interrupted; run the same command again to go on. {said}"
    return Text(printable(said), style="bold")
