"""Enrolment: from a folder of photos to a larger gallery, with a verdict on every photo."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from recognizer.domain.following.detection import Encoding, Image
from recognizer.domain.naming.gallery import Gallery
from recognizer.domain.naming.look_alikes import find_look_alikes, group_look_alikes
from recognizer.domain.naming.tolerance import Tolerances
from recognizer.domain.ports.camera import Covering, Encoder, QualityGate
from recognizer.enrolment.face_search import FaceSearch, UnfitPhoto
from recognizer.enrolment.likeness import Likeness, compare
from recognizer.enrolment.photo_folder import PhotoFolder, StudentPhotos
from recognizer.enrolment.results import Accepted, EnrolmentResult, Refused, StudentResult
from recognizer.errors import PhotoError
from recognizer.ops.photo_file import read_photo_file
from recognizer.ops.wording import enumerate_some


@dataclass(frozen=True)
class Enrolment:
    """Makes references of photos.

    tolerances: chooses those of a gallery; students nearer to each other are told.
    """

    read_photo: Callable[[Path], Image]
    search: FaceSearch
    encoder: Encoder
    gate: QualityGate
    covering: Covering
    tolerances: Callable[[Gallery], Tolerances]

    def enrol(
        self, folder: PhotoFolder, gallery: Gallery, on_photo: Callable[[StudentPhotos], None]
    ) -> EnrolmentResult:
        """Extend the gallery by the folder's good photos; ``on_photo`` is called when done with each.

        A photo that is a reference already is not encoded again, unless an earlier release encoded it, without its
        mirror image. References whose photo is no longer in the folder stay. Ctrl-C ends the work after the photo at
        hand, and the result says so.
        """
        run = _Run(self, gallery, on_photo)
        is_interrupted = False
        try:
            run.hash_photos(folder)
            for student in folder.students:
                run.enrol(student)
        except KeyboardInterrupt:
            is_interrupted = True
        students = tuple(replace(s, references=run.gallery.count_references(s.number)) for s in run.students)
        warnings = (
            *folder.warnings,
            *run.warnings,
            *_warn_of_shared_photos(folder, run.claims, gallery),
            *_warn_of_look_alikes(run.gallery, [s.number for s in students], self.tolerances(run.gallery)),
        )
        return EnrolmentResult(run.gallery, students, warnings, is_interrupted)

    def read_face(self, photo: Path) -> Image:
        """The picture inside the box of the face that would be encoded. Raises PhotoError or UnfitPhoto."""
        image, face, _ = self.search.find(self.read_photo(photo))
        box = face.box.clipped(*image.shape[:2])
        return image[box.top : box.bottom, box.left : box.right]

    def encode(self, photo: Path) -> Encoding:
        """The encoding of the one uncovered face in the photo. Raises PhotoError (unreadable) or UnfitPhoto."""
        image, face, is_sure = self.search.find(self.read_photo(photo))
        refusal = self.gate.assess(image, face).refusal or (None if is_sure else "no face")
        # Of a nose under a mask the landmarks are guessed, and may be those of a face that is turned away.
        may_be_covered = is_sure and refusal in (None, "turned away")
        if may_be_covered and (cover := self.covering.find_cover(image, face)):
            raise UnfitPhoto("face covered", f"of the {cover} nothing can be seen")
        if refusal is not None:
            raise UnfitPhoto(refusal)
        encoding: Encoding = self.encoder.encode(image, [face])[0]
        return encoding


@dataclass
class _Run:
    """One encode while it goes on."""

    enrolment: Enrolment
    gallery: Gallery
    on_photo: Callable[[StudentPhotos], None]
    students: list[StudentResult] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    hashes: dict[Path, str] = field(default_factory=dict)
    """Of every photo that could be read."""
    claims: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """By a photo's hash, the students it is given for, in the folder and in the gallery."""

    def hash_photos(self, folder: PhotoFolder) -> None:
        for number, photo_hash in zip(self.gallery.numbers, self.gallery.photo_hashes, strict=True):
            self.claims[photo_hash].add(number)
        for student in folder.students:
            for photo in student.photos:
                try:
                    self.hashes[photo] = hashlib.sha256(read_photo_file(photo)).hexdigest()
                except PhotoError:
                    continue  # Reading it fails too, and says why.
                self.claims[self.hashes[photo]].add(student.number)

    def enrol(self, student: StudentPhotos) -> None:
        verdicts: list[Accepted | Refused | _Encoded] = []
        seen: dict[str, Path] = {}
        try:
            for photo in student.photos:
                first = seen.setdefault(self.hashes.get(photo, str(photo)), photo)
                verdicts.append(self._judge(student.number, photo) if first is photo else _repeats(photo, first))
                self.on_photo(student)
        finally:
            # Also when interrupted: what was judged is kept and told.
            if verdicts or not student.photos:
                self._finish(student, verdicts)

    def _judge(self, number: str, photo: Path) -> Accepted | Refused | _Encoded:
        photo_hash = self.hashes.get(photo, "")
        if self.gallery.has_photo(number, photo_hash):
            return Accepted(photo, is_new=False, is_renewed=self._renew(number, photo, photo_hash))
        others = sorted(self.claims[photo_hash] - {number}) if photo_hash else []
        if others:
            return Refused(photo, "given for two students", "also for " + ", ".join(others))
        try:
            return _Encoded(photo, self.enrolment.encode(photo))
        except PhotoError as error:
            return Refused(photo, "unreadable", str(error))
        except UnfitPhoto as unfit:
            return Refused(photo, str(unfit), unfit.detail)

    def _renew(self, number: str, photo: Path, photo_hash: str) -> bool:
        """Encode a photo of an earlier release anew; False where there is no need, or where it is refused by now.

        What is refused stays a reference, as the earlier release made it, and is told until the photo is taken away.
        """
        if photo_hash not in self.gallery.plain:
            return False
        try:
            self.gallery = self.gallery.with_photo_encoded_anew(photo_hash, self.enrolment.encode(photo))
        except (PhotoError, UnfitPhoto) as refusal:
            self.warnings.append(_explain_outdated(number, photo, refusal))
            return False
        return True

    def _finish(self, student: StudentPhotos, verdicts: list[Accepted | Refused | _Encoded]) -> None:
        """Compare the photos with each other, and make references of those that show one person."""
        number, encoded = student.number, [verdict for verdict in verdicts if isinstance(verdict, _Encoded)]
        enrolled = self.gallery.only([number]).encodings
        likeness = compare(np.array([photo.encoding for photo in encoded], np.float32).reshape(-1, 128), enrolled)
        if likeness.are_enrolled_unlike:
            self.warnings.append(_explain_mixture(number))
        final: dict[Path, Accepted | Refused] = {}
        for position, photo in enumerate(encoded):
            if position in likeness.unlike:
                detail = _explain_unlike(likeness.unlike[position], number, likeness, len(enrolled))
                final[photo.photo] = Refused(photo.photo, "unlike the others", detail)
            else:
                final[photo.photo] = Accepted(photo.photo, is_new=True)
                self.gallery = self.gallery.with_reference(number, self.hashes.get(photo.photo, ""), photo.encoding)
        told = [final[verdict.photo] if isinstance(verdict, _Encoded) else verdict for verdict in verdicts]
        accepted = tuple(verdict for verdict in told if isinstance(verdict, Accepted))
        refused = tuple(verdict for verdict in told if isinstance(verdict, Refused))
        self.students.append(StudentResult(number, student.name, accepted, refused, 0))


@dataclass(frozen=True, slots=True)
class _Encoded:
    """A photo good enough for a reference, not yet compared with the student's others."""

    photo: Path
    encoding: Encoding


def _explain_unlike(distance: float, number: str, likeness: Likeness, enrolled: int) -> str:
    if likeness.is_undecided:
        return f"distance {distance:.2f} to the nearest: take out who is another person, or add photos of the right one"
    if enrolled and not likeness.are_enrolled_unlike:
        return (
            f"distance {distance:.2f} to the references enrolled before; if those are another person's, run "
            f"`recognizer gallery remove {number}` and encode again"
        )
    return f"distance {distance:.2f} to the nearest of them; is it another person?"


def _explain_mixture(number: str) -> str:
    return (
        f"the references of {number} enrolled before are not all one person's: look at the photos, run "
        f"`recognizer gallery remove {number}` and encode again"
    )


def _explain_outdated(number: str, photo: Path, refusal: PhotoError | UnfitPhoto) -> str:
    why = "unreadable" if isinstance(refusal, PhotoError) else str(refusal)
    return (
        f"{photo.name} of {number}, enrolled by an earlier release, would be refused now ({why}): put a better photo "
        f"in its place, run `recognizer gallery remove {number}` and encode again"
    )


def _repeats(photo: Path, first: Path) -> Refused:
    return Refused(photo, "repeated", f"the same as {first.name}")


def _warn_of_shared_photos(folder: PhotoFolder, claims: Mapping[str, set[str]], gallery: Gallery) -> Iterator[str]:
    given = {student.number for student in folder.students}
    for photo_hash, numbers in claims.items():
        if len(numbers) < 2 or not numbers & given:
            continue
        who = " and ".join(sorted(numbers))
        owners = [number for number in sorted(numbers) if gallery.has_photo(number, photo_hash)]
        if owners:
            yield (
                f"the same photo is given for {who}: it stays with {owners[0]}, enrolled before; if that was the wrong "
                f"student, run `recognizer gallery remove {owners[0]}` and encode again"
            )
        else:
            yield f"the same photo is given for {who}: neither was given it; leave it in the right place alone"


def _warn_of_look_alikes(gallery: Gallery, numbers: Sequence[str], tolerances: Tolerances) -> Iterator[str]:
    """Name each group of students who would be taken for each other, one of each pair in ``numbers``."""
    for group in group_look_alikes(find_look_alikes(gallery, tolerances, numbers)):
        if len(group.numbers) == 2:
            yield (
                f"{' and '.join(group.numbers)} look alike (distance {group.nearest:.2f}): a photo may lie in the "
                "wrong folder; if not, the two may be taken for each other, and more photos of both help"
            )
        else:
            distances = f"{group.nearest:.2f} to {group.farthest:.2f}"
            yield (
                f"{enumerate_some(group.numbers)} look alike (distances {distances}): one person may have several "
                "numbers, or photos lie in the wrong folders; if not, they may be taken for each other, and more "
                "photos of each help"
            )
