"""The pages of docs/ say what the programs have and say, and the site that is made of them asks no other host."""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from django.core.management import BaseCommand, CommandError, get_commands, load_command_class

from recognizer.cli import build_parser
from tests.environment import ROOT
from tests.fixtures.once import made_once

if TYPE_CHECKING:
    from playwright.sync_api import Page

sys.path.insert(0, str(ROOT / "docs" / "_extensions"))

import face_widths
import licences_laid
import messages
import settings_tables

TROUBLES = (ROOT / "docs" / "troubleshooting.md").read_text("utf-8")
LOADS = {
    "script": "src",
    "img": "src",
    "link": "href",
    "iframe": "src",
    "source": "src",
    "object": "data",
    "use": "href",
}
"""What a page loads by itself, and by which attribute; a link is followed by a person."""


class Loaded(HTMLParser):
    """Collects the addresses that a page loads, its text, and what would run or be styled inside it."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.feed(page.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in LOADS and (address := values.get(LOADS[tag])):
            self.addresses.append(address)
        self.addresses += [part.split()[0] for part in (values.get("srcset") or "").split(",") if part.strip()]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built pages; a reference that leads nowhere fails the build."""
    return made_once(tmp_path_factory, "docs_site", build)


def build(folder: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            *["-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", "-d"],
            folder / "read",
            ROOT / "docs",
            folder / "html",
        ],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def files_of(site: Path, *suffixes: str) -> Iterator[Path]:
    return (path for path in sorted((site / "html").rglob("*")) if path.suffix in suffixes)


def test_no_page_loads_anything_from_another_host(site: Path) -> None:
    pages = list(files_of(site, ".html"))
    assert len(pages) > 15
    for page in pages:
        addresses = Loaded(page).addresses
        assert addresses
        assert [each for each in addresses if urlsplit(each).netloc or each.startswith("//")] == [], page


def test_no_style_sheet_or_script_of_the_site_names_another_host(site: Path) -> None:
    for path in files_of(site, ".css"):
        text = path.read_text("utf-8")
        assert not re.findall(r"(?:url\(\s*['\"]?|@import\s+['\"]?)(?:https?:)?//[^)]*", text), path
    for path in files_of(site, ".js"):
        text = path.read_text("utf-8")
        # Comments and licences name addresses; what would be asked stands in one of these.
        assert not re.findall(r"(?:fetch|import|open|src\s*=)\s*\(?\s*['\"`](?:https?:)?//", text), path


def test_in_a_browser_every_page_asks_nobody_and_fits_a_phone(site: Path, open_page: Callable[..., Page]) -> None:
    asked: list[str] = []
    page = open_page(viewport={"width": 390, "height": 844})
    page.on("request", lambda request: asked.append(request.url))
    for path in files_of(site, ".html"):
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
    # The search looks in its own index.
    page.goto((site / "html" / "search.html").as_uri() + "?q=outbox")
    page.wait_for_selector("#search-results li")
    assert len(asked) > 50
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


def test_the_pages_bring_the_licences_of_what_is_made_by_others_in_them(site: Path) -> None:
    """The packages hand them on."""
    laid = site / "html" / licences_laid.FOLDER
    for name in ("sphinx", "furo", "pygments", "snowballstemmer"):
        texts = [path.read_text("utf-8") for path in (laid / name).iterdir()]
        assert any("permi" in text and "opyright" in text for text in texts), name


def test_every_page_is_reached_from_the_first(site: Path) -> None:
    first = (site / "html" / "index.html").read_text("utf-8")
    for page in (ROOT / "docs").glob("*.md"):
        assert f'href="{page.stem}.html"' in first or page.stem == "index", page


def commands_of(program: str) -> set[tuple[str, ...]]:
    """What the pages tell to type, as the words after the program's name; a placeholder in capitals is kept."""
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    text = "\n".join(path.read_text("utf-8") for path in pages)
    blocks = re.compile(r"^ *```(\S*)[^\n]*\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
    code = [block for kind, block in blocks.findall(text) if kind == "sh"]
    code += re.findall(r"`([^`\n]+)`", blocks.sub("", text))
    lines = [line.partition("  #")[0].strip() for each in code for line in each.splitlines()]
    parts = [part.strip() for line in lines for part in line.split("&&")]
    return {tuple(shlex.split(part)[1:]) for part in parts if part.startswith(f"{program} ") and "…" not in part}


def test_every_command_of_the_recognizer_that_the_pages_tell_to_type_is_understood(
    capsys: pytest.CaptureFixture[str],
) -> None:
    commands = commands_of("recognizer")
    assert len(commands) > 20
    for words in commands:
        try:
            build_parser().parse_args(words)
        except SystemExit as end:
            # In a sentence a command may be named without its arguments.
            said = capsys.readouterr().err
            assert not end.code or "arguments are required" in said, said


def test_every_command_of_the_portal_that_the_pages_tell_to_type_is_understood() -> None:
    commands = commands_of("rollcall-manage")
    assert len(commands) > 5
    for name, *words in commands:
        assert name in get_commands(), name
        app = get_commands()[name]
        command = app if isinstance(app, BaseCommand) else load_command_class(app, name)
        try:
            command.create_parser("rollcall-manage", name).parse_args(words)
        except (CommandError, SystemExit) as end:
            assert getattr(end, "code", 1) == 0, f"rollcall-manage {name} {shlex.join(words)}: {end}"


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "benchmarks/README.md"])
def test_what_other_pages_link_to_is_there(name: str) -> None:
    page = ROOT / name
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_setting_of_the_recognizer_is_on_its_page_with_what_it_takes(site: Path) -> None:
    page = text_of(site, "settings")
    settings = settings_tables.recognizer_settings()
    assert len(settings) > 15
    for setting in settings:
        assert setting.takes in page, setting
        assert settings_tables.variable_of(setting.name) in page, setting


def test_every_setting_of_the_portal_is_on_its_page(site: Path) -> None:
    page = text_of(site, "settings")
    names = {setting.name for setting in settings_tables.portal_settings()}
    # By another way than the page's: whatever looks like a variable, in what the portal and its web server read.
    files = [*(ROOT / "portal").rglob("*.py"), ROOT / "deploy" / "gunicorn.conf.py", ROOT / "deploy" / "portal.env"]
    written = set(re.findall(r"ROLLCALL_[A-Z_]+[A-Z]", "".join(path.read_text("utf-8") for path in files)))
    assert {name for name in written if not name.endswith("_FILE")} == names
    assert {name for name in names if name not in page} == set()


def test_every_error_and_every_message_is_on_the_page_of_troubles(site: Path) -> None:
    page = text_of(site, "troubleshooting")
    for each in messages.error_classes():
        assert each.__name__ in page
    said = [*messages.logged_messages(), *(one for some in messages.raised_messages().values() for one in some)]
    assert len(said) > 100
    assert [message for message in said if squeezed(message) not in page] == []


def test_what_the_page_of_troubles_explains_is_still_said() -> None:
    explained = re.findall(r"^(``?)(.+?) ?\1\n: ", TROUBLES, re.MULTILINE)
    assert len(explained) > 20
    texts = [squeezed(text) for text in messages.written_texts()]
    for _, message in explained:
        said = squeezed(message)
        # A text that is mostly values would fit anything.
        least = len(said.replace("…", "")) / 3
        fitting = [text for text in texts if len(text.replace("…", "")) >= least and is_in_order(text.split("…"), said)]
        assert fitting, message


def is_in_order(parts: list[str], text: str) -> bool:
    """Whether the text begins with the first part, ends with the last, and has the others between, in that order."""
    return bool(re.fullmatch(".*".join(map(re.escape, parts)), text)) if all(part in text for part in parts) else False


def test_every_metric_that_the_page_of_monitoring_names_is_written() -> None:
    page = (ROOT / "docs" / "monitoring.md").read_text("utf-8")
    named = set(re.findall(r"`(rollcall_[a-z_]+)`", page))
    files = [path for program in ("recognizer", "portal") for path in (ROOT / program).rglob("m*.py")]
    source = "".join(path.read_text("utf-8") for path in files if path.stem in ("metrics", "monitoring"))
    for name in named:
        short = name.removeprefix("rollcall_recognizer_")
        written = [f"# HELP {name} ", f'"{name}"', f'"{short}"', f'"{short.removeprefix("camera_")}"']
        assert any(each in source for each in written), name


def test_a_face_is_half_as_wide_at_twice_the_distance_and_twice_as_wide_in_4k() -> None:
    near, far = (face_widths.face_pixels(1920, 55, metres) for metres in (3, 6))
    assert near == pytest.approx(2 * far)
    assert face_widths.face_pixels(3840, 55, 3) == pytest.approx(2 * near)
    # At 90 degrees a picture is twice as wide as the distance: 1920 pixels for 2 metres, of which a face takes 0.15.
    assert face_widths.face_pixels(1920, 90, 1) == pytest.approx(144)
    assert face_widths.face_pixels(1920, 80, face_widths.farthest(1920, 80, 50)) == pytest.approx(50)


def text_of(site: Path, page: str) -> str:
    """What a reader sees, with the blanks of code and lines made one."""

    class Text(HTMLParser):
        parts: list[str] = []

        def handle_data(self, data: str) -> None:
            self.parts.append(data)

    text = Text()
    text.parts = []
    text.feed((site / "html" / f"{page}.html").read_text("utf-8"))
    return squeezed("".join(text.parts))


def squeezed(text: str) -> str:
    return " ".join(text.replace("`", "").split()).replace("'", "’").replace("’", "'")


def test_every_error_in_a_log_and_all_that_begins_and_ends_names_its_event() -> None:
    """Collectors go by the name, not by the words."""
    errors = [call for call in messages.logging_calls() if ast.unparse(call.func) not in ("log.info", "log.warning")]
    assert [ast.unparse(call) for call in errors if not messages.event_of(call)] == []
    events = messages.logged_events()
    for began, ended in (
        ("camera fails", "camera watched"),
        ("database away", "database back"),
        ("outbox unavailable", "outbox back"),
        ("clock wrong", "clock right"),
        ("schema lacks", "schema complete"),
        ("looks fewer", "looks restored"),
        ("lease waits", "lease taken"),
        ("gallery unusable", "gallery usable"),
        ("errand waits", "errand goes on"),
        ("class session open", "class session over"),
    ):
        assert {began, ended} <= events.keys()
    assert all(re.fullmatch(r"[a-z]+(?:[ -][a-z]+)*", event) for event in events)


def test_the_events_stand_in_the_page_on_monitoring(site: Path) -> None:
    page = re.sub(r"<[^>]+>", "", (site / "html" / "monitoring.html").read_text("utf-8"))
    assert [event for event in messages.logged_events() if event not in page] == []
