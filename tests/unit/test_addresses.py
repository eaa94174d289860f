"""Addresses: which are taken, and that nothing of a user or password is shown, however it is spelled."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from recognizer.config.addresses import BadAddress, parse_address, show_address
from recognizer.config.reading import load_config
from recognizer.errors import ConfigurationError
from recognizer.ops.logging import RedactingFormatter
from recognizer.ops.redaction import Secrets, know, redact

NASTY = st.text(st.sampled_from("aZ7é日 #/?@:%&;='\"\\[]+.-_~!$,*()|<>{}^`"), min_size=4, max_size=12)
WORDS = st.from_regex(r"[a-z]{3,6}[0-9]{2,4}", fullmatch=True)


def complaint(source: str, folder: Path, key: str = "source") -> str:
    text = json.dumps(source, ensure_ascii=False)
    toml = f'[[cameras]]\nname = "front"\nsource = {text}' if key == "source" else f"database_url = {text}"
    (folder / "recognizer.toml").write_text(toml, "utf-8")
    with pytest.raises(ConfigurationError) as raised:
        load_config(folder / "recognizer.toml", {})
    return str(raised.value)


@pytest.mark.parametrize(
    "secret",
    [
        "1234#abc",
        "20241/pw",
        "5555?x",
        "Tiger7#x",
        "Tiger7/x",
        "Tiger7?x",
        "Tiger7@x",
        "7071@7173",
        "Tiger@Lion/Bear",
        "Tiger Lion",
    ],
)
@pytest.mark.parametrize("place", ["{user}:{secret}@127.0.0.1:39999/s1", "{secret}:{user}@cam.local/s1"])
def test_a_sign_that_must_be_encoded_is_refused_without_a_word_of_the_secret(
    secret: str, place: str, tmp_path: Path
) -> None:
    for scheme, key in (("rtsp", "source"), ("http", "source"), ("mysql+pymysql", "database_url")):
        message = complaint(f"{scheme}://" + place.format(user="keeper", secret=secret), tmp_path, key)

        assert key in message
        assert "%20" in message if " " in secret else "%23" in message and "%40" in message
        for part in ("keeper", secret, *re.split("[#/?@ ]", secret)):
            assert len(part) < 3 or part not in message, message


@pytest.mark.parametrize(
    "address",
    [
        "rtsp://u:p@h/s?x=1#y",
        "rtsp://h/a@b",
        "rtsp://10.0.0.7:554/a@b",
        "rtsp://[fe80::1]:8554/a@b",
        "rtsp://u:p%40%2F%3F%23@[2001:db8::2]/1",
        "http://h:8080/video.mjpg?user=me&password=x",
        "RTSP://u:p:q@H/1",
        "rtsps://u@h",
        "rtsp://h",
    ],
)
def test_signs_after_the_path_and_encoded_ones_are_left_alone(address: str) -> None:
    assert parse_address(address).host in {"h", "H", "10.0.0.7", "fe80::1", "2001:db8::2"}


@pytest.mark.parametrize(
    "address",
    [
        "rtsp://u:p@h:0/1",
        "rtsp://u:p@h:99999/1",
        "rtsp://u:geheim/stream",
        "rtsp://u:p@/1",
        "rtsp//keeper:geheim@h/1",
        "rtsp:/keeper:geheim@h/1",
        "keeper:geheim@h/1",
        "12:geheim@h/1",
        "rtmp://keeper:geheim@h/1",
        " rtsp ://keeper:geheim@h/1",
    ],
)
def test_an_address_that_is_none_is_refused_and_not_shown(address: str, tmp_path: Path) -> None:
    message = complaint(address, tmp_path)

    assert "source" in message
    assert "geheim" not in message
    assert "keeper" not in message


@given(user=NASTY, password=NASTY, path=st.sampled_from(["", "/", "/s?x=1#y", "/a/b"]))
def test_an_encoded_user_and_password_come_out_whole_and_are_not_shown(user: str, password: str, path: str) -> None:
    address = parse_address(f"rtsp://{quote(user, '')}:{quote(password, '')}@cam.local:554{path}")

    assert (address.host, address.port) == ("cam.local", 554)
    assert user in address.users
    assert password in address.passwords
    assert str(address).startswith("rtsp://***@cam.local:554")
    assert repr(address) == "Address(scheme='rtsp', host='cam.local', port=554)"


@given(user=NASTY, password=NASTY)
def test_a_raw_one_is_refused_or_its_host_is_the_last(user: str, password: str) -> None:
    text = f"rtsp://{user}:{password}@cam.local/s1"
    assert show_address(text) in {"rtsp://***@cam.local/s1", "rtsp://***"}
    try:
        assert parse_address(text).host == "cam.local"
    except BadAddress as problem:
        assert password not in str(problem)


def spellings(secret: str) -> set[str]:
    encoded = quote(secret, "")
    lower = "".join(f"%{byte:02x}" for byte in secret.encode())
    mixed = "".join(quote(character, "") if index % 2 else character for index, character in enumerate(secret))
    return {secret, encoded, lower, lower.upper(), mixed, repr(secret)[1:-1], json.dumps(secret)[1:-1]}


@given(user=WORDS, password=NASTY)
@example(user="keeper", password="77:%")
def test_no_spelling_of_a_known_password_passes_the_log(user: str, password: str) -> None:
    know(Secrets.of([f"mysql+pymysql://{user}:{quote(password, '')}@db/rollcall"]))
    formatter = RedactingFormatter(for_journal=False)
    for spelling in spellings(password):
        for text in (f"<<{spelling}>>", f"cannot open rtsp://{user}:{spelling}@cam/1", f"{user}:{spelling}@cam"):
            shown = formatter.format(logging.LogRecord("x", logging.INFO, "", 1, text, None, None))
            message = shown.split(" INFO ", 1)[1].strip()
            assert message in {"<<***>>", "cannot open rtsp://***@cam/1", "***@cam", "<<***", "***"}, (spelling, shown)


@pytest.mark.parametrize("password", ["x", "12", "%40", "a%3A"])
def test_a_short_password_is_hidden_before_a_host(password: str) -> None:
    know(Secrets.of([f"rtsp://keeper:{password}@cam/1"]))

    assert redact(f"opening rtsp://keeper:{password}@cam/1 x") == "opening rtsp://***@cam/1 x"
    assert redact(f"keeper:{password}@cam") == "***@cam"


def test_a_user_is_hidden_where_a_database_names_it() -> None:
    know(Secrets.of(["mysql+pymysql://o%27brien:geheim@db/rollcall"]))

    shown = redact("Access denied for user 'o'brien'@'10.0.0.7' (using password: YES)")

    assert "brien" not in shown
    assert "10.0.0.7" in shown
