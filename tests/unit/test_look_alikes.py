from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from recognizer.cli import main
from recognizer.config.configuration import GalleryConfig
from recognizer.domain.naming.candidate import Probe
from recognizer.domain.naming.gallery import Gallery
from recognizer.domain.naming.identification import Identification
from recognizer.domain.naming.impostors import choose_tolerances
from recognizer.domain.naming.look_alikes import LookAlikes, find_look_alikes, group_look_alikes
from recognizer.domain.naming.tolerance import FixedTolerances
from recognizer.storage.files.gallery_file import SignedGalleryFile

TOLERANCES = FixedTolerances(0.4)


def some_class(students: int = 30) -> Gallery:
    """Two references of each; students far from one another, but S003 and S007, who are twins."""
    random = np.random.default_rng(0)
    people = random.normal(0, 0.06, (students, 128))
    people[7] = people[3] + random.normal(0, 0.01, 128)
    encodings = np.repeat(people, 2, axis=0) + random.normal(0, 0.01, (2 * students, 128))
    numbers = [f"S{student:03}" for student in range(students) for _ in range(2)]
    return Gallery(encodings.astype(np.float32), tuple(numbers), ("",) * len(numbers))


def test_twins_are_found_with_their_distance_and_nobody_else() -> None:
    gallery = some_class()
    (pair,) = find_look_alikes(gallery, TOLERANCES)
    assert (pair.number, pair.other_number) == ("S003", "S007")
    one, other = (gallery.only([number]).encodings.mean(axis=0) for number in ("S003", "S007"))
    assert pair.distance == pytest.approx(float(np.linalg.norm(one - other)), abs=1e-6)


def test_pairs_that_share_a_student_are_one_group_in_whatever_order_they_come() -> None:
    chain = [LookAlikes(f"A{n}", f"A{n + 1}", n / 100) for n in range(1, 9)]
    pairs = [*chain[::2], LookAlikes("B1", "B2", 0.005), *chain[1::2]]
    for order in (pairs, pairs[::-1]):
        near, far = group_look_alikes(order)
        assert (near.numbers, near.nearest, near.farthest) == (("B1", "B2"), 0.005, 0.005)
        assert (far.numbers, far.nearest, far.farthest) == (tuple(f"A{n}" for n in range(1, 10)), 0.01, 0.08)
    assert group_look_alikes([]) == []


def test_ten_thousand_pairs_are_grouped_in_a_moment() -> None:
    numbers = [f"S{n:03}" for n in range(150)]
    pairs = [LookAlikes(one, other, 0.1) for i, one in enumerate(numbers) for other in numbers[i + 1 :]]
    (group,) = group_look_alikes(pairs)
    assert group.numbers == tuple(numbers)


def test_only_pairs_of_those_asked_for_are_found() -> None:
    gallery = some_class()
    assert len(find_look_alikes(gallery, TOLERANCES, ["S007"])) == 1
    assert find_look_alikes(gallery, TOLERANCES, ["S001"]) == []


def test_a_gallery_of_several_blocks_has_no_seams() -> None:
    students = 1500
    encodings = np.random.default_rng(1).normal(0, 0.06, (students, 128)).astype(np.float32)
    for one, other in ((0, 1499), (1023, 1024), (5, 6)):
        encodings[other] = encodings[one] + np.float32(0.001)
    gallery = Gallery(encodings, tuple(f"S{student:04}" for student in range(students)), ("",) * students)
    found = {(pair.number, pair.other_number) for pair in find_look_alikes(gallery, TOLERANCES)}
    assert found == {("S0000", "S1499"), ("S1023", "S1024"), ("S0005", "S0006")}


def test_nobody_looks_like_anybody_in_an_empty_gallery() -> None:
    assert find_look_alikes(Gallery.empty(), TOLERANCES) == []


@pytest.mark.parametrize("photos", [(1, 1), (3, 3), (1, 5)], ids=str)
def test_a_pair_whose_photos_may_as_well_be_one_persons_is_told_although_it_narrows_the_tolerance(
    photos: tuple[int, int],
) -> None:
    narrow = FixedTolerances(0.01, reference_scatter=0.3)
    apart = (0.3 / photos[0] + 0.3 / photos[1]) ** 0.5

    def pair_apart(distance: float) -> Gallery:
        encodings = np.zeros((sum(photos), 128), np.float32)
        encodings[photos[0] :, 0] = distance
        return Gallery(encodings, ("S1",) * photos[0] + ("S2",) * photos[1], ("",) * sum(photos))

    assert len(find_look_alikes(pair_apart(1.05 * apart), narrow)) == 1
    assert find_look_alikes(pair_apart(1.5 * apart), narrow) == []


@pytest.mark.parametrize(("copies", "others"), [(30, 10), (7, 2), (7, 1), (2, 0)])
def test_one_face_under_many_numbers_is_told_even_where_it_makes_the_tolerance_vanish(copies: int, others: int) -> None:
    random = np.random.default_rng(3)
    people = random.normal(0, 0.06, (others + 1, 128))
    rows = np.concatenate([people, np.repeat(people[:1], copies - 1, axis=0)]) + random.normal(
        0, 0.01, (others + copies, 128)
    )
    gallery = Gallery(rows.astype(np.float32), tuple(f"S{row:03}" for row in range(len(rows))), ("",) * len(rows))
    pairs = find_look_alikes(gallery, choose_tolerances(None, gallery))
    (group,) = group_look_alikes(pairs)
    assert group.numbers == ("S000", *(f"S{row:03}" for row in range(others + 1, others + copies)))


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SignedGalleryFile:
    for name in ("DATABASE_URL", "SECRET_KEY", "PLAIN_HTTP"):
        monkeypatch.delenv(f"ROLLCALL_{name}", raising=False)
    monkeypatch.chdir(tmp_path)
    return SignedGalleryFile(GalleryConfig())


def test_an_admin_is_shown_the_pairs(store: SignedGalleryFile, capsys: pytest.CaptureFixture[str]) -> None:
    store.save(some_class())
    assert main(["gallery", "--look-alikes"]) == 0
    shown = capsys.readouterr().out
    assert "S003" in shown and "S007" in shown and "S001" not in shown
    assert "1 pair nearer than strangers should come" in shown

    assert main(["gallery", "--look-alikes", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [pair["numbers"] for pair in document["look_alikes"]] == [["S003", "S007"]]


def test_without_look_alikes_nothing_is_said(store: SignedGalleryFile, capsys: pytest.CaptureFixture[str]) -> None:
    store.save(some_class().without("S007"))
    assert main(["gallery", "--look-alikes"]) == 0
    assert capsys.readouterr().out == ""


def test_a_face_of_one_of_three_look_alikes_is_named_as_none_and_all_of_them_are_told() -> None:
    asked = Gallery.empty()
    for number, off in (("ann", 0.30), ("bea", 0.31), ("cat", 0.33), ("dora", 0.39), ("zoe", 0.9)):
        encoding = np.zeros(128, np.float32)
        encoding[0] = off
        asked = asked.with_reference(number, f"photo of {number}", encoding)
    probe = np.zeros(128, np.float32)
    few, enough = Identification(asked, TOLERANCES).identify_alone([Probe(probe, 4), Probe(probe, 5)])
    assert (few.verdict, few.one_of) == ("undecided", ())
    assert (enough.verdict, enough.number) == ("undecided", None)
    assert [each.number for each in enough.one_of] == ["ann", "bea", "cat", "dora"]
    (told,) = Identification(asked, TOLERANCES, frozenset(["ann", "zoe"])).identify_alone([Probe(probe, 5)])
    assert [each.number for each in told.one_of] == ["ann", "bea", "cat", "dora"], "the others could sit in"


def test_a_face_between_two_who_do_not_look_alike_is_told_of_neither() -> None:
    asked = Gallery.empty()
    for axis, (number, off) in enumerate((("one", 0.36), ("other", 0.39))):
        encoding = np.zeros(128, np.float32)
        encoding[axis] = off
        asked = asked.with_reference(number, f"photo of {number}", encoding)
    (answer,) = Identification(asked, TOLERANCES).identify_alone([Probe(np.zeros(128, np.float32), 5)])
    assert (answer.verdict, answer.one_of) == ("undecided", ())
