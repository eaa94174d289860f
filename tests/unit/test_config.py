"""The configuration: what is read, and what an admin is told of a mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from recognizer.config.configuration import CameraConfig, Config, RecognitionConfig, require_room_and_cameras
from recognizer.config.database_address import read_address
from recognizer.config.reading import load_config
from recognizer.errors import ConfigurationError
from recognizer.ops.redaction import redact
from tests.fixtures.configuration import written

WHOLE = """
room = "A 101"
database_url = "mysql+pymysql://rollcall:secret@db/rollcall"
state_dir = "/var/lib/rollcall"
log_level = "debug"
[gallery]
path = "/srv/gallery.pkl"
key_file = "/srv/gallery.key"
[recognition]
engine = "yunet"
yunet_model = "/srv/yunet.onnx"
smallest_face_pixels = 40
looks_per_second = 4
threads = 2
tolerance = 0.4
strangers_named = 0.01
[[cameras]]
name = "front"
source = "rtsp://viewer:hunter2@10.0.0.7/stream?token=abc"
[[cameras]]
name = "back door"
source = 1
[[cameras]]
name = "clip"
source = "clip.mp4"
play = "fast"
"""


def complaint(folder: Path, text: str, **environ: str) -> str:
    with pytest.raises(ConfigurationError) as raised:
        load_config(written(folder, text), environ)
    message = str(raised.value)
    assert "\n" not in message
    return message


RELATIVE = """
database_url = "sqlite:///register.sqlite3"
state_dir = "state"
[gallery]
path = "faces/gallery.pkl"
key_file = "gallery.key"
[recognition]
yunet_model = "yunet.onnx"
[[cameras]]
name = "clip"
source = "clip.mp4"
"""


def test_the_paths_of_a_file_are_the_same_from_whichever_folder_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, elsewhere = tmp_path / "50 % home", tmp_path / "elsewhere"
    home.mkdir()
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    file = home / "recognizer.toml"
    file.write_text(RELATIVE)
    file.chmod(0o600)

    config = load_config(file, {"ROLLCALL_GALLERY_KEY_FILE": "typed.key"})

    assert config.state_dir == home / "state"
    assert config.gallery.path == home / "faces/gallery.pkl"
    assert config.gallery.key_file == Path("typed.key"), "what is typed begins where one stands"
    assert config.recognition.yunet_model == home / "yunet.onnx"
    assert [camera.source for camera in config.cameras] == [str(home / "clip.mp4")]
    assert read_address(config.database_url).database == str(home / "register.sqlite3")


def test_the_paths_that_a_file_leaves_out_begin_at_its_folder_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    home.mkdir()
    elsewhere.mkdir()
    file = written(home, 'room = "A 101"')
    monkeypatch.chdir(elsewhere)
    from_elsewhere = load_config(file, {})
    assert from_elsewhere.state_dir == home / "var/recognizer"
    assert from_elsewhere.gallery.path == home / "encodings/gallery.pkl"
    assert from_elsewhere.gallery.key_file == home / "encodings/gallery.key"
    assert read_address(from_elsewhere.database_url).database == str(home / "var/rollcall.sqlite3")

    monkeypatch.chdir(home)
    here = load_config(None, {})
    assert here.gallery.path.absolute() == from_elsewhere.gallery.path
    assert here.state_dir.absolute() == from_elsewhere.state_dir


def test_the_certificates_in_the_databases_address_begin_at_the_files_folder(tmp_path: Path) -> None:
    home = tmp_path / "50 % & home"
    home.mkdir()
    url = "mysql+pymysql://ann:s%2B3@db.example/rollcall?ssl_ca=tls/my%20ca.pem&ssl_cert=own.pem&ssl_key=/keys/own.key"
    address = read_address(
        load_config(written(home, f'database_url = "{url}&ssl_verify_identity=false"'), {}).database_url
    )
    assert address.tls is not None
    assert (address.tls.ca, address.tls.cert) == (str(home / "tls/my ca.pem"), str(home / "own.pem"))
    assert address.tls.key == "/keys/own.key"
    assert not address.tls.verifies_identity
    assert (address.host, address.password, address.database) == ("db.example", "s+3", "rollcall")

    typed = load_config(written(home, ""), {"ROLLCALL_DATABASE_URL": url})
    assert typed.database_url == url, "what is typed begins where one stands"


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    config = load_config(written(tmp_path, WHOLE), {})

    assert (config.room, config.log_level, config.state_dir) == ("A 101", "DEBUG", Path("/var/lib/rollcall"))
    assert config.gallery.path == Path("/srv/gallery.pkl")
    assert config.recognition == RecognitionConfig(
        engine="yunet",
        yunet_model=Path("/srv/yunet.onnx"),
        smallest_face_pixels=40,
        looks_per_second=4.0,
        threads=2,
        tolerance=0.4,
        strangers_named=0.01,
    )
    assert [(camera.name, camera.play) for camera in config.cameras] == [
        ("front", "live"),
        ("back door", "live"),
        ("clip", "fast"),
    ]
    assert config.cameras[1].source == 1


def test_the_tolerance_is_taken_from_the_gallery_unless_a_number_is_given(tmp_path: Path) -> None:
    for text in ("", '[recognition]\ntolerance = "Auto"'):
        assert load_config(written(tmp_path, text), {}).recognition.tolerance is None
    assert (
        load_config(written(tmp_path, WHOLE), {"ROLLCALL_RECOGNITION_TOLERANCE": "auto"}).recognition.tolerance is None
    )


def test_without_a_file_there_are_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert load_config(None, {}) == Config()


def test_the_file_in_the_current_folder_is_found_and_another_may_be_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path, 'room = "here"')
    other = tmp_path / "other.toml"
    other.write_text('room = "there"')

    assert load_config(None, {}).room == "here"
    assert load_config(None, {"ROLLCALL_CONFIG": str(other)}).room == "there"
    assert load_config(other, {"ROLLCALL_CONFIG": "nowhere.toml"}).room == "there"


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    secret = tmp_path / "url"
    secret.write_text("mysql+pymysql://u:p@host/name\n")
    config = load_config(
        written(tmp_path, WHOLE),
        {
            "ROLLCALL_ROOM": "B 2",
            "ROLLCALL_RECOGNITION_TOLERANCE": "0.5",
            "ROLLCALL_RECOGNITION_SMALLEST_FACE_PIXELS": "60",
            "ROLLCALL_DATABASE_URL_FILE": str(secret),
            "ROLLCALL_GALLERY_KEY": "k" * 32,
            "ROLLCALL_GALLERY_KEY_FILE": "/run/key",
            "ROLLCALL_CAMERA_BACK_DOOR_SOURCE": "0",
            "ROLLCALL_SECRET_KEY": "the portal's own",
        },
    )

    assert (config.room, config.recognition.tolerance, config.recognition.smallest_face_pixels) == ("B 2", 0.5, 60)
    assert config.database_url == "mysql+pymysql://u:p@host/name"
    assert (config.gallery.key, config.gallery.key_file) == ("k" * 32, Path("/run/key"))
    assert config.cameras[1].source == 0


def test_a_camera_needs_no_source_in_the_file_when_the_environment_has_it(tmp_path: Path) -> None:
    path = written(tmp_path, '[[cameras]]\nname = "front"')
    source = tmp_path / "source"
    source.write_text("rtsp://a:b@cam/1")

    config = load_config(path, {"ROLLCALL_CAMERA_FRONT_SOURCE_FILE": str(source)})

    assert config.cameras[0].source == "rtsp://a:b@cam/1"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rooom = 'x'", "rooom is not a known key; did you mean room?"),
        ("[recognition]\ntolerence = 1", "tolerence is not a known key; did you mean recognition.tolerance?"),
        ("[recognition]\ntolerance = 0.9", 'recognition.tolerance is 0.9; expected "auto" or a number from 0.1 to 0.6'),
        ("[recognition]\ntolerance = true", 'recognition.tolerance is True; expected "auto" or a number from 0.1'),
        ("[recognition]\nstrangers_named = 0", "strangers_named is 0; expected a number from 1e-05 to 0.5"),
        ("[recognition]\nthreads = 0", "recognition.threads is 0; expected a whole number from 1 to 64"),
        ("[recognition]\nsmallest_face_pixels = 1.5", "expected a whole number from 20 to 1000"),
        (
            '[recognition]\nengine = "yolo"',
            'recognition.engine is "yolo"; expected one of cnn, hog, face_recognition, yunet',
        ),
        ('[recognition]\ndetector = "hog"', "recognition.detector is not a key any more; expected recognition.engine"),
        ('[recognition]\nengine = "yunet"', 'recognition.yunet_model is missing; expected, with engine = "yunet"'),
        ("recognition = 3", "recognition is 3; expected a table, [recognition]"),
        ("room = 101", "room is 101; expected text"),
        (f'room = "{"x" * 65}"', "expected text of 1 to 64 characters"),
        ('log_level = "loud"', "log_level is"),
        ('[gallery]\nkey = "x"', "gallery.key is a secret; expected in ROLLCALL_GALLERY_KEY, not in the file"),
        ('database_url = "postgresql://x/y"', "database_url is"),
        ('cameras = "front"', "expected [[cameras]] tables"),
        ("[[cameras]]\nsource = 0", "cameras[1].name is missing"),
        ('[[cameras]]\nname = "a"', 'cameras[1].source (of "a") is missing'),
        ('[[cameras]]\nname = "a"\nsource = -1', "cameras[1].source is -1; expected an rtsp://"),
        ('[[cameras]]\nname = "a"\nsource = "file:/etc/passwd"', "expected an rtsp://"),
        ('[[cameras]]\nname = "a"\nsource = "concat:a.mp4|b.mp4"', "expected an rtsp://"),
        ('[[cameras]]\nname = "a"\nsource = "rtsp://"', "expected an rtsp://"),
        ('[[cameras]]\nname = "a"\nsource = "rtsp://x/"\nplay = "loop"', 'cameras[1].play is "loop"; expected live'),
        ('[[cameras]]\nname = "a"\nsource = "x.mp4"\nplay = "live"', "expected one of once, loop, fast"),
        ('[[cameras]]\nname = "a"\nsource = 0\nsize = 3', "cameras[1].size is not a known key"),
        ('[[cameras]]\nname = "a"\nsource = 0\n[[cameras]]\nname = "A"\nsource = 1', 'cameras.name is "A" after "a"'),
        ("room = ", "is not a TOML file"),
    ],
)
def test_a_mistake_is_named_with_what_is_expected(tmp_path: Path, text: str, expected: str) -> None:
    assert expected in complaint(tmp_path, text)


@pytest.mark.parametrize("name", ["A\udcff", "A\nB", "A\x00", "A\x1b[31m", "A\x85B", "A\u2028B"])
def test_a_name_that_no_database_or_line_of_a_log_takes_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match="without line breaks and control characters"):
        load_config(written(tmp_path, ""), {"ROLLCALL_ROOM": name})


@pytest.mark.parametrize("name", ["A 101", 'A "101"', "Aula Magna ✓😀", "سالن\u200cها", "קומה 3", "会议室"])
def test_a_name_of_any_script_is_taken(tmp_path: Path, name: str) -> None:
    assert load_config(written(tmp_path, ""), {"ROLLCALL_ROOM": name}).room == name


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("ROLLCALL_RECOGNITION_TOLERANCE", "high", 'ROLLCALL_RECOGNITION_TOLERANCE is "high"; expected "auto"'),
        ("ROLLCALL_RECOGNITION_DETECTOR", "hog", "not a variable any more; expected recognition.engine"),
        ("ROLLCALL_RECOGNITION_TOLERENCE", "0.4", "did you mean ROLLCALL_RECOGNITION_TOLERANCE?"),
        ("ROLLCALL_CAMERA_FORNT_SOURCE", "0", "did you mean ROLLCALL_CAMERA_FRONT_SOURCE?"),
        ("ROLLCALL_ROOM_FILE", "/nowhere", "ROLLCALL_ROOM_FILE names /nowhere, which cannot be read"),
    ],
)
def test_a_mistake_in_the_environment_names_the_variable(
    tmp_path: Path, variable: str, value: str, expected: str
) -> None:
    assert expected in complaint(tmp_path, WHOLE, **{variable: value})


def test_a_value_and_its_file_are_not_both_taken(tmp_path: Path) -> None:
    assert "both set" in complaint(tmp_path, "", ROLLCALL_ROOM="x", ROLLCALL_ROOM_FILE="y")


def test_a_named_file_that_is_missing_or_no_text_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"cannot be read \(No such file"):
        load_config(tmp_path / "none.toml", {})
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigurationError, match="not UTF-8"):
        load_config(tmp_path / "binary.toml", {})


def test_no_error_shows_a_password(tmp_path: Path) -> None:
    text = '[[cameras]]\nname = "a"\nsource = "rtmp://viewer:hunter2@cam/x?pin=4711"'

    message = complaint(tmp_path, text)

    assert "hunter2" not in message
    assert "4711" not in message
    assert "hunter2" not in complaint(tmp_path, 'database_url = "postgres://me:hunter2@db/x"')


def test_the_repr_of_a_configuration_shows_no_secret(tmp_path: Path) -> None:
    shown = repr(load_config(written(tmp_path, WHOLE), {"ROLLCALL_GALLERY_KEY": "k" * 40}))

    for secret in ("hunter2", "abc", "secret", "kkkk"):
        assert secret not in shown


def test_run_and_check_demand_a_room_and_cameras() -> None:
    with pytest.raises(ConfigurationError, match=r"room is missing.*\ncameras is missing"):
        require_room_and_cameras(Config())
    with pytest.raises(ConfigurationError, match="room is missing"):
        require_room_and_cameras(Config())
    with pytest.raises(ConfigurationError, match="cameras is missing"):
        require_room_and_cameras(Config(room="A"))
    require_room_and_cameras(Config(room="A", cameras=(CameraConfig("front", 0),)))


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("rtsp://viewer:pass@10.0.0.7:554/1", "rtsp://***@10.0.0.7:554/1"),
        ("rtsp://viewer:p@ss/word@cam/1", "rtsp://***@cam/1"),
        ("http://cam/video?user=me&password=x", "http://cam/video?user=***&password=***"),
        ("rtsp://cam/user=admin_password=tl_channel=1", "rtsp://cam/user=***"),
        ("/srv/clip.mp4", "/srv/clip.mp4"),
    ],
)
def test_an_address_is_shown_without_its_secrets(address: str, shown: str) -> None:
    assert redact(address) == shown
    assert CameraConfig("front", address).address == shown


def test_a_usb_camera_has_a_readable_address() -> None:
    assert CameraConfig("front", 0).address == "USB camera 0"


def test_a_camera_that_hangs_askew_says_by_how_much_it_is_turned(tmp_path: Path) -> None:
    text = '[[cameras]]\nname = "a"\nsource = 0\nrotate = {}'

    assert load_config(written(tmp_path, text.format(270)), {}).cameras[0].rotate == 270
    for wrong in (45, -90, "true", '"left"', 90.5):
        message = complaint(tmp_path, text.format(wrong))
        assert "cameras[1].rotate is" in message
        assert "expected 0, 90, 180 or 270, the degrees by which its picture is turned clockwise" in message


@pytest.mark.parametrize(
    ("text", "environ", "is_on"),
    [
        ("true", {}, True),
        ("false", {}, False),
        (None, {}, False),
        ("true", {"ROLLCALL_RECOGNITION_LEARN": "False"}, False),
    ],
)
def test_lessons_teach_only_where_it_is_asked_for(
    tmp_path: Path, text: str | None, environ: dict[str, str], is_on: bool
) -> None:
    learn = "" if text is None else f"[recognition]\nlearn = {text}\n"
    assert load_config(written(tmp_path, learn), environ).recognition.learn is is_on


@pytest.mark.parametrize("value", ["1", '"on"', "[]"])
def test_a_switch_is_true_or_false(tmp_path: Path, value: str) -> None:
    assert "recognition.learn is" in complaint(tmp_path, f"[recognition]\nlearn = {value}\n")
    assert "expected true or false" in complaint(tmp_path, f"[recognition]\nlearn = {value}\n")
