"""What the demo keeps under ``var/demo``, and the environment that its programs run in."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from deploy.demo import clip, portraits, scenery
from deploy.demo.clip import render_clip
from deploy.demo.portraits import portrait_files

REPOSITORY = Path(__file__).resolve().parents[2]
ROOM = "Demo room"
CAMERA = "front"
ENROLLED = {"S1001": ("Grace Hopper", "hopper"), "S1002": ("Eileen Collins", "collins")}
"""Student number: full name, and whose portrait it is."""
MADE_UP = {
    "S1003": "Amara Okonjo",
    "S1004": "Bruno Kessler",
    "S1005": "Chiara Lombardo",
    "S1006": "Elin Sandvik",
    "S1007": "Jun Takeda",
}
"""Enrolled with an encoding that is nobody's face: no camera will ever see them, and they are absent."""
NOT_ENROLLED = {"S1008": "Mateo Villar"}
"""On the roster alone: whether they are there the camera cannot say."""

CONFIGURATION = """\
# Written by the demo at every start.
room = "{room}"

[[cameras]]
name = "{camera}"
source = '{clip}'
play = "{play}"
"""


class FolderTaken(Exception):
    """Another demo runs; the message says so."""


@dataclass(frozen=True, slots=True)
class DemoFolder:
    """The demo's files; whatever is there already is used again."""

    path: Path = REPOSITORY / "var" / "demo"
    secret_key: str = field(default_factory=lambda: secrets.token_urlsafe(50), repr=False)

    @property
    def database(self) -> Path:
        return self.path / "rollcall.sqlite3"

    @property
    def photos(self) -> Path:
        return self.path / "photos"

    @property
    def clip(self) -> Path:
        return self.path / "clip.mp4"

    @property
    def state(self) -> Path:
        return self.path / "state"

    def environment(self) -> dict[str, str]:
        """This process's environment with all ROLLCALL_* replaced: the demo touches no real database or gallery."""
        own = {name: value for name, value in os.environ.items() if not name.startswith(("ROLLCALL_", "DJANGO_"))}
        return own | {
            "ROLLCALL_CONFIG": str(self.path / "recognizer.toml"),
            "ROLLCALL_DATABASE_URL": f"sqlite:///{self.database}",
            "ROLLCALL_GALLERY_PATH": str(self.path / "gallery.pkl"),
            "ROLLCALL_GALLERY_KEY_FILE": str(self.path / "gallery.key"),
            "ROLLCALL_STATE_DIR": str(self.state),
            "ROLLCALL_SECRET_KEY": self.secret_key,
            "ROLLCALL_PLAIN_HTTP": "1",
            "DJANGO_SETTINGS_MODULE": "portal.web.settings",
        }

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Keep other demos out. Raises FolderTaken when one runs already."""
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise FolderTaken(f"Another demo is running in {self.path}: stop it first.") from None
            yield

    def forget(self, is_register_too: bool) -> None:
        """Remove what an earlier demo had not delivered, and if asked the database with all its marks."""
        shutil.rmtree(self.state, ignore_errors=True)
        if is_register_too:
            for file in self.path.glob(f"{self.database.name}*"):
                file.unlink()

    def lay_out_photos(self) -> None:
        """One folder a student, as `recognizer encode` takes them."""
        files = portrait_files()
        for number, (name, portrait) in ENROLLED.items():
            folder = self.photos / f"{number} {name}"
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(files[portrait], folder / f"portrait{files[portrait].suffix}")

    def has_clip(self) -> bool:
        """Whether the clip is there, and no older than what draws it."""
        drawn_by = [Path(str(module.__file__)) for module in (clip, portraits, scenery)]
        return self.clip.exists() and self.clip.stat().st_mtime > max(file.stat().st_mtime for file in drawn_by)

    def render_clip(self) -> None:
        """Draw the clip; takes half a minute."""
        render_clip(self.clip, portrait_files())

    def configure(self, play: str) -> None:
        """Write the recognizer's configuration: one camera, which plays the clip in a ``loop`` or once ``fast``."""
        text = CONFIGURATION.format(room=ROOM, camera=CAMERA, clip=self.clip, play=play)
        (self.path / "recognizer.toml").write_text(text, "utf-8")
