"""docs/recognition.md says what the code does: its constants, and the example that it works through."""

from __future__ import annotations

import importlib
import importlib.util
import math
import re
from statistics import NormalDist

import pytest

from benchmarks.slight_net.__main__ import RANKS
from recognizer.domain.naming.impostor_law import POWER, ImpostorLaw, Normal
from recognizer.domain.naming.promise import SPENDING, PromisedTolerances
from recognizer.domain.naming.tolerance import DECISIVE_ENCODINGS
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
    normals = [Normal(float(mean), float(deviation)) for _, mean, deviation in rows_of("encodings averaged")]
    return ImpostorLaw(tuple(normals), people=STUDENTS)


CONSTANTS = re.findall(r"^\| `([\w.]+)` \| ([\d.]+) \|", DOCUMENT.read_text(), re.MULTILINE)


@pytest.mark.parametrize(("name", "value"), CONSTANTS)
def test_a_constant_has_the_value_that_the_page_says(name: str, value: str) -> None:
    module, _, constant = name.rpartition(".")
    assert getattr(importlib.import_module(f"recognizer.{module}"), constant) == float(value)


def test_the_page_has_constants() -> None:
    assert len(CONSTANTS) > 30


def test_the_example_is_worked_through_as_the_page_says() -> None:
    for encodings, share, chance, z, grown, left, tolerance in rows_of("encodings"):
        spending, normal = SPENDING[int(encodings) - 1], law().by_encodings[int(encodings) - 1]
        assert float(share) == (spending.by_singles if encodings == "1" else spending.by_mean)
        p = 1 - (1 - TARGET * float(share)) ** (1 / STUDENTS)
        assert f"{p:.2e}" == chance
        deviations = -NormalDist().inv_cdf(p)
        assert f"{deviations:.2f}" == z
        more = deviations * math.sqrt(1 + 1 / STUDENTS + deviations**2 / (STUDENTS * (STUDENTS - 1)))
        assert f"{more:.2f}" == grown
        below = normal.mean - normal.deviation * more
        assert (f"{below:.3f}", f"{below ** (1 / POWER):.3f}") == (left, tolerance)


def test_the_code_gives_the_tolerances_of_the_example() -> None:
    tolerance = PromisedTolerances(law(), TARGET).for_search(STUDENTS)
    for encodings, *_, said in rows_of("encodings"):
        assert f"{tolerance.for_mean(int(encodings)):.3f}" == said
    for spread, said in rows_of("spread of five encodings"):
        assert f"{tolerance.for_mean(DECISIVE_ENCODINGS, float(spread)):.3f}" == said


def test_more_students_and_other_targets_give_what_the_page_says() -> None:
    for searched, target, *said in rows_of("students searched"):
        tolerance = PromisedTolerances(law(), float(target)).for_search(int(searched))
        assert [f"{tolerance.for_mean(encodings):.3f}" for encodings in (1, 2, 5)] == said


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
