"""The demo: a class is marked present from video, by the real programs: ``python -m deploy.demo [--once]``."""

from __future__ import annotations

import argparse
import json
import signal
import socket
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass

from deploy.demo.folder import CAMERA, ENROLLED, ROOM, DemoFolder, FolderTaken
from deploy.demo.programs import Program, ProgramFailed, run, start
from deploy.demo.register import draw_table, read_marks
from deploy.demo.seed import START_SECONDS

USUAL_PORT = 8000
PORTAL_START_SECONDS = 60.0
SHOWN_MINUTES = 3
"""How long the class session lasts: short enough to wait for its register to close."""
ONCE_MINUTES = 50
CLOSE_EVERY_SECONDS = 5.0
"""How often the register is tried to be closed once the class session is over, as a timer does in service."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy.demo", description=__doc__)
    parser.add_argument(
        "--once", action="store_true", help="play the clip once, without the portal; print the register"
    )
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = DemoFolder()
    try:
        with folder.taken():
            seeded = prepare(folder, is_once=arguments.once)
            return play_once(folder, int(seeded["session"])) if arguments.once else show(folder, seeded)
    except (ProgramFailed, FolderTaken) as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.")
        return 0 if not arguments.once else 130


def prepare(folder: DemoFolder, is_once: bool) -> dict[str, str]:
    """Database, class session, gallery and clip; returns what the seed printed."""
    folder.configure(play="fast" if is_once else "loop")
    folder.forget(is_register_too=is_once)
    say(f"Database: {folder.database}")
    run("migrate", folder, ["manage.py", "migrate", "--no-input"])
    seeded = seed(folder, "people")
    say("Enrolling " + " and ".join(name for name, _ in ENROLLED.values()) + ", and five students who will not come.")
    folder.lay_out_photos()
    run("encode", folder, ["-m", "recognizer", "encode", str(folder.photos)])
    run("made-up", folder, ["-m", "deploy.demo.made_up"])
    if folder.has_clip():
        say(f"Clip: {folder.clip}, as drawn before.")
    else:
        say(f"Drawing the clip (half a minute, the first time only): {folder.clip}")
        folder.render_clip()
    minutes = ONCE_MINUTES if is_once else SHOWN_MINUTES
    # Last: the class session begins with it.
    return seeded | seed(folder, "session", str(minutes))


def seed(folder: DemoFolder, *what: str) -> dict[str, str]:
    """Put something into the demo's database; what the seed printed."""
    seeded: dict[str, str] = json.loads(run("seed", folder, ["-m", "deploy.demo.seed", *what]).splitlines()[-1])
    return seeded


def play_once(folder: DemoFolder, session_id: int) -> int:
    """Play the clip through, print the register; 0 if just the enrolled are marked present by the camera."""
    say("Playing the clip through.")
    recognizer = start("recognizer", folder, ["-m", "recognizer", "run"])
    tell = marks_teller(folder, session_id)
    try:
        while recognizer.process.poll() is None:
            tell()
            time.sleep(0.3)
    finally:
        recognizer.stop()
    if recognizer.process.returncode:
        raise ProgramFailed(f"The recognizer ended with {recognizer.process.returncode}:\n{recognizer.last_words()}")
    marks = read_marks(folder.database)
    print(f"\n{draw_table(marks)}\n")
    found = [(mark.number, mark.status, mark.source) for mark in marks]
    if sorted(found) == [(number, "present", "camera") for number in sorted(ENROLLED)]:
        print("Just the two enrolled students are marked present; the stranger is not.")
        return 0
    print(f"Expected just {' and '.join(ENROLLED)}, present. The recognizer's log: {recognizer.log}", file=sys.stderr)
    return 1


def show(folder: DemoFolder, seeded: dict[str, str]) -> int:
    """Run the recognizer and the portal until Ctrl-C, and say when a mark arrives."""
    port = free_port()
    bind = {"ROLLCALL_BIND": f"127.0.0.1:{port}", "ROLLCALL_WEB_WORKERS": "1"}
    programs: list[Program] = []
    try:
        programs.append(start("portal", folder, ["-m", "gunicorn", "--config", "deploy/gunicorn.conf.py"], **bind))
        wait_for_portal(programs[0], f"http://127.0.0.1:{port}/healthz")
        programs.append(start("recognizer", folder, ["-m", "recognizer", "run"]))
        programs.append(start("tasks", folder, ["manage.py", "work_tasks"]))
        print(
            f"\n  Portal    http://127.0.0.1:{port}/\n  Lecturer  {seeded['lecturer']}\n  Admin     "
            f"{seeded['administrator']}, who may also open http://127.0.0.1:{port}/admin/\n"
            f"  Password  {seeded['password']} (of both)\n"
        )
        print(
            f"Camera “{CAMERA}” of {ROOM} plays the clip again and again. The class session lasts {SHOWN_MINUTES} "
            "minutes;\nthen its register closes by itself. Marks as they arrive; Ctrl-C stops."
        )
        tell = marks_teller(folder, int(seeded["session"]))
        closer = RegisterCloser(folder, time.monotonic() + START_SECONDS + 60 * SHOWN_MINUTES)
        while True:
            tell()
            closer.turn(time.monotonic())
            for program in programs:
                program.check()
            time.sleep(0.5)
    finally:
        # A second Ctrl-C, or one that make passes on as well, must not cut the stopping short.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for program in reversed(programs):
            program.stop()


@dataclass
class RegisterCloser:
    """Closes the register when the class session is over, without the quarter of an hour that people have in service.

    What the recognizer saw last may arrive a moment later, and is decided anew then: so it goes on for a minute.
    """

    folder: DemoFolder
    next_at: float
    turns: int = 0

    def turn(self, now: float) -> None:
        """Close what is due, if it is time for it."""
        if now >= self.next_at and self.turns < 60 / CLOSE_EVERY_SECONDS:
            self.turns += 1
            self.next_at = now + CLOSE_EVERY_SECONDS
            run("close", self.folder, ["manage.py", "close_registers", "--after", "0"])


def marks_teller(folder: DemoFolder, session_id: int) -> Callable[[], None]:
    """A function that prints the marks that arrived since it was last called."""
    told: set[str] = set()

    def tell() -> None:
        for mark in read_marks(folder.database, session_id):
            if mark.number not in told:
                told.add(mark.number)
                print(mark.line(), flush=True)

    return tell


def free_port() -> int:
    """The usual port, or any free one when it is taken."""
    for port in (USUAL_PORT, 0):
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(listener.getsockname()[1])
    raise ProgramFailed("No port of this machine is free for the portal.")


def wait_for_portal(portal: Program, address: str) -> None:
    """Return when the portal answers that all is well."""
    until = time.monotonic() + PORTAL_START_SECONDS
    while time.monotonic() < until:
        portal.check()
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise ProgramFailed(f"The portal does not answer. Its last words:\n{portal.last_words()}")


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
