"""``recognizer outbox``: what the database refused can be seen, is counted by ``check``, and is tried again."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from recognizer.cli import main
from recognizer.domain.register.attendance import Sighting
from recognizer.domain.register.evidence import Evidence
from recognizer.domain.register.observation import SightSpan
from recognizer.storage.files.outbox import SqliteOutbox

AT = datetime(2026, 10, 5, 9, 0)  # noqa: DTZ001 - naive UTC


@pytest.fixture
def configuration(tmp_path: Path) -> Path:
    (tmp_path / "state").mkdir()
    path = tmp_path / "recognizer.toml"
    path.write_text(
        f'room = "A 101"\nstate_dir = "{tmp_path}/state"\ndatabase_url = "sqlite:///{tmp_path}/none"\n'
        f'[[cameras]]\nname = "front"\nsource = "{tmp_path}/none.mp4"\n'
    )
    return path


@pytest.fixture
def outbox(configuration: Path) -> SqliteOutbox:
    """With something refused and something waiting."""
    outbox = SqliteOutbox(configuration.parent / "state" / "outbox.sqlite3")
    refused = Evidence.of(Sighting("S1", AT, "front", 0.3, None, None, 3, 1), 42)
    outbox.put(refused)
    outbox.refuse(outbox.pending(Evidence, 1)[0][0], "the portal knows no student with the number S1")
    outbox.put(SightSpan("front", AT, AT))
    outbox.close()
    return outbox


def run(configuration: Path, *arguments: str) -> int:
    return main(["--config", str(configuration), "outbox", *arguments])


def test_what_was_refused_is_listed_with_the_reason(
    configuration: Path, outbox: SqliteOutbox, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(configuration) == 0

    shown = capsys.readouterr().out
    for part in ("1 entry waiting", "S1", "42", "2026-10-05 09:00", "knows no student", "1 entry refused"):
        assert part in shown


def test_whoever_is_about_to_delete_it_is_told_whom_the_database_has_not_taken(
    configuration: Path, outbox: SqliteOutbox, capsys: pytest.CaptureFixture[str]
) -> None:
    outbox.put(Evidence.of(Sighting("S2", AT, "front", 0.3, None, None, 3, 1), 43))

    assert run(configuration, "--names") == 0

    assert capsys.readouterr().out.splitlines() == [
        "S2 in class session 43, seen 2026-10-05 09:00 to 09:00 UTC",
        "S1 in class session 42, seen 2026-10-05 09:00 to 09:00 UTC",
        "1 more entry",
    ]


def test_of_very_many_that_were_not_taken_fifty_are_named_and_the_rest_counted(
    configuration: Path, outbox: SqliteOutbox, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(60):
        outbox.put(Evidence.of(Sighting(f"M{number}", AT, "front", 0.3, None, None, 3, 1), 43))

    assert run(configuration, "--names") == 0

    lines = capsys.readouterr().out.splitlines()
    assert (len(lines), lines[-1]) == (51, "12 more entries")


def test_of_what_marks_nobody_only_the_number_is_told(configuration: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outbox = SqliteOutbox(configuration.parent / "state" / "outbox.sqlite3")
    outbox.put(SightSpan("front", AT, AT))
    outbox.close()

    assert run(configuration, "--names") == 0

    assert capsys.readouterr().out == "1 entry\n"


def test_of_nothing_nobody_is_named(configuration: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(configuration, "--names") == 0

    assert capsys.readouterr().out == ""


def test_a_retry_lets_it_wait_again(
    configuration: Path, outbox: SqliteOutbox, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(configuration, "--retry") == 0

    assert "1 entry will be tried again" in capsys.readouterr().out
    assert (outbox.depth(), outbox.refused()) == (2, 0)
    outbox.close()
    run(configuration)
    assert "Nothing was refused" in capsys.readouterr().out


def test_without_an_outbox_nothing_is_made(configuration: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(configuration) == 0

    assert "nothing was seen yet" in capsys.readouterr().out
    assert not list((configuration.parent / "state").iterdir())


def test_an_outbox_that_cannot_be_read_is_one_line(configuration: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (configuration.parent / "state" / "outbox.sqlite3").mkdir()

    assert run(configuration) == 74
    errors = capsys.readouterr().err
    assert errors.count("\n") == 1
    assert "cannot be used" in errors


def test_check_counts_what_was_refused(
    configuration: Path, outbox: SqliteOutbox, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--config", str(configuration), "check"]) == 1
    assert "outbox: the database refused 1 entry; `recognizer outbox` lists" in capsys.readouterr().out
