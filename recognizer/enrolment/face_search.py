"""The one face of a photo that is handed in for enrolment, however the photo is cut and whichever way up it lies."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from recognizer.domain.following.detection import Detection, Image
from recognizer.domain.ports.camera import Detector

BYSTANDER = 0.45
"""A second face counts only if its width is at least this part of the largest face's, about half: faces in the
background, or on a poster behind the student, are smaller. A little less than half, for boxes come in coarse steps."""

BORDER = 0.25
"""Of a photo's sides. Of 168 photos cut close HOG alone misses 18, and the net with such a border none."""

CLOSE = 0.4
"""A photo is cut close where a face takes that share of its shorter side. In others HOG finds every face that is seen
from the front; the net would add those seen from the side, which are no references."""

SURE_OF_TURNED = 0.8
"""The net's confidence from which a face in a turned photo is one. Of 21 photos that lay on their side or their head it
had 1.00 at the least; in photos of masks, which on their head look a little like other faces, 0.64 at the most."""


class UnfitPhoto(Exception):
    """A photo was read, but is no reference; the message is the reason."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.detail = detail


@dataclass(frozen=True)
class FaceSearch:
    """Finds the face to enrol.

    detectors: asked in turn until one finds a face, so the surest comes first: a search for smaller faces also finds
    more that are none. They find faces that are upright, give or take 45 degrees. least_confidence: theirs; what they
    are less sure of is no face. build_net: makes the detector that is asked last, on the photo with a border, since a
    photo cut close leaves nothing around the face.
    """

    detectors: Sequence[Detector]
    least_confidence: float
    build_net: Callable[[], Detector]

    def find(self, photo: Image) -> tuple[Image, Detection, bool]:
        """The photo, turned upright and with a border where the face was found so, its largest face, and whether it
        surely is one.

        What surely is none may yet be a face too blurred to be sure of. Raises UnfitPhoto.
        """
        doubtful: list[Detection] = []
        for detector in self.detectors:
            found = detector.detect(photo)
            if faces := self._sure(found):
                return photo, _only_large_one(faces), True
            doubtful += found
        if faces := self._find_close(bordered := _with_border(photo), photo):
            upright, faces = self._turn_upright(bordered, faces, photo)
            return upright, _only_large_one(faces), True
        if self._is_upright_once_turned(photo):
            raise UnfitPhoto("not upright", "turn the photo the right way up and save it")
        if not doubtful:
            raise UnfitPhoto("no face")
        return photo, max(doubtful, key=lambda face: face.confidence), False

    def _sure(self, found: Sequence[Detection]) -> list[Detection]:
        return [face for face in found if face.confidence >= self.least_confidence]

    def _find_close(self, bordered: Image, photo: Image) -> list[Detection]:
        """What the net finds, of faces as large as in a photo cut close."""
        least_width = CLOSE * min(photo.shape[:2])
        return [face for face in self.build_net().detect(bordered) if face.box.width >= least_width]

    def _is_upright_once_turned(self, photo: Image) -> bool:
        """Whether the surest detector of upright faces finds one in another position of the photo, and the net does.

        That is told and not enrolled: turned, a face with a mask may look like another one without.
        """
        return any(
            self._sure(self.detectors[0].detect(turned)) and self._net_is_sure(turned) for turned in _turn(photo)
        )

    def _net_is_sure(self, turned: Image) -> bool:
        return any(face.confidence >= SURE_OF_TURNED for face in self.build_net().detect(turned))

    def _turn_upright(self, bordered: Image, faces: list[Detection], photo: Image) -> tuple[Image, list[Detection]]:
        """The picture the right way up, and its faces: the net also finds faces that lie on their side, as scanners and
        phones leave them, and their encodings would be nobody's (docs/recognition.md, "Photos on their side").

        The detector of upright faces tells, or where it finds none how sure the net is.
        """
        best = bordered, faces
        for turned in _turn(bordered):
            if sure := self._sure(self.detectors[0].detect(turned)):
                return turned, sure
            found = self._find_close(turned, photo)
            if found and _surest(found) > _surest(best[1]):
                best = turned, found
        return best


def _turn(photo: Image) -> Iterator[Image]:
    """The photo turned by a quarter, half and three quarters."""
    for quarters in (1, 2, 3):
        yield np.ascontiguousarray(np.rot90(photo, quarters))


def _surest(faces: Sequence[Detection]) -> float:
    return max(face.confidence for face in faces)


def _only_large_one(faces: Sequence[Detection]) -> Detection:
    """The largest of one or more faces; UnfitPhoto where another is no bystander."""
    largest, *others = sorted(faces, key=lambda face: face.box.area, reverse=True)
    if others and others[0].box.area >= BYSTANDER**2 * largest.box.area:
        raise UnfitPhoto("several faces")
    return largest


def _with_border(photo: Image) -> Image:
    """The photo with its edges drawn out by BORDER of its sides."""
    height, width = photo.shape[:2]
    above, beside = round(height * BORDER), round(width * BORDER)
    return np.pad(photo, ((above, above), (beside, beside), (0, 0)), "edge")
