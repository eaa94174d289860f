"""The command line: one line for an error, the right exit code, and no heavy libraries for a question."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from recognizer import __version__
from recognizer.cli import COMMANDS, main
from recognizer.commands import run
from recognizer.errors import AlreadyRunning
from recognizer.storage.files.state_folder import held_state_folder
from tests.environment import ROOT, product_environment
from tests.fixtures.waiting import wait_for

RUN = """
room = "Demo room"
database_url = "sqlite:///none.sqlite3"
state_dir = "state"
[[cameras]]
name = "front"
source = "clip.mp4"
"""


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])

    assert ended.value.code == 0
    assert capsys.readouterr().out == f"recognizer {__version__}\n"


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_names_what_can_be_done(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*filter(None, [command]), "--help"])

    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert all(name in text for name in COMMANDS) if not command else "exit codes" in text


@pytest.mark.parametrize("command", COMMANDS)
def test_help_tells_the_exit_code_of_a_wrong_configuration(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([command, "--help"])

    assert "\n  78   the configuration is wrong" in capsys.readouterr().out


def test_help_loads_neither_opencv_nor_dlib() -> None:
    code = (
        "import sys; from recognizer.cli import build_parser; build_parser().format_help();"
        "sys.exit(', '.join({'cv2', 'dlib', 'django', 'matplotlib', 'PIL'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


def test_a_wrong_argument_is_an_error_of_usage() -> None:
    with pytest.raises(SystemExit) as ended:
        main(["dance"])
    assert ended.value.code == 2


@pytest.mark.parametrize("seeds", ["0", "-1", "many", "1001"])
def test_a_number_of_seeds_that_is_none_is_refused(seeds: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["evaluate", "people", f"--seeds={seeds}"])
    assert ended.value.code == 2
    assert "expected a number from 1 to 1000" in capsys.readouterr().err


def test_an_error_is_one_line_with_its_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("recognizer.toml").write_text("rooom = 1")

    assert main(["run"]) == 78
    told = capsys.readouterr()
    assert told.err == "recognizer: rooom is not a known key; did you mean room?\n"
    assert told.out == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ("encode", "\x1b[31mphotos"),
        ("evaluate", "\x1b[31mphotos"),
        ("identify", "\x1b[31mclass.jpg"),
        ("gallery", "remove", "\x1b[31mS1"),
        ("--config", "\x1b[31m.toml", "check"),
    ],
)
def test_an_error_repeats_nothing_that_confuses_a_terminal(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) != 0
    told = capsys.readouterr().err
    assert "�[31m" in told
    assert "\x1b" not in told


def test_run_without_a_room_says_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run"]) == 78
    assert "room is missing" in capsys.readouterr().err


def test_ctrl_c_is_no_traceback(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "execute", interrupted)

    assert main(["run"]) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_a_second_recognizer_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("recognizer.toml").write_text(RUN)

    with held_state_folder(Path("state")):
        assert main(["run"]) == AlreadyRunning.exit_code
    assert "another recognizer (process" in capsys.readouterr().err


def test_the_state_folder_is_the_owners_alone_and_free_again_afterwards(tmp_path: Path) -> None:
    with held_state_folder(tmp_path / "a" / "state") as folder:
        assert folder.stat().st_mode & 0o077 == 0
    with held_state_folder(tmp_path / "a" / "state"):
        pass


def test_check_names_everything_that_is_wrong_and_what_to_do() -> None:
    (Path("recognizer.toml")).write_text(RUN)
    done = subprocess.run(
        [sys.executable, "-m", "recognizer", "check"],
        env=product_environment() | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )

    assert done.returncode == 1, done.stderr
    lines = dict(line.split(": ", 1) for line in done.stdout.splitlines())
    assert lines["✓ configuration"].startswith('room "Demo room", 1 camera')
    assert "run `recognizer encode PHOTOS`" in lines["✗ gallery"]
    assert "cannot be asked (unable to open database file)" in lines["✗ database"]
    assert "database_url, in recognizer.toml or ROLLCALL_DATABASE_URL" in lines["✗ database"]
    assert not {"✗ rights", "✗ room", "✗ numbers", "✗ roster"} & lines.keys(), "one line says it"
    assert "does not exist" in lines["✗ camera front"]
    assert "camera front" not in lines["✗ camera front"], "the line has its name once"
    assert "✓ clock" in lines
    assert "✓ disk" in lines
    assert "\x1b" not in done.stdout
    # Nothing was made, not even the state folder.
    assert [path.name for path in Path().iterdir()] == ["recognizer.toml"]


@pytest.mark.parametrize(
    ("mode", "source", "is_told"),
    [
        (0o644, "rtsp://viewer:of-this-test@127.0.0.1:1/", True),
        (0o640, "rtsp://viewer:of-this-test@127.0.0.1:1/", False),
        (0o644, "rtsp://127.0.0.1:1/", False),
    ],
)
def test_check_warns_where_everybody_may_read_the_configurations_passwords(
    mode: int, source: str, is_told: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    file = Path("recognizer.toml")
    file.write_text(f'room = "A 101"\n[[cameras]]\nname = "front"\nsource = "{source}"\n')
    file.chmod(mode)

    main(["check"])

    shown = capsys.readouterr().out
    assert ("passwords: everybody on this machine may read those in recognizer.toml" in shown) == is_told
    assert "of-this-test" not in shown


@pytest.mark.parametrize("text", ["", 'room = "A 101"'])
def test_check_without_cameras_is_a_line_for_each_and_no_traceback(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("recognizer.toml").write_text(text)

    assert main(["check"]) == 1

    shown = capsys.readouterr()
    assert "configuration: " in shown.out
    assert "missing" in shown.out
    assert "models: " in shown.out
    assert "Traceback" not in shown.out + shown.err


def test_a_folder_of_another_user_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(*_: object) -> int:
        raise PermissionError(13, "Permission denied", "/srv/gallery.key")

    monkeypatch.setattr("recognizer.commands.gallery.execute", refused)

    assert main(["gallery"]) == 77
    expected = "recognizer: /srv/gallery.key may not be read or written by this user; ask its owner\n"
    assert capsys.readouterr().err == expected


def test_no_part_of_a_secret_is_said_by_the_real_commands() -> None:
    Path("recognizer.toml").write_text(
        'room = "A 101"\nstate_dir = "state"\n'
        'database_url = "mysql+pymysql://rollkeeper:Lion%407%2FBear@127.0.0.1:9/rollcall"\n'
        '[[cameras]]\nname = "front"\nsource = "rtsp://gatekeeper:Tiger%237x@127.0.0.1:9/s1?pin=4711"\n'
    )
    for command in ("check", "run"):
        with Path("said").open("w+", encoding="utf-8") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "recognizer", command],
                env=product_environment()
                | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", "OPENCV_FFMPEG_LOGLEVEL": "56"},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            # Without its database `run` goes on until it is told to stop.
            if command == "run":
                wait_for(
                    lambda: "; what is seen waits in the outbox" in Path("said").read_text("utf-8"),
                    "its complaint",
                    100,
                )
                process.terminate()
            process.wait(100)
        said = Path("said").read_text("utf-8")
        assert "database" in said
        for part in ("gatekeeper", "rollkeeper", "Tiger", "7x", "Lion", "Bear", "4711"):
            assert part not in said, said
