"""``recognizer evaluate``: how well the people of a folder are told apart."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from recognizer.bootstrap.enrolment import build_enrolment
from recognizer.bootstrap.evaluation import build_face_reader
from recognizer.bootstrap.gallery import build_gallery_store, build_tolerances
from recognizer.commands.evaluate_report import Kept, print_results, results_as_json
from recognizer.commands.output import print_beside, progress_bar
from recognizer.config.configuration import Config
from recognizer.domain.ports.gallery import GalleryStore
from recognizer.errors import PhotoError
from recognizer.evaluation.calibration import calibrate, require_people
from recognizer.evaluation.charts import draw_charts
from recognizer.evaluation.differentials import Groups, compare_groups
from recognizer.evaluation.faces import Collection
from recognizer.evaluation.group_section import render_groups
from recognizer.evaluation.groupings import Grouping, read_groupings
from recognizer.evaluation.people import LEAST_FILES, LEAST_PEOPLE, PersonFiles, read_people, require_enough
from recognizer.evaluation.person_errors import count_errors
from recognizer.evaluation.protocol import Population
from recognizer.evaluation.refusals import judge_photos
from recognizer.evaluation.report import render_report, require_place, write_report
from recognizer.evaluation.results import (
    GALLERIES,
    PHOTOS,
    USUAL_PHOTOS,
    Results,
    enough_seeds,
    evaluate,
    evaluate_galleries,
)
from recognizer.ops.clock import utc_now

SUMMARY = "measure how well people are told apart, on a folder of their photos"

_DESCRIPTION = f"""\
Measure on a folder of people how many strangers would be given a student's name, and how many students would be missed,
with the engine and the tolerance of the configuration. FOLDER has a sub-folder for each person, with photos (JPEG, PNG,
WebP) or clips (MP4, MKV, AVI, MOV, WebM): {LEAST_PEOPLE} people with {LEAST_FILES} photos each at least, better
two dozen with ten photos each.

The report SHOWS FACES: only its owner may read it (mode 0600). Delete it once read. Nothing else of the faces
is kept: --calibrate adds a few numbers to the gallery, the mean and the spread of distances between people. With
tolerance = "auto" the recognizer starts from them from then on, instead of from people in general, within seconds also
while a lesson runs. They are right where the people of the folder look like the strangers to come. Calibrating again
replaces them.

--groups says whether some people are served worse than others: how many are missed, named wrongly, not found, and have
their photos refused, by group, and which differences are more than chance. Its file is a CSV with a first line such as
number,sex,age and below it a line for each person: their folder's name or number, and their group in each column."""

_EPILOG = """\
examples:
  recognizer evaluate people                           print the figures, write report.html
  recognizer evaluate people --output room.html        write the report there
  recognizer evaluate people --json                    the same, with the figures as JSON
  recognizer evaluate people --galleries               small and large classes, from one photo a student on
  recognizer evaluate people --groups groups.csv       compare groups of people, such as women and men
  recognizer evaluate people --calibrate               and keep with the gallery how near strangers come to students

exit codes:
  0    done
  65   the folder, the report's place or the gallery cannot be used
  69   a model is missing
  78   the configuration is wrong
  130  ended by Ctrl-C"""

Advance = Callable[[str], None]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.description = _DESCRIPTION
    parser.epilog = _EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="a sub-folder for each person")
    parser.add_argument(
        "--output", metavar="FILE", type=Path, default=Path("report.html"), help="the report (default: report.html)"
    )
    parser.add_argument(
        "--seeds", metavar="N", type=_seeds, help="how often people are split anew (default: 20 to 200, as needed)"
    )
    parser.add_argument(
        "--galleries",
        action="store_true",
        help=f"also measure galleries of {', '.join(map(str, GALLERIES[:-1]))} and {GALLERIES[-1]} students (minutes)",
    )
    parser.add_argument("--groups", metavar="FILE", type=Path, help="also compare groups of people (CSV)")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON instead of a table")
    parser.add_argument("--calibrate", action="store_true", help="keep with the gallery what was learned of strangers")


def execute(arguments: argparse.Namespace, config: Config) -> int:
    """Measure, report, and return the exit code. Raises RecognizerError."""
    require_place(arguments.output)
    store = build_gallery_store(config)
    if arguments.calibrate:
        store.load()  # What cannot be used is told before the work.
    files = read_people(arguments.folder)
    names = [person.name for person in files]
    groupings = read_groupings(arguments.groups, names) if arguments.groups else ()
    people = _read(arguments.folder, files, config)
    if arguments.calibrate:
        require_people(arguments.folder, people.files_with_a_face())
    population = people.population()
    seeds = arguments.seeds or enough_seeds(population)
    with progress_bar("Comparing", len(PHOTOS) * seeds, "trials") as advance:
        results = evaluate(population, seeds, build_tolerances(config), lambda: advance(""))
    if results is None:
        raise PhotoError(f"{arguments.folder} has too few photos to compare: add some of everybody")
    if arguments.galleries:
        with progress_bar("Galleries", len(GALLERIES) * len(PHOTOS) * seeds, "trials") as advance:
            found = evaluate_galleries(population, seeds, build_tolerances(config), lambda: advance(""))
        results = replace(results, galleries=found)
    groups = _compare(groupings, files, people, results, config) if groupings else None
    section = render_groups(groups) if groups else ""
    page = render_report(results, people, population, draw_charts(results), seeds, section)
    write_report(arguments.output, page)
    kept = _calibrate(population, seeds, store, config) if arguments.calibrate else None
    if arguments.json:
        document = results_as_json(results, people, seeds, arguments.output, kept, groups)
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
    else:
        print_results(results, people, arguments.output, kept, groups)
    return 0


def _read(folder: Path, files: Sequence[PersonFiles], config: Config) -> Collection:
    with progress_bar("Reading", sum(person.count for person in files), "files") as advance:
        found = build_face_reader(config).collect(files, advance)
    require_enough(folder, found.files_with_a_face())
    return found


def _compare(
    groupings: Sequence[Grouping], files: Sequence[PersonFiles], people: Collection, results: Results, config: Config
) -> Groups:
    """What goes wrong by group, with everybody's photos judged as ``encode`` does."""
    with progress_bar("Judging", sum(len(person.photos) for person in files), "photos") as advance:
        verdicts = judge_photos(files, build_enrolment(config).encode, advance)
    errors = count_errors(results, people, verdicts)
    return Groups(compare_groups(errors, groupings, people.everybody), verdicts)


def _calibrate(population: Population, seeds: int, store: GalleryStore, config: Config) -> Kept:
    """Keep with the gallery what its tolerance goes by, and tell where it will not."""
    gallery, settings = store.load(), config.recognition
    # As many references a student as there are: the mean of more is nearer to everyone.
    references = math.ceil(len(gallery.numbers) / len(gallery.students)) if gallery.numbers else USUAL_PHOTOS
    with progress_bar("Calibrating", seeds, "trials") as advance:
        learned, cell = calibrate(
            population, references, settings.strangers_named, seeds, utc_now(), lambda: advance("")
        )
    with store.held(on_wait=lambda: print_beside(f"Waiting for an encode to end with {config.gallery.path} …")):
        gallery = store.load().calibrated(learned)
        store.save(gallery)
    if settings.tolerance is not None:
        print_beside(f'Warning: recognition.tolerance is {settings.tolerance:g}; only "auto" goes by the calibration')
    return Kept(learned, cell, config.gallery.path)


def _seeds(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError("expected a number from 1 to 1000")
    return int(text)
