"""``recognizer encode``: enrol students from a folder of photos."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from recognizer.bootstrap.database import build_student_lookup
from recognizer.bootstrap.enrolment import build_enrolment
from recognizer.bootstrap.gallery import build_gallery_store
from recognizer.commands.encode_audit import print_audit, print_audit_as_json
from recognizer.commands.encode_report import Report, print_notes, print_report, report_as_json
from recognizer.commands.number_check import (
    ask_database,
    confirm,
    explain_doubt,
    find_numbers_to_confirm,
    warn_of_unknown,
)
from recognizer.commands.output import print_beside, progress_bar
from recognizer.config.configuration import Config, GalleryConfig
from recognizer.config.reading import find_file
from recognizer.domain.naming.gallery import Gallery
from recognizer.enrolment.audit import audit
from recognizer.enrolment.enrolment import Enrolment
from recognizer.enrolment.numbering import Numbering
from recognizer.enrolment.photo_folder import PhotoFolder, read_photo_folder
from recognizer.enrolment.photo_list import read_photo_list
from recognizer.enrolment.results import EnrolmentResult
from recognizer.ops.wording import enumerate_some

INCOMPLETE_EXIT_CODE = 3
"""At least one student in the folder has no good photo there; all others are enrolled."""

INTERRUPTED_EXIT_CODE = 130
"""Ctrl-C: what was encoded until then is kept, and the next encode goes on from there."""

SUMMARY = "enrol students from a folder of photos"

_DESCRIPTION = """\
Enrol students from a folder of photos: find the one face in each, turn it into an encoding, and add it to the
gallery that `recognizer run` compares faces with. The gallery is created, with its key, when there is none."""

_EPILOG = """\
how the folder is laid out:
  PHOTOS/S1001 Grace Hopper/front.jpg     a sub-folder for each student, named by student number,
  PHOTOS/S1002/1.png                      with or without the name,
  PHOTOS/S1003 Ada Lovelace.webp          or single files named so,
  PHOTOS/S1003 Ada Lovelace 2.webp        several of them with a counter

  A student number has 1 to 32 characters: letters and digits, then also . _ - and /. A name of a file has no /: write
  _ for it, and the student is found among those of the database. Upper and lower case are the same.
  Photos are JPEG, PNG, WebP, AVIF, TIFF, BMP or GIF, of up to 80 megapixels. Three photos of a student, taken on
  different days, are much safer than one.

or as a list says:
  --from-csv list.csv has a line for each photo, with the student's number and the file as it lies in PHOTOS:
    S1001,export/000123.jpg
    S1002,export/000124.jpg
  separated by commas, semicolons or tabs, in UTF-8; a first line "number,file,name" may name the columns. Who has no
  photo may stand there without a file. Upper and lower case of files are the same.

which photos are worth replacing:
  --audit judges all photos in PHOTOS, also those enrolled before, and lists the students who are likely to be missed:
  those without a good photo, with one or two only, with photos unlike each other or covered, or with none in colour.

which names are asked about:
  those that the database does not know and that look like something else than a student number: a photo's counter
  (1001_1), a camera's file (IMG_2034), a person (Grace). Without a terminal nothing is enrolled then, unless
  --accept-names says that these are the students' numbers.

which photos are refused:
  no face, several faces (those less than half as wide as the largest are background and do not count),
  too small (the face is less than 60 pixels wide once the photo is scaled to 2048 pixels), too blurred, too little
  contrast, too dark or too noisy (for want of light, however dark the skin is), too bright, cut off by the edge,
  turned away, covered, not upright, unreadable, repeated, or given for two students.

what happens to the gallery:
  Photos that are in it already are not encoded again, unless an earlier release did it, which took less out of a
  photo. References stay when their photos leave the folder, so that folders can be encoded one after another;
  `recognizer gallery remove NUMBER` takes a student out.
  It is written once, at the end, in one step. Ctrl-C ends after the photo at hand and keeps what was encoded.
  Two encodes at once take turns.
  The database is not needed. Student numbers that it does not know are named in a warning, and so is that it did
  not answer. It has the last word on how a number is written: references of s1001 become those of S1001.

exit codes:
  0    every student in the folder is enrolled
  3    a student has no good photo, a name fits the numbers of two students, or a line of the list has no number; the
       others are enrolled
  65   there are no photos there, their names were not accepted, or the gallery cannot be used; nothing was written
  78   the configuration is wrong
  130  ended by Ctrl-C"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.description = _DESCRIPTION
    parser.epilog = _EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("photos", metavar="PHOTOS", type=Path, help="the folder that holds the students' photos")
    parser.add_argument(
        "--from-csv", metavar="FILE", type=Path, help="a list of numbers and files, of photos with any names in PHOTOS"
    )
    parser.add_argument("--dry-run", action="store_true", help="judge the photos, but write nothing")
    parser.add_argument(
        "--audit",
        action="store_true",
        help="write nothing; list who is likely to be missed, and what would help",
    )
    parser.add_argument(
        "--accept-names", action="store_true", help="enrol also numbers that look like a counter or a name"
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON instead of a table")


def execute(arguments: argparse.Namespace, config: Config) -> int:
    """Enrol, report, and return the exit code. Raises RecognizerError."""
    numbering = Numbering(ask_database(build_student_lookup(config)), build_gallery_store(config).load().students)
    if arguments.from_csv is None:
        folder = read_photo_folder(arguments.photos, numbering)
    else:
        folder = read_photo_list(arguments.from_csv, arguments.photos, numbering)
    if arguments.audit:
        return _audit(folder, config, as_json=arguments.json)
    numbers = [student.number for student in folder.students]
    # What a list says to be a number is no photo's name.
    is_sure = arguments.accept_names or arguments.from_csv is not None
    doubtful = () if is_sure else find_numbers_to_confirm(numbers, numbering)
    if doubtful and not arguments.dry_run:
        confirm(doubtful)
    result, respelled = (_enrol_dry if arguments.dry_run else _enrol)(folder, numbering, config)
    warnings = [
        *warn_of_default_gallery(arguments, config),
        *result.warnings,
        *(f"the references of {old} are {new}'s now, as the database writes it" for old, new in respelled.items()),
        *warn_of_unknown(numbers, numbering),
        *([f"{explain_doubt(doubtful)}: {enumerate_some(doubtful)}"] if doubtful and arguments.dry_run else []),
    ]
    report = Report(folder, result, tuple(warnings), config.gallery.path.absolute(), arguments.dry_run)
    if arguments.json:
        sys.stdout.write(json.dumps(report_as_json(report, numbering), indent=2) + "\n")
    else:
        print_report(report)
    if result.is_interrupted:
        return INTERRUPTED_EXIT_CODE
    return INCOMPLETE_EXIT_CODE if result.without_good_photo or folder.ambiguous else 0


def warn_of_default_gallery(arguments: argparse.Namespace, config: Config) -> list[str]:
    """A warning where nobody has said which gallery: the service may well read another."""
    if find_file(arguments.config, os.environ) or config.gallery.path != GalleryConfig().path:
        return []
    path = config.gallery.path.absolute()
    return [
        f"no configuration was read, for there is no recognizer.toml here: the gallery is {path}; "
        "where the service reads another, name its configuration with --config FILE"
    ]


def _audit(folder: PhotoFolder, config: Config, *, as_json: bool) -> int:
    """Judge the photos as if nobody were enrolled yet, and list what the office can do."""
    enrolment = build_enrolment(config)
    result = _judge_photos(folder, Gallery.empty(), enrolment)
    audits = audit(result, enrolment.read_face)
    if as_json:
        print_audit_as_json(audits, folder)
    else:
        print_audit(audits, folder)
    print_notes(folder, result.warnings)
    if result.is_interrupted:
        return INTERRUPTED_EXIT_CODE
    return INCOMPLETE_EXIT_CODE if result.without_good_photo or folder.ambiguous else 0


Enrolled = tuple[EnrolmentResult, dict[str, str]]
"""What became of the photos, and the gallery's numbers that got the database's spelling."""


def _enrol(folder: PhotoFolder, numbering: Numbering, config: Config) -> Enrolled:
    store = build_gallery_store(config)
    # Held from reading to writing: of two encodes at once the second builds on what the first has written.
    with store.held(on_wait=lambda: print_beside(f"Waiting for another encode to end with {config.gallery.path} …")):
        result, respelled = _extend(store.load(), folder, numbering, config)
        if result.new_references or result.renewed_references or respelled:
            store.save(result.gallery)
    return result, respelled


def _enrol_dry(folder: PhotoFolder, numbering: Numbering, config: Config) -> Enrolled:
    return _extend(build_gallery_store(config).load(), folder, numbering, config)


def _extend(gallery: Gallery, folder: PhotoFolder, numbering: Numbering, config: Config) -> Enrolled:
    respelled = numbering.respell(gallery.students)
    return _judge_photos(folder, gallery.renamed(respelled), build_enrolment(config)), respelled


def _judge_photos(folder: PhotoFolder, gallery: Gallery, enrolment: Enrolment) -> EnrolmentResult:
    with progress_bar("Encoding", folder.photo_count, "photos") as advance:
        return enrolment.enrol(folder, gallery, lambda student: advance(f"{student.number} {student.name}"))
