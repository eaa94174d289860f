"""``recognizer gallery``: who is enrolled, who looks alike, and forgetting a student."""

from __future__ import annotations

import argparse
import difflib
import json
import sys
from collections import Counter
from contextlib import AbstractContextManager

from rich import box
from rich.table import Table
from rich.text import Text

from recognizer.bootstrap.gallery import build_gallery_store, build_tolerances
from recognizer.commands.output import make_console, print_beside
from recognizer.config.configuration import Config
from recognizer.domain.naming.gallery import Gallery
from recognizer.domain.naming.look_alikes import find_look_alikes
from recognizer.domain.ports.gallery import GalleryStore
from recognizer.domain.register.numbers import find_fault, normalize_number
from recognizer.enrolment.numbering import Numbering
from recognizer.errors import RecognizerError
from recognizer.ops.wording import count_of

SUMMARY = "list who is enrolled or who looks alike, remove a student, or change a student's number"

_DESCRIPTION = """\
List who is enrolled with how many references, or who looks alike; take a student out of the gallery, or give a student
another number. The gallery knows students by number alone; their names are in the portal.

Students who look alike, such as twins, are nearer to each other than strangers should ever come. They are named only
after more pictures and by a wider margin than others. Or they are one person, enrolled under two numbers; or a photo
lies in the wrong folder."""

_EPILOG = """\
examples:
  recognizer gallery                  list everyone
  recognizer gallery --json           the same for a program
  recognizer gallery --look-alikes    list the pairs who look alike; prints nothing where there are none
  recognizer gallery remove S1001     forget S1001: all references of the student are deleted
  recognizer gallery rename S1 S2001  the student who was S1 is S2001 now, as in the portal

exit codes:
  0    done
  1    there is no such student in the gallery
  65   the gallery cannot be used; nothing was written
  78   the configuration is wrong"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.description = _DESCRIPTION
    parser.epilog = _EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    parser.add_argument("--look-alikes", action="store_true", help="list the pairs of students who look alike")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", title="actions")
    remove = actions.add_parser("remove", help="take a student out of the gallery")
    remove.add_argument("number", metavar="NUMBER", help="the student's number")
    rename = actions.add_parser("rename", help="give a student's references another number")
    rename.add_argument("number", metavar="OLD", help="the number in the gallery")
    rename.add_argument("new_number", metavar="NEW", help="the number that the student has now")
    for action in (remove, rename):
        # Suppressed, or its default would undo a --json given before the action.
        action.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print JSON instead of text")


def execute(arguments: argparse.Namespace, config: Config) -> int:
    """List or remove, and return the exit code. Raises RecognizerError."""
    if arguments.action == "remove":
        return _remove(arguments.number, config, as_json=arguments.json)
    if arguments.action == "rename":
        return _rename(arguments.number, normalize_number(arguments.new_number), config, as_json=arguments.json)
    if arguments.look_alikes:
        return _list_look_alikes(config, as_json=arguments.json)
    return _list(config, as_json=arguments.json)


def _list(config: Config, *, as_json: bool) -> int:
    gallery = build_gallery_store(config).load()
    students = dict(sorted(Counter(gallery.numbers).items()))
    if as_json:
        listed = [{"number": number, "references": references} for number, references in students.items()]
        calibration = gallery.calibration.as_plain() if gallery.calibration else None
        document = {"gallery": str(config.gallery.path), "students": listed, "references": len(gallery.numbers)}
        document["photos_of_earlier_releases"] = len(gallery.plain)
        _print_json(document | {"calibration": calibration})
        return 0
    if not students:
        sys.stdout.write("Nobody is enrolled yet. Enrol students with `recognizer encode PHOTOS`.\n")
        return 0
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    table.add_column("Student", no_wrap=True)
    table.add_column("References", justify="right")
    for number, references in students.items():
        table.add_row(Text(number), str(references))
    console = make_console()
    console.print(table)
    total = f"{count_of(len(students), 'student')}, {count_of(len(gallery.numbers), 'reference')}"
    console.print(Text(f"{total} in {config.gallery.path}", style="bold"), soft_wrap=True)
    if gallery.plain:
        older = f"{count_of(len(gallery.plain), 'photo')} encoded by an earlier release, which took less out of each"
        console.print(f"{older}: run `recognizer encode` on the photos once more", soft_wrap=True)
    if gallery.calibration is not None:
        learned = gallery.calibration
        told = f"Calibrated on {learned.law.people:.0f} people on {learned.calibrated_at[:10]}"
        console.print(told, soft_wrap=True)
    return 0


def _list_look_alikes(config: Config, *, as_json: bool) -> int:
    gallery = build_gallery_store(config).load()
    tolerances = build_tolerances(config)(gallery)
    pairs = find_look_alikes(gallery, tolerances)
    if as_json:
        listed = [{"numbers": [pair.number, pair.other_number], "distance": pair.distance} for pair in pairs]
        _print_json({"gallery": str(config.gallery.path), "look_alikes": listed})
        return 0
    if not pairs:
        return 0
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for heading in ("Student", "looks like"):
        table.add_column(heading, no_wrap=True)
    table.add_column("Distance", justify="right")
    for pair in pairs:
        table.add_row(Text(pair.number), Text(pair.other_number), f"{pair.distance:.2f}")
    console = make_console()
    console.print(table)
    total = f"{count_of(len(pairs), 'pair')} nearer than strangers should come"
    console.print(Text(f"{total}: see that none is one person, and add photos of each", style="bold"), soft_wrap=True)
    return 0


def _remove(written: str, config: Config, *, as_json: bool) -> int:
    store = build_gallery_store(config)
    with _held(store, config):
        gallery = store.load()
        number = _find(written, gallery)
        references = gallery.count_references(number)
        gallery = gallery.without(number)
        store.save(gallery)
    if as_json:
        _print_json({"gallery": str(config.gallery.path), "removed": number, "references": references})
        return 0
    remaining = count_of(len(gallery.students), "student")
    sys.stdout.write(f"Removed {number} with {count_of(references, 'reference')}; the gallery now has {remaining}.\n")
    return 0


def _rename(written: str, new_number: str, config: Config, *, as_json: bool) -> int:
    if fault := find_fault(new_number):
        raise RecognizerError(f"{new_number} is no student number: {fault}")
    store = build_gallery_store(config)
    with _held(store, config):
        gallery = store.load()
        number = _find(written, gallery)
        if new_number in gallery.students and new_number != number:
            raise RecognizerError(f"{new_number} is enrolled already; take that student out first, or encode again")
        store.save(gallery.renamed({number: new_number}))
    references = gallery.count_references(number)
    if as_json:
        names = {"renamed": number, "number": new_number, "references": references}
        _print_json({"gallery": str(config.gallery.path)} | names)
    else:
        sys.stdout.write(f"{number} is {new_number} now, with {count_of(references, 'reference')}.\n")
    return 0


def _held(store: GalleryStore, config: Config) -> AbstractContextManager[None]:
    return store.held(on_wait=lambda: print_beside(f"Waiting for an encode to end with {config.gallery.path} …"))


def _find(written: str, gallery: Gallery) -> str:
    """The enrolled number that is meant, in whatever case it is written. Raises RecognizerError."""
    numbers = Numbering(None, gallery.students).resolve(written)
    if len(numbers) > 1:
        exact = normalize_number(written)
        if exact not in numbers:
            raise RecognizerError(f"{written} fits {' and '.join(numbers)}: say which")
        numbers = (exact,)
    if not gallery.count_references(numbers[0]):
        raise RecognizerError(_unknown(numbers[0], gallery.students))
    return numbers[0]


def _unknown(number: str, students: tuple[str, ...]) -> str:
    nearest = difflib.get_close_matches(number, students, 1)
    hint = f"did you mean {nearest[0]}?" if nearest else "`recognizer gallery` lists who is"
    return f"{number} is not enrolled; {hint}"


def _print_json(document: object) -> None:
    sys.stdout.write(json.dumps(document, indent=2) + "\n")
