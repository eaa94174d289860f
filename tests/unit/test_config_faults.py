"""All that is wrong with a configuration is told at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from recognizer.config.reading import load_config
from recognizer.errors import ConfigurationError
from tests.fixtures.configuration import written


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    """Mistakes of every kind: unknown and renamed keys, values that do not fit, what is missing, the environment's."""
    text = """
        rooom = "A"
        log_level = "LOUD"
        gallery = 3
        [recognition]
        detector = "hog"
        engine = "yunet"
        threads = 0
        [[cameras]]
        source = "rtsp://h/1"
        [[cameras]]
        name = "left"
        [[cameras]]
        name = "right"
        source = "ftp://x"
        colour = "red"
        play = "once"
        """
    with pytest.raises(ConfigurationError) as error:
        load_config(written(tmp_path, text), {"ROLLCALL_RECOGNITION_TOLERANCE": "9"})

    keys = [line.split(" ")[0] for line in str(error.value).splitlines()]
    assert sorted(keys) == sorted(
        [
            *("rooom", "log_level", "gallery", "recognition.detector", "recognition.threads"),
            *("ROLLCALL_RECOGNITION_TOLERANCE", "recognition.yunet_model"),
            *("cameras[1].name", "cameras[2].source", "cameras[3].source", "cameras[3].colour"),
        ]
    )


def test_each_mistake_of_one_camera_is_told_and_a_name_given_twice_beside_them(tmp_path: Path) -> None:
    text = """
        [[cameras]]
        name = "front"
        source = "rtsp://u:p#w@h/1"
        rotate = 45
        play = "slow"
        [[cameras]]
        name = "Front"
        source = "rtsp://h/1"
        play = "loop"
        rotate = "90"
        [[cameras]]
        source = "rtsp://h/2"
        rotate = 1
        """
    with pytest.raises(ConfigurationError) as error:
        load_config(written(tmp_path, text), {})

    keys = [line.split(" ")[0] for line in str(error.value).splitlines()]
    assert keys == [
        *("cameras[1].source", "cameras[1].play", "cameras[1].rotate"),
        *("cameras[2].play", "cameras[2].rotate"),
        *("cameras[3].name", "cameras[3].rotate"),
        "cameras.name",
    ]


def test_misspelt_variables_are_told_beside_mistakes_in_the_file(tmp_path: Path) -> None:
    environ = {"ROLLCALL_GALLERY_PAHT": "x", "ROLLCALL_CAMERA_LEFT_SOURCE": "rtsp://h/1"}
    with pytest.raises(ConfigurationError) as error:
        load_config(written(tmp_path, "log_level = 3"), environ)

    keys = [line.split(" ")[0] for line in str(error.value).splitlines()]
    assert keys == ["log_level", "ROLLCALL_CAMERA_LEFT_SOURCE", "ROLLCALL_GALLERY_PAHT"]


@pytest.mark.parametrize(
    "parameters", ["sslmode=require", "ssl_ca=/a&ssl_ca=/b", "ssl_verify_cert=maybe", "charset=latin1", "ssl_key=/a"]
)
def test_parameters_of_the_database_that_do_not_fit_are_told_beside_all_other_mistakes(
    tmp_path: Path, parameters: str
) -> None:
    text = f"""
        log_level = 3
        database_url = "mysql+pymysql://u:hunter2@db/rollcall?{parameters}"
        [[cameras]]
        name = "front"
        """
    with pytest.raises(ConfigurationError) as error:
        load_config(written(tmp_path, text), {})

    keys = [line.split(" ")[0] for line in str(error.value).splitlines()]
    assert sorted(keys) == ["cameras[1].source", "database_url", "log_level"]
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize("text", ["x = " + "9" * 5000, "x = " + "[" * 5000, "x = " + "{x=" * 5000])
def test_a_file_that_python_cannot_take_in_is_refused_in_words(tmp_path: Path, text: str) -> None:
    path = tmp_path / "recognizer.toml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match="is not a TOML file"):
        load_config(path, {})
