"""Which samples count as references, and what they change."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from recognizer.domain.following.detection import Encoding
from recognizer.domain.learning.sample import LessonSample
from recognizer.domain.learning.teaching import find_counting, fingerprints_of, identify_by, of_taught_students
from recognizer.domain.naming.candidate import Probe
from recognizer.domain.naming.gallery import Gallery
from recognizer.domain.naming.identification import Identification
from recognizer.domain.naming.impostor_law import ImpostorLaw
from recognizer.domain.naming.impostors import choose_tolerances
from recognizer.domain.naming.promise import PromisedTolerances
from recognizer.domain.naming.taught import TAUGHT_SHARE, TaughtTolerance
from recognizer.domain.naming.tolerance import FixedTolerances
from tests.fixtures.lessons import face, gallery, lesson_sample

TOLERANCES = FixedTolerances(0.4)
OTHER_LOOK = Probe(face(0.5), 5, 0.0)
"""Too far from S1's only photo."""


def named(samples: Sequence[LessonSample], probe: Probe = OTHER_LOOK, enrolled: Gallery | None = None) -> str | None:
    """Who the probe is, by the photos and by what lessons taught."""
    by = identify_by(enrolled or gallery(), samples, lambda _: TOLERANCES)
    return by.identify([probe])[0].number


def learned(samples: Sequence[LessonSample], enrolled: Gallery | None = None) -> list[str]:
    """Whose samples count as references."""
    built = enrolled or gallery()
    return [number for number, _ in find_counting(built, samples, Identification(built, TOLERANCES))]


def test_two_lessons_teach_another_look_of_a_student() -> None:
    samples = [lesson_sample(face(0.3), 1), lesson_sample(face(0.3), 2)]
    assert named([]) is None
    assert named(samples) == "S1"


def test_one_lesson_teaches_nothing_unless_a_person_says_so_too() -> None:
    assert learned([lesson_sample(face(0.3))]) == []
    assert learned([lesson_sample(face(0.3), is_vouched=True)]) == ["S1"]
    assert of_taught_students([lesson_sample(face(0.3)), lesson_sample(face(1.0, 9), number="S2")]) == []


def test_what_is_only_just_within_the_tolerance_teaches_nothing_by_itself() -> None:
    doubtful = [lesson_sample(face(0.39), lesson) for lesson in range(1, 6)]
    assert learned(doubtful) == []


def test_what_the_photo_alone_is_not_sure_of_never_counts_beside_what_it_is_sure_of() -> None:
    sure = [lesson_sample(face(0.2), 1), lesson_sample(face(0.2), 2)]
    assert learned([*sure, lesson_sample(face(0.39), 3)]) == ["S1", "S1"]


def test_a_learned_reference_counts_as_many_encodings_so_that_the_tolerance_is_the_stricter_one() -> None:
    law = ImpostorLaw(mean=0.42, deviation=0.11, within=0.08, people=8)
    tolerances = PromisedTolerances(law, 0.001)
    by = identify_by(gallery(), [lesson_sample(face(0.2), 1), lesson_sample(face(0.2), 2)], lambda _: tolerances)
    centre = 0.4 / 3
    strict, lax = (TAUGHT_SHARE * tolerances.for_search(2).limit(count, 5) for count in (11, 3))
    assert strict < lax
    just_too_far, near_enough = (Probe(face(centre) + face(off, 7), 5) for off in ((strict + lax) / 2, strict - 0.001))
    assert by.identify([just_too_far])[0].number is None
    assert by.identify([near_enough])[0].number == "S1"


@pytest.mark.parametrize(
    "encoding", [face(0.45, 4), face(1.0, 9), face(3.0, 5)], ids=["far", "of another", "of nobody"]
)
def test_a_wrong_sample_is_not_within_the_tolerance_of_the_photo_and_never_counts(encoding: Encoding) -> None:
    right = [lesson_sample(face(0.2), 1), lesson_sample(face(0.2), 2)]
    planted = [lesson_sample(encoding, lesson, is_vouched=True) for lesson in (3, 4, 5)]
    assert learned([*right, *planted]) == ["S1", "S1"]
    assert named([*right, *planted], Probe(encoding, 5, 0.0)) in (None, "S2")


def test_samples_lead_no_further_than_well_inside_the_tolerance_of_a_photo_however_many_lessons_there_are() -> None:
    chain = [lesson_sample(face(0.09 * lesson), lesson) for lesson in range(1, 9)]
    assert len(learned(chain)) == 3
    assert named(chain, Probe(face(0.9), 5, 0.0)) is None


def test_twins_never_learn() -> None:
    twins = gallery(("S3", face(0.25, 1)))
    samples = [lesson_sample(face(0.15, 2), lesson, enrolled=twins) for lesson in (1, 2, 3)]
    assert learned(samples, twins) == []
    assert learned([lesson_sample(face(0.15, 2), lesson) for lesson in (1, 2, 3)]) == ["S1"] * 3


def test_what_was_learned_counts_no_more_once_a_look_alike_is_enrolled() -> None:
    samples = [lesson_sample(face(0.2, 2), lesson) for lesson in (1, 2)]
    assert learned(samples, gallery(("S3", face(0.3, 1)))) == []


@pytest.mark.parametrize("what", ["photo added", "photo encoded anew", "student gone"])
def test_what_was_learned_counts_only_beside_the_photos_that_it_was_learned_by(what: str) -> None:
    samples = [lesson_sample(face(0.3), 1), lesson_sample(face(0.3), 2)]
    changed = {
        "photo added": gallery(("S1", face(0.1, 3))),
        "photo encoded anew": gallery().with_photo_encoded_anew("a" * 64, face(0.01, 3)),
        "student gone": gallery().without("S1"),
    }[what]
    assert learned(samples) == ["S1", "S1"]
    assert learned(samples, changed) == []


def test_the_spelling_of_a_number_and_the_order_of_the_photos_do_not_matter() -> None:
    two = gallery(("S1", face(0.1, 3)))
    turned = Gallery(two.encodings[::-1].copy(), two.numbers[::-1], two.photo_hashes[::-1]).renamed({"S1": "s1"})
    assert fingerprints_of(two, ["S1"]) == fingerprints_of(turned, ["S1"])
    samples = [lesson_sample(face(0.2), lesson, enrolled=two) for lesson in (1, 2)]
    assert learned(samples, turned) == ["s1", "s1"]


def test_a_visitor_is_named_by_photos_and_teaches_nothing() -> None:
    samples = [lesson_sample(face(0.3), 1), lesson_sample(face(0.3), 2)]
    by = identify_by(gallery(), samples, lambda _: TOLERANCES, frozenset({"S2"}))
    assert by.identify([OTHER_LOOK])[0].number is None
    visitor = by.identify([Probe(face(), 5, 0.0)])[0]
    assert (visitor.verdict, visitor.is_beyond_doubt) == ("visitor", False)


def test_learning_makes_no_tolerance_laxer() -> None:
    random = np.random.default_rng(3)
    people = random.normal(0, 0.058, (12, 128))
    enrolled = Gallery.empty()
    for person, centre in enumerate(people):
        enrolled = enrolled.with_reference(f"S{person}", f"{person:064x}", centre + random.normal(0, 0.025, 128))
    of_one, of_all = (
        choose_tolerances(None, each).for_search(12)
        for each in (enrolled, enrolled.joined(gallery(("S0", people[0].astype(np.float32)))))
    )
    both = TaughtTolerance(of_one, of_all)
    for references in (1, 2, 6):
        for encodings in (1, 5):
            assert both.limit(references, encodings) <= of_one.limit(references, encodings)
            assert both.limit(references, encodings) <= of_all.limit(references, encodings)


def ask(enrolled: Gallery, probe: Probe) -> bool:
    return Identification(enrolled, TOLERANCES).identify([probe])[0].is_beyond_doubt


def test_a_camera_is_beyond_doubt_well_inside_the_tolerance_by_twice_the_margin_and_five_encodings() -> None:
    assert ask(gallery(), Probe(face(0.3), 5, 0.0))
    assert not ask(gallery(), Probe(face(0.3), 4, 0.0)), "four encodings"
    assert not ask(gallery(), Probe(face(0.38), 5, 0.0)), "named, and not well inside"
    beside = gallery(("S3", face(0.68)))
    assert Identification(beside, TOLERANCES).identify([Probe(face(0.3), 5, 0.0)])[0].number == "S1"
    assert not ask(beside, Probe(face(0.3), 5, 0.0)), "the other is 0.08 farther"


def test_a_camera_is_not_sure_of_a_name_that_two_faces_claim() -> None:
    both = Identification(gallery(), TOLERANCES).identify([Probe(face(0.1), 5, 0.0), Probe(face(0.3), 5, 0.0)])
    assert [(answer.number, answer.is_beyond_doubt) for answer in both] == [("S1", False), (None, False)]
