"""Configurations, what cameras' processes say, and files to be imported: Python alone reads them."""

from __future__ import annotations

import io
import json
from contextlib import closing
from multiprocessing import Pipe
from pathlib import Path

from openpyxl import Workbook

from portal.attendance.services.importing.columns import find_columns
from portal.attendance.services.importing.faults import FileFault
from portal.attendance.services.importing.kinds import KINDS
from portal.attendance.services.importing.reading import read_table
from recognizer.camera.wire import Hearing, NotAMessage, _as_fields
from recognizer.config.reading import load_config
from recognizer.errors import ConfigurationError
from tests.environment import ROOT
from tests.fuzzing.inputs import SEED, spoilt
from tests.unit.test_wire import LOGGED, PULSE, SIGHTING

PASSWORD = "quiet-harbour-lantern"

CONFIGURATION = f"""room = "A 101"
database_url = "mysql+pymysql://rollcall:{PASSWORD}@db.example.org/rollcall"
state_dir = "/var/lib/x"
[gallery]
path = "/var/lib/x/gallery.pkl"
scope = "rosters"
[recognition]
engine = "cnn"
looks_per_second = 2.0
tolerance = "auto"
[[cameras]]
name = "front"
source = "rtsp://viewer:{PASSWORD}@10.0.0.21/1"
rotate = 90
"""


def test_every_spoilt_configuration_is_read_or_refused_and_no_password_is_told(tmp_path: Path) -> None:
    shipped = (ROOT / "deploy" / "recognizer.toml").read_bytes()
    words = (
        b"[gallery]\n",
        b"[[cameras]]\n",
        b"x = " + b"[" * 5000,
        b"x = " + b"{x=" * 900,
        b"nan",
        b"-1",
        b"1e999",
        b"9" * 5000,
        b'""',
        b"true",
        b"\\u0000",
    )
    path, fates = tmp_path / "recognizer.toml", set()
    for number, content in enumerate(spoilt([CONFIGURATION.encode(), shipped], words)):
        path.write_bytes(content)
        try:
            config = load_config(path, {})
            fates.add("read")
            # In the room's name, into which two lines have run together, it is no secret that we know of.
            secrets = [config.database_url, *(camera.source for camera in config.cameras)]
            told = [each for each in secrets if PASSWORD in str(each) and str(each) in repr(config)]
            assert told == [], f"input {number} of seed {SEED}"
        except ConfigurationError as error:
            fates.add("refused")
            # A password of which a part was cut off, or that stands in another key, is none that we know.
            if f":{PASSWORD}@".encode() in content:
                assert f":{PASSWORD}@" not in str(error), f"input {number} of seed {SEED}"
    assert fates == {"read", "refused"}


def test_whatever_a_cameras_process_says_is_a_message_or_the_end_of_it() -> None:
    seeds = [json.dumps(_as_fields(each)).encode() + b"\n" for each in (SIGHTING, PULSE, LOGGED)]
    words = (b"null", b"[" * 2000, b"1e999", b"NaN", b'"\\ud800"', b"-", b"\n", b"9" * 400, b"%999999999d", b"true")
    fates = set()
    for content in (*seeds, *spoilt(seeds, words)):
        ours, theirs = Pipe()
        with closing(ours):
            # A pipe takes 200 kB at once.
            theirs._send(content[:60_000])  # type: ignore[attr-defined]
            theirs.close()
            hearing = Hearing(ours, "front")
            try:
                while True:
                    fates.update(type(each).__name__ for each in hearing.take())
            except NotAMessage:
                fates.add("no message")
            except EOFError:
                fates.add("end")
    assert {"no message", "end", "Sighting", "Pulse", "Logged"} <= fates


def test_every_spoilt_file_to_be_imported_is_a_table_or_refused_in_words() -> None:
    book, file = Workbook(), io.BytesIO()
    for row in (["Matrikelnr.", "Name", "since"], ["0042", "Müller; Zoë", 45000], ["=1+1", "x", None]):
        book.active.append(row)
    book.save(file)
    text = 'Matrikelnr.;Name;Ort\r\n0042;"Müller; Zoë";"Köln\r\nDeutz"\r\n0043;Łukasz;\r\n'
    seeds = [file.getvalue(), text.encode(), text.encode("utf-16"), text.replace(";", "\t").encode("cp1252", "replace")]
    words = (b"\xff\xfe", b"\xef\xbb\xbf", b'"', b";;;;", b"\r", b"\0", b"PK\x03\x04", b"PK\x05\x06", b"<!DOCTYPE x [")
    fates = set()
    for number, content in enumerate(spoilt(seeds, words)):
        try:
            table = read_table(content)
            find_columns(table.rows, KINDS["students"].fields)
            fates.add("read")
        except FileFault as fault:
            assert str(fault), f"input {number} of seed {SEED}"
            fates.add("refused")
    assert fates == {"read", "refused"}
