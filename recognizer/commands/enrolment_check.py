"""Gallery and key, and whether gallery and roster know the same students: a part of ``recognizer check``."""

from __future__ import annotations

from collections.abc import Sequence

from recognizer.bootstrap.database import build_roster_lookup, build_student_lookup
from recognizer.bootstrap.gallery import build_gallery_store
from recognizer.bootstrap.keys import build_machine_keys
from recognizer.commands.findings import Finding, Later
from recognizer.commands.learned import count_learned
from recognizer.config.configuration import Config
from recognizer.domain.register.numbers import fold_number, is_valid_number
from recognizer.enrolment.numbering import Numbering
from recognizer.errors import GalleryError
from recognizer.ops.wording import count_of, enumerate_some, is_or_are


def check_gallery(config: Config) -> str:
    """How many are enrolled. Raises GalleryError."""
    gallery = build_gallery_store(config).load()
    if not gallery.students:
        raise GalleryError(f"nobody is enrolled in {config.gallery.path}; run `recognizer encode PHOTOS`")
    students, references = count_of(len(gallery.students), "student"), count_of(len(gallery.numbers), "reference")
    learned = sum(count_learned(config, gallery).values()) if config.recognition.learn else 0
    taught = f" and {learned} learned" if learned else ""
    answer = f"{students}, {references}{taught} in {config.gallery.path}"
    if not gallery.plain:
        return answer
    older = f"{count_of(len(gallery.plain), 'photo')} encoded by an earlier release"
    return f"{answer}; {older}: run `recognizer encode` on the photos once more"


def check_key(config: Config) -> str:
    """Where the gallery's key is. Raises Later where it lies beside the gallery, or RecognizerError."""
    keys = build_machine_keys(config)
    if not config.gallery.path.exists():
        return "made with the first enrolment"
    if unsealed := keys.unsealed():
        files = " and ".join(map(str, unsealed))
        verb = is_or_are(len(unsealed))
        raise Later(f"{files} {verb} not encrypted with the key in use; `recognizer run` does it when it starts")
    if keys.place == "file":
        raise Later(
            f"{config.gallery.key_file} lies beside what it opens, and whoever takes this machine's disk reads the "
            "gallery: run `recognizer keys protect` where there is systemd, which encrypts it to this machine"
        )
    if keys.is_in_file_too():
        raise Later(
            f"the key is a credential of systemd, and lies in {config.gallery.key_file} as well: run "
            "`recognizer keys protect` once more, which deletes the file"
        )
    return "a credential of systemd" if keys.place == "credential" else "from ROLLCALL_GALLERY_KEY"


def check_numbers(config: Config) -> str:
    """Whether each enrolled number is a student's. Raises Finding or RecognizerError."""
    enrolled = build_gallery_store(config).load().students
    if fault := explain_unknown(enrolled, build_student_lookup(config)()):
        raise Finding(fault)
    return "all that are enrolled are students of the portal"


def check_roster(config: Config) -> str:
    """Who of the rosters is not enrolled. Raises RecognizerError."""
    return explain_roster(build_roster_lookup(config)(), build_gallery_store(config).load().students)


def explain_unknown(enrolled: Sequence[str], known: frozenset[str]) -> str:
    """What is wrong with enrolled numbers that no student has, and what to do; "" where there are none.

    Numbers are compared as while the recognizer runs: ``s1001`` in the gallery is S1001, and 2023_1 is not 2023/1. One
    that the database writes in another way is named with that spelling.
    """
    numbering = Numbering(known)
    # Old numbers that break the rule have no folded form in the database, and are compared as they are.
    folded = {fold_number(number) for number in known if is_valid_number(number)}
    lost = [number for number in enrolled if fold_number(number) not in folded and not numbering.knows(number)]
    respelled = numbering.respell(lost)
    faults = [f"{old} is {new} in the portal" for old, new in respelled.items()]
    if unknown := [number for number in lost if number not in respelled]:
        faults.append(f"no student has the number {enumerate_some(unknown)}")
    if not faults:
        return ""
    return (
        f"{'; '.join(faults)}: whoever is seen under such a number is not marked; correct the number in the portal, or "
        "here with `recognizer gallery rename OLD NEW` or `recognizer gallery remove NUMBER`"
    )


def explain_roster(roster: frozenset[str], enrolled: Sequence[str]) -> str:
    """How many students of the room's rosters the cameras could name, and who is not enrolled.

    Numbers are compared as while the recognizer runs: ``s1001`` in the gallery is S1001.
    """
    folded = frozenset(map(fold_number, enrolled))
    missing = sorted(number for number in roster if fold_number(number) not in folded)
    if not roster:
        return "no students on the rosters of this week's class sessions"
    students = f"{count_of(len(roster), 'student')} on the rosters of this week's class sessions"
    if not missing:
        return f"{'all ' if len(roster) > 1 else ''}{students} {is_or_are(len(roster))} enrolled"
    return (
        f"{len(missing)} of {students} {is_or_are(len(missing))} not enrolled, and no camera can name them: "
        f"{enumerate_some(missing)}; run `recognizer encode PHOTOS` with photos of theirs"
    )
