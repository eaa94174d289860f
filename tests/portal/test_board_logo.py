"""The institution's logo at the head of the exam board's PDF."""

from __future__ import annotations

import io
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from PIL import Image, ImageDraw

from portal.lecturer.board.png import Unusual, read_png
from portal.web.institution import read_logo
from tests.fixtures.parts import program
from tests.portal.school import School, found_school

pytestmark = pytest.mark.django_db

SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 40">'
    b'<circle cx="20" cy="20" r="20" fill="#0a5aa0"/></svg>'
)
BLUE, WHITE = (10, 90, 160), (255, 255, 255)


def picture(mode: str, **options: Any) -> bytes:
    """A blue disc at the left of a picture that is three times as wide as high; beside it nothing, or white."""
    is_clear = mode in ("RGBA", "LA", "P")
    drawn = Image.new("RGBA", (120, 40), (0, 0, 0, 0) if is_clear else WHITE)
    ImageDraw.Draw(drawn).ellipse((0, 0, 39, 39), fill=BLUE)
    made = drawn.quantize(4) if mode == "P" else drawn.convert(mode)
    file = io.BytesIO()
    made.save(file, "PNG", **options)
    return file.getvalue()


@pytest.fixture
def school(client: Client) -> School:
    school = found_school(timezone.now() - timedelta(days=60))
    start = timezone.now() - timedelta(days=13)
    school.meet(start, closed_at=start + timedelta(hours=2))
    client.force_login(school.lecturer)
    return school


def printed(client: Client, school: School, folder: Path) -> Image.Image:
    """The first page, a pixel for each millimetre; the file was verified."""
    answer = client.get(f"/courses/{school.course.pk}/board.pdf")
    assert answer.status_code == 200, answer.headers
    path = folder / "board.pdf"
    path.write_bytes(answer.content)
    call_command("verify", str(path))
    subprocess.run([program("pdftoppm"), "-png", "-singlefile", "-r", "25.4", path, folder / "page"], check=True)
    return Image.open(folder / "page.png").convert("RGB")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(SVG, id="svg"),
        *[pytest.param(picture(mode), id=mode) for mode in ("RGBA", "LA", "P", "RGB", "L")],
        pytest.param(picture("P", bits=2, optimize=True), id="few colours"),
    ],
)
def test_the_pdf_bears_the_institutions_logo_small_at_its_head_and_is_still_verified(
    client: Client, school: School, tmp_path: Path, settings: Any, content: bytes
) -> None:
    plain = printed(client, school, tmp_path)
    path = tmp_path / "logo"
    path.write_bytes(content)
    settings.LOGO = read_logo(str(path))
    page = printed(client, school, tmp_path)
    # 12 mm high, in the corner of the margins: the disc, and beside it the paper.
    assert plain.getpixel((20, 20)) != page.getpixel((20, 20))
    found = cast(tuple[int, ...], page.getpixel((20, 20)))
    is_grey = b"IHDR" in content and content[25] in (0, 4)
    assert max(abs(a - b) for a, b in zip(found, (74,) * 3 if is_grey else BLUE, strict=True)) < 12
    assert [at for at in ((35, 20), (14, 14)) if min(cast(tuple[int, ...], page.getpixel(at))) < 250] == []


WITHOUT_PILLOW = """
import sys
sys.modules["PIL"] = None
from portal.lecturer.board.fonts import choose_fonts
from portal.lecturer.board.pages import Pages
from portal.web.institution import read_logo
Pages.footer = lambda self: None  # Its words need the portal's settings.
pages = Pages("", choose_fonts(""))
pages.add_page()
top = pages.get_y()
pages.write_logo(read_logo(sys.argv[1]))
assert pages.get_y() == top + 15, "there is no logo"
assert pages.output()
"""


@pytest.mark.parametrize("content", [pytest.param(SVG, id="svg"), pytest.param(picture("RGBA"), id="png")])
def test_a_logo_is_printed_without_the_library_that_reads_pictures(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "logo"
    path.write_bytes(content)
    program = [sys.executable, "-W", "error", "-c", WITHOUT_PILLOW, str(path)]
    said = subprocess.run(program, capture_output=True, text=True)
    assert (said.returncode, said.stderr) == (0, "")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\x89PNG\r\n\x1a\n broken", id="broken"),
        pytest.param(b"<svg>", id="not closed"),
        pytest.param(b'<svg xmlns="http://www.w3.org/2000/svg"/>', id="without a size"),
        pytest.param(
            b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><image href="http://127.0.0.1:9/x.png"/></svg>',
            id="from elsewhere",
        ),
    ],
)
def test_a_logo_that_cannot_be_printed_keeps_no_exam_board_from_its_file(
    client: Client, school: School, tmp_path: Path, settings: Any, content: bytes
) -> None:
    path = tmp_path / "logo"
    path.write_bytes(content)
    settings.LOGO = read_logo(str(path))
    page = printed(client, school, tmp_path)
    settings.LOGO = None
    assert page.size == printed(client, school, tmp_path).size


@pytest.mark.parametrize("options", [{"size": (3000, 3000)}, {"mode": "I;16"}])
def test_a_png_that_would_take_long_or_is_of_a_rare_kind_is_left_out(options: dict[str, Any]) -> None:
    file = io.BytesIO()
    Image.new(**{"mode": "RGBA", "size": (9, 9)} | options).save(file, "PNG")
    with pytest.raises(Unusual):
        read_png(file.getvalue())
