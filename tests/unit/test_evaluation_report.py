"""The report of an evaluation, of made-up people with made-up pictures."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from recognizer.domain.following.track import KEPT_ENCODINGS
from recognizer.domain.naming.tolerance import FixedTolerances
from recognizer.errors import PhotoError
from recognizer.evaluation.charts import draw_charts
from recognizer.evaluation.faces import Collection, Face
from recognizer.evaluation.metrics import Interval
from recognizer.evaluation.protocol import LONGEST_TRACK
from recognizer.evaluation.report import MARK, describe_galleries, render_report, require_place, write_report
from recognizer.evaluation.results import FPIRS, FRAMES, Cell, Figure, evaluate, evaluate_galleries


class Outline(HTMLParser):
    """Tags that were opened, in their order, and the values of their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


@pytest.fixture(scope="module")
def page() -> str:
    """Twelve people, the first with a name that is none."""
    random = np.random.default_rng(1)
    names = ["<script>alert(1)</script>", *(f"person {index}" for index in range(1, 12))]
    centres = random.normal(0, 0.06, (12, 128))
    people = Collection(names=names, everybody=names, missed=["person 1/dark.jpg"], unreadable=["person 2/b.jpg: cut"])
    for person in range(12):
        for file in range(9):
            encoding = (centres[person] + random.normal(0, 0.02, 128)).astype(np.float32)
            people.faces.append(Face(person, 9 * person + file, f"{names[person]}/{file}.jpg", encoding, b"\xff\xd8"))
            people.images.append((person, False))
    people.images.append((1, True))
    population = people.population()
    results = evaluate(population, 3, lambda gallery: FixedTolerances(0.45), lambda: None)
    assert results is not None
    galleries = evaluate_galleries(population, 1, lambda gallery: FixedTolerances(0.45), lambda: None)
    results = replace(results, galleries=galleries)
    return render_report(results, people, population, draw_charts(results), 3)


def test_the_page_tells_how_long_its_tracks_are_and_how_much_of_them_a_camera_keeps(page: str) -> None:
    told = " ".join(page.split())
    assert max(FRAMES) == LONGEST_TRACK
    assert f"in tracks of up to {LONGEST_TRACK} frames" in told
    assert f"A camera's tracks keep the best {KEPT_ENCODINGS}" in told


def test_the_page_needs_nothing_from_elsewhere(page: str) -> None:
    outline = Outline(page)
    assert not {"script", "link", "iframe"} & set(outline.tags)
    sources = [value for name, value in outline.attributes if name in ("src", "href", "xlink:href")]
    assert sources
    assert all(source.startswith(("data:image/jpeg;base64,", "#")) for source in sources)
    assert "@import" not in page
    assert not re.search(r"url\((?!#)", page)


def test_it_shows_the_curves_the_histograms_with_the_tolerance_and_the_worst_mistakes(page: str) -> None:
    outline = Outline(page)
    assert outline.tags.count("svg") == 4 + 2, "and one for each size of gallery"
    for words in ("FPIR: strangers given a name", "TAR: pairs of one person", "genuine: one person", "impostor: two"):
        assert words in page
    # Of the mean of five frames, and of single photos.
    assert page.count(">tolerance 0.45</text>") == 2
    assert outline.tags.count("img") == 2 * (6 + 6)
    assert "person 1/dark.jpg" in page
    for words in ("Small and large galleries", "Students missed, 5 enrolled", "in hindsight", "in force"):
        assert words in page


def test_names_of_folders_are_shown_and_never_run(page: str) -> None:
    assert "&lt;script&gt;" in page


def test_it_can_be_read_in_dark_and_on_a_phone(page: str) -> None:
    assert "prefers-color-scheme:dark" in page
    assert "currentColor" in page
    assert "#010203" not in page
    assert "width=device-width" in page
    assert not re.search(r"<svg[^>]* width=", page)


def test_no_part_of_a_chart_has_the_name_of_another_charts(page: str) -> None:
    names = re.findall(r' id="([^"]+)"', page)
    assert len(names) == len(set(names))
    labels = re.findall(r'aria-labelledby="([^"]+)"', page)
    assert len(labels) == 4 + 2
    assert set(labels) <= set(names)


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    place = tmp_path / "report.html"
    write_report(place, MARK + "old")
    require_place(place)
    write_report(place, MARK + "new")
    assert place.stat().st_mode & 0o777 == 0o600
    assert place.read_text() == MARK + "new"
    assert list(tmp_path.iterdir()) == [place]


@pytest.mark.parametrize("kind", ["file of another kind", "folder", "link", "no folder"])
def test_nothing_but_an_older_report_is_written_over(tmp_path: Path, kind: str) -> None:
    place = tmp_path / "report.html"
    if kind == "file of another kind":
        place.write_text("my thesis")
    elif kind == "folder":
        place.mkdir()
    elif kind == "link":
        (tmp_path / "other").write_text(MARK)
        place.symlink_to(tmp_path / "other")
    else:
        place = tmp_path / "away" / "report.html"
    with pytest.raises(PhotoError, match="--output"):
        require_place(place)


def test_interrupted_it_leaves_no_faces_about(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(self: Path, target: Path) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_report(tmp_path / "report.html", MARK)
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_told_and_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "report.html").mkdir()
    with pytest.raises(PhotoError, match="cannot be written"):
        write_report(tmp_path / "report.html", MARK)
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.html"]


@pytest.mark.parametrize(
    ("missed", "best", "told"),
    [(0.16, 0.10, "in 1 of 1 rows"), (0.14, 0.10, "in 0 of 1 rows"), (0.004, 0.0, "in 0 of 1 rows")],
)
def test_galleries_are_told_that_miss_clearly_more_than_the_best_tolerance_would(
    missed: float, best: float, told: str
) -> None:
    def figure(value: float) -> Figure:
        return Figure(Interval(value, value, value))

    hindsight = {rate: figure(best) for rate in FPIRS}
    cell = Cell(1, 1, 5, 100, 2000, 0.4, hindsight, figure(0.001), figure(missed), figure(0))
    unsure = replace(cell, fnir={rate: Figure(None, "too few") for rate in FPIRS}, strangers_named=Figure(None))
    words = describe_galleries([cell, unsure])
    assert "0.10% of 2,000 strangers' tracks named" in words
    assert told in words
    assert "Students missed" not in describe_galleries([unsure])
