"""One frame's way from a picture to sightings: attention, detector, tracker, quality gate, encoder, identification."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from recognizer.domain.following.attention import Attention
from recognizer.domain.following.detection import Detection, Frame
from recognizer.domain.following.revisits import Urgency, is_encoding_due
from recognizer.domain.following.suspicion import CARRIED, STILL, TWICE
from recognizer.domain.following.track import Track
from recognizer.domain.following.tracking import Tracker
from recognizer.domain.learning.sampling import Sampling
from recognizer.domain.naming.answers import Answer, Answers
from recognizer.domain.naming.candidate import Possible
from recognizer.domain.naming.identification import Identification
from recognizer.domain.ports.camera import Detector, Encoder, QualityGate, SurroundingsReader
from recognizer.domain.register.attendance import Sighting

MOST_AT_ONCE = 48
"""At most this many faces are encoded in one frame, which takes about as long as a sweep. A fuller room is worked off
over several looks, the most urgent faces first."""

BEST_QUALITY = 1.0


@dataclass(frozen=True, slots=True)
class _Choice:
    """A face to be encoded: the index of its detection, and the quality of its picture."""

    index: int
    quality: float
    urgency: Urgency


class Pipeline:
    """The way of one camera's frames. No thread, no clock: the same frames give the same sightings.

    sampling: takes samples for what lessons teach; None where they may not. surroundings: reads what is around faces;
    without it nothing is suspected by that.

    ``identification`` and ``most_at_once``, the most faces encoded in a frame, may be replaced between two steps.
    ``frames``, ``looks`` and ``faces`` count what was done so far.
    """

    def __init__(
        self,
        camera_name: str,
        *,
        attention: Attention,
        detector: Detector,
        quality_gate: QualityGate,
        encoder: Encoder,
        identification: Identification,
        sampling: Sampling | None = None,
        surroundings: SurroundingsReader | None = None,
    ) -> None:
        self._camera_name = camera_name
        self._attention = attention
        self._detector = detector
        self._quality_gate = quality_gate
        self._encoder = encoder
        self._tracker = Tracker()
        self._size: tuple[int, ...] = ()
        self._answers = Answers()
        self._sampling = sampling
        self._surroundings = surroundings
        self.identification = identification
        self.most_at_once = MOST_AT_ONCE
        self.frames = 0
        self.looks = 0
        self.faces = 0

    @property
    def faces_in_sight(self) -> int:
        """How many faces are followed that the latest look at their place has found; no flicker of one picture."""
        return sum(track.state == "confirmed" and not track.misses for track in self._tracker.tracks)

    def forget_tracks(self) -> None:
        """Begin anew: what is seen next tells nothing of what was seen before."""
        self._tracker.forget()

    def step(self, frame: Frame) -> list[Sighting]:
        """The students identified in this frame: a sighting for each whose face was looked at and found.

        A student already identified is sighted again at each look, so that the time they were last seen moves on. For a
        face of one of several look-alikes there is a sighting of each of them, which says so.
        """
        self.frames += 1
        size = frame.image.shape[:2]
        if self._size not in ((), size):
            self._tracker.forget()
        self._size = size
        regions = self._attention.regions(frame, self._tracker.tracks)
        if not regions:
            return []
        detections = self._detector.detect(frame.image, regions)
        self.looks += 1
        self.faces += len(detections)
        tracks = self._tracker.update(detections, frame.position_seconds, regions)
        seen = self._encode(frame, detections, tracks)
        self._answers.renew(self._tracker.tracks, self.identification)
        self._compare_surroundings(frame, seen)
        return self._sightings(frame, seen)

    def _compare_surroundings(self, frame: Frame, seen: Sequence[Track]) -> None:
        """Of faces that are named, as long as it says something: nobody else can mark a student by a picture."""
        if self._surroundings is None:
            return
        position = frame.position_seconds
        for track in seen:
            if track.is_named and not track.is_doubtful and track.rigidity.is_due(position):
                track.rigidity.compare(self._surroundings, frame.image, track.box, position)

    def _encode(self, frame: Frame, detections: Sequence[Detection], tracks: Sequence[Track]) -> list[Track]:
        """Encode the faces that are due, in one batch; gives the tracks anew, since an encoding may split one."""
        chosen = self._choose(frame, detections, tracks)
        encodings = self._encoder.encode(frame.image, [detections[choice.index] for choice in chosen])
        seen = list(tracks)
        for choice, encoding in zip(chosen, encodings, strict=True):
            track = seen[choice.index]
            seen[choice.index] = self._tracker.attach(track, encoding, choice.quality, frame.position_seconds)
        return seen

    def _choose(self, frame: Frame, detections: Sequence[Detection], tracks: Sequence[Track]) -> list[_Choice]:
        """The faces to encode, the most urgent first."""
        position = frame.position_seconds
        due = []
        for index, (detection, track) in enumerate(zip(detections, tracks, strict=True)):
            # Asked for the best of pictures first: judging the real one takes a millisecond.
            if not is_encoding_due(track, BEST_QUALITY, position):
                continue
            quality = self._quality_gate.assess(frame.image, detection)
            if quality.is_good and is_encoding_due(track, quality.score, position):
                due.append(_Choice(index, quality.score, Urgency.of(track, quality.score)))
        return sorted(due, key=lambda choice: choice.urgency)[: self.most_at_once]

    def _sightings(self, frame: Frame, seen: Sequence[Track]) -> list[Sighting]:
        return [
            sighting
            for track in seen
            if track.state == "confirmed" and not track.is_doubtful
            if (answer := self._answers.of(track)) is not None
            for sighting in self._sightings_of(frame, track, answer, self._suspicion(track, seen))
        ]

    def _suspicion(self, track: Track, seen: Sequence[Track]) -> str:
        """Why the face may be on a picture that is held up; "" where nothing says so."""
        others = (other for other in seen if other is not track and self._answers.are_one(track, other))
        if any(not track.box.intersection(other.box) for other in others):
            return TWICE
        if track.stillness.is_suspicious:
            return STILL
        return CARRIED if track.rigidity.is_suspicious else ""

    def _sightings_of(self, frame: Frame, track: Track, answer: Answer, suspicion: str) -> list[Sighting]:
        candidate = answer.candidate
        near = self._near_misses(frame, track, answer) if candidate.number is None or answer.is_doubtful else []
        if candidate.number is None:
            return near + self._sightings_of_look_alikes(frame, track, answer)
        named = Possible(candidate.number, candidate.distance)
        second = (candidate.runner_up_number, candidate.runner_up_distance)
        sighting = replace(
            self._sighting(frame, track, answer, named, *second),
            is_visitor=candidate.verdict == "visitor",
            is_doubtful=answer.is_doubtful,
            suspicion=suspicion,
            sample=self._sampling.take(candidate, track, frame.position_seconds) if self._sampling else None,
        )
        return [sighting, *near]

    def _near_misses(self, frame: Frame, track: Track, answer: Answer) -> list[Sighting]:
        """One of each expected student who was not surely named; the runner-up is the nearest other student."""
        candidate, misses = answer.candidate, []
        for each in candidate.near:
            nearest = candidate.near[0]
            second = (candidate.runner_up_number, candidate.runner_up_distance)
            if each is not nearest:
                second = (nearest.number, nearest.distance)
            sighting = self._sighting(frame, track, answer, Possible(each.number, each.distance), *second)
            misses.append(replace(sighting, sure_below=each.sure_below))
        return misses

    def _sightings_of_look_alikes(self, frame: Frame, track: Track, answer: Answer) -> list[Sighting]:
        """One of each; the runner-up is the nearest of the others."""
        possible = answer.candidate.one_of
        sightings = []
        for index, each in enumerate(possible):
            other = possible[1] if index == 0 else possible[0]
            sighting = self._sighting(frame, track, answer, each, other.number, other.distance)
            sightings.append(replace(sighting, is_between=True))
        return sightings

    def _sighting(
        self,
        frame: Frame,
        track: Track,
        answer: Answer,
        student: Possible,
        runner_up_number: str | None,
        runner_up_distance: float | None,
    ) -> Sighting:
        return Sighting(
            student_number=student.number,
            seen_at=frame.captured_at,
            camera_name=self._camera_name,
            distance=student.distance,
            runner_up_number=runner_up_number,
            runner_up_distance=runner_up_distance,
            encodings=answer.encodings,
            track_id=track.id,
            box=track.box,
        )
