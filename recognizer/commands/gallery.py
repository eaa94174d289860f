"""``recognizer gallery``: who is enrolled, who looks alike, and forgetting a student or what lessons taught."""

from __future__ import annotations

import argparse
import difflib
import json
import sys
from collections import Counter
from contextlib import AbstractContextManager
from pathlib import Path

from rich import box
from rich.table import Table
from rich.text import Text

from recognizer.bootstrap.gallery import build_gallery_store, build_tolerances
from recognizer.commands.gallery_transfer import export_gallery, import_gallery
from recognizer.commands.learned import count_learned, forget_learned, held_samples
from recognizer.commands.output import make_console, print_beside
from recognizer.config.configuration import Config
from recognizer.domain.naming.gallery import Gallery
from recognizer.domain.naming.look_alikes import find_look_alikes
from recognizer.domain.ports.gallery import GalleryStore
from recognizer.domain.register.numbers import find_fault, normalize_number
from recognizer.enrolment.numbering import Numbering
from recognizer.errors import GalleryError, RecognizerError
from recognizer.ops.wording import count_of

SUMMARY = "list who is enrolled or who looks alike, change that, or take it to another machine"

_DESCRIPTION = """\
List who is enrolled with how many references, or who looks alike; take a student out of the gallery, or give a student
another number. The gallery knows students by number alone; their names are in the portal.

Learned references, which lessons taught where recognition.learn is on, are counted apart. They go with the student,
and whenever other photos of the student are enrolled.

Students who look alike, such as twins, are nearer to each other than strangers should ever come. They are named only
after more pictures and by a wider margin than others, and not at all where their photos may as well be one person's.
Or they are one person, enrolled under two numbers; or a photo lies in the wrong folder."""

_EPILOG = """\
examples:
  recognizer gallery                  list everyone
  recognizer gallery --json           the same for a program
  recognizer gallery --look-alikes    list the pairs who look alike; prints nothing where there are none
  recognizer gallery remove S1001     forget S1001: all references of the student are deleted, learned ones too
  recognizer gallery rename S1 S2001  the student who was S1 is S2001 now, as in the portal
  recognizer gallery export FILE --to KEY      write the gallery into a file, for the machine that shows that KEY
  recognizer gallery import FILE --from KEY    take the gallery of such a file in the place of this one
  recognizer gallery forget-learned   forget what lessons taught, of all students; the photos stay enrolled

exit codes:
  0    done
  1    there is no such student, the file is there already, or students would be forgotten; nothing was written
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
    forget = actions.add_parser("forget-learned", help="forget what lessons taught, of all students")
    export = actions.add_parser("export", help="write the gallery into a file for another machine")
    export.add_argument("file", metavar="FILE", type=Path, help="the file, which must not be there yet")
    export.add_argument(
        "--to",
        metavar="KEY",
        default="",
        help="what `recognizer keys` shows on the other machine; without it this machine alone can open the file, and "
        "one that has a copy of its key",
    )
    imported = actions.add_parser("import", help="take the gallery of an exported file in the place of this one")
    imported.add_argument("file", metavar="FILE", type=Path, help="the exported file")
    imported.add_argument(
        "--from", dest="sender", metavar="KEY", default="", help="what `recognizer keys` shows where it was exported"
    )
    imported.add_argument("--replace", action="store_true", help="also forget students who are enrolled here alone")
    for action in (remove, rename, forget, export, imported):
        # Suppressed, or its default would undo a --json given before the action.
        action.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print JSON instead of text")


def execute(arguments: argparse.Namespace, config: Config) -> int:
    """List or remove, and return the exit code. Raises RecognizerError."""
    if arguments.action == "remove":
        return _remove(arguments.number, config, as_json=arguments.json)
    if arguments.action == "rename":
        return _rename(arguments.number, normalize_number(arguments.new_number), config, as_json=arguments.json)
    if arguments.action == "forget-learned":
        return _forget_learned(config, as_json=arguments.json)
    if arguments.action == "export":
        return export_gallery(arguments, config)
    if arguments.action == "import":
        return import_gallery(arguments, config)
    if arguments.look_alikes:
        return _list_look_alikes(config, as_json=arguments.json)
    return _list(config, as_json=arguments.json)


def _list(config: Config, *, as_json: bool) -> int:
    gallery = build_gallery_store(config).load()
    learned = _count_learned(config, gallery)
    if as_json:
        _list_as_json(config, gallery, learned)
    elif gallery.students:
        _list_as_table(config, gallery, learned)
    else:
        sys.stdout.write("Nobody is enrolled yet. Enrol students with `recognizer encode PHOTOS`.\n")
    return 0


def _list_as_json(config: Config, gallery: Gallery, learned: dict[str, int]) -> None:
    students = sorted(Counter(gallery.numbers).items())
    _print_json(
        {
            "gallery": str(config.gallery.path),
            "students": [{"number": number, "references": references} for number, references in students],
            "references": len(gallery.numbers),
            "learned": learned,
            "photos_of_earlier_releases": len(gallery.plain),
            "calibration": gallery.calibration.as_plain() if gallery.calibration else None,
        }
    )


def _list_as_table(config: Config, gallery: Gallery, learned: dict[str, int]) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    table.add_column("Student", no_wrap=True)
    table.add_column("References", justify="right")
    if learned:
        table.add_column("Learned", justify="right")
    for number, references in sorted(Counter(gallery.numbers).items()):
        counts = (references, learned.get(number, 0)) if learned else (references,)
        table.add_row(Text(number), *map(str, counts))
    console = make_console()
    console.print(table)
    total = f"{count_of(len(gallery.students), 'student')}, {count_of(len(gallery.numbers), 'reference')}"
    console.print(Text(f"{total} in {config.gallery.path}", style="bold"), soft_wrap=True)
    if learned:
        said = f"{count_of(sum(learned.values()), 'learned reference')} of {count_of(len(learned), 'student')}"
        unused = "" if config.recognition.learn else ", not used: recognition.learn is off"
        console.print(Text(f"{said} in {config.state_dir}{unused}"), soft_wrap=True)
    if gallery.plain:
        older = f"{count_of(len(gallery.plain), 'photo')} encoded by an earlier release, which took less out of each"
        console.print(f"{older}: run `recognizer encode` on the photos once more", soft_wrap=True)
    if gallery.calibration is not None:
        calibration = gallery.calibration
        told = f"Calibrated on {calibration.law.people:.0f} people on {calibration.calibrated_at[:10]}"
        console.print(told, soft_wrap=True)


def _count_learned(config: Config, gallery: Gallery) -> dict[str, int]:
    """By number; nothing, and a line beside the output, where it cannot be told."""
    try:
        return count_learned(config, gallery)
    except GalleryError as error:
        print_beside(f"{error}: learned references are not counted.")
        return {}


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
    with _held(store, config), held_samples(config) as change_samples:
        gallery = store.load()
        number = _find(written, gallery)
        references = gallery.count_references(number)
        gallery = gallery.without(number)
        learned = change_samples(number, None)
        store.save(gallery)
    if as_json:
        counts = {"references": references, "learned": learned}
        _print_json({"gallery": str(config.gallery.path), "removed": number} | counts)
        return 0
    forgotten = count_of(references, "reference") + (f" and {learned} that lessons taught" if learned else "")
    remaining = count_of(len(gallery.students), "student")
    sys.stdout.write(f"Removed {number} with {forgotten}; the gallery now has {remaining}.\n")
    return 0


def _forget_learned(config: Config, *, as_json: bool) -> int:
    forgotten = forget_learned(config)
    if as_json:
        _print_json({"forgotten": forgotten})
    else:
        said = f"Forgot {count_of(forgotten, 'sample')} of what lessons taught" if forgotten else "Nothing was learned"
        sys.stdout.write(f"{said}; the enrolled photos stay.\n")
    return 0


def _rename(written: str, new_number: str, config: Config, *, as_json: bool) -> int:
    if fault := find_fault(new_number):
        raise RecognizerError(f"{new_number} is no student number: {fault}")
    store = build_gallery_store(config)
    with _held(store, config), held_samples(config) as change_samples:
        gallery = store.load()
        number = _find(written, gallery)
        if new_number in gallery.students and new_number != number:
            raise RecognizerError(f"{new_number} is enrolled already; take that student out first, or encode again")
        store.save(gallery.renamed({number: new_number}))
        change_samples(number, new_number)
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
