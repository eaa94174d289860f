"""docs/recognition.md says what the code does: its constants, and the example that it works through."""

from __future__ import annotations

import importlib
import importlib.util
import math
import re
from statistics import NormalDist

import pytest

from benchmarks.slight_net.__main__ import RANKS
from recognizer.domain.naming.impostor_law import DIMENSIONS, ImpostorLaw
from recognizer.domain.naming.impostors import PRIOR
from recognizer.domain.naming.promise import NEAREST_SHARE, SPENDING, PromisedTolerances
from tests.environment import ROOT

DOCUMENT = ROOT / "docs/recognition.md"
STUDENTS, TARGET = 20, 0.001


def rows_of(heading: str) -> list[list[str]]:
    """The rows of the table whose first heading is that, each cell as text."""
    lines = iter(DOCUMENT.read_text().splitlines())
    for line in lines:
        if line.startswith(f"| {heading} |"):
            next(lines)
            return [cells_of(row) for row in iter(lambda: next(lines, ""), "")]
    raise AssertionError(f"no table begins with {heading}")


def cells_of(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def law() -> ImpostorLaw:
    """The one of the example."""
    found = re.search(r"mean ([\d.]+), deviation ([\d.]+), within ([\d.]+)\. The target", DOCUMENT.read_text())
    assert found
    return ImpostorLaw(*map(float, found.groups()), people=STUDENTS)


CONSTANTS = re.findall(r"^\| `([\w.]+)` \| ([\d.]+) \|", DOCUMENT.read_text(), re.MULTILINE)


@pytest.mark.parametrize(("name", "value"), CONSTANTS)
def test_a_constant_has_the_value_that_the_page_says(name: str, value: str) -> None:
    module, _, constant = name.rpartition(".")
    assert getattr(importlib.import_module(f"recognizer.{module}"), constant) == float(value)


def test_the_page_has_constants() -> None:
    assert len(CONSTANTS) > 30


def test_the_example_is_worked_through_as_the_page_says() -> None:
    for counts, share, *said in rows_of("references, encodings"):
        references, encodings = map(int, counts.split(", "))
        assert float(share) == SPENDING[encodings - 1]
        p = (1 - (1 - TARGET * float(share)) ** (1 / STUDENTS)) * (1 if references == 1 else 1 - NEAREST_SHARE)
        z = -NormalDist().inv_cdf(p)
        scatter = law().within / references + law().within / encodings
        mean = law().mean + scatter
        deviation = math.sqrt(law().deviation ** 2 + (4 * law().mean * scatter + 2 * scatter**2) / DIMENSIONS)
        n = deviation**2 / (9 * mean**2)
        square = mean * (1 - n - z * math.sqrt(n)) ** 3
        figures = (scatter, mean, deviation, square, math.sqrt(square))
        assert said == [f"{p:.2e}", f"{z:.2f}", *(f"{figure:.3f}" for figure in figures)]


def test_the_code_gives_the_tolerances_of_the_example() -> None:
    tolerance = PromisedTolerances(law(), TARGET).for_search(STUDENTS)
    for counts, *_, said in rows_of("references, encodings"):
        references, encodings = map(int, counts.split(", "))
        assert f"{tolerance.limit(references, encodings):.3f}" == said
    for spread, said in rows_of("spread of five encodings"):
        assert f"{tolerance.limit(3, 5, float(spread)):.3f}" == said


def test_more_students_and_other_targets_give_what_the_page_says() -> None:
    for searched, target, *said in rows_of("students searched"):
        tolerance = PromisedTolerances(law(), float(target)).for_search(int(searched))
        assert [f"{tolerance.limit(3, encodings):.3f}" for encodings in (1, 2, 5)] == said


def test_the_prior_is_that_of_the_page() -> None:
    found = re.search(r"strict side: mean ([\d.]+), deviation ([\d.]+), within ([\d.]+)\.", DOCUMENT.read_text())
    assert found
    assert ImpostorLaw(*map(float, found.groups()), people=8) == PRIOR


def test_the_ranks_of_the_slight_net_are_those_of_the_page() -> None:
    (ranks,) = rows_of("convolution")
    assert [int(rank) for rank in ranks[1:]] == [*RANKS.values()]


def test_every_file_and_command_that_the_page_names_is_there() -> None:
    text = DOCUMENT.read_text()
    for path in re.findall(r"`((?:domain|vision|camera)/[\w/]+(?:\.py)?)`", text):
        assert (ROOT / "recognizer" / path).exists(), path
    for module in re.findall(r"python -m (benchmarks\.\w+)", text):
        assert importlib.util.find_spec(module) is not None


def test_every_heading_that_a_constant_refers_to_is_on_the_page() -> None:
    headings = set(re.findall(r"^#+ (.+)$", DOCUMENT.read_text(), re.MULTILINE))
    sources = [path for folder in ("recognizer", "benchmarks") for path in sorted((ROOT / folder).rglob("*.py"))]
    named = {
        (path, heading.replace("\n", " "))
        for path in sources
        for heading in re.findall(r'docs/recognition\.md,\s+"([^"]+)"', path.read_text())
    }
    assert named
    assert {(path, heading) for path, heading in named if heading not in headings} == set()
